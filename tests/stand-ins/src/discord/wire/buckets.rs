//! Rate-limit buckets and the headers that tell of them. The whole numbers and
//! decimals matter: some clients resend for ever when they cannot read them.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{exchange::Reply, routes::Found};

/// Told by default: the sizes of Discord's buckets are not published.
const LIMIT: u32 = 1000;
const PERIOD: SignedDuration = SignedDuration::from_secs(1);
/// Buckets kept before the stale ones are swept.
const SWEEP_AT: usize = 4096;

#[derive(Clone, Copy)]
struct Bucket {
    left: u32,
    limit: u32,
    resets: Timestamp,
}

/// The state of one bucket after a call.
#[derive(Clone, Copy)]
pub(crate) struct Level {
    bucket: Bucket,
    now: Timestamp,
    pub(crate) exceeded: bool,
}

#[derive(Default)]
pub(crate) struct Buckets {
    sizes: HashMap<String, (u32, SignedDuration)>,
    buckets: HashMap<String, Bucket>,
}

impl Buckets {
    /// Sets the size of every bucket of a route.
    pub(crate) fn resize(&mut self, route: &str, limit: u32, period: SignedDuration) {
        self.sizes.insert(route.into(), (limit, period));
        self.buckets.clear();
    }

    /// Takes one token for a call: per route and channel, guild or webhook.
    pub(crate) fn take(&mut self, found: &Found<'_>, now: Timestamp) -> Level {
        if self.buckets.len() > SWEEP_AT {
            self.buckets.retain(|_, bucket| bucket.resets > now);
        }
        let size = self.sizes.get(&found.key()).copied();
        let (limit, period) = size.unwrap_or((LIMIT, PERIOD));
        let fresh = Bucket {
            left: limit,
            limit,
            resets: now + period,
        };
        let bucket = self.buckets.entry(found.bucket()).or_insert(fresh);
        if bucket.resets <= now {
            *bucket = fresh;
        }
        // Only sizes that a test chose are enforced; the others never run dry.
        let exceeded = bucket.left == 0;
        let floor = u32::from(size.is_none());
        bucket.left = bucket.left.saturating_sub(1).max(floor);
        Level {
            bucket: *bucket,
            now,
            exceeded,
        }
    }
}

impl Level {
    /// Seconds until the bucket is full again.
    fn wait(&self) -> f64 {
        (self.bucket.resets - self.now)
            .total(jiff::Unit::Second)
            .unwrap_or_default()
            .max(0.0)
    }

    pub(crate) fn refusal(&self) -> Reply {
        let wait = self.wait();
        let body = json!({
            "message": "You are being rate limited.", "retry_after": wait, "global": false,
        });
        Reply::json(429, body)
            .with("retry-after", &format!("{}", wait.ceil()))
            .with("x-ratelimit-scope", "user")
    }

    pub(crate) fn stamp(&self, route: &str, headers: &mut HeaderMap) {
        let hash = route.bytes().fold(0xcbf2_9ce4_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        let reset = self.bucket.resets.as_millisecond();
        let lines = [
            ("x-ratelimit-limit", self.bucket.limit.to_string()),
            ("x-ratelimit-remaining", self.bucket.left.to_string()),
            (
                "x-ratelimit-reset",
                format!("{}.{:03}", reset / 1000, reset % 1000),
            ),
            ("x-ratelimit-reset-after", format!("{:.3}", self.wait())),
            ("x-ratelimit-bucket", format!("{hash:08x}")),
        ];
        for (name, value) in lines {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}
