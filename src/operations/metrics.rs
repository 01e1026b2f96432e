//! Counters in Prometheus' text format.
//!
//! | name | kind, labels | counts |
//! |---|---|---|
//! | `usher_interactions_total` | counter, `kind` | commands, clicks and forms that arrived |
//! | `usher_interactions_lost_total` | counter | interactions that could not be read, and so were not answered |
//! | `usher_acknowledgement_seconds` | histogram | from an interaction's arrival to its acknowledgement |
//! | `usher_requests_total` | counter, `status` | requests that reached a status |
//! | `usher_steps_total` | counter, `step`, `outcome` | the worker's steps, with `done`, `retried` or `gave_up` |
//! | `usher_headscale_seconds` | histogram, `outcome` | calls to Headscale, with `ok` or `error` |
//! | `usher_gateway_resumes_total` | counter | reconnections to Discord |
//! | `usher_up` | gauge, `part` | 1 while `gateway`, `headscale` or `store` is usable |
//!
//! Labels are `&'static str`, so no member's text, id or secret can become one. There is no global recorder, so two bots
//! in one process, as in tests, count separately.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::report::Report;

/// In seconds. Discord allows three for an acknowledgement.
const BUCKETS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0,
];

/// The recorder keeps every single observation until its upkeep runs, whether anybody scrapes it or not.
const UPKEEP_EVERY: u32 = 256;

#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    observations: AtomicU32,
}

/// How one of the worker's steps ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Retried,
    GaveUp,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        // Only an empty list of buckets is refused.
        let builder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .unwrap_or_default();
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let observations = AtomicU32::new(0);
        let metrics = Self(Arc::new(Inner {
            recorder,
            handle,
            observations,
        }));
        metrics.with(describe);
        metrics
    }

    /// `kind`: `command`, `click` or `form`.
    pub(crate) fn interaction(&self, kind: &'static str) {
        self.with(|| counter!("usher_interactions_total", "kind" => kind).increment(1));
    }

    pub(super) fn interaction_lost(&self) {
        self.with(|| counter!("usher_interactions_lost_total").increment(1));
    }

    pub(crate) fn acknowledged_after(&self, took: Duration) {
        self.with(|| histogram!("usher_acknowledgement_seconds").record(took));
        self.keep_up();
    }

    pub(crate) fn request_reached(&self, status: &'static str) {
        self.with(|| counter!("usher_requests_total", "status" => status).increment(1));
    }

    pub(crate) fn step(&self, step: &'static str, outcome: Outcome) {
        let outcome = outcome.as_str();
        self.with(|| {
            counter!("usher_steps_total", "step" => step, "outcome" => outcome).increment(1);
        });
    }

    pub(crate) fn headscale_call(&self, took: Duration, is_ok: bool) {
        let outcome = if is_ok { "ok" } else { "error" };
        self.with(|| histogram!("usher_headscale_seconds", "outcome" => outcome).record(took));
        self.keep_up();
    }

    pub(super) fn gateway_reconnected(&self) {
        self.with(|| counter!("usher_gateway_resumes_total").increment(1));
    }

    pub(super) fn render(&self, report: &Report) -> String {
        for (part, condition) in report.parts() {
            let up = f64::from(u8::from(condition.is_good()));
            self.with(|| gauge!("usher_up", "part" => part).set(up));
        }
        self.0.handle.render()
    }

    fn with(&self, act: impl FnOnce()) {
        metrics::with_local_recorder(&self.0.recorder, act);
    }

    fn keep_up(&self) {
        if self.0.observations.fetch_add(1, Ordering::Relaxed) % UPKEEP_EVERY == UPKEEP_EVERY - 1 {
            self.0.handle.run_upkeep();
        }
    }
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retried => "retried",
            Self::GaveUp => "gave_up",
        }
    }
}

fn describe() {
    describe_counter!(
        "usher_interactions_total",
        "Commands, clicks and forms that arrived"
    );
    describe_counter!(
        "usher_interactions_lost_total",
        "Interactions that could not be read"
    );
    describe_histogram!(
        "usher_acknowledgement_seconds",
        "From arrival to acknowledgement"
    );
    describe_counter!("usher_requests_total", "Requests that reached a status");
    describe_counter!("usher_steps_total", "The worker's steps by outcome");
    describe_histogram!("usher_headscale_seconds", "Calls to Headscale");
    describe_counter!("usher_gateway_resumes_total", "Reconnections to Discord");
    describe_gauge!("usher_up", "Whether a part the bot depends on is usable");
}
