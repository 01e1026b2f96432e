//! What can go wrong with Headscale. No message contains an address, a secret or a whole body.

use std::fmt;
use std::io;
use std::time::Duration;

pub use crate::domain::Unreachable;
use crate::domain::UserName;

/// `Display` reads well behind a colon and has no full stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Headscale cannot be reached: {0}")]
    Unreachable(Unreachable),
    #[error("Headscale did not answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("the connection to Headscale broke before the answer came")]
    Interrupted,
    #[error("Headscale refused the API key: it is wrong, expired or revoked")]
    Unauthorised,
    #[error("the file with Headscale's API key cannot be read: {0}")]
    KeyFile(io::ErrorKind),
    #[error("the file with Headscale's API key contains no key")]
    KeyFileEmpty,
    #[error("Headscale refused the request{0}")]
    Refused(ServerMessage),
    #[error("Headscale did not find it{0}")]
    NotFound(ServerMessage),
    #[error("Headscale already has one with this name{0}")]
    Conflict(ServerMessage),
    /// The path or the method is unknown: usually this is another release than expected.
    #[error("Headscale does not know this request (status {0})")]
    Unsupported(u16),
    #[error("Headscale is rate-limiting us")]
    Busy { retry_after: Option<Duration> },
    #[error("Headscale reported an internal error{0}")]
    Failed(ServerMessage),
    #[error("Headscale is unavailable at the moment (status {0})")]
    Unavailable(u16),
    #[error("Headscale sent an answer that cannot be read: {0}")]
    Unreadable(&'static str),
    #[error("the server at this address is not Headscale")]
    NotHeadscale,
    #[error("Headscale {found} is too old: {oldest} is the oldest supported release")]
    TooOld { found: String, oldest: String },
    #[error("Headscale has more than one user named `{0}`")]
    Ambiguous(UserName),
    #[error("the headscale program cannot be started: {0}")]
    ProgramMissing(io::ErrorKind),
    /// It failed without reporting an error in its usual form.
    #[error("the headscale program failed{0}")]
    Program(ServerMessage),
    #[error("Headscale has not expired the key")]
    NotExpired,
}

impl Error {
    /// Whether Headscale may have done what was asked although no answer says so. A caller that created something must
    /// then look for it rather than ask again.
    pub fn outcome_unknown(&self) -> bool {
        matches!(
            self,
            Self::TimedOut(_)
                | Self::Interrupted
                | Self::Failed(_)
                | Self::Unavailable(_)
                | Self::Unreadable(_)
                | Self::Program(_)
        )
    }

    /// Whether the same request may succeed later without anybody stepping in. Headscale's internal errors count,
    /// because its status codes do not tell passing trouble from lasting trouble.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Busy { .. } | Self::NotExpired | Self::NotHeadscale
        ) || self.outcome_unknown()
    }

    /// Whether the operator has to replace the API key.
    pub fn is_unauthorised(&self) -> bool {
        matches!(
            self,
            Self::Unauthorised | Self::KeyFile(_) | Self::KeyFileEmpty
        )
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    pub(super) fn suggests_another_release(&self) -> bool {
        matches!(
            self,
            Self::Unsupported(_)
                | Self::NotFound(_)
                | Self::Refused(_)
                | Self::NotExpired
                | Self::Program(_)
        )
    }

    /// Up to 0.29 most refusals have status 500, so the message decides.
    pub(super) fn of_message(status: u16, message: ServerMessage) -> Self {
        const GONE: [&str; 2] = ["not found", "no longer exists"];
        const TAKEN: [&str; 4] = [
            "unique",
            "already exists",
            "duplicate key",
            "already in use",
        ];
        if TAKEN.iter().any(|taken| message.mentions(taken)) {
            Self::Conflict(message)
        } else if status == 404 || GONE.iter().any(|gone| message.mentions(gone)) {
            Self::NotFound(message)
        } else if status == 500 && !message.mentions("not permitted") {
            Self::Failed(message)
        } else {
            Self::Refused(message)
        }
    }
}

/// What Headscale itself said: one short line without anything that looks like a key. `Display` puts a colon in front,
/// because it follows a sentence of ours.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServerMessage(String);

impl ServerMessage {
    const MAX: usize = 160;

    pub(super) fn new(text: &str) -> Self {
        let one_line = text.replace(char::is_control, " ");
        let line = redact(one_line.trim());
        let mut short: String = line.chars().take(Self::MAX).collect();
        if short.len() < line.len() {
            short.push('…');
        }
        Self(short)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn mentions(&self, text: &str) -> bool {
        self.0.to_ascii_lowercase().contains(text)
    }
}

impl fmt::Display for ServerMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.0)
        }
    }
}

impl fmt::Debug for ServerMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Any 20 consecutive characters from a key's alphabet may be one: old keys are bare hexadecimal.
fn redact(line: &str) -> String {
    let is_outside = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let redacted = line.split_inclusive(is_outside).map(|part| {
        let word = part.trim_end_matches(is_outside);
        if word.len() < 20 {
            part.to_owned()
        } else {
            format!("[redacted]{}", &part[word.len()..])
        }
    });
    redacted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_message_never_repeats_a_key() {
        for key in [
            "hskey-auth-fac6ebe7b0c9-d8bd16df00000000000000000000000000000000000000000000000000000000",
            "0123456789abcdef0123456789abcdef0123456789abcdef",
            "a1b2c3d.0123456789abcdef0123456789abcdef",
        ] {
            let message = ServerMessage::new(&format!("bad value \"{key}\" for key"));
            assert!(!message.to_string().contains(&key[10..]), "{message}");
            assert!(message.to_string().contains("[redacted]"), "{message}");
        }
    }

    #[test]
    fn a_server_message_is_one_short_line() {
        let message = ServerMessage::new(&"né ".repeat(500).replace(' ', "\n"));
        assert!(message.to_string().chars().count() < 170);
        assert!(!message.to_string().contains('\n'));
    }

    #[test]
    fn only_an_answer_or_its_absence_after_sending_leaves_the_outcome_open() {
        assert!(Error::TimedOut(Duration::from_secs(10)).outcome_unknown());
        assert!(Error::Failed(ServerMessage::default()).outcome_unknown());
        assert!(!Error::Unreachable(Unreachable::ConnectionRefused).outcome_unknown());
        assert!(!Error::Unauthorised.outcome_unknown());
        assert!(!Error::Refused(ServerMessage::default()).outcome_unknown());
    }
}
