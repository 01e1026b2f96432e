//! How often the shard may connect. serenity reconnects and resumes as fast as the network lets it (thousands of
//! times in seconds, if the far end closes at once), and it asks nobody. But each time it reads the gateway's
//! address, under a lock; so the gate keeps that lock and opens it for one connection at a time.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{Health, Tempo};

/// How soon a waiting connection is noticed: at the start of a session, and in its life.
const EAGER: Duration = Duration::from_millis(5);
const EASY: Duration = Duration::from_millis(250);

/// The row of connections so far; outlives a session.
#[derive(Debug, Default)]
pub(super) struct Pacer {
    in_a_row: u32,
    last: Option<Instant>,
}

impl Pacer {
    /// A connection is being made: how long has the next one to wait?
    fn passed(&mut self, tempo: &Tempo, now: Instant) -> Duration {
        let calm = self.last.is_none_or(|last| now - last > tempo.calm);
        self.in_a_row = if calm { 1 } else { self.in_a_row + 1 };
        self.last = Some(now);
        self.hold(tempo)
    }

    fn hold(&self, tempo: &Tempo) -> Duration {
        match self.in_a_row.checked_sub(tempo.free_connections) {
            None => Duration::ZERO,
            Some(excess) => tempo
                .first_hold
                .saturating_mul(1 << excess.min(20))
                .min(tempo.longest_hold),
        }
    }
}

/// What a gate has seen by the time it closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) connections: u32,
    /// In the middle of a pause: whether somebody waits is not known.
    pub(super) holding: bool,
}

pub(super) struct Gate<'a> {
    pub(super) address: Arc<Mutex<String>>,
    pub(super) health: &'a Health,
    pub(super) tempo: &'a Tempo,
}

impl Gate<'_> {
    /// Lets connections through, one by one, until `closed`; after that none, ever.
    pub(super) async fn keep(self, pacer: &mut Pacer, closed: &CancellationToken) -> Passed {
        let mut passed = Passed::default();
        let mut key = Arc::clone(&self.address).lock_owned().await;
        let mut rest = EAGER;
        while rests(rest, closed).await {
            let opened;
            (key, opened) = self.open(key).await;
            if opened {
                let hold = self.admit(pacer);
                passed.connections += 1;
                passed.holding = !hold.is_zero();
                rest = hold.max(EASY);
            } else if passed.connections > 0 {
                passed.holding = false;
                rest = EASY;
            }
        }
        // serenity's queue of shards cannot be ended while it has no shard. It waits here for good.
        mem::forget(key);
        passed
    }

    fn admit(&self, pacer: &mut Pacer) -> Duration {
        self.health.connecting();
        let hold = pacer.passed(self.tempo, Instant::now());
        if !hold.is_zero() {
            tracing::warn!(
                connections = pacer.in_a_row,
                next_in = ?hold,
                "the gateway connection keeps breaking; slowing down"
            );
        }
        hold
    }

    /// The lock is fair: whoever waits gets it at the moment of its release, and then it cannot be had.
    async fn open(&self, key: OwnedMutexGuard<String>) -> (OwnedMutexGuard<String>, bool) {
        drop(key);
        match Arc::clone(&self.address).try_lock_owned() {
            Ok(key) => (key, false),
            Err(_) => (Arc::clone(&self.address).lock_owned().await, true),
        }
    }
}

/// False: closed meanwhile.
async fn rests(rest: Duration, closed: &CancellationToken) -> bool {
    select! {
        biased;
        () = closed.cancelled() => false,
        () = sleep(rest) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tempo() -> Tempo {
        Tempo {
            free_connections: 2,
            first_hold: Duration::from_secs(1),
            longest_hold: Duration::from_secs(3),
            calm: Duration::from_mins(1),
            ..Tempo::default()
        }
    }

    #[test]
    fn a_row_of_connections_is_slowed_down_and_forgotten_after_a_calm() {
        let (mut pacer, tempo) = (Pacer::default(), tempo());
        let now = Instant::now();
        let holds: Vec<_> = (0..5)
            .map(|_| pacer.passed(&tempo, now).as_secs())
            .collect();
        assert_eq!(holds, [0, 1, 2, 3, 3]);
        let later = now + Duration::from_secs(61);
        assert_eq!(pacer.passed(&tempo, later), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_gate_counts_who_passes_and_stays_closed_at_the_end() {
        let (health, tempo) = (Health::default(), tempo());
        let address = Arc::new(Mutex::new("ws://127.0.0.1:9".to_owned()));
        let gate = Gate {
            address: Arc::clone(&address),
            health: &health,
            tempo: &tempo,
        };
        let closed = CancellationToken::new();
        let shard = async {
            for _ in 0..3 {
                drop(address.lock().await);
                tokio::task::yield_now().await;
            }
            closed.cancel();
        };
        let mut pacer = Pacer::default();
        let (passed, ()) = tokio::join!(gate.keep(&mut pacer, &closed), shard);
        assert_eq!((passed.connections, health.connections()), (3, 3));
        assert!(address.try_lock().is_err());
    }
}
