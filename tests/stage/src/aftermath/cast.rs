//! The people of a request. They act on what they see and on nothing else, so they can go on after a crash as
//! people do: they press every button that is still there and try every key that is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::Way;
use crate::Stage;
use stand_ins::discord::model::AckKind;
use stand_ins::discord::{Interaction, Member, Message};

/// People who see nothing happen for this long press again.
const LULL: Duration = Duration::from_millis(1_500);
/// Longer than anything that is done without a pause.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// When the requester's device uses the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// As soon as there is a key.
    AtOnce,
    /// Not before the program is up again.
    Later,
    /// While the program is dead.
    Meanwhile,
}

/// A member, what they ask for, and an approver.
pub struct Cast {
    pub way: Way,
    device: String,
    alice: Member,
    carol: Member,
    asked: bool,
    pub scan: Scan,
    card: Option<u64>,
    /// The keys whose fate is known.
    tried: BTreeSet<String>,
    /// The pictures that were read already, because reading one takes long.
    read: BTreeMap<String, Option<String>>,
    /// The buttons that were pressed, by version of their message.
    pressed: BTreeSet<String>,
    denying: Option<Interaction>,
    claiming: Option<Interaction>,
    /// The private answers in which there was a key.
    collected: BTreeSet<u64>,
}

/// The next thing to do.
enum Next {
    Ask,
    Press(&'static str, Message),
    Form(Interaction),
    Claim(Message),
    Try(String),
    Done,
}

impl Cast {
    /// A member of this name who asks for a device of this name.
    pub fn of(stage: &Stage, who: (&str, &str), way: Way, scan: Scan) -> Self {
        let alice = stage.discord.member(who.0);
        if matches!(way, Way::Claim | Way::ClaimAgain | Way::Notice) {
            alice.close_dms(50_278);
        }
        Self {
            way,
            device: who.1.to_owned(),
            alice,
            carol: stage.discord.approver("carol"),
            asked: false,
            scan,
            card: None,
            tried: BTreeSet::new(),
            read: BTreeMap::new(),
            pressed: BTreeSet::new(),
            denying: None,
            claiming: None,
            collected: BTreeSet::new(),
        }
    }

    /// Everybody does what is theirs to do, until there is nothing left.
    pub async fn play(&mut self, stage: &Stage) {
        self.go_on();
        let mut feed = stage.discord.feed();
        let playing = async {
            while !self.act(stage).await {
                if timeout(LULL, feed.recv()).await.is_err() {
                    self.go_on();
                }
            }
        };
        let ended = timeout(PATIENCE, playing).await;
        assert!(
            ended.is_ok(),
            "the story does not end:\n{}",
            self.seen(stage)
        );
    }

    /// Nobody knows which clicks the bot has heard: whatever can be pressed may be pressed again.
    pub fn go_on(&mut self) {
        self.pressed.clear();
        self.denying = None;
        self.claiming = None;
    }

    /// Forgets having asked, if nothing came of it.
    pub fn ask_again(&mut self, stage: &Stage) {
        self.asked = self.find_card(stage).is_some();
    }

    /// Does whatever can be done now; whether everything is done.
    pub async fn act(&mut self, stage: &Stage) -> bool {
        while let Some(next) = self.next(stage) {
            match next {
                Next::Done => return true,
                Next::Ask => self.ask(stage).await,
                Next::Press(label, message) => self.press(label, &message).await,
                Next::Form(form) => self.fill_in(&form).await,
                Next::Claim(offer) => {
                    self.claiming = self.alice.try_press(&offer, "Get my key").await.ok();
                }
                Next::Try(key) => {
                    drop(stage.headscale.join(&key, &self.hostname()));
                    self.tried.insert(key);
                }
            }
        }
        false
    }

    async fn ask(&mut self, stage: &Stage) {
        let mut options = json!({"device": self.device, "platform": "linux", "reason": "trains"});
        if self.way == Way::Link {
            options["link"] = stage.headscale.pending_sign_in(&self.hostname()).into();
        }
        let asked = self.alice.try_slash("request-device", options).await;
        self.asked = asked.is_ok();
    }

    /// The message may have changed meanwhile; then there is nothing to press.
    async fn press(&mut self, label: &'static str, message: &Message) {
        self.pressed.insert(version(message, label));
        let pressed = self.carol.try_press(message, label).await.ok();
        if label == "Deny…" {
            self.denying = pressed;
        }
    }

    async fn fill_in(&mut self, pressed: &Interaction) {
        self.denying = None;
        if let Ok(answer) = pressed.try_answer().await
            && let Some(form) = &answer.modal
        {
            let reason = [("reason", "not this one")];
            drop(self.carol.try_submit(form, &reason).await);
        }
    }

    fn next(&mut self, stage: &Stage) -> Option<Next> {
        if !self.asked {
            return Some(Next::Ask);
        }
        if let Some(key) = self.untried() {
            return Some(Next::Try(key));
        }
        let card = self.find_card(stage)?;
        if self.is_over(stage, &card) {
            return Some(Next::Done);
        }
        let form = |form: &Interaction| form.ack().is_some_and(|ack| ack.kind == AckKind::Modal);
        if let Some(form) = self.denying.clone().filter(form) {
            return Some(Next::Form(form));
        }
        self.decision(&card).or_else(|| self.claim(stage, &card))
    }

