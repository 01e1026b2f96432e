//! The real program as a process of its own, and the bot with every call broken: crashes, faults, secrets, disks, and
//! what `check` and `serve` say, backups. Its cases are listed by hand, because some of them can only be run by a superuser.

use std::future::Future;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};
use stage::NO_CERTIFICATES;

/// One trial for each of these functions, named by its path.
macro_rules! trials {
    ($($case:path),+ $(,)?) => {
        vec![$(crate::trial(concat!(module_path!(), "::", stringify!($case)), $case)),+]
    };
}

mod backups;
mod crashes;
mod described;
mod disk;
mod faults;
mod secrets;
mod serve;

const PROGRAM: &str = env!("CARGO_BIN_EXE_headscale-usher");

/// Cases that run at the same time: they mostly wait.
const SIDE_BY_SIDE: usize = 4;

fn main() -> ExitCode {
    let is_set =
        |(name, value): &(&str, &str)| std::env::var_os(name).is_some_and(|it| it == *value);
    if !NO_CERTIFICATES.iter().all(is_set) {
        return without_certificates();
    }
    let trials = [
        backups::trials(),
        crashes::trials(),
        described::trials(),
        disk::trials(),
        faults::trials(),
        secrets::trials(),
        serve::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(SIDE_BY_SIDE);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn without_certificates() -> ExitCode {
    let program = std::env::current_exe().expect("this program");
    let again = Command::new(program)
        .args(std::env::args_os().skip(1))
        .envs(NO_CERTIFICATES)
        .status();
    if again.is_ok_and(|status| status.success()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Each case has a runtime of its own, so nothing outlives it.
fn trial<F: Future<Output = ()> + 'static>(path: &str, case: fn() -> F) -> Trial {
    let name = path.trim_start_matches("program::");
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(case());
        Ok(())
    })
}
