//! Anna asks, Bob approves, and they see the card and the letter as they are.

use headscale_usher::domain::{ClaimReason, DeviceRequest, Handover, Naming, Projection, State};

pub(crate) use crate::support::people::{alice as anna, carol as bob, moment as at};
use crate::support::requests;
pub(crate) use crate::support::rules::rules;
pub(crate) use crate::support::states::{
    approved, by_claim, claimable, delivered, denied, expired, failed, issuing, joined,
    name_refused, pending, revoked,
};

pub(crate) fn request(state: State) -> DeviceRequest {
    DeviceRequest {
        card: posted(),
        letter: posted(),
        ..requests::request(state)
    }
}

pub(crate) fn posted() -> Projection {
    requests::posted(5)
}

pub(crate) fn closed() -> Projection {
    Projection {
        closed: true,
        ..Projection::default()
    }
}

/// Every status, and every difference within one that a person can see.
pub(crate) fn every_state() -> Vec<State> {
    vec![
        pending(),
        approved(),
        issuing(Handover::Letter),
        issuing(by_claim()),
        delivered(Handover::Letter, false, None),
        delivered(Handover::Letter, true, None),
        delivered(by_claim(), false, None),
        delivered(by_claim(), true, None),
        delivered(Handover::Letter, false, Some(bob())),
        claimable(ClaimReason::DirectMessagesClosed),
        claimable(ClaimReason::KeyLapsed),
        failed(),
        joined(Naming::Settled, None),
        joined(Naming::Owed, None),
        joined(name_refused(), None),
        joined(Naming::Settled, Some(bob())),
        denied("not a work device"),
        denied(""),
        State::Cancelled,
        expired(false),
        expired(true),
        revoked(),
    ]
}
