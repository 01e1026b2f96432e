//! What the parts of the program report about themselves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Metrics;
use super::report::{Condition, Report};

/// After three missed heartbeats the worker counts as stuck.
const PATIENCE: Duration = Health::BEAT.saturating_mul(3);

/// Whether the process is alive and what it depends on is usable. Clones share one state.
#[derive(Clone, Debug)]
pub(crate) struct Health(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    started: Instant,
    /// Milliseconds after `started`.
    last_beat: AtomicU64,
    patience: Duration,
    metrics: Metrics,
}

#[derive(Debug, Default)]
struct State {
    report: Report,
    gateway: GatewayState,
}

/// The connection to Discord's gateway.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GatewayState {
    /// Whether events are coming in.
    pub(crate) connected: bool,
    /// When it was connected or disconnected; none before the first attempt.
    since: Option<Instant>,
    /// How often the shard has connected: once, if all goes well.
    pub(crate) connections: u64,
    /// How many of the connections began a new session. Discord allows a thousand a day.
    pub(crate) sessions: u64,
    /// Interactions that serenity could not read: somebody clicked, and nothing happened.
    pub(crate) lost_interactions: u64,
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Health {
    /// How often the worker must call [`Self::heartbeat`], even with nothing to do.
    pub(crate) const BEAT: Duration = Duration::from_secs(30);

    pub(crate) fn new() -> Self {
        Self::with_patience(PATIENCE)
    }

    pub(super) fn with_patience(patience: Duration) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::default(),
            started: Instant::now(),
            last_beat: AtomicU64::new(0),
            patience,
            metrics: Metrics::new(),
        }))
    }

    /// The worker's loop came round.
    pub(crate) fn heartbeat(&self) {
        let now = u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_beat.store(now, Ordering::Relaxed);
    }

    /// How long the worker has been silent, if that is too long.
    pub(super) fn stalled_for(&self) -> Option<Duration> {
        let last_beat = Duration::from_millis(self.0.last_beat.load(Ordering::Relaxed));
        let silence = self.0.started.elapsed().saturating_sub(last_beat);
        (silence > self.0.patience).then_some(silence)
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The gateway's connection, so far.
    pub(crate) fn gateway(&self) -> GatewayState {
        self.state().gateway
    }

    pub(crate) fn gateway_connecting(&self) {
        let mut state = self.state();
        state.gateway.connections += 1;
        if state.gateway.connections > 1 {
            self.0.metrics.gateway_reconnected();
        }
        state.disconnected();
    }

    pub(crate) fn gateway_disconnected(&self) {
        self.state().disconnected();
    }

    pub(crate) fn gateway_session_began(&self) {
        let mut state = self.state();
        state.gateway.sessions += 1;
        state.connected();
    }

    pub(crate) fn gateway_session_resumed(&self) {
        self.state().connected();
    }

    pub(crate) fn interaction_lost(&self) {
        self.state().gateway.lost_interactions += 1;
        self.0.metrics.interaction_lost();
    }

    pub(crate) fn headscale_ok(&self) {
        self.state().report.headscale = Condition::Good;
    }

    pub(crate) fn headscale_trouble(&self, cause: &str) {
        self.state().report.headscale = Condition::trouble(cause);
    }

    pub(crate) fn store_ok(&self) {
        self.state().report.store = Condition::Good;
    }

    pub(crate) fn store_trouble(&self, cause: &str) {
        self.state().report.store = Condition::trouble(cause);
    }

    pub(crate) fn commands_ok(&self) {
        self.state().report.commands = Condition::Good;
    }

    pub(crate) fn commands_trouble(&self, cause: &str) {
        self.state().report.commands = Condition::trouble(cause);
    }

    pub(crate) fn report(&self) -> Report {
        self.state().report.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn connected(&mut self) {
        self.gateway.connected = true;
        self.gateway.since = Some(Instant::now());
        self.report.gateway = Condition::Good;
    }

    fn disconnected(&mut self) {
        if self.gateway.connected || self.gateway.since.is_none() {
            self.gateway.connected = false;
            self.gateway.since = Some(Instant::now());
        }
        self.report.gateway = Condition::trouble("Discord's gateway is not connected");
    }
}

impl GatewayState {
    /// Zero while connected, and before the first attempt.
    pub(crate) fn disconnected_for(&self) -> Duration {
        let since = self.since.filter(|_| !self.connected);
        since.map(|since| since.elapsed()).unwrap_or_default()
    }
}
