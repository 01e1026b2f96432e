//! What people see, and what they take for the end.

use super::Cast;
use crate::Stage;
use crate::aftermath::Way;
use stand_ins::discord::Message;

impl Cast {
    pub(super) fn find_card(&mut self, stage: &Stage) -> Option<Message> {
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

    pub(super) fn is_over(&self, stage: &Stage, card: &Message) -> bool {
        let (on_card, in_letter) = self.way.last_words();
        let told = || {
            let mut letters = self.alice.letters().into_iter();
            letters.any(|letter| letter.says(in_letter) && letter.attachments().is_empty())
        };
        let calm = || {
            let over = ["nothing left", "a newer message"];
            let mut notices = self.notices(stage).into_iter();
            notices.all(|notice| over.iter().any(|words| notice.says(words)))
        };
        let left = |words| {
            let question = question(stage);
            question.is_some_and(|card| card.says(words))
        };
        card.says(&on_card.replace("{}", &self.device))
            && !card.says("Being renamed")
            && (told() || self.way.is_unreachable())
            && calm()
            && self.way.end_of_leaving().is_none_or(left)
            && (self.way != Way::Late || stage.headscale.live_keys().is_empty())
    }

    pub(super) fn notices(&self, stage: &Stage) -> Vec<Message> {
        let general = stage.discord.general_channel_id();
        let mut notices = stage.discord.messages_in(general);
        let mention = self.alice.mention();
        notices.retain(|notice| notice.content().contains(&mention));
        notices
    }

    pub(super) fn is_in(&self, stage: &Stage) -> bool {
        let hostname = self.hostname();
        stage
            .headscale
            .nodes()
            .iter()
            .any(|node| node.name == hostname)
    }

    pub(super) fn hostname(&self) -> String {
        format!("{}s-thinkpad", self.alice.name())
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

/// The card about a member who left.
pub(super) fn question(stage: &Stage) -> Option<Message> {
    let mut cards = stage.discord.cards().into_iter();
    cards.find(|card| card.says("Departure"))
}
