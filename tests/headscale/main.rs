//! Headscale: what the bot relies on, held against the stand-in in every dialect and against every real program named
//! in `HEADSCALE_BIN` (a list, from old to new, separated by commas or colons), and the whole of the product with those
//! programs. Without it the real programs are counted as ignored.
//!
//! With `HEADSCALE_JOIN`, a program that registers a device (`<program> <url> <key> <hostname>`; for the key `-` it
//! prints the link to sign in with and waits; a device that is to come back keeps itself in the file
//! `JOIN_STATE`), the real programs are also asked what becomes of devices. `USHER_STORM_KILLS` and `USHER_STORM_SEED` make
//! the storms longer, or others.

mod contract;
mod stories;
mod subject;

use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let [first, rest @ ..] = given.as_slice()
        && first == subject::AS_HEADSCALE
    {
        let runtime = runtime().expect("a runtime");
        return runtime.block_on(stand_ins::headscale::play_program(rest));
    }
    let programs = programs();
    let mut trials = contract::trials(&programs);
    trials.extend(stories::trials(&programs));
    if programs.is_empty() {
        trials.push(not_run());
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// `HEADSCALE_BIN=/opt/headscale-0.28.0:/opt/headscale-0.29.2`.
fn programs() -> Vec<PathBuf> {
    let named = std::env::var("HEADSCALE_BIN").unwrap_or_default();
    let named = named.split([',', ':']).map(str::trim);
    named
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect()
}

fn not_run() -> Trial {
    let name = "real programs: not run, HEADSCALE_BIN is not set";
    Trial::test(name, || Err("HEADSCALE_BIN is not set".into())).with_ignored_flag(true)
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
