//! What a state says of the people and keys in it.

use super::requests;
use crate::domain::{Person, State};
use crate::support::people::carol;

fn named(asked: impl Fn(&State) -> bool) -> Vec<&'static str> {
    let all = requests().into_iter();
    all.filter(|(_, request)| asked(&request.state))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn a_key_is_on_a_screen_until_it_is_used_or_revoked() {
    assert_eq!(
        named(State::is_key_on_screen),
        [
            "issuing",
            "issuing, key",
            "issuing, link",
            "issuing, link, node",
            "issuing, claim",
            "issuing, revoking",
            "issuing, cancelling",
            "issuing, claim, key",
            "delivered",
            "delivered, claim",
        ]
    );
}

#[test]
fn whoever_revokes_is_known_and_known_afterwards() {
    let by_carol = |person: Option<&Person>| person == Some(&carol());
    let lasting = [
        "delivered, revoking",
        "delivered, used, revoking",
        "delivered, claim, revoking",
        "joined, revoking",
        "joined, unnamed, revoking",
    ];
    let after = [&lasting[..], &["revoked"]].concat();
    assert_eq!(named(|state| by_carol(state.revoker())), after);
    let before = [&["issuing, revoking"], &lasting[..]].concat();
    assert_eq!(named(|state| by_carol(state.revoking())), before);
}
