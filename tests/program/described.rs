//! Every way that a request can go, held against Discord's published description of its API. Stories hold their calls
//! against it as well, but cannot be reported as ignored where the description is not at hand. These can.

use libtest_mimic::Trial;
use stage::aftermath::Way;
use stand_ins::discord::openapi::Spec;

use super::faults::{end_well, open};

pub(crate) fn trials() -> Vec<Trial> {
    let trials = trials![every_call_of_every_way_is_as_described];
    if Spec::is_at_hand() {
        return trials;
    }
    let without = trials.into_iter().map(|trial| {
        let trial = trial.with_kind("needs Discord's description");
        trial.with_ignored_flag(true)
    });
    without.collect()
}

async fn every_call_of_every_way_is_as_described() {
    let spec = Spec::load().expect("the description can be read");
    let spec = spec.expect("the description is at hand");
    for way in Way::ALL {
        let (stage, cast) = open(way).await;
        let discord = stage.discord.clone();
        end_well("as described", stage, cast).await;
        assert_eq!(
            spec.check(&discord.calls()),
            Vec::<String>::new(),
            "{way:?}"
        );
    }
}
