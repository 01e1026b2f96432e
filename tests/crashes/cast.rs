//! The people of a case. They act on what they see and on nothing else, so that they can go on after a crash as
//! people do: whatever is still to be pressed is pressed, whatever key is shown is tried.

use std::collections::BTreeSet;
use std::time::Duration;

use sandbox::discord::{Interaction, Member, Message};
use sandbox::stage::Stage;
use serde_json::json;

use super::points::{Scan, Way};

/// Longer than anything that is done without a pause.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Cast {
    way: Way,
    alice: Member,
    carol: Member,
    asked: bool,
    pub(crate) scan: Scan,
    /// The keys whose fate is known.
    tried: BTreeSet<String>,
    /// What was pressed, on which version of which message.
    pressed: BTreeSet<String>,
    claiming: Option<Interaction>,
    claims: u32,
}

/// What there is to do next.
enum Next {
    Ask,
    Press(&'static str, Message),
    Claim(Message),
    Try(String),
    Done,
}

impl Cast {
    pub(crate) fn of(stage: &Stage, way: Way, scan: Scan) -> Self {
        let alice = stage.discord.member("alice");
        if matches!(way, Way::Claim | Way::ClaimAgain | Way::Notice) {
            alice.close_dms(50_278);
        }
        Self {
            way,
            alice,
            carol: stage.discord.approver("carol"),
            asked: false,
            scan,
            tried: BTreeSet::new(),
            pressed: BTreeSet::new(),
            claiming: None,
            claims: 0,
        }
    }

    /// Everybody does what is theirs to do, until there is nothing left.
    pub(crate) async fn play(&mut self, stage: &Stage) {
        let playing = tokio::time::timeout(PATIENCE, self.until_done(stage)).await;
        assert!(
            playing.is_ok(),
            "the story does not end:\n{}",
            seen(stage, &self.alice)
        );
    }

    async fn until_done(&mut self, stage: &Stage) {
        let mut feed = stage.discord.feed();
        self.pressed.clear();
        self.claiming = None;
        loop {
            match self.next(stage) {
                Some(Next::Done) => return,
                Some(next) => self.act(stage, next).await,
                None => drop(feed.recv().await),
            }
        }
    }

    async fn act(&mut self, stage: &Stage, next: Next) {
        match next {
            Next::Ask => self.ask(stage).await,
            Next::Press(label, message) => {
                self.pressed.insert(version(&message, label));
                // The message may change while the bot comes up.
                if let Ok(pressed) = self.carol.try_press(&message, label).await {
                    self.fill_in(&pressed, label).await;
                }
            }
            Next::Claim(offer) => {
                self.claiming = self.alice.try_press(&offer, "Get my key").await.ok();
                self.claims += 1;
            }
            Next::Try(key) => {
                drop(stage.headscale.join(&key, "alices-thinkpad"));
                self.tried.insert(key);
            }
            Next::Done => {}
        }
    }

    async fn fill_in(&self, pressed: &Interaction, label: &str) {
        if label == "Deny…"
            && let Ok(answer) = pressed.try_answer().await
            && let Some(form) = &answer.modal
        {
            let reason = [("reason", "not this one")];
            drop(self.carol.try_submit(form, &reason).await);
        }
    }

    async fn ask(&mut self, stage: &Stage) {
        self.asked = true;
        let mut options =
            json!({"device": "laptop", "platform": "linux", "reason": "for the train"});
        if self.way == Way::Link {
            options["link"] = stage.headscale.pending_sign_in("alices-thinkpad").into();
        }
        self.alice.slash("request-device", options).await;
    }

    fn next(&self, stage: &Stage) -> Option<Next> {
        if !self.asked {
            return Some(Next::Ask);
        }
        if let Some(key) = self.untried() {
            return Some(Next::Try(key));
        }
        let card = card(stage)?;
        if self.is_over(stage, &card) {
            return Some(Next::Done);
        }
        self.decision(&card).or_else(|| self.claim(stage, &card))
    }

