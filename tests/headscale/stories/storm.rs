//! Headscale hangs between an approval and its answer to the order of a key. The bot is killed, or waits in vain and is
//! killed then; Headscale goes on with whatever was asked of it, before the bot is back or after that.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use headscale_usher::clock::Clock;
use headscale_usher::domain::{DeviceRequest, KeyId, State};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stage::{aftermath, tell};
use stand_ins::discord::{Member, Message};

use super::scene::Scene;
use crate::subject::Way;

/// Members who ask again and again. As many others ask once.
const REGULARS: usize = 5;
/// Longer than the bot waits before it looks for what Headscale did late.
const A_LOOK: Duration = Duration::from_secs(70);

/// So many kills make some keys late.
const ENOUGH: u64 = 100;

struct Storm {
    dice: StdRng,
    members: Vec<Member>,
}

pub(crate) async fn each_live_key_is_held(mut scene: Scene) {
    let begun = Instant::now();
    let kills = number("USHER_STORM_KILLS").unwrap_or(5);
    let seed = number("USHER_STORM_SEED").unwrap_or(20_261_125);
    let mut storm = Storm::gathers(&mut scene, seed).await;
    for kill in 0..kills {
        storm.strikes(&mut scene, kill).await;
    }
    aftermath::nothing_is_due(&scene.stage, Timestamp::UNIX_EPOCH).await;
    let late = storm.clears(&mut scene).await;
    tell(&format!(
        "{kills} kills, {late} keys made late, {:.0} s",
        begun.elapsed().as_secs_f64()
    ));
    // Over HTTP, hundreds of kills may make none late.
    let is_sharp = kills < ENOUGH || scene.way == Way::Http || late > 0;
    assert!(is_sharp, "no key was late");
    scene.stage.finish().await;
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

impl Storm {
    async fn gathers(scene: &mut Scene, seed: u64) -> Self {
        let settings = &mut scene.stage.settings;
        settings
            .text_value("headscale.timeout", "1s")
            .text_value("retries.longest", "1s")
            .set("retries.attempts", 100)
            .set("requests.max_open_per_member", 100)
            .set("requests.max_per_day", 1000);
        scene.start().await;
        let regulars = (0..REGULARS).map(|number| format!("regular{number}"));
        let members = regulars.map(|name| scene.stage.discord.member(&name));
        Self {
            dice: StdRng::seed_from_u64(seed),
            members: members.collect(),
        }
    }

    async fn strikes(&mut self, scene: &mut Scene, kill: u64) {
        let member = self.somebody(scene, kill);
        let device = format!("device-{kill:03}");
        self.approved(scene, &member, &device).await;
        if self.dice.random_bool(0.8) {
            aftermath::a_key_is_ordered(&scene.stage).await;
        }
        let program_starts = if scene.way == Way::Http { 0 } else { 60 };
        self.pauses(20 + program_starts).await;
        scene.running().hang().expect("it can be stopped");
        match self.dice.random_range(0..3) {
            0 => self.goes_on_without_the_bot(scene).await,
            1 => self.goes_on_under_the_next_bot(scene).await,
            _ => self.goes_on_under_a_bot_that_gave_up(scene).await,
        }
        if self.dice.random_bool(0.5) {
            let has_key =
                |letter: &Message| letter.says(&device) && !letter.attachments().is_empty();
            member.letter_where("the key", has_key).await;
        }
    }

    fn somebody(&mut self, scene: &Scene, kill: u64) -> Member {
        if self.dice.random_bool(0.5) {
            let regular = self.dice.random_range(0..REGULARS);
            return self.members[regular].clone();
        }
        let newcomer = scene.stage.discord.member(&format!("newcomer{kill}"));
        self.members.push(newcomer.clone());
        newcomer
    }

    /// With the letter, so that the key comes next.
    async fn approved(&self, scene: &Scene, member: &Member, device: &str) {
        let asked = member.request_device(device, "linux", None).await;
        asked.answer().await;
        let discord = &scene.stage.discord;
        let card = discord.card_where(device, |card| card.says(device)).await;
        scene.carol.press(&card, "Approve").await;
        let letter = member.letter_where(device, |letter| letter.says(device));
        letter.await;
    }

    /// Nobody chooses the instant.
    async fn pauses(&mut self, at_most: u64) {
        let micros = self.dice.random_range(0..at_most * 1_000);
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }

    async fn goes_on_without_the_bot(&mut self, scene: &mut Scene) {
        self.pauses(100).await;
        scene.stage.kill().await;
        scene.running().go_on().expect("it can go on");
        self.pauses(20).await;
        scene.revive().await;
    }

    async fn goes_on_under_the_next_bot(&mut self, scene: &mut Scene) {
        self.pauses(100).await;
        scene.stage.kill().await;
        scene.revive().await;
        self.pauses(2_000).await;
        scene.running().go_on().expect("it can go on");
    }

    async fn goes_on_under_a_bot_that_gave_up(&mut self, scene: &mut Scene) {
        self.pauses(2_500).await;
        scene.running().go_on().expect("it can go on");
        let at_once = self.dice.random_bool(0.3);
        self.pauses(if at_once { 50 } else { 2_000 }).await;
        scene.stage.kill().await;
        scene.revive().await;
    }

    /// How many keys nobody held until they were looked for.
    async fn clears(&self, scene: &mut Scene) -> usize {
        scene.stage.stop().await;
        let late = scene.stage.log().matches("made late").count() + self.unheld(scene).await.len();
        let now = Clock::system().now() + A_LOOK;
        scene.stage.clock = Clock::manual(now);
        scene.stage.start().await;
        aftermath::nothing_is_due(&scene.stage, now).await;
        scene.stage.stop().await;
        assert_eq!(
            self.unheld(scene).await,
            BTreeSet::new(),
            "{late} were late"
        );
        late
    }

    /// Everybody was approved, so everybody has a key that works.
    async fn unheld(&self, scene: &Scene) -> BTreeSet<KeyId> {
        let rows = aftermath::rows(&scene.stage).await;
        let held: BTreeSet<KeyId> = rows.iter().filter_map(held).collect();
        assert_eq!(held.len(), rows.len(), "keys of requests");
        let live = scene.live_keys_of(&self.members).await;
        assert!(held.is_subset(&live), "{held:?} of {live:?} work");
        &live - &held
    }
}

fn held(request: &DeviceRequest) -> Option<KeyId> {
    let State::Delivered { key, .. } = &request.state else {
        return None;
    };
    Some(key.id)
}
