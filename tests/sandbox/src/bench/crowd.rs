//! Many members who ask, an approver who approves every card as it comes, and devices that join as their letters
//! come. Driven by the stand-in's feed, so nobody polls.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::track::Track;
use stand_ins::discord::feed::Happening;
use stand_ins::discord::model::{Id, MessageRecord};
use stand_ins::discord::{Discord, Interaction, Member};
use stand_ins::headscale::Headscale;

/// With nothing happening for so long, something is wrong. Longer than the bot's longest pause between two tries.
const PATIENCE: Duration = Duration::from_secs(90);
/// A member's requests: fewer than the settings allow.
const EACH: usize = 20;
/// A network of some size, but not one that grows with every request: joined devices leave again.
const NODES: usize = 200;

/// Commands, and the pause between two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) commands: usize,
    pub(super) pause: Duration,
}

impl Load {
    pub(super) const ONE: Self = Self::at_once(1);

    pub(super) const fn at_once(commands: usize) -> Self {
        Self {
            commands,
            pause: Duration::ZERO,
        }
    }

    pub(super) fn at_rate(commands: usize, a_second: f64) -> Self {
        Self {
            commands,
            pause: Duration::from_secs_f64(1.0 / a_second.max(0.001)),
        }
    }
}

/// One of a request's interactions.
#[derive(Clone, Copy)]
enum Sent {
    Command,
    Click,
}

pub(super) struct Crowd {
    discord: Discord,
    headscale: Headscale,
    approver: Member,
    feed: UnboundedReceiver<Happening>,
    tracks: Vec<Track>,
    sent: HashMap<Id, (usize, Sent)>,
    cards: HashMap<Id, usize>,
    letters: HashMap<Id, usize>,
    /// The devices of requests that are not finished.
    joining: HashMap<usize, u64>,
    nodes: VecDeque<u64>,
    waiting: usize,
    /// Cards whose approval waits for a word, while it does.
    held: Option<Vec<(Id, usize)>>,
}

/// Requests that were made in one go: the first, and how many.
#[derive(Clone, Copy)]
pub(super) struct Batch {
    first: usize,
}

impl Crowd {
    pub(super) fn new(discord: &Discord, headscale: &Headscale) -> Self {
        Self {
            discord: discord.clone(),
            headscale: headscale.clone(),
            approver: discord.approver("carol"),
            feed: discord.feed(),
            tracks: Vec::new(),
            sent: HashMap::new(),
            cards: HashMap::new(),
            letters: HashMap::new(),
            joining: HashMap::new(),
            nodes: VecDeque::new(),
            waiting: 0,
            held: None,
        }
    }

    /// Asks, and stays until every device has joined.
    pub(super) async fn play(&mut self, load: Load) -> anyhow::Result<Vec<Track>> {
        let batch = self.ask(load).await?;
        self.finish(batch).await
    }

    /// Asks, with everything that happens meanwhile.
    pub(super) async fn ask(&mut self, load: Load) -> anyhow::Result<Batch> {
        let first = self.tracks.len();
        let mut clock = interval(load.pause.max(Duration::from_nanos(1)));
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for _ in 0..load.commands {
            self.meanwhile(clock.tick()).await?;
            self.request().await?;
        }
        Ok(Batch { first })
    }

    /// Takes what happens until something else does.
    async fn meanwhile(&mut self, until: impl Future<Output = Instant>) -> anyhow::Result<()> {
        let mut until = std::pin::pin!(until);
        loop {
            tokio::select! {
                biased;
                _ = &mut until => return Ok(()),
                happening = self.feed.recv() => self.take(happening.context("the feed ended")?)?,
            }
        }
    }

    /// Asks, and stays until every command is acknowledged and has its card, without approving any.
    pub(super) async fn ask_and_wait(&mut self, load: Load) -> anyhow::Result<Batch> {
        self.held = Some(Vec::new());
        let batch = self.ask(load).await?;
        let seen = |it: &Track| it.ask_taken.is_some() && it.card.is_some();
        self.until(|crowd| crowd.tracks[batch.first..].iter().all(seen))
            .await?;
        Ok(batch)
    }

    /// Approves at once what was held back.
    pub(super) fn approve_all(&mut self) -> anyhow::Result<()> {
        let held = self.held.take().unwrap_or_default();
        held.into_iter()
            .try_for_each(|(card, number)| self.approve(card, number))
    }

    /// Stays until every device has joined.
    pub(super) async fn finish(&mut self, batch: Batch) -> anyhow::Result<Vec<Track>> {
        self.until(|crowd| crowd.waiting == 0).await?;
        Ok(self.tracks[batch.first..].to_vec())
    }

    async fn until(&mut self, reached: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        while !reached(self) {
            match timeout(PATIENCE, self.feed.recv()).await {
                Ok(happening) => self.take(happening.context("the feed ended")?)?,
                Err(_) => bail!(
                    "{} requests are not finished, and nothing happens",
                    self.waiting
                ),
            }
        }
        Ok(())
    }

