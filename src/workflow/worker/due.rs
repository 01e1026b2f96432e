//! What of a request is due at one moment.

use jiff::Timestamp;

use crate::domain::{DeviceRequest, Step, owed};

#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) step: Option<Step>,
    pub(super) card: bool,
    pub(super) letter: bool,
    pub(super) notice: bool,
}

impl Due {
    pub(super) fn is_only_card(self) -> bool {
        self.card && self.step.is_none() && !self.letter && !self.notice
    }

    /// None if nothing is due yet.
    pub(super) fn of(request: &DeviceRequest, now: Timestamp) -> Option<Self> {
        let owed = owed(request);
        // A clock that was set back does not hold up what is due at once.
        let now = now.max(request.updated_at);
        owed.due_at().filter(|at| *at <= now)?;
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        Some(Self {
            step: owed.step.filter(|(_, at)| *at <= now).map(|(step, _)| step),
            card: is_due(owed.card),
            letter: is_due(owed.letter),
            notice: is_due(owed.notice),
        })
    }
}