    fn untried(&self) -> Option<String> {
        let may = self.scan == Scan::AtOnce && self.way != Way::RevokeKey;
        may.then(|| self.shown())?
    }

    /// A key before the requester's eyes that they have not tried.
    fn shown(&self) -> Option<String> {
        let mut messages = self.alice.letters();
        messages.extend(self.alice.answers());
        let keys = messages.iter().rev().filter_map(Message::scan);
        keys.into_iter().find(|key| !self.tried.contains(key))
    }

    fn decision(&self, card: &Message) -> Option<Next> {
        let joined = card.says("Joined") && !card.says("Being renamed");
        let wanted: &[&'static str] = match self.way {
            Way::Denial => &["Deny…"],
            Way::RevokeKey => &["Approve", "Revoke…"],
            Way::RevokeNode if joined => &["Revoke…"],
            Way::Letter
            | Way::Reclaim
            | Way::Claim
            | Way::ClaimAgain
            | Way::Notice
            | Way::Link
            | Way::RevokeNode => &["Approve"],
        };
        let sure = self
            .carol
            .answers()
            .pop()
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

    fn claim(&self, stage: &Stage, card: &Message) -> Option<Next> {
        let again = self.way == Way::ClaimAgain
            && self.claims < 2
            && card.says("Key collected")
            && stage.headscale.nodes().is_empty();
        if !card.says("waiting for") && !again {
            return None;
        }
        let thinks =
            |claim: &Interaction| claim.original().is_none_or(|answer| answer.is_loading());
        if self.claiming.as_ref().is_some_and(thinks) {
            return None;
        }
        let mut offers = self.alice.answers();
        offers.extend(
            stage
                .discord
                .messages_in(stage.discord.general_channel_id()),
        );
        let offers = offers.into_iter().rev();
        offers
            .filter(|offer| offer.button("Get my key").is_some())
            .map(Next::Claim)
            .next()
    }

    fn is_over(&self, stage: &Stage, card: &Message) -> bool {
        let letter = |words: &str| {
            self.alice
                .letters()
                .iter()
                .any(|letter| letter.says(words) && letter.scan().is_none())
        };
        let notices = stage
            .discord
            .messages_in(stage.discord.general_channel_id());
        let calm = notices.iter().all(|notice| notice.says("nothing left"));
        let joined = card.says("**Joined** as `laptop`") && !card.says("Being renamed");
        match self.way {
            Way::Letter | Way::Reclaim | Way::Link => joined && letter("is online"),
            Way::Claim | Way::ClaimAgain | Way::Notice => joined && calm,
            Way::RevokeKey | Way::RevokeNode => card.says("Revoked") && letter("has been revoked"),
            Way::Denial => card.says("Denied") && letter("was denied"),
        }
    }

    /// The requester uses the newest key, which they see or have copied, whoever is dead or alive.
    pub(crate) fn scan_now(&mut self, stage: &Stage) {
        let copied = stage.headscale.issued_secrets().pop();
        let key = copied.expect("a key has been made");
        let joined = stage.headscale.join(&key, "alices-thinkpad");
        joined.expect("the key works");
        self.tried.insert(key);
    }
}

fn card(stage: &Stage) -> Option<Message> {
    let mut cards = stage.discord.cards();
    cards.retain(|card| card.says("Device request"));
    cards.pop()
}

/// One version of a button.
fn version(message: &Message, label: &str) -> String {
    format!("{} {:?} {label}", message.id(), message.edited())
}

/// What everybody sees, for the message of a failure.
fn seen(stage: &Stage, alice: &Member) -> String {
    let mut messages = stage.discord.cards();
    messages.extend(alice.letters());
    messages.extend(alice.answers());
    let texts = messages.iter().map(|message| format!("{message:?}"));
    texts.collect::<Vec<_>>().join("\n\n")
}
