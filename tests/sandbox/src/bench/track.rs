//! The timeline of one request, by the stand-ins' clock.

use std::time::Duration;

use jiff::Timestamp;

/// From a command to a device that has joined.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    pub(super) asked: Option<Timestamp>,
    pub(super) ask_taken: Option<Timestamp>,
    pub(super) card: Option<Timestamp>,
    pub(super) clicked: Option<Timestamp>,
    pub(super) click_taken: Option<Timestamp>,
    pub(super) letter: Option<Timestamp>,
    pub(super) joined: Option<Timestamp>,
}

/// The durations of one kind, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread(Vec<Duration>);

impl Spread {
    pub(super) fn of(
        tracks: &[Track],
        from: impl Fn(&Track) -> Option<Timestamp>,
        to: impl Fn(&Track) -> Option<Timestamp>,
    ) -> Self {
        let took = tracks.iter().filter_map(|track| {
            let took = to(track)?.duration_since(from(track)?);
            Duration::try_from(took).ok()
        });
        let mut took: Vec<Duration> = took.collect();
        took.sort_unstable();
        Self(took)
    }

    pub(super) fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self.0.sort_unstable();
        self
    }

    /// The smallest that so many in a hundred do not exceed.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let nth = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(nth.min(last)).copied().unwrap_or_default()
    }

    /// The longest.
    pub(super) fn max(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
}

/// From the first that began to the last that ended.
pub(super) fn whole(
    tracks: &[Track],
    from: impl Fn(&Track) -> Option<Timestamp>,
    to: impl Fn(&Track) -> Option<Timestamp>,
) -> Duration {
    let first = tracks.iter().filter_map(from).min();
    let last = tracks.iter().filter_map(to).max();
    let took = first
        .zip(last)
        .map(|(first, last)| last.duration_since(first));
    took.and_then(|took| took.try_into().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn the_whole_lasts_from_the_first_beginning_to_the_last_end() {
        let at = |ms| Some(Timestamp::UNIX_EPOCH + SignedDuration::from_millis(ms));
        let track = |asked, taken| Track {
            asked: at(asked),
            ask_taken: at(taken),
            ..Track::default()
        };
        let tracks = [track(100, 900), track(50, 60), Track::default()];
        let took = whole(&tracks, |it| it.asked, |it| it.ask_taken);
        assert_eq!(took, Duration::from_millis(850));
        assert_eq!(whole(&[], |it| it.asked, |it| it.ask_taken), Duration::ZERO);
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let spread = Spread((1..=200).map(Duration::from_millis).collect());
        assert_eq!(spread.percentile(50), Duration::from_millis(100));
        assert_eq!(spread.percentile(99), Duration::from_millis(198));
        assert_eq!(spread.max(), Duration::from_millis(200));
        assert_eq!(Spread::default().percentile(99), Duration::ZERO);
    }
}
