//! What comes before a story: an earlier run of the bot, some time ago, whose clock goes in leaps.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a way says only where it differs from the usual"
)]

use std::time::Duration;

use headscale_usher::clock::Clock;
use jiff::SignedDuration;

use super::{Cast, Scan, Way};
use crate::Stage;
use stand_ins::discord::{Call, Message};

/// How long somebody has to be missing before they count as gone.
const APART: Duration = Duration::from_hours(1);
/// Longer than any wait before another attempt.
const LEAP: Duration = Duration::from_millis(200);

impl Way {
    /// Sets the stage for this way; the bot does not run yet, or not any more.
    pub async fn prepare(self, stage: &mut Stage) {
        self.breaks(stage);
        let Some(ago) = self.begins_ago() else { return };
        stage.headscale.advance(-ago);
        stage.clock = Clock::manual(stage.headscale.now());
        stage.start().await;
        let clock = stage.clock.clone();
        tokio::select! {
            () = self.begin(stage) => {}
            () = passes(clock) => {}
        }
        stage.stop().await;
        stage.clock = Clock::system();
        stage.headscale.advance(ago);
        match self {
            Self::SignedOut => stage.headscale.sign_out(1),
            Self::UserGone => stage.headscale.remove_user(1),
            _ => {}
        }
    }

    fn begins_ago(self) -> Option<SignedDuration> {
        let minutes = match self {
            Self::UserGone => 1,
            Self::Late => 5,
            Self::Lapse | Self::SignedOut => 120,
            _ if self.end_of_leaving().is_some() => 180,
            // The last day of three has begun.
            Self::Reminder => 50 * 60,
            _ => return None,
        };
        Some(SignedDuration::from_mins(minutes))
    }

    async fn begin(self, stage: &mut Stage) {
        match self {
            Self::Lapse => until(stage, self, "Key sent").await,
            Self::Reminder => {
                let general = stage.discord.general_channel_id();
                let called = stage.discord.message_where(general, "a call", offers_a_key);
                tokio::join!(until(stage, self, "waiting for"), called);
            }
            Self::UserGone => until(stage, Self::Claim, "Key collected").await,
            Self::Late => makes_a_key_late(stage).await,
            _ => {
                let mut cast = Cast::of(stage, super::WHO, Self::Link, Scan::AtOnce);
                cast.play(stage).await;
                if self.end_of_leaving().is_some() {
                    self.leaves(stage).await;
                }
            }
        }
    }

    async fn leaves(self, stage: &mut Stage) {
        let alice = stage.discord.member(super::WHO.0);
        alice.leave();
        stage.restart().await;
        looked(stage, 1).await;
        if self == Self::LeavesAndReturns {
            stage.clock.advance(APART);
            let asked = |card: &Message| card.button("Keep").is_some();
            stage.discord.card_where("a question", asked).await;
            alice.join();
        }
    }
}

/// Whatever failed is tried again after a while.
async fn passes(clock: Clock) {
    loop {
        tokio::time::sleep(LEAP).await;
        clock.advance(LEAP);
    }
}

fn offers_a_key(message: &Message) -> bool {
    message.button("Get my key").is_some()
}

/// Everybody does their part until the card says this.
async fn until(stage: &Stage, way: Way, words: &str) {
    let mut cast = Cast::of(stage, super::WHO, way, Scan::Later);
    tokio::select! {
        biased;
        _ = stage.discord.card_where(words, |card| card.says(words)) => {}
        () = cast.play(stage) => panic!("it ends before"),
    }
}

/// The bot gives up waiting, asks what became of the key, and makes another; then Headscale does what it was told.
async fn makes_a_key_late(stage: &Stage) {
    let held = stage.headscale.hold_late("POST", super::way::KEYS);
    until(stage, Way::Late, "Key sent").await;
    held.release();
    while stage.headscale.live_keys().len() < 2 {
        tokio::task::yield_now().await;
    }
}

async fn looked(stage: &Stage, times: usize) {
    let looks = |call: &&Call| call.route == "GET /guilds/{}/members/{}" && call.status.is_some();
    let discord = &stage.discord;
    let enough = |calls: &[Call]| (calls.iter().filter(looks).count() >= times).then_some(());
    discord.wait_for_call(enough, "a look").await;
}
