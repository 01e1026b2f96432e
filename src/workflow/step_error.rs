//! Why a step failed, and what people read about it.

use crate::domain::Problem;
use crate::headscale::{self, ServerMessage};
use crate::{outbound, store};

use super::ledger::RecordError;

/// `Display` is for the logs: no address, no body, no secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    #[error("{0}")]
    Headscale(#[from] headscale::Error),
    #[error("{0}")]
    Discord(#[from] outbound::Error),
    #[error("the request could not be stored")]
    Store(#[source] store::Error),
    /// Somebody else changed the row; whoever takes the next step reads it afresh.
    #[error("the request has moved on")]
    Overtaken,
    /// Trying again does not help until a person has changed something.
    #[error("{0}")]
    Permanent(Problem),
}

impl StepError {
    /// Headscale refuses the API key. A new key unblocks every request at once.
    pub(super) fn is_refused_key(&self) -> bool {
        matches!(self, Self::Headscale(error) if error.is_unauthorised())
    }

    /// What people read.
    pub(super) fn problem(&self) -> Problem {
        match self {
            Self::Headscale(error) => error.into(),
            Self::Discord(error) => (*error).into(),
            Self::Store(_) => Problem::NotStored,
            Self::Overtaken => Problem::Overtaken,
            Self::Permanent(problem) => problem.clone(),
        }
    }
}

impl From<store::Error> for StepError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<RecordError> for StepError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Overtaken => Self::Overtaken,
            RecordError::Store(error) => Self::Store(error),
        }
    }
}

impl From<&headscale::Error> for Problem {
    fn from(error: &headscale::Error) -> Self {
        use headscale::Error as E;
        let words = |said: &ServerMessage| said.as_str().to_owned();
        match error {
            E::Unreachable(why) => Self::HeadscaleUnreachable(*why),
            E::TimedOut(_) => Self::HeadscaleSlow,
            E::Interrupted => Self::HeadscaleInterrupted,
            E::Unauthorised => Self::ApiKeyRefused,
            E::KeyFile(_) | E::KeyFileEmpty => Self::ApiKeyUnreadable,
            E::Refused(said) => Self::HeadscaleRefused(words(said)),
            E::NotFound(said) => Self::HeadscaleNotFound(words(said)),
            E::Conflict(said) => Self::HeadscaleConflict(words(said)),
            E::Failed(said) | E::Program(said) => Self::HeadscaleFailed(words(said)),
            E::Unsupported(_) | E::Unreadable(_) => Self::HeadscaleStrange,
            E::Busy { .. } => Self::HeadscaleBusy,
            E::Unavailable(status) => Self::HeadscaleUnavailable(*status),
            E::NotHeadscale => Self::NotHeadscale,
            E::TooOld { found, .. } => Self::HeadscaleTooOld(found.clone()),
            E::Ambiguous(user) => Self::UserAmbiguous(user.to_string()),
            E::ProgramMissing(_) => Self::HeadscaleProgram,
            E::NotExpired => Self::KeyNotExpired,
        }
    }
}

impl From<outbound::Error> for Problem {
    fn from(error: outbound::Error) -> Self {
        use outbound::{Error as E, Outage};
        match error {
            E::Closed => Self::DirectMessagesClosed,
            E::Gone(_) | E::Expired => Self::MessageGone,
            E::Unauthorised => Self::DiscordRefused(0),
            E::Forbidden { code } | E::Rejected { code, .. } => Self::DiscordRefused(code),
            E::TooOld { .. } | E::RateLimited { .. } => Self::DiscordBusy,
            E::Transient(Outage::Status(status)) => Self::DiscordFailed(status),
            E::Transient(_) => Self::DiscordUnreachable,
            E::Unshowable => Self::KeyNotShowable,
        }
    }
}
