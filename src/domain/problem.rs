//! What can go wrong in a step, as far as people are told. The view makes the sentences; `Display` is for logs and the
//! audit.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

/// Why a step failed. Contains no address and no secret.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Problem {
    HeadscaleUnreachable(Unreachable),
    HeadscaleSlow,
    HeadscaleInterrupted,
    HeadscaleBusy,
    HeadscaleUnavailable(u16),
    ApiKeyRefused,
    ApiKeyUnreadable,
    /// Headscale's own words, here and in the next three; they may be empty.
    HeadscaleFailed(String),
    HeadscaleRefused(String),
    HeadscaleNotFound(String),
    HeadscaleConflict(String),
    /// The bot does not understand the answer.
    HeadscaleStrange,
    NotHeadscale,
    HeadscaleTooOld(String),
    HeadscaleProgram,
    KeyNotExpired,
    /// Headscale has several users with this name.
    UserAmbiguous(String),
    UserMissing(String),
    /// The user with this name was not created for the member.
    UserNotTheirs(String),
    /// The user with this name belongs to another member.
    UserTaken(String),
    UserUnusable,
    /// The link is not in the form that this release of Headscale uses.
    LinkUnknown(String),
    /// Headscale's own words.
    LinkRefused(String),
    /// Links are no longer taken.
    NoLinks,
    /// The device that was let in did not get its tags, and was removed again. Headscale's own words.
    TagsRefused(String),
    /// The device that was let in was removed before it had its tags, by the operator or by us.
    DeviceRemoved,
    /// The requester has left the server, or may ask no longer.
    MayNotAsk,
    DirectMessagesClosed,
    DiscordBusy,
    DiscordUnreachable,
    DiscordFailed(u16),
    DiscordRefused(i64),
    /// The message or its channel no longer exists.
    MessageGone,
    KeyNotShowable,
    #[default]
    NotStored,
    /// The request has changed in the meantime.
    Overtaken,
}

/// Why no connection was established.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    IntoStaticStr,
    thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum Unreachable {
    #[error("the connection was refused")]
    ConnectionRefused,
    #[error("connecting took too long")]
    ConnectTimedOut,
    #[error("its host name is unknown")]
    UnknownHost,
    #[error("its TLS certificate was not accepted")]
    Tls,
    #[error("it does not speak TLS, although its address begins with https")]
    NotTls,
    #[default]
    #[error("no connection")]
    Other,
}

impl Problem {
    /// The requester needs a new link; nobody else has anything to mend.
    pub(crate) fn is_of_link(&self) -> bool {
        matches!(
            self,
            Self::LinkUnknown(_) | Self::LinkRefused(_) | Self::NoLinks
        )
    }

    /// What Headscale said about it, if it said anything.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these quote Headscale")]
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::HeadscaleFailed(said)
            | Self::HeadscaleRefused(said)
            | Self::HeadscaleNotFound(said)
            | Self::HeadscaleConflict(said)
            | Self::LinkRefused(said)
            | Self::TagsRefused(said) => Some(said.as_str()).filter(|said| !said.is_empty()),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.into_str())?;
        self.said().map_or(Ok(()), |said| write!(f, ": {said}"))
    }
}
