//! The first answer to an interaction: which types fit which kinds, and what
//! each type carries.

use serde_json::Value;

use super::{
    form::Form,
    message::{MessageForm, Place, parse_message},
    modal,
};
use crate::discord::{
    journal::File,
    model::{AckKind, InteractionKind, flags::EPHEMERAL},
    wire::ApiError,
};

/// A first answer that passed.
pub(crate) struct Callback {
    pub(crate) kind: AckKind,
    pub(crate) message: Option<MessageForm>,
    pub(crate) ephemeral: bool,
    pub(crate) data: Value,
    pub(crate) unknown: Vec<String>,
}

/// Reads and checks an answer to an interaction of this kind.
pub(crate) fn parse_callback(
    body: &Value,
    files: &[File],
    asked: InteractionKind,
) -> Result<Callback, ApiError> {
    if !body.is_object() {
        return Err(ApiError::bad_json());
    }
    let mut form = Form::default();
    form.only("", body, &["type", "data"]);
    let kind = kind(&mut form, body, asked);
    let Some(kind) = kind.filter(|_| form.is_clean()) else {
        return Err(form.into_error());
    };
    let data = &body["data"];
    let mut callback = Callback {
        kind,
        message: None,
        ephemeral: false,
        data: data.clone(),
        unknown: Vec::new(),
    };
    match kind {
        AckKind::Message | AckKind::Update => {
            let place = if kind == AckKind::Message {
                Place::Callback
            } else {
                Place::CallbackUpdate
            };
            let empty = Value::Object(serde_json::Map::new());
            let data = if data.is_null() { &empty } else { data };
            let message = parse_message(data, files, place).map_err(under_data)?;
            callback.ephemeral = message.flags.unwrap_or_default() & EPHEMERAL != 0;
            callback.unknown.clone_from(&message.unknown);
            callback.message = Some(message);
        }
        AckKind::Deferred => callback.ephemeral = deferred(&mut form, data),
        AckKind::DeferredUpdate => {}
        AckKind::Modal => modal::check(&mut form, data),
    }
    callback.unknown.extend(form.finish()?);
    Ok(callback)
}

/// The matrix of types and kinds.
fn kind(form: &mut Form, body: &Value, asked: InteractionKind) -> Option<AckKind> {
    let number = form.number("", body, "type");
    let kind = match number {
        Some(4) => AckKind::Message,
        Some(5) => AckKind::Deferred,
        Some(6) => AckKind::DeferredUpdate,
        Some(7) => AckKind::Update,
        Some(9) => AckKind::Modal,
        Some(_) | None => {
            form.choices("type", "4, 5, 6, 7, 9");
            return None;
        }
    };
    let fits = match asked {
        InteractionKind::Command => {
            matches!(kind, AckKind::Message | AckKind::Deferred | AckKind::Modal)
        }
        InteractionKind::Component { .. } => true,
        InteractionKind::ModalSubmit { message } => match kind {
            AckKind::Message | AckKind::Deferred | AckKind::DeferredUpdate => true,
            AckKind::Update => message.is_some(),
            AckKind::Modal => false,
        },
    };
    if !fits {
        let message = "This response type cannot be used for this interaction.";
        form.wrong("type", "INTERACTION_CALLBACK_TYPE_INVALID", message);
    }
    Some(kind)
}

/// A deferral may say that it is ephemeral, and nothing else.
fn deferred(form: &mut Form, data: &Value) -> bool {
    // serenity always sends a list of attachments, here an empty one; Discord puts up with it.
    let nothing_attached = data["attachments"].as_array().is_some_and(Vec::is_empty);
    let known: &[&str] = if nothing_attached {
        &["flags", "attachments"]
    } else {
        &["flags"]
    };
    form.only("data", data, known);
    let flags = form.number("data", data, "flags").unwrap_or_default();
    if flags != 0 && flags.cast_unsigned() != EPHEMERAL {
        form.wrong(
            "data.flags",
            "MESSAGE_FLAGS_INVALID",
            "Only EPHEMERAL may be set here.",
        );
    }
    flags != 0
}

/// The message of a callback sits under `data`.
fn under_data(mut error: ApiError) -> ApiError {
    error.errors = error.errors.map(|tree| serde_json::json!({"data": tree}));
    error
}
