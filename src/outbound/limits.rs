//! Discord's rate limits, as its responses report them: which calls may be made now, and how long others have to wait.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;
use serenity::http::{RatelimitingBucket, Route};
use tokio::time::Instant;

/// With this many buckets, those whose window is over are forgotten: every direct message has its own.
const MAX_BUCKETS: usize = 1024;
/// However long Discord asks us to wait, after this time we ask again.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// A route with the channel, server or interaction token that Discord counts its calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct BucketKey {
    route: RatelimitingBucket,
    /// serenity leaves it out. Hashed, so the table need not hold the token itself.
    token: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    buckets: HashMap<BucketKey, Bucket>,
    /// Until when the global limit forbids every call.
    closed_until: Option<Instant>,
}

#[derive(Debug)]
struct Bucket {
    limit: u32,
    remaining: u32,
    resets_at: Instant,
    /// The longest time to a reset so far, which is how long a window lasts.
    window: Duration,
}

/// What a response says about its bucket.
#[derive(Debug, PartialEq)]
struct BucketHeaders {
    limit: u32,
    remaining: u32,
    reset_after: Duration,
}

impl BucketKey {
    pub(super) fn of(route: &Route<'_>) -> Self {
        let token = if let Route::WebhookOriginalInteractionResponse { token, .. } = route {
            let mut hasher = DefaultHasher::new();
            token.hash(&mut hasher);
            Some(hasher.finish())
        } else {
            None
        };
        Self {
            route: route.ratelimiting_bucket(),
            token,
        }
    }
}

impl Limits {
    /// Takes one call out of the bucket, or returns how long to wait.
    pub(super) fn take(&self, key: BucketKey, now: Instant) -> Result<(), Duration> {
        let mut table = self.table();
        if let Some(until) = table.closed_until.filter(|until| *until > now) {
            return Err(until - now);
        }
        match table.buckets.get_mut(&key) {
            None => Ok(()),
            Some(bucket) => bucket.take(now),
        }
    }

    /// Learns from any response.
    pub(super) fn learn(&self, key: BucketKey, headers: &HeaderMap, now: Instant) {
        let Some(headers) = bucket_headers(headers) else {
            return;
        };
        let mut table = self.table();
        if table.buckets.len() >= MAX_BUCKETS {
            table.buckets.retain(|_, bucket| bucket.resets_at > now);
        }
        let bucket = table.buckets.entry(key).or_insert_with(|| Bucket::new(now));
        bucket.learn(&headers, now);
    }

    /// Learns from a 429.
    pub(super) fn refused(&self, key: BucketKey, headers: &HeaderMap, until: Instant) {
        let mut table = self.table();
        if is_global(headers) {
            table.closed_until = table.closed_until.max(Some(until));
            return;
        }
        let bucket = table
            .buckets
            .entry(key)
            .or_insert_with(|| Bucket::new(until));
        bucket.remaining = 0;
        bucket.resets_at = until;
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let wait = self.resets_at.saturating_duration_since(now);
        self.remaining = self.remaining.checked_sub(1).ok_or(wait)?;
        Ok(())
    }

    /// Responses within one window may overtake each other, so the lowest number is the true one.
    fn learn(&mut self, headers: &BucketHeaders, now: Instant) {
        let is_new_window = now >= self.resets_at;
        self.remaining = if is_new_window {
            headers.remaining
        } else {
            self.remaining.min(headers.remaining)
        };
        self.limit = headers.limit.max(1);
        self.resets_at = now + headers.reset_after;
        self.window = self.window.max(headers.reset_after);
    }
}

fn bucket_headers(headers: &HeaderMap) -> Option<BucketHeaders> {
    let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
    Some(BucketHeaders {
        limit: number("x-ratelimit-limit")?,
        remaining: number("x-ratelimit-remaining")?,
        reset_after: seconds(headers, "x-ratelimit-reset-after")?,
    })
}

/// The global limit, or Cloudflare's, which comes without any of Discord's headers.
fn is_global(headers: &HeaderMap) -> bool {
    let is_discords = |name: &HeaderName| name.as_str().starts_with("x-ratelimit-");
    headers.contains_key("x-ratelimit-global") || !headers.keys().any(is_discords)
}

/// How long a refused call has to wait. Discord's body is exact; the header is rounded up.
pub(super) fn retry_after(headers: &HeaderMap, body: &Value) -> Option<Duration> {
    let exact = body["retry_after"].as_f64().and_then(bounded);
    exact.or_else(|| seconds(headers, "retry-after"))
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    bounded(headers.get(name)?.to_str().ok()?.trim().parse().ok()?)
}

fn bounded(seconds: f64) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(id: u64) -> BucketKey {
        let channel_id = id.into();
        BucketKey::of(&Route::ChannelMessages { channel_id })
    }

    fn answer(token: &str) -> BucketKey {
        let application_id = 1.into();
        BucketKey::of(&Route::WebhookOriginalInteractionResponse {
            application_id,
            token,
        })
    }

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
        limits.learn(channel(1), &bucket("5", "0", "2.5"), now);
        assert_eq!(limits.take(channel(1), now), Err(window));
        assert_eq!(limits.take(channel(2), now), Ok(()));
        for _ in 0..5 {
            assert_eq!(limits.take(channel(1), now + window), Ok(()));
        }
        assert_eq!(limits.take(channel(1), now + window), Err(window));
    }

    #[test]
    fn each_interaction_token_has_a_bucket_of_its_own() {
        assert_eq!(answer("one"), answer("one"));
        assert_ne!(answer("one"), answer("two"));
    }

    #[test]
    fn answers_that_overtake_each_other_do_not_refill_a_bucket() {
        let (limits, now) = (Limits::default(), Instant::now());
        limits.learn(channel(1), &bucket("5", "0", "1"), now);
        limits.learn(channel(1), &bucket("5", "3", "1"), now);
        assert!(limits.take(channel(1), now).is_err());
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
            limits.refused(channel(1), &said, now + minute);
            assert_eq!(limits.take(channel(2), now), Err(minute));
            assert_eq!(limits.take(channel(2), now + minute), Ok(()));
        }
    }

    #[test]
    fn a_shared_limit_stops_its_own_route_only() {
        let (limits, now) = (Limits::default(), Instant::now());
        let wait = Duration::from_secs(3);
        let said = headers(&[("x-ratelimit-scope", "shared")]);
        limits.refused(channel(1), &said, now + wait);
        assert_eq!(limits.take(channel(1), now), Err(wait));
        assert_eq!(limits.take(channel(2), now), Ok(()));
    }

    #[test]
    fn waiting_times_are_read_and_bounded() {
        let none = Value::Null;
        let header = |text| retry_after(&headers(&[("retry-after", text)]), &none);
        assert_eq!(header("3"), Some(Duration::from_secs(3)));
        assert_eq!(header("0.25"), Some(Duration::from_millis(250)));
        assert_eq!(header("1e300"), None);
        assert_eq!(header("999999"), Some(LONGEST_WAIT));
        assert_eq!(header("-1"), None);
        assert_eq!(header("soon"), None);
        let body = serde_json::json!({ "retry_after": 1.337 });
        assert_eq!(
            retry_after(&headers(&[("retry-after", "2")]), &body),
            Some(Duration::from_millis(1337))
        );
    }
}
