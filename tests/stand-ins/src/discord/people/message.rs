//! A message as it was when somebody looked.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::{qr, text};
use crate::discord::{
    model::{Attachment, Id, MessageRecord, Pings},
    shared::Shared,
};

/// A button on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub custom_id: Option<String>,
    pub url: Option<String>,
    /// 1 blue, 2 grey, 3 green, 4 red, 5 link.
    pub style: u64,
    pub disabled: bool,
}

/// A message as it was when somebody looked; [`Message::again`] looks again.
#[derive(Clone)]
pub struct Message {
    pub(super) shared: Arc<Shared>,
    pub(super) record: MessageRecord,
}

impl Message {
    pub(super) fn new(shared: &Arc<Shared>, record: MessageRecord) -> Self {
        Self {
            shared: Arc::clone(shared),
            record,
        }
    }

    /// Like [`Message::new`], for somebody's eyes: it counts as read.
    pub(super) fn shown(shared: &Arc<Shared>, record: MessageRecord) -> Self {
        shared.quietly(|state| state.looked_at.insert(record.id));
        Self::new(shared, record)
    }

    pub fn id(&self) -> Id {
        self.record.id
    }

    pub fn channel_id(&self) -> Id {
        self.record.channel
    }

    pub fn content(&self) -> &str {
        &self.record.content
    }

    /// The embeds as sent, `attachment://` and all.
    pub fn embeds(&self) -> &[Value] {
        &self.record.embeds
    }

    pub fn components(&self) -> &[Value] {
        &self.record.components
    }

    pub fn attachments(&self) -> &[Attachment] {
        &self.record.attachments
    }

    pub fn is_ephemeral(&self) -> bool {
        self.record.is_ephemeral()
    }

    /// True if it still says "thinking…".
    pub fn is_loading(&self) -> bool {
        self.record.is_loading()
    }

    pub fn created(&self) -> Timestamp {
        self.record.created
    }

    pub fn edited(&self) -> Option<Timestamp> {
        self.record.edited
    }

    /// The people whom it notified when it was posted.
    pub fn pings(&self) -> &Pings {
        &self.record.pings
    }

    /// The message as it is now; `None` when it was deleted.
    pub fn again(&self) -> Option<Self> {
        let record = self
            .shared
            .read(|s| s.world.messages.get(&self.record.id).cloned());
        record.map(|record| Self::new(&self.shared, record))
    }

    pub fn buttons(&self) -> Vec<Button> {
        let rows = self.record.components.iter();
        let inside = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        inside
            .filter(|component| component["type"] == 2)
            .map(button)
            .collect()
    }

    pub fn button(&self, label: &str) -> Option<Button> {
        self.buttons()
            .into_iter()
            .find(|button| button.label == label)
    }

    /// The labels of the buttons one can press.
    pub fn labels(&self) -> Vec<String> {
        let buttons = self.buttons().into_iter().filter(|button| !button.disabled);
        buttons.map(|button| button.label).collect()
    }

    /// Everything a person reads in the message, as plain text: mentions by name,
    /// relative times as words.
    pub fn text(&self) -> String {
        self.shared
            .read(|state| text::of_message(&state.world, &self.record))
    }

    /// True if the text that a person reads contains this.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The QR image on the message, as PNG bytes.
    pub fn qr_png(&self) -> Option<Vec<u8>> {
        let png = self
            .record
            .attachments
            .iter()
            .find(|file| file.bytes.starts_with(b"\x89PNG"));
        png.map(|file| file.bytes.to_vec())
    }

    /// The text that a phone's camera reads from the image.
    pub fn scan(&self) -> Option<String> {
        qr::decode(&self.qr_png()?)
    }
}

fn button(component: &Value) -> Button {
    let owned = |key: &str| component[key].as_str().map(str::to_owned);
    let emoji = component["emoji"]["name"].as_str().unwrap_or_default();
    Button {
        label: owned("label").unwrap_or_else(|| emoji.to_owned()),
        custom_id: owned("custom_id"),
        url: owned("url"),
        style: component["style"].as_u64().unwrap_or_default(),
        disabled: component["disabled"].as_bool().unwrap_or_default(),
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message {}:\n{}", self.record.id, self.text())
    }
}
