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
    /// Discord counts reading and writing apart.
    reads: bool,
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
    pub(super) fn of(route: &Route<'_>, reads: bool) -> Self {
        let token = if let Route::WebhookOriginalInteractionResponse { token, .. } = route {
            let mut hasher = DefaultHasher::new();
            token.hash(&mut hasher);
            Some(hasher.finish())
        } else {
            None
        };
        Self {
            route: route.ratelimiting_bucket(),
            reads,
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
#[path = "../../tests/rooms/outbound/buckets.rs"]
mod tests;
