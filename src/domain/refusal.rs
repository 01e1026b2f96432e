//! The rules' answers to people. The view makes the sentences; `Display` is for logs and the audit.

use jiff::Timestamp;
use strum::{Display, IntoStaticStr};

use super::{DeviceName, RequestId, Status};

/// A rule said no. This is never an error of ours, and the log treats it as information.
#[derive(Clone, Debug, PartialEq, Eq, Display, thiserror::Error)]
#[strum(serialize_all = "snake_case")]
pub enum Refusal {
    DeviceName {
        typed: String,
        suggestion: Option<DeviceName>,
    },
    Platform,
    #[strum(to_string = "link: {cause}")]
    Link {
        cause: LinkRefusal,
        /// A link of the right kind.
        example: String,
    },
    NoLinks {
        /// Devices here are meant to be ephemeral.
        ephemeral: bool,
    },
    ReasonTooLong {
        length: usize,
    },
    WrongGuild,
    MayNotAsk,
    MayNotDecide,
    SelfApproval,
    NotTheRequester,
    /// They have left the server since they asked.
    NotAMember,
    TooManyOpen {
        open: u32,
        limit: u32,
    },
    TooManyToday {
        made: u32,
        limit: u32,
    },
    CoolingDown {
        until: Timestamp,
    },
    #[strum(to_string = "already_open: {request}")]
    AlreadyOpen {
        request: RequestId,
        device: DeviceName,
    },
    UnknownRequest,
    /// The click was on a message that is not, or is no longer, the card.
    StaleCard {
        /// Leads to the card.
        link: String,
    },
    /// The approvers have another channel, and the card is on its way there.
    CardMoves,
    /// The click was on an outdated message to the requester.
    StaleLetter,
    #[strum(to_string = "not_now: {status}")]
    NotNow {
        status: Status,
    },
    ClaimOver,
    /// The request has given out this many keys.
    TooManyKeys {
        limit: u32,
    },
    /// A key for the request is being made at this moment.
    Busy,
    TooFast {
        until: Timestamp,
    },
}

/// Why a link cannot be one that a waiting device shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum LinkRefusal {
    NotALink,
    OtherServer,
    NotASignIn,
}
