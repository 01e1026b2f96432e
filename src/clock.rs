//! The time. Whatever needs it is given a [`Clock`]; nothing else asks the machine. Times are whole milliseconds, which
//! is what the store keeps.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// The machine's clock, or one that stands still until a test moves it. Clones share their time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(watch::Sender<Timestamp>),
}

/// How often a long sleep checks the clock: the machine may have been suspended, or its clock set.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

impl Clock {
    pub fn system() -> Self {
        Self(Source::System)
    }

    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(watch::Sender::new(whole_millis(start))))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => whole_millis(Timestamp::now()),
            Source::Manual(time) => *time.borrow(),
        }
    }

    /// The time after waiting this long.
    pub fn later(&self, wait: Duration) -> Timestamp {
        self.now().saturating_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// Moves a manual clock and wakes whatever sleeps on it. Does nothing to the machine's clock.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(time) = &self.0 {
            time.send_modify(|now| *now = whole_millis(now.checked_add(by).unwrap_or(*now)));
        }
    }

    /// Returns at once if the time has passed.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            Source::System => self.sleep_in_steps(at).await,
            Source::Manual(time) => {
                // The sender lives in `self`, so waiting cannot fail.
                let _ = time.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }

    async fn sleep_in_steps(&self, at: Timestamp) {
        while let Ok(left) = Duration::try_from(at.duration_since(self.now()))
            && !left.is_zero()
        {
            tokio::time::sleep(left.min(CHECK_INTERVAL)).await;
        }
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
