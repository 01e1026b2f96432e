//! Members who are gone while something of theirs is still live. A departure is one question to the approvers, from the
//! first look that missed somebody to its answer; the next time the same person leaves is another departure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::{DepartureId, Person, Projection, RequestId};

/// One member who was not found in the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Departure {
    #[serde(skip)]
    pub id: DepartureId,
    /// As they were called when they last asked for a device.
    pub person: Person,
    /// When Discord first said that it knows no such member.
    pub first_missing_at: Timestamp,
    pub state: DepartureState,
    /// What the question is about.
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
    /// Not found once: no reason to do anything yet, and nobody is told.
    Missed,
    /// Gone for certain; the approvers are asked.
    Asking,
    Kept {
        by: Person,
    },
    /// Everything of theirs is being taken back.
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
    /// Nothing of theirs was left before anybody answered.
    Over,
}

/// What can happen to a departure.
/// Its words are those of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(const_into_str)]
pub enum DepartureEvent {
    /// Discord said once more that it knows no such member.
    #[strum(serialize = "member_left")]
    StillMissing {
        devices: Vec<RequestId>,
        /// Who decides without asking, if the operator wants that.
        expire_by: Option<Person>,
    },
    #[strum(serialize = "member_back")]
    Seen,
    #[strum(serialize = "departure_kept")]
    Kept { by: Person },
    #[strum(serialize = "departure_expire_asked")]
    ExpireAsked { by: Person, devices: Vec<RequestId> },
    /// Nothing of theirs is live any more.
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
    /// Two looks have to miss somebody, so far apart, before anything is made of it.
    pub const APART: SignedDuration = SignedDuration::from_hours(1);

    /// A first look did not find this person.
    pub fn missed(person: Person, at: Timestamp) -> Self {
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

    /// The departure after the event: one version later. None for an event that has no place in the present state.
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
                S::Missed | S::Asking,
                E::StillMissing {
                    devices,
                    expire_by: Some(by),
                }
                | E::ExpireAsked { by, devices },
            ) => (S::Expiring { by }, Some(devices)),
            (S::Missed, E::StillMissing { devices, .. }) => (S::Asking, Some(devices)),
            (S::Asking, E::StillMissing { devices, .. }) if devices != self.devices => {
                (S::Asking, Some(devices))
            }
            (S::Asking, E::Kept { by }) => (S::Kept { by }, None),
            (S::Asking, E::Seen) => (S::Back { kept_by: None }, None),
            (S::Kept { by }, E::Seen) => {
                let kept_by = Some(by.clone());
                (S::Back { kept_by }, None)
            }
            (S::Asking, E::NothingLeft) => (S::Over, None),
            (S::Expiring { by }, E::NothingLeft) => (S::Expired { by: by.clone() }, None),
            _ => return None,
        })
    }

    fn is_confirmed_at(&self, at: Timestamp) -> bool {
        at.duration_since(self.first_missing_at) >= Self::APART
    }

    /// Still waiting for something; a member has at most one such departure.
    pub fn is_open(&self) -> bool {
        match self.state {
            DepartureState::Missed | DepartureState::Asking | DepartureState::Expiring { .. } => {
                true
            }
            DepartureState::Kept { .. }
            | DepartureState::Expired { .. }
            | DepartureState::Back { .. }
            | DepartureState::Over => false,
        }
    }

    /// Whether the approvers' message says less than the row. A single miss is nobody's business.
    pub fn owes_card(&self) -> bool {
        self.state != DepartureState::Missed && self.card.shown < self.version && !self.card.closed
    }

    /// Whether this is the answer that this person has already given.
    pub fn was_answered(&self, choice: Choice, by: &Person) -> bool {
        match &self.state {
            DepartureState::Kept { by: decider } => choice == Choice::Keep && decider == by,
            DepartureState::Expiring { by: decider } | DepartureState::Expired { by: decider } => {
                choice == Choice::ExpireAll && decider == by
            }
            DepartureState::Missed
            | DepartureState::Asking
            | DepartureState::Back { .. }
            | DepartureState::Over => false,
        }
    }

    /// Who has decided, if anybody has.
    pub fn decided_by(&self) -> Option<&Person> {
        match &self.state {
            DepartureState::Kept { by }
            | DepartureState::Expiring { by }
            | DepartureState::Expired { by } => Some(by),
            DepartureState::Back { kept_by } => kept_by.as_ref(),
            DepartureState::Missed | DepartureState::Asking | DepartureState::Over => None,
        }
    }
}
