//! Which click says again what has been decided already.

use super::*;
use crate::domain::{Handover, State};
use crate::support::people::{carol, person};
use crate::support::requests::request;
use crate::support::states;

fn again(state: State, event: &Event) -> bool {
    has_happened(&request(state), event)
}

#[test]
fn only_the_same_word_of_the_same_person_has_been_said_already() {
    let letter = Handover::Letter;
    let revoking = || states::delivered(letter, false, Some(carol()));
    for (by, same) in [(carol(), true), (person(1), false)] {
        let approved = Event::Approved { by: by.clone() };
        let retried = Event::Retried { by: by.clone() };
        let denied = Event::Denied {
            by: by.clone(),
            reason: None,
        };
        let revoked = Event::RevokeAsked { by };
        for event in [&approved, &retried] {
            assert_eq!(again(states::approved(), event), same, "{event:?}");
            assert_eq!(again(states::issuing(letter), event), same, "{event:?}");
            assert!(!again(states::failed(), event), "it can be tried again");
            assert!(!again(revoking(), event), "a change of mind");
            assert!(!again(states::denied(""), event), "a change of mind");
        }
        assert_eq!(again(states::denied(""), &denied), same);
        assert!(!again(states::approved(), &denied), "a change of mind");
        for state in [revoking(), states::revoked()] {
            assert_eq!(again(state, &revoked), same);
        }
        assert!(!again(states::approved(), &revoked), "a change of mind");
    }
    assert!(
        !again(State::Cancelled, &Event::Cancelled),
        "it is not asked"
    );
}
