//! The cast of every story, and what many stories begin with.

use stand_ins::discord::{Member, Message};

use super::Stage;

impl Stage {
    /// Asks for devices.
    pub fn alice(&self) -> Member {
        self.discord.member("alice")
    }

    /// Another member.
    pub fn bob(&self) -> Member {
        self.discord.member("bob")
    }

    /// Decides.
    pub fn carol(&self) -> Member {
        self.discord.approver("carol")
    }

    /// Somebody asks for a Linux device; the card that the approvers see.
    pub async fn asked(&self, who: &Member, device: &str) -> Message {
        let asked = who.request_device(device, "linux", Some("for the story"));
        asked.await.answer().await;
        self.card_of(device).await
    }

    /// The card on which a decision about this device waits.
    pub async fn card_of(&self, device: &str) -> Message {
        let name = format!("`{device}`");
        let what = format!("a card for {device}");
        let waits = |card: &Message| card.says(&name) && card.button("Approve").is_some();
        self.discord.card_where(&what, waits).await
    }

    pub async fn approve(&self, card: &Message) {
        self.carol().press(card, "Approve").await;
    }

    /// Somebody asks, Carol approves; the card, and the letter with the key.
    pub async fn approved(&self, who: &Member, device: &str) -> (Message, Message) {
        let card = self.asked(who, device).await;
        self.approve(&card).await;
        (card, who.letter_with_key().await)
    }

    /// Waits until a message says these words.
    pub async fn says(&self, message: &Message, words: &str) -> Message {
        self.discord.message_says(message, words).await
    }
}
