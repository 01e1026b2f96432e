//! When Headscale's nodes are listed next: in whole intervals, so requests come due together and share one call.

use std::time::Duration;

use jiff::Timestamp;

/// In milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct WatchInterval(i64);

impl WatchInterval {
    pub(super) fn new(interval: Duration) -> Self {
        let millis = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
        Self(millis.max(1))
    }

    pub(super) fn is_same(self, one: Timestamp, other: Timestamp) -> bool {
        one.as_millisecond() / self.0 == other.as_millisecond() / self.0
    }

    /// Soon while somebody sits in front of the device, then ever less often: after a tenth of the time that has passed.
    pub(super) fn next_look(self, since: Timestamp, now: Timestamp) -> Timestamp {
        let passed = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        let wait = i64::try_from((passed / 10).as_millis()).unwrap_or(i64::MAX);
        let next = (now.as_millisecond().saturating_add(wait) / self.0 + 1).saturating_mul(self.0);
        Timestamp::from_millisecond(next).unwrap_or(Timestamp::MAX)
    }
}
