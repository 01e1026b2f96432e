//! What can go wrong with Headscale, in sentences for people. No sentence holds an address, a secret or a body.

use std::fmt;
use std::time::Duration;

use super::UserName;

/// `Display` is one sentence without a full stop, fit for a card, a log line and `check`.
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
    KeyFile(std::io::ErrorKind),
    #[error("the file with Headscale's API key holds no key")]
    KeyFileEmpty,
    #[error("Headscale refused the request{0}")]
    Refused(Words),
    #[error("Headscale did not find it{0}")]
    NotFound(Words),
    #[error("Headscale already has one by this name{0}")]
    Conflict(Words),
    /// The path or the method is unknown: usually another release than was thought.
    #[error("Headscale does not know this request (status {0})")]
    Unsupported(u16),
    #[error("Headscale asks for fewer requests")]
    Busy { retry_after: Option<Duration> },
    #[error("Headscale failed with an error of its own{0}")]
    Failed(Words),
    #[error("Headscale is not available at the moment (status {0})")]
    Unavailable(u16),
    #[error("Headscale's answer makes no sense: {0}")]
    Unreadable(&'static str),
    #[error("whatever answers at this address is not Headscale")]
    NotHeadscale,
    #[error(
        "Headscale {found} is too old: {} is the oldest release that is supported",
        super::Release::OLDEST
    )]
    TooOld { found: String },
    #[error("Headscale has more than one user named `{0}`")]
    Ambiguous(UserName),
    #[error("the headscale program cannot be started: {0}")]
    ProgramMissing(std::io::ErrorKind),
    #[error("no command is given for the headscale program")]
    NoProgram,
    /// It ended badly, and not in its own manner.
    #[error("the headscale program failed{0}")]
    Program(Words),
    #[error("Headscale has not expired the key")]
    NotExpired,
    #[error("Headscale's address must be a plain http:// or https:// URL")]
    UnusableUrl,
}

/// Why no connection came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    ConnectionRefused,
    ConnectTimedOut,
    UnknownHost,
    /// The certificate.
    Tls,
    /// Whatever answers speaks something else.
    NotTls,
    Other,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConnectionRefused => "the connection was refused",
            Self::ConnectTimedOut => "no connection in time",
            Self::UnknownHost => "its host name is unknown",
            Self::Tls => "its TLS certificate was not accepted",
            Self::NotTls => "it does not speak TLS there, although its address begins with https",
            Self::Other => "no connection",
        })
    }
}

impl Error {
    /// Whether Headscale may have done what was asked, although we were not told. A caller that made something must
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

    /// Whether the same request may succeed later with nobody doing anything about it. Headscale's own errors count:
    /// its status codes do not tell passing from lasting trouble.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Busy { .. } | Self::NotExpired | Self::NotHeadscale
        ) || self.outcome_unknown()
    }

    /// Whether the API key must be seen to.
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

    /// For a caller that has seen a key live on after it was expired.
    pub fn not_expired() -> Self {
        Self::NotExpired
    }

    /// Whether another release than was thought may have answered.
    pub(in crate::headscale) fn is_surprise(&self) -> bool {
        matches!(
            self,
            Self::Unsupported(_)
                | Self::NotFound(_)
                | Self::Refused(_)
                | Self::NotExpired
                | Self::Program(_)
        )
    }
}

impl Error {
    /// Up to 0.29 most refusals have status 500, so the words decide.
    pub(in crate::headscale) fn of_words(status: u16, words: Words) -> Self {
        const GONE: [&str; 2] = ["not found", "no longer exists"];
        const TAKEN: [&str; 4] = [
            "unique",
            "already exists",
            "duplicate key",
            "already in use",
        ];
        if TAKEN.iter().any(|taken| words.mention(taken)) {
            Self::Conflict(words)
        } else if status == 404 || GONE.iter().any(|gone| words.mention(gone)) {
            Self::NotFound(words)
        } else if status == 500 {
            Self::Failed(words)
        } else {
            Self::Refused(words)
        }
    }
}

/// A few of Headscale's own words: one line, short, and without anything that looks like a key. Displayed after
/// a sentence, with a colon.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Words(String);

impl Words {
    const MAX: usize = 160;

    pub(in crate::headscale) fn of(text: &str) -> Self {
        let line: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let line = redact(line.trim());
        let mut short: String = line.chars().take(Self::MAX).collect();
        if short.len() < line.len() {
            short.push('…');
        }
        Self(short)
    }

    pub(in crate::headscale) fn mention(&self, text: &str) -> bool {
        self.0.to_ascii_lowercase().contains(text)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.0)
        }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Any run of 20 or more characters of a key's alphabet may be one: old keys are bare hexadecimal.
fn redact(line: &str) -> String {
    let of_a_key = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut clean = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let run = rest.find(|c| !of_a_key(c)).unwrap_or(rest.len());
        let (taken, hidden) = if run == 0 {
            (c.len_utf8(), false)
        } else {
            (run, run >= 20)
        };
        clean.push_str(if hidden { "[redacted]" } else { &rest[..taken] });
        rest = &rest[taken..];
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_never_repeat_a_key() {
        for key in [
            "hskey-auth-fac6ebe7b0c9-d8bd16df00000000000000000000000000000000000000000000000000000000",
            "0123456789abcdef0123456789abcdef0123456789abcdef",
            "a1b2c3d.0123456789abcdef0123456789abcdef",
        ] {
            let words = Words::of(&format!("bad value \"{key}\" for key"));
            assert!(!words.to_string().contains(&key[10..]), "{words}");
            assert!(words.to_string().contains("[redacted]"), "{words}");
        }
    }

    #[test]
    fn words_are_one_short_line() {
        let words = Words::of(&"né ".repeat(500).replace(' ', "\n"));
        assert!(words.to_string().chars().count() < 170);
        assert!(!words.to_string().contains('\n'));
    }

    #[test]
    fn only_an_answer_or_its_absence_after_sending_leaves_the_outcome_open() {
        assert!(Error::TimedOut(Duration::from_secs(10)).outcome_unknown());
        assert!(Error::Failed(Words::default()).outcome_unknown());
        assert!(!Error::Unreachable(Unreachable::ConnectionRefused).outcome_unknown());
        assert!(!Error::Unauthorised.outcome_unknown());
        assert!(!Error::Refused(Words::default()).outcome_unknown());
    }
}