    fn find_card(&mut self, stage: &Stage) -> Option<Message> {
        if self.card.is_none() {
            let title = format!("· {}", self.device);
            let fits = |card: &Message| {
                let title_of =
                    |embed: &serde_json::Value| embed["title"].as_str().map(str::to_owned);
                let found = card.embeds().first().and_then(title_of);
                found.is_some_and(|found| found.ends_with(&title))
            };
            self.card = stage
                .discord
                .cards()
                .iter()
                .rfind(|card| fits(card))
                .map(Message::id);
        }
        stage.discord.message(self.card?)
    }

    /// A key before the requester's eyes that they have not tried.
    fn untried(&mut self) -> Option<String> {
        if self.scan != Scan::AtOnce || self.way == Way::RevokeKey {
            return None;
        }
        let mut messages = self.alice.letters();
        messages.extend(self.alice.answers());
        messages.retain(|message| !message.attachments().is_empty());
        let pictures = messages.iter().rev();
        let mut keys = pictures.filter_map(|message| {
            let seen = self.read.entry(version(message, "picture"));
            seen.or_insert_with(|| message.scan()).clone()
        });
        keys.find(|key| !self.tried.contains(key))
    }

    fn decision(&self, card: &Message) -> Option<Next> {
        let joined = card.says("Joined") && !card.says("Being renamed");
        let wanted: &[&'static str] = match self.way {
            Way::Denial => &["Deny…"],
            // An approval could be revoked before; the story is about a key.
            Way::RevokeKey if card.says("Key sent") || card.says("Key used") => &["Revoke…"],
            Way::RevokeNode if joined => &["Revoke…"],
            Way::Letter
            | Way::Reclaim
            | Way::Claim
            | Way::ClaimAgain
            | Way::Notice
            | Way::Link
            | Way::RevokeKey
            | Way::RevokeNode => &["Approve"],
        };
        // Carol may have been asked about more than one device.
        let ours = format!("`{}`", self.device);
        let mut asked = self.carol.answers().into_iter();
        let sure = asked
            .rfind(|answer| answer.says(&ours))
            .map(|answer| (answer, "Revoke now"));
        let buttons = wanted
            .iter()
            .map(|label| (card.clone(), *label))
            .chain(sure);
        let mut open = buttons.filter(|(message, label)| {
            message.button(label).is_some() && !self.pressed.contains(&version(message, label))
        });
        open.next()
            .map(|(message, label)| Next::Press(label, message))
    }

    fn claim(&mut self, stage: &Stage, card: &Message) -> Option<Next> {
        let mut offers = self.alice.answers();
        let with_key = offers
            .iter()
            .filter(|answer| !answer.attachments().is_empty());
        self.collected.extend(with_key.map(Message::id));
        let again = self.way == Way::ClaimAgain
            && self.collected.len() < 2
            && card.says("Key collected")
            && !self.is_in(stage);
        if !card.says("waiting for") && !again {
            return None;
        }
        let thinks =
            |claim: &Interaction| claim.original().is_none_or(|answer| answer.is_loading());
        if self.claiming.as_ref().is_some_and(thinks) {
            return None;
        }
        offers.extend(self.notices(stage));
        let mut offers = offers.into_iter().rev();
        offers
            .find(|offer| offer.button("Get my key").is_some())
            .map(Next::Claim)
    }

    fn is_over(&self, stage: &Stage, card: &Message) -> bool {
        let letter = |words: &str| {
            let mut letters = self.alice.letters().into_iter();
            letters.any(|letter| letter.says(words) && letter.attachments().is_empty())
        };
        let joined =
            card.says(&format!("**Joined** as `{}`", self.device)) && !card.says("Being renamed");
        let calm = || {
            self.notices(stage)
                .iter()
                .all(|notice| notice.says("nothing left"))
        };
        match self.way {
            Way::Letter | Way::Reclaim | Way::Link => joined && letter("is online"),
            Way::Claim | Way::ClaimAgain | Way::Notice => joined && calm(),
            Way::RevokeKey | Way::RevokeNode => card.says("Revoked") && letter("has been revoked"),
            Way::Denial => card.says("Denied") && letter("was denied"),
        }
    }

    fn notices(&self, stage: &Stage) -> Vec<Message> {
        let general = stage.discord.general_channel_id();
        let mut notices = stage.discord.messages_in(general);
        let mention = self.alice.mention();
        notices.retain(|notice| notice.content().contains(&mention));
        notices
    }

    fn is_in(&self, stage: &Stage) -> bool {
        let hostname = self.hostname();
        stage
            .headscale
            .nodes()
            .iter()
            .any(|node| node.name == hostname)
    }

    fn hostname(&self) -> String {
        format!("{}s-thinkpad", self.alice.name())
    }

    /// The requester uses the newest key, which they see or have copied, whoever is dead or alive.
    pub fn scan_now(&mut self, stage: &Stage) {
        let copied = stage.headscale.issued_secrets().pop();
        let key = copied.expect("a key has been made");
        let joined = stage.headscale.join(&key, &self.hostname());
        joined.expect("the key works");
        self.tried.insert(key);
    }

    /// Everybody's view, for the message of a failure.
    pub fn seen(&mut self, stage: &Stage) -> String {
        let mut messages: Vec<Message> = self.find_card(stage).into_iter().collect();
        messages.extend(self.alice.letters());
        messages.extend(self.alice.answers());
        messages.extend(self.notices(stage));
        let texts = messages.iter().map(|message| format!("{message:?}"));
        texts.collect::<Vec<_>>().join("\n\n")
    }
}

/// One version of a button.
fn version(message: &Message, label: &str) -> String {
    format!("{} {:?} {label}", message.id(), message.edited())
}
