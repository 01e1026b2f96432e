//! Members who left while they had a live key or a device. A departure is one question to the approvers, from the first
//! check that missed the member to the answer. If the same member leaves again, that is another departure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::{DepartureId, Person, Projection, RequestId};

/// One member who was not found in the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Departure {
    #[serde(skip)]
    pub id: DepartureId,
    /// With the name they had when they last asked for a device.
    pub person: Person,
    /// When Discord first said that there is no such member.
    pub first_missing_at: Timestamp,
    pub state: DepartureState,
    /// The requests that the question is about.
    pub devices: Vec<RequestId>,
    pub updated_at: Timestamp,
    /// Counts applied events, as a request's version does.
    pub version: i64,
    #[serde(skip)]
    pub card: Projection,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "status", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DepartureState {
    /// Missed once, which is no reason to do anything yet.
    Missed,
    /// Certainly gone; the approvers are asked what to do.
    Asking {
        /// The operator's rules would have decided, but for the number of members who left.
        braked: bool,
    },
    Kept {
        by: Person,
    },
    /// Their keys and devices are being revoked.
    Expiring {
        by: Person,
    },
    Expired {
        by: Person,
    },
    /// Seen in the server again.
    Back {
        kept_by: Option<Person>,
    },
    /// There was nothing left to revoke before anybody answered.
    Over,
}

/// What can happen to a departure. The audit log names events by the words beside them.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(const_into_str)]
pub enum DepartureEvent {
    /// Discord said again that there is no such member.
    #[strum(serialize = "member_left")]
    StillMissing {
        devices: Vec<RequestId>,
        /// Set if the operator's rules decide instead of the approvers.
        expire_by: Option<Person>,
        /// So many members left that the approvers are asked even so.
        braked: bool,
    },
    #[strum(serialize = "member_back")]
    Seen,
    #[strum(serialize = "departure_kept")]
    Kept { by: Person },
    #[strum(serialize = "departure_expire_asked")]
    ExpireAsked { by: Person, devices: Vec<RequestId> },
    /// None of their keys or devices is live any more.
    #[strum(serialize = "departure_over")]
    NothingLeft,
}

/// The two answers to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Choice {
    ExpireAll,
    Keep,
}

impl Departure {
    /// A member counts as gone only if two checks this far apart both missed them.
    const APART: SignedDuration = SignedDuration::from_hours(1);

    /// The first check that missed somebody.
    pub(crate) fn missed(person: Person, at: Timestamp) -> Self {
        Self {
            id: DepartureId::default(),
            person,
            first_missing_at: at,
            state: DepartureState::Missed,
            devices: Vec::new(),
            updated_at: at,
            version: 1,
            card: Projection::default(),
        }
    }

    /// The departure after the event, one version later. None for an event that cannot happen in the present state.
    pub fn apply(&self, event: DepartureEvent, at: Timestamp) -> Option<Self> {
        let (state, devices) = self.next(event, at)?;
        Some(Self {
            state,
            devices: devices.unwrap_or_else(|| self.devices.clone()),
            updated_at: at,
            version: self.version + 1,
            ..self.clone()
        })
    }

    fn next(
        &self,
        event: DepartureEvent,
        at: Timestamp,
    ) -> Option<(DepartureState, Option<Vec<RequestId>>)> {
        use DepartureEvent as E;
        use DepartureState as S;
        Some(match (&self.state, event) {
            (S::Missed, E::StillMissing { .. }) if !self.is_confirmed_at(at) => return None,
            (
                S::Missed | S::Asking { braked: false },
                E::StillMissing {
                    devices,
                    expire_by: Some(by),
                    ..
                },
            )
            | (S::Missed | S::Asking { .. }, E::ExpireAsked { by, devices }) => {
                (S::Expiring { by }, Some(devices))
            }
            (
                S::Missed,
                E::StillMissing {
                    devices, braked, ..
                },
            ) => (S::Asking { braked }, Some(devices)),
            // A question that the brake has made is the approvers', however few leave after that.
            (
                S::Asking { braked: was },
                E::StillMissing {
                    devices, braked, ..
                },
            ) if devices != self.devices || (braked && !was) => {
                let braked = braked || *was;
                (S::Asking { braked }, Some(devices))
            }
            (S::Asking { .. }, E::Kept { by }) => (S::Kept { by }, None),
            (S::Asking { .. }, E::Seen) => (S::Back { kept_by: None }, None),
            (S::Kept { by }, E::Seen) => {
                let kept_by = Some(by.clone());
                (S::Back { kept_by }, None)
            }
            (S::Asking { .. }, E::NothingLeft) => (S::Over, None),
            (S::Expiring { by }, E::NothingLeft) => (S::Expired { by: by.clone() }, None),
            _ => return None,
        })
    }

    fn is_confirmed_at(&self, at: Timestamp) -> bool {
        at.duration_since(self.first_missing_at) >= Self::APART
    }

    /// Still waiting for something. A member has at most one such departure.
    pub(crate) fn is_open(&self) -> bool {
        match self.state {
            DepartureState::Missed
            | DepartureState::Asking { .. }
            | DepartureState::Expiring { .. } => true,
            DepartureState::Kept { .. }
            | DepartureState::Expired { .. }
            | DepartureState::Back { .. }
            | DepartureState::Over => false,
        }
    }

    /// The approvers' message is behind, or missing. A single miss has none.
    pub(crate) fn owes_card(&self) -> bool {
        self.state != DepartureState::Missed && self.card.shown < self.version && !self.card.closed
    }

    /// This person has given this answer already.
    pub(crate) fn was_answered(&self, choice: Choice, by: &Person) -> bool {
        match &self.state {
            DepartureState::Kept { by: decider } => choice == Choice::Keep && decider == by,
            DepartureState::Expiring { by: decider } | DepartureState::Expired { by: decider } => {
                choice == Choice::ExpireAll && decider == by
            }
            DepartureState::Missed
            | DepartureState::Asking { .. }
            | DepartureState::Back { .. }
            | DepartureState::Over => false,
        }
    }
}
