//! What Discord's refusals mean to this bot. Texts carry neither addresses nor tokens: they are safe to log.

use std::time::Duration;

use serenity::http::HttpError;

/// Waiting time when Discord says "later" without saying when.
const UNTOLD: Duration = Duration::from_secs(30);

/// A call that did not do what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the member does not accept direct messages from this bot")]
    Closed,
    #[error("{0}")]
    Gone(Missing),
    #[error("Discord forbids it (code {code})")]
    Forbidden { code: i64 },
    /// Sticky: once seen, every further call fails with it at once and without traffic.
    #[error("Discord does not accept the bot's token")]
    Unauthorised,
    #[error("the private answer can no longer be written to")]
    Expired,
    /// Discord counts edits of messages older than an hour apart.
    #[error("too many edits of old messages; may be tried again in {} s", retry_after.as_secs())]
    TooOld { retry_after: Duration },
    #[error("Discord's rate limit; may be tried again in {} s", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// It may have happened all the same.
    #[error("{cause}")]
    Transient { cause: Cause },
    #[error("the key does not fit into a message")]
    Unshowable,
    /// A mistake of ours: the same call will never succeed.
    #[error("Discord rejected the call (status {status}, code {code})")]
    Rejected { status: u16, code: i64 },
}

/// What is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    #[error("the message has been deleted")]
    Message,
    #[error("the channel does not exist")]
    Channel,
    #[error("the bot is not in the server")]
    Guild,
    #[error("the member has left or the account is gone")]
    Member,
}

/// Why an outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    #[error("Discord answered with status {0}")]
    Status(u16),
    #[error("Discord did not answer in time")]
    Timeout,
    #[error("Discord could not be reached")]
    Connection,
    #[error("Discord's answer could not be read")]
    Unreadable,
}

impl Error {
    /// Trying the same again later may well succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::TooOld { .. } | Self::RateLimited { .. } | Self::Transient { .. } => true,
            Self::Closed
            | Self::Gone(_)
            | Self::Forbidden { .. }
            | Self::Unauthorised
            | Self::Expired
            | Self::Unshowable
            | Self::Rejected { .. } => false,
        }
    }

    /// How long Discord wants us to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooOld { retry_after } | Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Closed
            | Self::Gone(_)
            | Self::Forbidden { .. }
            | Self::Unauthorised
            | Self::Expired
            | Self::Transient { .. }
            | Self::Unshowable
            | Self::Rejected { .. } => None,
        }
    }

    /// For calls that went through serenity. Never log the serenity error itself: its `Debug` text holds the
    /// address, and an interaction's address holds its token.
    pub fn classify(error: &serenity::Error) -> Self {
        if let serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) = error {
            let code = i64::try_from(answer.error.code).unwrap_or_default();
            return Self::of_answer(answer.status_code.as_u16(), code, None);
        }
        if let serenity::Error::Http(HttpError::Request(error)) = error {
            return Self::of_transport(error);
        }
        if let serenity::Error::Json(_) = error {
            return Self::unreadable();
        }
        // Everything else never left the process.
        Self::Rejected { status: 0, code: 0 }
    }

    /// By status and by Discord's own code: the code is the finer of the two, and absent in many outages.
    /// Source: Discord's reference, "JSON Error Codes".
    pub(crate) fn of_answer(status: u16, code: i64, retry_after: Option<Duration>) -> Self {
        let retry_after = retry_after.unwrap_or(UNTOLD);
        match (status, code) {
            (_, 50_007 | 50_278) => Self::Closed,
            (_, 10_008) => Self::Gone(Missing::Message),
            (_, 10_003) => Self::Gone(Missing::Channel),
            (_, 10_004) => Self::Gone(Missing::Guild),
            (404, 10_007 | 10_013) => Self::Gone(Missing::Member),
            (_, 10_015 | 10_062 | 40_060 | 50_027) => Self::Expired,
            (_, 30_046) => Self::TooOld { retry_after },
            // 40003: direct messages are being opened too fast.
            (429, _) | (_, 40_003) => Self::RateLimited { retry_after },
            (401, _) => Self::Unauthorised,
            (403, code) => Self::Forbidden { code },
            (408 | 500.., _) => Self::Transient {
                cause: Cause::Status(status),
            },
            (status, code) => Self::Rejected { status, code },
        }
    }

    pub(crate) fn of_transport(error: &reqwest::Error) -> Self {
        let cause = if error.is_timeout() {
            Cause::Timeout
        } else if error.is_decode() {
            Cause::Unreadable
        } else {
            Cause::Connection
        };
        Self::Transient { cause }
    }

    pub(crate) fn unreadable() -> Self {
        Self::Transient {
            cause: Cause::Unreadable,
        }
    }

    pub(crate) fn timeout() -> Self {
        Self::Transient {
            cause: Cause::Timeout,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_decide_before_the_status_does() {
        let told = Some(Duration::from_secs(7));
        let cases = [
            (403, 50_007, Error::Closed),
            (403, 50_278, Error::Closed),
            (400, 50_007, Error::Closed),
            (404, 10_008, Error::Gone(Missing::Message)),
            (404, 10_003, Error::Gone(Missing::Channel)),
            (403, 50_001, Error::Forbidden { code: 50_001 }),
            (403, 50_013, Error::Forbidden { code: 50_013 }),
            (401, 50_027, Error::Expired),
            (401, 0, Error::Unauthorised),
            (404, 10_062, Error::Expired),
            (400, 40_060, Error::Expired),
        ];
        for (status, code, expected) in cases {
            assert_eq!(
                Error::of_answer(status, code, told),
                expected,
                "{status} {code}"
            );
        }
    }

    #[test]
    fn waiting_times_are_kept() {
        let retry_after = Duration::from_secs(7);
        let told = Some(retry_after);
        for (status, code) in [(429, -1), (429, 0), (403, 40_003)] {
            assert_eq!(
                Error::of_answer(status, code, told),
                Error::RateLimited { retry_after }
            );
        }
        assert_eq!(
            Error::of_answer(429, 30_046, told),
            Error::TooOld { retry_after }
        );
        assert_eq!(
            Error::of_answer(429, -1, None).retry_after(),
            Some(Duration::from_secs(30))
        );
    }

    #[test]
    fn outages_are_transient_and_our_mistakes_are_not() {
        assert!(Error::of_answer(500, -1, None).is_transient());
        assert!(Error::of_answer(503, 0, None).is_transient());
        assert!(!Error::of_answer(400, 50_035, None).is_transient());
        assert!(!Error::of_answer(404, 0, None).is_transient());
    }
}
