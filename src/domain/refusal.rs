//! The rules' answers to people. The view says them; `Display` is for the logs and the audit.

use jiff::Timestamp;
use strum::{Display, IntoStaticStr};

use super::{DeviceName, RequestId, Status};

/// A rule said no. Never an error of ours, never more than information in the log.
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
        /// What a link of the right kind looks like.
        example: String,
    },
    ReasonTooLong {
        length: usize,
    },
    WrongGuild,
    MayNotAsk,
    MayNotDecide,
    SelfApproval,
    NotTheRequester,
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
    /// A card that is no longer the request's own.
    StaleCard,
    /// The same for a message to the requester.
    StaleLetter,
    #[strum(to_string = "not_now: {status}")]
    NotNow {
        status: Status,
    },
    ClaimOver,
    /// A key is being made at this moment.
    Busy,
    TooFast {
        until: Timestamp,
    },
}

/// Why a link is not one that a waiting device shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum LinkRefusal {
    NotALink,
    OtherServer,
    NotASignIn,
}
