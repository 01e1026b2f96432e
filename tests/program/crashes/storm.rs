//! Kills at instants that nobody chose, while many people ask, decide and join.

use std::time::{Duration, Instant};

use headscale_usher::domain::{DeviceRequest, Status};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stage::aftermath::{self, Cast, Scan, Way};
use stage::{Stage, tell};
use stand_ins::discord::feed::Happening;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use crate::PROGRAM;

/// The ways that people go, in turn.
const WAYS: [Way; 8] = [
    Way::Letter,
    Way::Claim,
    Way::Letter,
    Way::RevokeNode,
    Way::Letter,
    Way::Link,
    Way::LinkGiven,
    Way::Denial,
];

/// Nothing happens for so long only if everybody waits for the next wave.
const LULL: Duration = Duration::from_secs(2);
/// Everything that is still to be done after the last kill.
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Clone, Copy, Debug)]
struct Storm {
    seed: u64,
    requests: usize,
    kills: usize,
}

pub(super) async fn kills_at_random_instants_lose_nothing_and_double_nothing() {
    let long = std::env::var_os("USHER_LONG_TESTS").is_some();
    let (requests, kills) = if long { (200, 60) } else { (24, 12) };
    let minutes = number("USHER_STORM_MINUTES").unwrap_or(0);
    let seed = number("USHER_STORM_SEED").unwrap_or(20_261_123);
    let begun = Instant::now();
    for round in 0.. {
        let storm = Storm {
            seed: seed + round,
            requests,
            kills,
        };
        storm.blow().await;
        if begun.elapsed() >= Duration::from_mins(minutes) {
            break;
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

impl Storm {
    async fn blow(self) {
        let begun = Instant::now();
        let mut stage = Stage::set().await;
        stage
            .settings
            .text_value("retries.first", "20ms")
            .set("retries.parallel", 8)
            .text_value("headscale.watch_interval", "200ms");
        stage.start_program(PROGRAM.as_ref()).await;
        let mut crowd = Crowd::new(&stage);
        let mut dice = StdRng::seed_from_u64(self.seed);
        for kill in 0..self.kills {
            crowd.grow_to(&stage, self.requests * (kill + 1) / self.kills);
            let events = dice.random_range(1..25);
            crowd.live_through(&stage, events).await;
            // Between two events, too: in the middle of a commit, or of nothing.
            tokio::time::sleep(Duration::from_micros(dice.random_range(0..6_000))).await;
            stage.kill().await;
            stage.revive(PROGRAM.as_ref()).await;
            crowd.go_on(&stage);
        }
        crowd.come_to_rest(&stage, self).await;
        self.conclude(stage, begun).await;
    }

    async fn conclude(self, stage: Stage, begun: Instant) {
        let headscale = stage.headscale.clone();
        let rows = aftermath::settled(stage).await;
        assert_eq!(rows.len(), self.requests, "{self:?}");
        let with = |status| rows.iter().filter(|row| row.status() == status).count();
        let devices = with(Status::Joined) + with(Status::Revoked);
        assert_eq!(headscale.nodes().len(), devices, "{self:?}");
        assert_eq!(devices + with(Status::Denied), self.requests, "{self:?}");
        for key in headscale.issued_secrets() {
            assert!(headscale.join(&key, "another").is_err(), "{self:?}");
        }
        self.report(&rows, headscale.keys().len(), begun);
    }

    fn report(self, rows: &[DeviceRequest], keys: usize, begun: Instant) {
        tell(&format!(
            "seed {}: {} requests, {} kills, {keys} keys made, no violation, {:.0} s",
            self.seed,
            rows.len(),
            self.kills,
            begun.elapsed().as_secs_f64()
        ));
    }
}

struct Crowd {
    casts: Vec<Cast>,
    done: Vec<bool>,
    feed: UnboundedReceiver<Happening>,
}

impl Crowd {
    fn new(stage: &Stage) -> Self {
        Self {
            casts: Vec::new(),
            done: Vec::new(),
            feed: stage.discord.feed(),
        }
    }

    fn grow_to(&mut self, stage: &Stage, size: usize) {
        for number in self.casts.len()..size {
            let who = (format!("member{number}"), format!("device-{number}"));
            let way = WAYS[number % WAYS.len()];
            let cast = Cast::of(stage, (&who.0, &who.1), way, Scan::AtOnce);
            self.casts.push(cast);
            self.done.push(false);
        }
    }

    fn go_on(&mut self, stage: &Stage) {
        for cast in &mut self.casts {
            cast.go_on();
            cast.ask_again(stage);
        }
    }

    /// Everybody acts, as long as so many things happen.
    async fn live_through(&mut self, stage: &Stage, events: usize) {
        self.act(stage).await;
        for _ in 0..events {
            let Ok(event) = timeout(LULL, self.feed.recv()).await else {
                return;
            };
            assert!(event.is_some(), "Discord stays");
            self.act(stage).await;
        }
    }

    async fn come_to_rest(&mut self, stage: &Stage, storm: Storm) {
        let resting = timeout(PATIENCE, async {
            while !self.act(stage).await {
                let _ = self.feed.recv().await;
                // What happened meanwhile is seen in one look.
                while self.feed.try_recv().is_ok() {}
            }
        });
        let rested = resting.await.is_ok();
        let waiting = self.done.iter().position(|done| !done);
        let seen = waiting.map(|cast| self.casts[cast].seen(stage));
        assert!(
            rested,
            "{storm:?} does not come to rest\n{}\n{}",
            seen.unwrap_or_default(),
            aftermath::tail(&stage.log())
        );
    }

    /// True if there is nothing left to do for anybody.
    async fn act(&mut self, stage: &Stage) -> bool {
        for (cast, done) in self.casts.iter_mut().zip(&mut self.done) {
            if !*done {
                *done = cast.act(stage).await;
            }
        }
        self.done.iter().all(|done| *done)
    }
}
