//! Discord's rate limits, as its answers tell them: who may call now, and who has to wait for how long.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::Instant;

/// Buckets whose window is over are forgotten once there are this many: every direct message has its own.
const KEPT: usize = 1024;
/// Nothing that Discord says makes us wait for longer without asking again.
const LONGEST: Duration = Duration::from_hours(1);

/// A route together with the channel, guild or webhook that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) route: &'static str,
    pub(crate) major: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    buckets: HashMap<Key, Bucket>,
    closed_until: Option<Instant>,
}

#[derive(Debug)]
struct Bucket {
    limit: u32,
    remaining: u32,
    resets_at: Instant,
    /// The longest time to a reset that was seen: how long a window is.
    window: Duration,
}

/// What an answer says about its bucket.
#[derive(Debug, PartialEq)]
struct Told {
    limit: u32,
    remaining: u32,
    reset_after: Duration,
}

impl Limits {
    /// Takes one call out of the bucket, or says how long to wait.
    pub(crate) fn take(&self, key: Key, now: Instant) -> Result<(), Duration> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = book.closed_until.filter(|until| *until > now) {
            return Err(until - now);
        }
        match book.buckets.get_mut(&key) {
            None => Ok(()),
            Some(bucket) => bucket.take(now),
        }
    }

    /// Learns from any answer.
    pub(crate) fn learn(&self, key: Key, headers: &HeaderMap, now: Instant) {
        let Some(told) = told(headers) else { return };
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if book.buckets.len() >= KEPT {
            book.buckets.retain(|_, bucket| bucket.resets_at > now);
        }
        let bucket = book.buckets.entry(key).or_insert_with(|| Bucket::new(now));
        bucket.learn(&told, now);
    }

    /// Learns from a 429.
    pub(crate) fn refused(&self, key: Key, headers: &HeaderMap, until: Instant) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if concerns_everything(headers) {
            book.closed_until = Some(book.closed_until.map_or(until, |old| old.max(until)));
            return;
        }
        let bucket = book
            .buckets
            .entry(key)
            .or_insert_with(|| Bucket::new(until));
        bucket.remaining = 0;
        bucket.resets_at = until;
    }
}

impl Bucket {
    fn new(resets_at: Instant) -> Self {
        Self {
            limit: 1,
            remaining: 0,
            resets_at,
            window: Duration::from_secs(1),
        }
    }

    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        if now >= self.resets_at {
            self.remaining = self.limit;
            self.resets_at = now + self.window;
        }
        self.remaining = self
            .remaining
            .checked_sub(1)
            .ok_or(self.resets_at.saturating_duration_since(now))?;
        Ok(())
    }

    /// Answers of one window may overtake each other: the lowest number is the true one.
    fn learn(&mut self, told: &Told, now: Instant) {
        let renewed = now >= self.resets_at;
        self.remaining = if renewed {
            told.remaining
        } else {
            self.remaining.min(told.remaining)
        };
        self.limit = told.limit.max(1);
        self.resets_at = now + told.reset_after;
        self.window = self.window.max(told.reset_after);
    }
}

fn told(headers: &HeaderMap) -> Option<Told> {
    let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
    Some(Told {
        limit: number("x-ratelimit-limit")?,
        remaining: number("x-ratelimit-remaining")?,
        reset_after: seconds(headers, "x-ratelimit-reset-after")?,
    })
}

/// The global limit, and Cloudflare's, which speaks without any of Discord's headers.
fn concerns_everything(headers: &HeaderMap) -> bool {
    headers.contains_key("x-ratelimit-global")
        || !headers
            .keys()
            .any(|name| name.as_str().starts_with("x-ratelimit-"))
}

/// How long a refused call has to wait: Discord's body is exact, the header is rounded up.
pub(crate) fn retry_after(headers: &HeaderMap, body: &Value) -> Option<Duration> {
    body.get("retry_after")
        .and_then(Value::as_f64)
        .and_then(bounded)
        .or_else(|| seconds(headers, "retry-after"))
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    bounded(headers.get(name)?.to_str().ok()?.trim().parse().ok()?)
}

fn bounded(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .map(|wait| wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARDS: Key = Key {
        route: "post message",
        major: 1,
    };
    const LETTERS: Key = Key {
        route: "post message",
        major: 2,
    };

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).try_into().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn bucket(limit: &str, remaining: &str, reset_after: &str) -> HeaderMap {
        headers(&[
            ("x-ratelimit-limit", limit),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset-after", reset_after),
        ])
    }

    #[test]
    fn an_empty_bucket_waits_for_its_reset_and_no_other_bucket_does() {
        let (limits, now) = (Limits::default(), Instant::now());
        let window = Duration::from_millis(2500);
        limits.learn(CARDS, &bucket("5", "0", "2.5"), now);
        assert_eq!(limits.take(CARDS, now), Err(window));
        assert_eq!(limits.take(LETTERS, now), Ok(()));
        for _ in 0..5 {
            assert_eq!(limits.take(CARDS, now + window), Ok(()));
        }
        assert_eq!(limits.take(CARDS, now + window), Err(window));
    }

    #[test]
    fn answers_that_overtake_each_other_do_not_refill_a_bucket() {
        let (limits, now) = (Limits::default(), Instant::now());
        limits.learn(CARDS, &bucket("5", "0", "1"), now);
        limits.learn(CARDS, &bucket("5", "3", "1"), now);
        assert!(limits.take(CARDS, now).is_err());
    }

    #[test]
    fn a_global_limit_and_cloudflare_stop_every_route() {
        let minute = Duration::from_mins(1);
        for said in [
            headers(&[
                ("x-ratelimit-global", "true"),
                ("x-ratelimit-scope", "global"),
            ]),
            headers(&[("retry-after", "60")]),
        ] {
            let (limits, now) = (Limits::default(), Instant::now());
            limits.refused(CARDS, &said, now + minute);
            assert_eq!(limits.take(LETTERS, now), Err(minute));
            assert_eq!(limits.take(LETTERS, now + minute), Ok(()));
        }
    }

    #[test]
    fn a_shared_limit_stops_its_own_route_only() {
        let (limits, now) = (Limits::default(), Instant::now());
        let wait = Duration::from_secs(3);
        let said = headers(&[("x-ratelimit-scope", "shared")]);
        limits.refused(CARDS, &said, now + wait);
        assert_eq!(limits.take(CARDS, now), Err(wait));
        assert_eq!(limits.take(LETTERS, now), Ok(()));
    }

    #[test]
    fn waiting_times_are_read_and_bounded() {
        let none = Value::Null;
        let header = |text| retry_after(&headers(&[("retry-after", text)]), &none);
        assert_eq!(header("3"), Some(Duration::from_secs(3)));
        assert_eq!(header("0.25"), Some(Duration::from_millis(250)));
        assert_eq!(header("1e300"), None);
        assert_eq!(header("999999"), Some(LONGEST));
        assert_eq!(header("-1"), None);
        assert_eq!(header("soon"), None);
        let body = serde_json::json!({ "retry_after": 1.337 });
        assert_eq!(
            retry_after(&headers(&[("retry-after", "2")]), &body),
            Some(Duration::from_millis(1337))
        );
    }
}
