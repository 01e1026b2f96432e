//! What Discord's refusals mean to this bot. No message contains an address or a token, so all are safe to log.

use std::time::Duration;

use serenity::http::HttpError;

/// How long to wait when Discord does not say.
const DEFAULT_WAIT: Duration = Duration::from_secs(30);

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("the member does not accept direct messages from this bot")]
    Closed,
    #[error("{0}")]
    Gone(Missing),
    #[error("Discord forbids it (code {code})")]
    Forbidden { code: i64 },
    /// Final: every further call fails with it at once, without being sent.
    #[error("Discord does not accept the bot's token")]
    Unauthorised,
    #[error("the private answer can no longer be edited")]
    Expired,
    /// Discord limits edits of messages older than an hour separately.
    #[error("too many edits of old messages; next attempt possible in {} s", retry_after.as_secs())]
    TooOld { retry_after: Duration },
    #[error("Discord is rate-limiting the bot; next attempt possible in {} s", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// The call may have taken effect all the same.
    #[error("{0}")]
    Transient(Outage),
    #[error("the key does not fit into a message")]
    Unshowable,
    /// A bug of ours: the same call will never succeed.
    #[error("Discord rejected the call (status {status}, code {code})")]
    Rejected { status: u16, code: i64 },
}

/// What no longer exists, or not for the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Missing {
    #[error("the message has been deleted")]
    Message,
    #[error("the channel does not exist")]
    Channel,
    #[error("the bot is not in the server")]
    Guild,
    #[error("the member has left or the account is gone")]
    Member,
}

/// Why the outcome of a call is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Outage {
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
    /// How long Discord wants us to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        if let Self::TooOld { retry_after } | Self::RateLimited { retry_after } = self {
            Some(*retry_after)
        } else {
            None
        }
    }

    /// The same call may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Transient(_)) || self.retry_after().is_some()
    }

    /// For calls that serenity made. Never log serenity's error itself: its `Debug` contains the address, and with it
    /// an interaction's token.
    pub(crate) fn classify(error: &serenity::Error) -> Self {
        if let serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) = error {
            let code = i64::try_from(response.error.code).unwrap_or_default();
            return Self::of_response(response.status_code.as_u16(), code, None);
        }
        if let serenity::Error::Http(HttpError::Request(error)) = error {
            return Self::of_transport(error);
        }
        if let serenity::Error::Json(_) = error {
            return Self::unreadable();
        }
        Self::not_sent()
    }

    /// By status and by Discord's own code, which is more precise but missing in many outages.
    /// Source: Discord's reference, "JSON Error Codes".
    pub(super) fn of_response(status: u16, code: i64, retry_after: Option<Duration>) -> Self {
        let retry_after = retry_after.unwrap_or(DEFAULT_WAIT);
        match (status, code) {
            (_, 50_007 | 50_278) => Self::Closed,
            (_, 10_008) => Self::Gone(Missing::Message),
            (_, 10_003) => Self::Gone(Missing::Channel),
            (_, 10_004) => Self::Gone(Missing::Guild),
            (404, 10_007 | 10_013) => Self::Gone(Missing::Member),
            (_, 10_015 | 10_062 | 40_060 | 50_027) => Self::Expired,
            (_, 30_046) => Self::TooOld { retry_after },
            // 40003: the bot opens direct messages too fast.
            (429, _) | (_, 40_003) => Self::RateLimited { retry_after },
            (401, _) => Self::Unauthorised,
            (403, code) => Self::Forbidden { code },
            (408 | 500.., _) => Self::Transient(Outage::Status(status)),
            (status, code) => Self::Rejected { status, code },
        }
    }

    pub(super) fn of_transport(error: &reqwest::Error) -> Self {
        Self::Transient(if error.is_timeout() {
            Outage::Timeout
        } else if error.is_decode() {
            Outage::Unreadable
        } else {
            Outage::Connection
        })
    }

    pub(crate) fn unreadable() -> Self {
        Self::Transient(Outage::Unreadable)
    }

    /// The call never left the process.
    pub(super) fn not_sent() -> Self {
        Self::Rejected { status: 0, code: 0 }
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
                Error::of_response(status, code, told),
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
                Error::of_response(status, code, told),
                Error::RateLimited { retry_after }
            );
        }
        assert_eq!(
            Error::of_response(429, 30_046, told),
            Error::TooOld { retry_after }
        );
        assert_eq!(
            Error::of_response(429, -1, None).retry_after(),
            Some(Duration::from_secs(30))
        );
    }

    #[test]
    fn outages_are_transient_and_our_mistakes_are_not() {
        assert!(matches!(
            Error::of_response(500, -1, None),
            Error::Transient(_)
        ));
        assert!(matches!(
            Error::of_response(503, 0, None),
            Error::Transient(_)
        ));
        assert!(!matches!(
            Error::of_response(400, 50_035, None),
            Error::Transient(_)
        ));
        assert!(!matches!(
            Error::of_response(404, 0, None),
            Error::Transient(_)
        ));
    }
}
