//! One list of behaviours, held against the stand-in in every dialect and against every real program.

mod behaviours;
mod faults;
mod probes;
mod published;
mod twins;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use stand_ins::headscale::Release;

use self::behaviours::{Behaviour, Needs};
use crate::runtime;
use crate::subject::{Program, Subject, Way};

/// The programs are asked by all of their trials at once.
pub(crate) fn trials(programs: &[PathBuf]) -> Vec<Trial> {
    let programs = programs.iter().cloned().map(Program::new).map(Arc::new);
    let mut trials = stand_in_trials();
    trials.extend(faults::trials());
    trials.extend(published::trials());
    trials.extend(programs.flat_map(|program| program_trials(&program)));
    trials
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

/// Each case has a runtime of its own, so nothing outlives it.
fn run(case: impl Future<Output = ()>) -> Result<(), Failed> {
    runtime()?.block_on(case);
    Ok(())
}