    async fn request(&mut self) -> anyhow::Result<()> {
        let number = self.tracks.len();
        let member = self.discord.member(&format!("member-{:05}", number / EACH));
        let options =
            json!({"device": device(number), "platform": "linux", "reason": "for the benchmark"});
        let sent = member.try_slash("request-device", options).await;
        let sent = sent.map_err(anyhow::Error::msg)?;
        let asked = self.sent_at(&sent);
        self.sent.insert(sent.id(), (number, Sent::Command));
        self.tracks.push(Track {
            asked,
            ..Track::default()
        });
        self.waiting += 1;
        Ok(())
    }

    fn sent_at(&self, sent: &Interaction) -> Option<Timestamp> {
        let created = |world: &stand_ins::discord::model::World| {
            world
                .interactions
                .get(&sent.id())
                .map(|record| record.created)
        };
        self.discord.world(created)
    }

    fn take(&mut self, happening: Happening) -> anyhow::Result<()> {
        match happening {
            Happening::Answered(id) => self.answered(id),
            Happening::Posted(id) => self.posted(id)?,
            Happening::Edited(id) => self.edited(id)?,
            Happening::Deleted(_) | Happening::Ready => {}
        }
        Ok(())
    }

    fn answered(&mut self, interaction: Id) {
        let Some((number, sent)) = self.sent.remove(&interaction) else {
            return;
        };
        let at = self
            .discord
            .interaction(interaction)
            .ack()
            .map(|ack| ack.at);
        let track = &mut self.tracks[number];
        match sent {
            Sent::Command => track.ask_taken = at,
            Sent::Click => track.click_taken = at,
        }
    }

    fn posted(&mut self, id: Id) -> anyhow::Result<()> {
        let Some(message) = self.record(id) else {
            return Ok(());
        };
        let Some(number) = request_in(&message) else {
            return Ok(());
        };
        if message.channel == self.discord.admin_channel_id() {
            self.cards.insert(id, number);
            self.tracks[number].card = Some(message.created);
            if let Some(held) = &mut self.held {
                held.push((id, number));
                return Ok(());
            }
            return self.approve(id, number);
        }
        if message.seen_only_by.is_none() {
            self.letters.insert(id, number);
        }
        Ok(())
    }

    fn approve(&mut self, card: Id, number: usize) -> anyhow::Result<()> {
        let card = self.discord.message(card).context("the card is gone")?;
        let pressed = self.approver.press_now(&card, "Approve");
        let pressed = pressed.map_err(anyhow::Error::msg)?;
        self.tracks[number].clicked = self.sent_at(&pressed);
        self.sent.insert(pressed.id(), (number, Sent::Click));
        Ok(())
    }

    fn edited(&mut self, id: Id) -> anyhow::Result<()> {
        if let Some(number) = self.letters.get(&id).copied() {
            return self.letter(id, number);
        }
        if let Some(number) = self.cards.get(&id).copied() {
            self.card(id, number);
        }
        Ok(())
    }

    /// With a key in it, the device joins.
    fn letter(&mut self, id: Id, number: usize) -> anyhow::Result<()> {
        let message = self.record(id).context("the letter is gone")?;
        let Some(key) = key_in(&message.content) else {
            return Ok(());
        };
        if self.tracks[number].letter.is_some() {
            return Ok(());
        }
        self.tracks[number].letter = message.edited;
        let node = self.headscale.join(key, &format!("host-{number:06}"))?;
        self.headscale.set_online(node.id, true);
        self.joining.insert(number, node.id);
        Ok(())
    }

    /// With the device's name as it was asked for, the request is finished.
    fn card(&mut self, id: Id, number: usize) {
        let Some(message) = self.record(id) else {
            return;
        };
        let said = message
            .embeds
            .first()
            .map(|embed| embed["description"].to_string());
        let joined = format!("as `{}`", device(number));
        if said.is_some_and(|said| said.contains(&joined)) && self.tracks[number].joined.is_none() {
            self.tracks[number].joined = message.edited;
            self.waiting -= 1;
            self.leave_room(number);
        }
    }

    /// The device stays for a while, and an older one leaves.
    fn leave_room(&mut self, number: usize) {
        self.nodes.extend(self.joining.remove(&number));
        if self.nodes.len() > NODES
            && let Some(oldest) = self.nodes.pop_front()
        {
            self.headscale.remove_node(oldest);
        }
    }

    fn record(&self, id: Id) -> Option<MessageRecord> {
        self.discord.world(|world| world.messages.get(&id).cloned())
    }
}

/// A name that is found again in every message about the request.
fn device(number: usize) -> String {
    format!("bench-{number:06}")
}

fn request_in(message: &MessageRecord) -> Option<usize> {
    let title = message.embeds.first()?["title"].as_str()?;
    let (_, number) = title.split_once("bench-")?;
    number.get(..6)?.parse().ok()
}

fn key_in(text: &str) -> Option<&str> {
    let start = text.find("hskey-auth-")?;
    let of_a_key = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text[start..].split(|c| !of_a_key(c)).next()
}
