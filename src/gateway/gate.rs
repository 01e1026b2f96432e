//! How often the shard may connect. serenity reconnects and resumes as fast as the network allows: thousands of times
//! in seconds, if the far end hangs up at once. But each time it reads the gateway's URL under a lock, so the gate holds
//! that lock and lets one connection through at a time.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::ReconnectPolicy;
use crate::operations::Health;

/// How often to check for a waiting connection: before the first one, and afterwards.
const FIRST_POLL: Duration = Duration::from_millis(5);
const POLL: Duration = Duration::from_millis(250);

/// Counts connections in a row, across sessions.
#[derive(Debug, Default)]
pub(super) struct Pacer {
    in_a_row: u32,
    last: Option<Instant>,
}

impl Pacer {
    /// Counts a connection. Returns how long the next one has to wait.
    fn count(&mut self, policy: &ReconnectPolicy, now: Instant) -> Duration {
        let is_row = self
            .last
            .is_some_and(|last| now - last <= policy.quiet_period);
        self.in_a_row = if is_row { self.in_a_row + 1 } else { 1 };
        self.last = Some(now);
        policy.hold(self.in_a_row)
    }
}

/// What has come through a gate by the time it closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) connections: u32,
    /// The gate was making the next connection wait, so there is no knowing whether one was waiting.
    pub(super) holding: bool,
}

pub(super) struct Gate<'a> {
    pub(super) url: Arc<Mutex<String>>,
    pub(super) health: &'a Health,
    pub(super) policy: &'a ReconnectPolicy,
}

impl Gate<'_> {
    /// Lets connections through, one by one, until `closed`; after that none, ever.
    pub(super) async fn keep(self, pacer: &mut Pacer, closed: &CancellationToken) -> Passage {
        let mut passage = Passage::default();
        let mut lock = Arc::clone(&self.url).lock_owned().await;
        let mut pause = FIRST_POLL;
        while is_over(pause, closed).await {
            let passed;
            (lock, passed) = self.open(lock).await;
            if passed {
                let hold = self.admit(pacer);
                passage.connections += 1;
                passage.holding = !hold.is_zero();
                pause = hold.max(POLL);
            } else if passage.connections > 0 {
                passage.holding = false;
                pause = POLL;
            }
        }
        // serenity's shard queue cannot be ended while it has no shard. It waits here for good.
        mem::forget(lock);
        passage
    }

    fn admit(&self, pacer: &mut Pacer) -> Duration {
        self.health.gateway_connecting();
        let hold = pacer.count(self.policy, Instant::now());
        if !hold.is_zero() {
            tracing::warn!(
                connections = pacer.in_a_row,
                next_in = ?hold,
                "the gateway connection keeps breaking; slowing down"
            );
        }
        hold
    }

    /// The lock is fair: a waiting connection gets it as soon as it is released, and then it cannot be had here.
    async fn open(&self, lock: OwnedMutexGuard<String>) -> (OwnedMutexGuard<String>, bool) {
        drop(lock);
        match Arc::clone(&self.url).try_lock_owned() {
            Ok(lock) => (lock, false),
            Err(_) => (Arc::clone(&self.url).lock_owned().await, true),
        }
    }
}

/// False if the gate was closed before the pause was over.
async fn is_over(pause: Duration, closed: &CancellationToken) -> bool {
    select! {
        biased;
        () = closed.cancelled() => false,
        () = sleep(pause) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> ReconnectPolicy {
        ReconnectPolicy {
            free_connections: 2,
            first_hold: Duration::from_secs(1),
            longest_hold: Duration::from_secs(3),
            quiet_period: Duration::from_mins(1),
            ..ReconnectPolicy::default()
        }
    }

    #[test]
    fn a_row_of_connections_is_slowed_down_until_one_lasts() {
        let (mut pacer, policy) = (Pacer::default(), policy());
        let now = Instant::now();
        let holds: Vec<_> = (0..5)
            .map(|_| pacer.count(&policy, now).as_secs())
            .collect();
        assert_eq!(holds, [0, 1, 2, 3, 3]);
        let later = now + Duration::from_secs(61);
        assert_eq!(pacer.count(&policy, later), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_gate_counts_who_passes_and_stays_closed_at_the_end() {
        let (health, policy) = (Health::default(), policy());
        let url = Arc::new(Mutex::new("ws://127.0.0.1:9".to_owned()));
        let gate = Gate {
            url: Arc::clone(&url),
            health: &health,
            policy: &policy,
        };
        let closed = CancellationToken::new();
        let shard = async {
            for _ in 0..3 {
                drop(url.lock().await);
                tokio::task::yield_now().await;
            }
            closed.cancel();
        };
        let mut pacer = Pacer::default();
        let (passage, ()) = tokio::join!(gate.keep(&mut pacer, &closed), shard);
        assert_eq!((passage.connections, health.gateway().connections), (3, 3));
        assert!(url.try_lock().is_err());
    }
}
