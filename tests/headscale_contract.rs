//! One list of behaviours, held against the stand-in in every dialect and against every real program named in
//! `HEADSCALE_BIN` (a list, separated by commas or colons). Without it the real programs are counted as ignored.
//!
//! With `HEADSCALE_JOIN`, a program that registers a device (`<program> <url> <key> <hostname>`), the real programs
//! are also asked what becomes of a key that a device uses.

#[path = "headscale_contract/behaviours.rs"]
mod behaviours;
#[path = "headscale_contract/faults.rs"]
mod faults;
#[path = "headscale_contract/published.rs"]
mod published;
#[path = "headscale_contract/subject.rs"]
mod subject;
#[path = "headscale_contract/twins.rs"]
mod twins;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use sandbox::headscale::Release;

use self::subject::{Program, Subject};

fn main() {
    let arguments = Arguments::from_args();
    let programs: Vec<Arc<Program>> = programs().into_iter().map(Arc::new).collect();
    let mut trials = stand_in_trials();
    trials.extend(faults::trials());
    trials.extend(published::trials());
    trials.extend(programs.iter().flat_map(program_trials));
    if programs.is_empty() {
        trials.push(not_run());
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(programs);
    conclusion.exit();
}

/// `HEADSCALE_BIN=/opt/headscale-0.28.0:/opt/headscale-0.29.2`.
fn programs() -> Vec<Program> {
    let named = std::env::var("HEADSCALE_BIN").unwrap_or_default();
    named
        .split([',', ':'])
        .filter(|name| !name.trim().is_empty())
        .map(|name| Program::new(PathBuf::from(name.trim())))
        .collect()
}

fn not_run() -> Trial {
    let name = "real programs: not run, HEADSCALE_BIN is not set";
    Trial::test(name, || Err("HEADSCALE_BIN is not set".into())).with_ignored_flag(true)
}

fn stand_in_trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for release in Release::ALL {
        for behaviour in behaviours::ALL {
            let name = format!("stand-in {release}: {}", behaviour.name);
            trials.push(Trial::test(name, move || {
                run(async move {
                    let subject = Subject::stand_in(release).await;
                    (behaviour.check)(&subject).await;
                    subject.finish();
                })
            }));
        }
    }
    trials
}

fn program_trials(program: &Arc<Program>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for behaviour in behaviours::ALL {
        let subject = Subject::real(program);
        let skipped = behaviour.needs_a_device && !subject.has_devices();
        let name = format!("{}: {}", program.name(), behaviour.name);
        let trial = Trial::test(name, move || {
            run(async move { (behaviour.check)(&subject).await })
        });
        trials.push(trial.with_ignored_flag(skipped));
    }
    let twin = Arc::clone(program);
    let name = format!("{}: the stand-in answers as it does", program.name());
    trials.push(Trial::test(name, move || run(twins::compare(&twin))));
    trials
}

/// Each case has a runtime of its own, so that nothing outlives it.
fn run(case: impl Future<Output = ()>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(case);
    Ok(())
}
