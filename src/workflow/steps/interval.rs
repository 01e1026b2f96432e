//! When Headscale's nodes are listed next: in whole intervals, so requests come due together and share one call.

use std::time::Duration;

use jiff::Timestamp;

/// How often a list is made while somebody sits in front of a device.
const CLOSE: Duration = Duration::from_millis(2_500);

/// How long somebody is taken to sit there: installing the app and adding the device is done by then.
const SITTING: Duration = Duration::from_mins(5);

/// In milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct WatchInterval {
    close: i64,
    usual: i64,
}

impl WatchInterval {
    pub(super) fn new(usual: Duration) -> Self {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(1);
        Self {
            close: millis(usual.min(CLOSE)),
            usual: millis(usual),
        }
    }

    /// Whether one list serves both moments.
    pub(super) fn is_same(self, one: Timestamp, other: Timestamp) -> bool {
        one.as_millisecond() / self.close == other.as_millisecond() / self.close
    }

    /// Soon while somebody sits in front of the device, then ever less often: after a tenth of the time that has passed.
    pub(super) fn next_look(self, since: Timestamp, now: Timestamp) -> Timestamp {
        let passed = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        let (wait, interval) = if passed < SITTING {
            (Duration::ZERO, self.close)
        } else {
            (passed / 10, self.usual)
        };
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let next = now.as_millisecond().saturating_add(wait) / interval + 1;
        Timestamp::from_millisecond(next.saturating_mul(interval)).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/interval.rs"]
mod tests;
