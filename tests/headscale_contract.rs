//! One list of behaviours, held against the stand-in in every dialect and against every real program named in
//! `HEADSCALE_BIN` (a list, separated by commas or colons). Without it the real programs are counted as ignored.
//!
//! With `HEADSCALE_JOIN`, a program that registers a device (`<program> <url> <key> <hostname>`; for the key `-` it
//! prints the link to sign in with and waits), the real programs are also asked what becomes of devices.

#[path = "headscale_contract/behaviours.rs"]
mod behaviours;
#[path = "headscale_contract/faults.rs"]
mod faults;
#[path = "headscale_contract/probes.rs"]
mod probes;
#[path = "headscale_contract/published.rs"]
mod published;
#[path = "headscale_contract/subject.rs"]
mod subject;
#[path = "headscale_contract/twins.rs"]
mod twins;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use sandbox::headscale::Release;
use tokio::runtime::Runtime;

use self::behaviours::{Behaviour, Needs};
use self::subject::{Program, Subject, Way};

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let [first, rest @ ..] = given.as_slice()
        && first == subject::AS_HEADSCALE
    {
        let runtime = runtime().expect("a runtime");
        return runtime.block_on(sandbox::headscale::play_program(rest));
    }
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
    conclusion.exit_code()
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

/// The programs that differ in what they take or print.
const PROGRAMS: [Release; 3] = [Release::V0_26, Release::V0_28, Release::V0_30];

fn stand_in_trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for release in Release::ALL {
        let ways = ways().filter(|(way, _)| *way == Way::Http || PROGRAMS.contains(&release));
        for (way, behaviour) in ways {
            let name = format!("stand-in {release}{}: {}", through(way), behaviour.name);
            let case = move || {
                run(async move {
                    let subject = Subject::stand_in(release, way).await;
                    (behaviour.check)(&subject).await;
                    subject.finish();
                })
            };
            trials.push(Trial::test(name, case));
        }
    }
    trials
}

fn program_trials(program: &Arc<Program>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (way, behaviour) in ways() {
        let subject = Subject::real(program, way);
        let skipped = behaviour.needs == Needs::Device && !subject.has_devices();
        let name = format!("{}{}: {}", program.name(), through(way), behaviour.name);
        let case = move || run(async move { (behaviour.check)(&subject).await });
        trials.push(Trial::test(name, case).with_ignored_flag(skipped));
    }
    let twin = Arc::clone(program);
    let name = format!("{}: the stand-in answers as it does", program.name());
    trials.push(Trial::test(name, move || run(twins::compare(&twin))));
    trials
}

/// Every behaviour by every way that it is about.
fn ways() -> impl Iterator<Item = (Way, &'static Behaviour)> {
    let by_http = behaviours::ALL
        .iter()
        .map(|behaviour| (Way::Http, behaviour));
    let by_program = behaviours::ALL
        .iter()
        .filter(|behaviour| behaviour.needs != Needs::ApiKey);
    by_http.chain(by_program.map(|behaviour| (Way::Program, behaviour)))
}

fn through(way: Way) -> &'static str {
    match way {
        Way::Http => "",
        Way::Program => " (its program)",
    }
}

/// Each case has a runtime of its own, so that nothing outlives it.
fn run(case: impl Future<Output = ()>) -> Result<(), Failed> {
    runtime()?.block_on(case);
    Ok(())
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
