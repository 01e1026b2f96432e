//! What can go wrong in a step, and the sentence that people read about it.

use crate::{headscale, outbound, store};

use super::RecordError;

/// Why a step did not get done. `Display` is for people: no address, no body, no secret.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{0}")]
    Headscale(#[from] headscale::Error),
    #[error("{0}")]
    Discord(#[from] outbound::Error),
    #[error("the request could not be stored")]
    Store(#[source] store::Error),
    /// The row was changed by somebody else; the next tick reads it anew.
    #[error("the request has moved on")]
    Overtaken,
    /// Something that only people can mend.
    #[error("{0}")]
    Unmendable(String),
}

impl Trouble {
    /// Headscale does not take the API key; nothing can be issued until it does.
    pub(super) fn is_refused_key(&self) -> bool {
        matches!(self, Self::Headscale(error) if error.is_unauthorised())
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<RecordError> for Trouble {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Overtaken => Self::Overtaken,
            RecordError::Store(error) => Self::Store(error),
        }
    }
}
