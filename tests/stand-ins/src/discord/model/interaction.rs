//! Interactions: a person's act and the bot's answer.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Id;

/// The time that a first answer may take.
pub(crate) const FIRST_ANSWER: SignedDuration = SignedDuration::from_secs(3);
/// The life of a token once it is answered.
pub(crate) const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionKind {
    Command,
    /// A click on a component of this message.
    Component {
        message: Id,
    },
    /// A submitted modal, with the message its opener sat on.
    ModalSubmit {
        message: Option<Id>,
    },
}

impl InteractionKind {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Command => 2,
            Self::Component { .. } => 3,
            Self::ModalSubmit { .. } => 5,
        }
    }

    /// The message the person acted on.
    pub fn message(self) -> Option<Id> {
        match self {
            Self::Component { message } => Some(message),
            Self::ModalSubmit { message } => message,
            Self::Command => None,
        }
    }
}

/// The kinds of a first answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckKind {
    /// Type 4.
    Message,
    /// Type 5.
    Deferred,
    /// Type 6.
    DeferredUpdate,
    /// Type 7.
    Update,
    /// Type 9.
    Modal,
}

/// The first answer to an interaction.
#[derive(Clone, Debug)]
pub struct Ack {
    pub kind: AckKind,
    pub at: Timestamp,
    pub ephemeral: bool,
    /// The modal, as sent.
    pub data: Value,
}

#[derive(Clone, Debug)]
pub struct InteractionRecord {
    pub id: Id,
    pub token: String,
    pub kind: InteractionKind,
    pub user: Id,
    pub guild: Option<Id>,
    pub channel: Id,
    /// The person's act: the `data` of the payload.
    pub data: Value,
    /// The `INTERACTION_CREATE` payload as text, for repeating it.
    pub payload: String,
    pub created: Timestamp,
    pub ack: Option<Ack>,
    /// The answer came too late; the token is worthless.
    pub dead: bool,
    /// The message behind `@original`.
    pub original: Option<Id>,
    /// A number for every change of what the person was answered.
    pub answered: u64,
}
