//! Why a step failed, in a sentence for people.

use crate::{headscale, outbound, store};

use super::ledger::RecordError;

/// `Display` holds no address, no body and no secret.
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
    Permanent(String),
}

impl StepError {
    /// Headscale refuses the API key. A new key unblocks every request at once.
    pub(super) fn is_refused_key(&self) -> bool {
        matches!(self, Self::Headscale(error) if error.is_unauthorised())
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
