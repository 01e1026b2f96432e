//! How a click ends that leads to no event.

use crate::command::Reply;
use crate::domain::Refusal;
use crate::store;

pub(super) enum ClickOutcome {
    Refused(Refusal),
    Answered(Reply),
    Store(store::Error),
}

impl From<Refusal> for ClickOutcome {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<store::Error> for ClickOutcome {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}
