//! Alice asks, Carol approves, and they see the card and the letter as they are.

use crate::domain::{DeviceRequest, Projection, State};
pub(crate) use crate::support::people::{alice, carol, moment};
pub(crate) use crate::support::rules::rules;
pub(crate) use crate::support::states::{
    approved, by_claim, claimable, delivered, denied, expired, failed, issuing, joined, lost,
    pending, revoked,
};
use crate::support::{requests, states};

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
        shown: 5,
        ..Projection::default()
    }
}

/// Every status, and every difference within one.
pub(crate) fn every_state() -> impl Iterator<Item = State> {
    states::all().into_iter().map(|(_, state)| state)
}
