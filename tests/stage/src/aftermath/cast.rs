//! The people of a request. They act on what they see and on nothing else, so they can go on after a crash as
//! people do: they press every button that is still there and try every key that is shown.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a way says only where it differs from the usual"
)]

mod sight;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::Way;
use crate::Stage;
use stand_ins::discord::model::AckKind;
use stand_ins::discord::{Interaction, Member, Message};
use stand_ins::headscale::{Hold, When};

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
    /// The call during which somebody puts a stop to it, and their click.
    stopped_during: Option<Hold>,
    stopping: Option<Interaction>,
    is_stopped: bool,
}

/// The next thing to do.
enum Next {
    Ask,
    LetGo,
    Press(Member, &'static str, Message),
    Form(Interaction),
    Claim(Message),
    Try(String),
    Done,
}

impl Cast {
    /// A member of this name who asks for a device of this name.
    pub fn of(stage: &Stage, who: (&str, &str), way: Way, scan: Scan) -> Self {
        let alice = stage.discord.member(who.0);
        if way.is_unreachable() {
            alice.close_dms(50_278);
        }
        let hold = |(method, path)| stage.headscale.hold(method, path, When::Before);
        let mut cast = Self {
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
            stopped_during: way.stopped_during().map(hold),
            stopping: None,
            is_stopped: false,
        };
        // An earlier run may have had this request.
        cast.ask_again(stage);
        cast
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
        self.is_stopped |= self.stopping.is_some();
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
                Next::LetGo => self.let_go(stage).await,
                Next::Press(who, label, message) => self.press(&who, label, &message).await,
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
        let again = self.asked;
        if self.way.has_link() || again {
            options["link"] = stage.headscale.pending_sign_in(&self.hostname()).into();
        }
        let asked = self.alice.try_slash("request-device", options).await;
        self.asked = again || asked.is_ok();
    }

    /// Whoever wanted to stop it has done so; what stands goes on, or breaks if nothing is to come of it.
    async fn let_go(&mut self, stage: &Stage) {
        if self.way == Way::CancelIssuing {
            stage.headscale.down().await;
            stage.headscale.up().await;
        }
        self.stopped_during = None;
    }

    /// The message may have changed meanwhile; then there is nothing to press.
    async fn press(&mut self, who: &Member, label: &'static str, message: &Message) {
        self.pressed.insert(version(message, label));
        let stops = ["Revoke now", "Cancel request"].contains(&label);
        if let Some(held) = self.stopped_during.as_ref().filter(|_| stops) {
            held.arrived().await;
        }
        let pressed = who.try_press(message, label).await.ok();
        if label == "Deny…" {
            self.denying = pressed;
        } else if stops {
            self.stopping = pressed;
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
        let is_heard = |click: &Interaction| click.ack().is_some();
        self.is_stopped |= self.stopping.as_ref().is_some_and(is_heard);
        if self.is_stopped && self.stopped_during.is_some() {
            return Some(Next::LetGo);
        }
        if self.way == Way::LinkGiven && card.says("Key sent") {
            let asked = version(&card, "/request-device");
            return self.pressed.insert(asked).then_some(Next::Ask);
        }
        let form = |form: &Interaction| form.ack().is_some_and(|ack| ack.kind == AckKind::Modal);
        if let Some(form) = self.denying.clone().filter(form) {
            return Some(Next::Form(form));
        }
        let pressed = self
            .decision(stage, &card)
            .or_else(|| self.after_failure(&card));
        pressed.or_else(|| self.claim(stage, &card))
    }

    /// A key before the requester's eyes that they have not tried.
    fn untried(&mut self) -> Option<String> {
        if self.scan != Scan::AtOnce || self.way.spares_key() {
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

    fn decision(&self, stage: &Stage, card: &Message) -> Option<Next> {
        // Carol may have been asked about more than one device.
        let ours = format!("`{}`", self.device);
        let mut asked = self.carol.answers().into_iter();
        let sure = asked
            .rfind(|answer| answer.says(&ours))
            .map(|answer| (answer, "Revoke now"));
        let question = sight::question(stage);
        let answered = question.zip(self.way.answer_about_leaving());
        let decisions = self.way.decisions(card).iter();
        let mut buttons = decisions
            .map(|label| (card.clone(), *label))
            .chain(sure)
            .chain(answered);
        let (message, label) = buttons.find(|(message, label)| self.can_press(message, label))?;
        Some(Next::Press(self.carol.clone(), label, message))
    }

    fn can_press(&self, message: &Message, label: &str) -> bool {
        message.button(label).is_some() && !self.pressed.contains(&version(message, label))
    }

    /// Whoever reads that the approvers have been told waits for them, or no longer.
    fn after_failure(&self, card: &Message) -> Option<Next> {
        let mut letters = self.alice.letters().into_iter();
        let letter = letters.find(|letter| letter.says("have been told"));
        let (who, label, message) = match self.way {
            Way::Retry => letter.map(|_| (&self.carol, "Retry", card.clone()))?,
            Way::CancelFailed => (&self.alice, "Cancel request", letter?),
            Way::CancelIssuing => {
                let letter = self.alice.letters().pop()?;
                (&self.alice, "Cancel request", letter)
            }
            _ => return None,
        };
        let who = who.clone();
        self.can_press(&message, label)
            .then_some(Next::Press(who, label, message))
    }

    fn claim(&mut self, stage: &Stage, card: &Message) -> Option<Next> {
        let mut offers = self.alice.answers();
        let with_key = offers
            .iter()
            .filter(|answer| !answer.attachments().is_empty());
        self.collected.extend(with_key.map(Message::id));
        let again = match self.way {
            Way::ClaimAgain => self.collected.len() < 2,
            Way::UserGone => stage.headscale.live_keys().is_empty(),
            _ => false,
        };
        let again = again && card.says("Key collected") && !self.is_in(stage);
        let called = self.way != Way::Reminder || self.notices(stage).len() > 1;
        let first = card.says("waiting for") && called;
        if !(first || again) {
            return None;
        }
        let thinks =
            |claim: &Interaction| claim.original().is_none_or(|answer| answer.is_loading());
        if self.claiming.as_ref().is_some_and(thinks) {
            return None;
        }
        offers.extend(self.notices(stage));
        offers.extend(self.alice.letters());
        let mut offers = offers.into_iter().rev();
        offers
            .find(|offer| offer.button("Get my key").is_some())
            .map(Next::Claim)
    }

    /// The requester uses the newest key, which they see or have copied, whoever is dead or alive.
    pub fn scan_now(&mut self, stage: &Stage) {
        let copied = stage.headscale.issued_secrets().pop();
        let key = copied.expect("a key has been made");
        let joined = stage.headscale.join(&key, &self.hostname());
        joined.expect("the key works");
        self.tried.insert(key);
    }
}

/// One version of a button.
fn version(message: &Message, label: &str) -> String {
    format!("{} {:?} {label}", message.id(), message.edited())
}
