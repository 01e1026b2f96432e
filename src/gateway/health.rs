//! What the rest of the program may know of the connection, for `/readyz` and `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Health(Arc<State>);

#[derive(Default)]
struct State {
    connections: AtomicU64,
    sessions: AtomicU64,
    lost_interactions: AtomicU64,
    pulse: Mutex<Pulse>,
}

#[derive(Default)]
struct Pulse {
    connected: bool,
    /// When the present state, connected or not, began.
    since: Option<Instant>,
    budget: Option<u64>,
    heartbeat: Option<Duration>,
}

impl Health {
    /// Events are coming in.
    pub fn connected(&self) -> bool {
        self.pulse().connected
    }

    /// None while connected, and before the first attempt.
    pub fn disconnected_for(&self) -> Option<Duration> {
        let pulse = self.pulse();
        (!pulse.connected)
            .then(|| pulse.since.map(|since| since.elapsed()))
            .flatten()
    }

    /// How often the shard has connected: one in a quiet life.
    pub fn connections(&self) -> u64 {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// How many of those were new sessions, of which Discord allows a thousand a day.
    pub fn sessions(&self) -> u64 {
        self.0.sessions.load(Ordering::Relaxed)
    }

    /// Interactions that serenity could not read: somebody clicked, and nothing happened.
    pub fn lost_interactions(&self) -> u64 {
        self.0.lost_interactions.load(Ordering::Relaxed)
    }

    /// Session starts left, as Discord last said.
    pub fn sessions_left(&self) -> Option<u64> {
        self.pulse().budget
    }

    /// How long the last heartbeat's answer took.
    pub fn heartbeat(&self) -> Option<Duration> {
        self.pulse().heartbeat
    }

    /// Waiting begins, if it has not begun before.
    pub(super) fn waiting(&self) {
        let mut pulse = self.pulse();
        if pulse.connected || pulse.since.is_none() {
            pulse.turn(false);
        }
    }

    pub(super) fn connecting(&self) {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
        self.waiting();
    }

    pub(super) fn session_began(&self) {
        self.0.sessions.fetch_add(1, Ordering::Relaxed);
        self.pulse().turn(true);
    }

    pub(super) fn session_resumed(&self) {
        self.pulse().turn(true);
    }

    pub(super) fn interaction_lost(&self) {
        self.0.lost_interactions.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn budget(&self, left: u64) {
        self.pulse().budget = Some(left);
    }

    pub(super) fn beat(&self, latency: Option<Duration>) {
        self.pulse().heartbeat = latency;
    }

    fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.0.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pulse {
    fn turn(&mut self, connected: bool) {
        self.connected = connected;
        self.since = Some(Instant::now());
    }
}
