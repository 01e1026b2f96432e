//! The stand-in held against Discord's published description of its API. Where the description is not at hand, what it
//! would judge is ignored.

#![expect(
    clippy::needless_pass_by_value,
    reason = "tables read better with bodies by value"
)]

#[path = "../discord/probe.rs"]
mod probe;
#[path = "../discord/raw.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod raw;

mod judged;
mod stories;

use std::future::Future;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use stand_ins::discord::{Discord, openapi::Spec};

macro_rules! trials {
    ($trial:ident: $($case:path),+ $(,)?) => {
        vec![$($trial(stringify!($case), $case)),+]
    };
}

fn main() -> ExitCode {
    let mut trials = trials![judged:
        judged::every_answer_of_the_stand_in_is_as_described,
        judged::an_answer_that_is_not_as_described_is_found,
        judged::the_description_catches_what_it_can_express,
        judged::no_limit_of_the_stand_in_is_wider_than_the_descriptions,
    ];
    let stories = trials![story:
        stories::a_command_is_answered_privately_and_the_answer_can_be_edited,
        stories::a_card_is_posted_once_however_often_its_nonce_is_sent,
        stories::a_button_opens_a_form_and_the_form_comes_back,
        stories::a_letter_with_a_file_arrives_or_is_refused_as_the_person_wishes,
    ];
    trials.extend(stories.into_iter().flatten());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A story leaves no complaint; and, a trial of its own, nothing in it differs from the description.
fn story<F: Future<Output = Discord> + 'static>(name: &str, play: fn() -> F) -> [Trial; 2] {
    let plain = Trial::test(name, move || {
        run(async move { assert_eq!(play().await.complaints(), []) })
    });
    let described = trial(&format!("{name}, as described"), async move |spec| {
        assert_eq!(spec.check(&play().await.calls()), Vec::<String>::new());
    });
    [plain, described]
}

fn judged<F: Future<Output = ()> + 'static>(name: &str, case: fn(Spec) -> F) -> Trial {
    trial(name, case)
}

fn trial(name: &str, case: impl AsyncFnOnce(Spec) + Send + 'static) -> Trial {
    let judged = Trial::test(name, move || {
        let spec = Spec::load()?.ok_or("Discord's description is not at hand")?;
        run(case(spec))
    });
    if Spec::is_at_hand() {
        judged
    } else {
        let without = judged.with_kind("needs Discord's description");
        without.with_ignored_flag(true)
    }
}

/// Each case has a runtime of its own, so nothing outlives it.
fn run(case: impl Future<Output = ()>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(case);
    Ok(())
}
