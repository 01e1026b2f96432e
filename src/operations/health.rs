//! What the parts of the program say about themselves. A handle: every clone speaks of the same process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::Metrics;

/// The worker beats at least every [`Health::BEAT`]; after three missed beats it is taken for stuck.
const PATIENCE: Duration = Health::BEAT.saturating_mul(3);

/// Longer causes are cut: they are sentences, not reports.
const LONGEST_CAUSE: usize = 300;

/// Is the process alive, and is the world around it usable?
#[derive(Clone, Debug)]
pub struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    report: watch::Sender<Report>,
    started: Instant,
    /// Milliseconds after `started`.
    last_beat: AtomicU64,
    patience: Duration,
    metrics: Metrics,
}

/// The state of everything the bot depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub gateway: Condition,
    pub headscale: Condition,
    pub store: Condition,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Not tried yet.
    #[default]
    Unknown,
    Good,
    /// A sentence for the operator, without secrets.
    Trouble(String),
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Health {
    /// How often the worker must call [`Self::heartbeat`], even with nothing to do.
    pub const BEAT: Duration = Duration::from_secs(30);

    pub fn new() -> Self {
        Self::with_patience(PATIENCE)
    }

    pub(super) fn with_patience(patience: Duration) -> Self {
        Self(Arc::new(Inner {
            report: watch::Sender::default(),
            started: Instant::now(),
            last_beat: AtomicU64::new(0),
            patience,
            metrics: Metrics::new(),
        }))
    }

    /// The worker's loop came round.
    pub fn heartbeat(&self) {
        let now = u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_beat.store(now, Ordering::Relaxed);
    }

    /// An interaction was acknowledged, so long after it had arrived.
    pub fn answered(&self, took: Duration) {
        self.0.metrics.acknowledged_after(took);
    }

    /// Everything else that is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub fn gateway_up(&self) {
        self.set(|report| &mut report.gateway, Condition::Good);
    }

    pub fn gateway_down(&self, cause: &str) {
        self.set(|report| &mut report.gateway, Condition::trouble(cause));
    }

    pub fn headscale_ok(&self) {
        self.set(|report| &mut report.headscale, Condition::Good);
    }

    pub fn headscale_trouble(&self, cause: &str) {
        self.set(|report| &mut report.headscale, Condition::trouble(cause));
    }

    pub fn store_ok(&self) {
        self.set(|report| &mut report.store, Condition::Good);
    }

    pub fn store_trouble(&self, cause: &str) {
        self.set(|report| &mut report.store, Condition::trouble(cause));
    }

    fn set(&self, part: fn(&mut Report) -> &mut Condition, condition: Condition) {
        self.0.report.send_if_modified(|report| {
            let part = part(report);
            let changed = *part != condition;
            *part = condition;
            changed
        });
    }

    pub fn report(&self) -> Report {
        self.0.report.borrow().clone()
    }

    /// For whoever waits for a change, such as the first moment of being ready.
    pub fn watch(&self) -> watch::Receiver<Report> {
        self.0.report.subscribe()
    }

    /// How long the worker has been silent, if that is too long.
    pub(super) fn stalled_for(&self) -> Option<Duration> {
        let last_beat = Duration::from_millis(self.0.last_beat.load(Ordering::Relaxed));
        let silence = self.0.started.elapsed().saturating_sub(last_beat);
        (silence > self.0.patience).then_some(silence)
    }
}

impl Condition {
    fn trouble(cause: &str) -> Self {
        Self::Trouble(cause.chars().take(LONGEST_CAUSE).collect())
    }

    pub fn is_good(&self) -> bool {
        *self == Self::Good
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Unknown => json!({ "ok": false, "cause": "not tried yet" }),
            Self::Good => json!({ "ok": true }),
            Self::Trouble(cause) => json!({ "ok": false, "cause": cause }),
        }
    }
}

impl Report {
    pub fn is_ready(&self) -> bool {
        let Self {
            gateway,
            headscale,
            store,
        } = self;
        [gateway, headscale, store]
            .into_iter()
            .all(Condition::is_good)
    }

    pub(super) fn to_json(&self) -> Value {
        let Self {
            gateway,
            headscale,
            store,
        } = self;
        json!({
            "ready": self.is_ready(),
            "gateway": gateway.to_json(),
            "headscale": headscale.to_json(),
            "store": store.to_json(),
        })
    }
}
