//! The outcome of something a person did.

use std::sync::Arc;

use serde_json::Value;

use super::Message;
use crate::discord::{
    model::{Ack, AckKind, FIRST_ANSWER, Id, InteractionRecord, MessageRecord, World},
    shared::{Shared, State},
};

/// Something a person did with the bot.
#[derive(Clone)]
pub struct Interaction {
    pub(super) shared: Arc<Shared>,
    pub(super) id: Id,
}

/// The answer that the person sees.
#[derive(Clone, Debug)]
pub struct Answer {
    pub kind: AckKind,
    pub ephemeral: bool,
    /// The answer, or the message that was updated.
    pub message: Option<Message>,
    pub modal: Option<Modal>,
}

/// One input of a modal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModalInput {
    pub custom_id: String,
    pub label: String,
    pub required: bool,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub value: Option<String>,
    pub(super) labelled: bool,
}

/// A form the bot opened.
#[derive(Clone, Debug)]
pub struct Modal {
    pub title: String,
    pub custom_id: String,
    pub inputs: Vec<ModalInput>,
    pub(super) opened_by: Id,
}

impl Interaction {
    pub fn id(&self) -> Id {
        self.id
    }

    pub fn token(&self) -> String {
        self.record(|record| record.token.clone())
    }

    fn record<T>(&self, look: impl FnOnce(&InteractionRecord) -> T) -> T {
        self.shared
            .read(|state| look(&state.world.interactions[&self.id]))
    }

    /// The first answer so far.
    pub fn ack(&self) -> Option<Ack> {
        self.record(|record| record.ack.clone())
    }

    /// True if the person reads "the application did not respond".
    pub fn failed(&self) -> bool {
        self.shared.read(|state| {
            let record = &state.world.interactions[&self.id];
            let age = state.world.now().duration_since(record.created);
            record.dead || (record.ack.is_none() && age > FIRST_ANSWER)
        })
    }

    /// Waits for the first answer, thinking or not.
    pub async fn acknowledged(&self) -> Ack {
        self.wait("an answer", |_, record| record.ack.clone()).await
    }

    /// Waits until the person has an answer to read: "thinking…" is none.
    pub async fn answer(&self) -> Answer {
        self.try_answer()
            .await
            .unwrap_or_else(|lost| panic!("{lost}"))
    }

    /// Like [`Interaction::answer`]; the error says what was waited for in vain.
    pub async fn try_answer(&self) -> Result<Answer, String> {
        let found = self.try_wait("an answer to read", |world, record| {
            let ack = record.ack.clone()?;
            let message = record.original.and_then(|id| world.messages.get(&id));
            let loading = message.is_some_and(MessageRecord::is_loading);
            (!loading).then(|| (ack, message.cloned()))
        });
        let (ack, message) = found.await?;
        Ok(Answer {
            kind: ack.kind,
            ephemeral: message
                .as_ref()
                .map_or(ack.ephemeral, MessageRecord::is_ephemeral),
            message: message.map(|record| Message::shown(&self.shared, record)),
            modal: (ack.kind == AckKind::Modal).then(|| modal(&ack.data, self.id)),
        })
    }

    /// Waits until the answer says this.
    pub async fn answer_says(&self, words: &str) -> Message {
        let what = format!("the answer to say {words:?}");
        let original = |world: &World| {
            let record = world.interactions.get(&self.id);
            record
                .and_then(|record| record.original)
                .into_iter()
                .collect()
        };
        let fits = |message: &Message| message.says(words);
        super::world::wait_for_message(&self.shared, &what, original, fits).await
    }

    /// The answer as it is now.
    pub fn original(&self) -> Option<Message> {
        let record = self.shared.read(|state| {
            let id = state.world.interactions[&self.id].original?;
            state.world.messages.get(&id).cloned()
        });
        record.map(|record| Message::shown(&self.shared, record))
    }

    async fn wait<T>(
        &self,
        what: &str,
        look: impl Fn(&World, &InteractionRecord) -> Option<T>,
    ) -> T {
        self.try_wait(what, look)
            .await
            .unwrap_or_else(|lost| panic!("{lost}"))
    }

    async fn try_wait<T>(
        &self,
        what: &str,
        look: impl Fn(&World, &InteractionRecord) -> Option<T>,
    ) -> Result<T, String> {
        let what = format!("{what} to interaction {}", self.describe());
        let look = |state: &State| look(&state.world, state.world.interactions.get(&self.id)?);
        self.shared.find(&what, look).await
    }

    fn describe(&self) -> String {
        self.record(|record| format!("{:?} {}", record.kind, record.data))
    }
}

impl Answer {
    pub fn message(&self) -> &Message {
        self.message
            .as_ref()
            .unwrap_or_else(|| panic!("{:?} shows no message", self.kind))
    }

    pub fn modal(&self) -> &Modal {
        self.modal
            .as_ref()
            .unwrap_or_else(|| panic!("{:?} opens no modal", self.kind))
    }

    /// Everything a person reads in the answer.
    pub fn text(&self) -> String {
        match (&self.message, &self.modal) {
            (_, Some(modal)) => modal.text(),
            (Some(message), None) => message.text(),
            (None, None) => String::new(),
        }
    }

    pub fn content(&self) -> &str {
        self.message().content()
    }
}

impl Modal {
    pub fn text(&self) -> String {
        let inputs = self
            .inputs
            .iter()
            .map(|input| format!("\n{}: […]", input.label));
        format!("# {}{}", self.title, inputs.collect::<String>())
    }
}

/// Reads a modal as the client does.
fn modal(data: &Value, opened_by: Id) -> Modal {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = data["components"].as_array().into_iter().flatten();
    let inputs = rows.filter_map(|row| match row["type"].as_u64() {
        Some(1) => Some(input(
            &row["components"][0],
            text(&row["components"][0]["label"]),
            false,
        )),
        Some(18) => Some(input(&row["component"], text(&row["label"]), true)),
        Some(_) | None => None,
    });
    Modal {
        title: text(&data["title"]),
        custom_id: text(&data["custom_id"]),
        inputs: inputs.collect(),
        opened_by,
    }
}

fn input(input: &Value, label: String, labelled: bool) -> ModalInput {
    let length = |key: &str| {
        input[key]
            .as_u64()
            .and_then(|length| usize::try_from(length).ok())
    };
    ModalInput {
        custom_id: input["custom_id"].as_str().unwrap_or_default().into(),
        label,
        required: input["required"].as_bool().unwrap_or(true),
        min_length: length("min_length"),
        max_length: length("max_length"),
        value: input["value"].as_str().map(str::to_owned),
        labelled,
    }
}
