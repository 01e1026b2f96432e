//! The time. Whatever needs it is given a [`Clock`]; nothing else asks the machine. Times are whole milliseconds, which
//! is what the store keeps.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// The machine's clock, or one that stands still until a test moves it. Clones share their time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(watch::Sender<Manual>),
}

/// What a manual clock shows, and for how long it has run whatever it was set to.
#[derive(Clone, Copy, Debug)]
struct Manual {
    now: Timestamp,
    ran: Duration,
}

/// How often a long sleep checks the clock: the machine may have been suspended, or its clock set.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

impl Clock {
    pub fn system() -> Self {
        Self(Source::System)
    }

    pub fn manual(start: Timestamp) -> Self {
        let start = Manual {
            now: whole_millis(start),
            ran: Duration::ZERO,
        };
        Self(Source::Manual(watch::Sender::new(start)))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => whole_millis(Timestamp::now()),
            Source::Manual(time) => time.borrow().now,
        }
    }

    /// The time after waiting this long.
    pub fn later(&self, wait: Duration) -> Timestamp {
        self.now().saturating_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// Moves a manual clock and wakes whatever sleeps on it. Does nothing to the machine's clock.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(time) = &self.0 {
            time.send_modify(|time| {
                time.now = whole_millis(time.now.checked_add(by).unwrap_or(time.now));
                time.ran += by;
            });
        }
    }

    /// Sets a manual clock back. Does nothing to the machine's clock.
    pub fn set_back(&self, by: Duration) {
        if let Source::Manual(time) = &self.0 {
            time.send_modify(|time| time.now = time.now.checked_sub(by).unwrap_or(time.now));
        }
    }

    /// Returns at once if the time has passed. If the clock is set back meanwhile, the sleep is as long as it was meant
    /// to be, and it is not yet that time.
    pub async fn sleep_until(&self, at: Timestamp) {
        let wait = self.left(at);
        match &self.0 {
            Source::System => self.sleep_in_steps(at, wait).await,
            Source::Manual(time) => {
                let mut time = time.subscribe();
                let end = time.borrow().ran + wait;
                // The sender lives in `self`, so waiting cannot fail.
                let _ = time
                    .wait_for(|time| time.now >= at || time.ran >= end)
                    .await;
            }
        }
    }

    async fn sleep_in_steps(&self, at: Timestamp, wait: Duration) {
        let begun = Instant::now();
        loop {
            let left = self.left(at).min(wait.saturating_sub(begun.elapsed()));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(CHECK_INTERVAL)).await;
        }
    }

    /// Nothing once the time has come.
    fn left(&self, at: Timestamp) -> Duration {
        Duration::try_from(at.duration_since(self.now())).unwrap_or_default()
    }
}

fn whole_millis(at: Timestamp) -> Timestamp {
    let excess = at.subsec_nanosecond().rem_euclid(1_000_000);
    at.checked_sub(SignedDuration::from_nanos(excess.into()))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_on_a_manual_clock_wakes_when_its_moment_comes() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let moment = Timestamp::from_second(60).unwrap();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(moment).await;
                clock.now()
            }
        });
        clock.advance(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        assert_eq!(sleeper.await.unwrap(), moment);
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_makes_no_sleep_longer() {
        let clock = Clock::manual(Timestamp::from_second(1_000_000).unwrap());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(clock.later(Duration::from_mins(1))).await }
        });
        tokio::task::yield_now().await;
        clock.set_back(Duration::from_hours(1));
        clock.advance(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }

    #[tokio::test]
    async fn a_past_moment_is_not_waited_for() {
        let clock = Clock::system();
        clock.sleep_until(Timestamp::UNIX_EPOCH).await;
        clock.sleep_until(clock.now()).await;
    }

    #[test]
    fn moments_are_whole_milliseconds() {
        let clock = Clock::manual(Timestamp::from_nanosecond(-1).unwrap());
        assert_eq!(clock.now().as_nanosecond(), -1_000_000);
        clock.advance(Duration::from_micros(2_500));
        assert_eq!(clock.now().as_nanosecond(), 1_000_000);
        assert_eq!(
            Clock::system().now().subsec_nanosecond() % 1_000_000,
            0,
            "the system clock is truncated too"
        );
    }
}
