//! The body of a message, wherever it is posted or edited.

use serde_json::Value;

use super::{
    components, embeds,
    form::{Form, join},
    mentions::{self, AllowedMentions},
};
use crate::discord::{
    journal::File,
    model::{
        Id,
        flags::{EPHEMERAL, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS},
    },
    wire::ApiError,
};

const MAX_FILES: usize = 10;
const MAX_FILE: usize = 10 * 1024 * 1024;
const MAX_REQUEST: usize = 25 * 1024 * 1024;

/// The place at which a message body arrived; each knows other fields and flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Create,
    Edit,
    Callback,
    CallbackUpdate,
    WebhookEdit,
}

impl Place {
    fn known(self) -> &'static [&'static str] {
        match self {
            Self::Create => &[
                "content",
                "nonce",
                "tts",
                "embeds",
                "allowed_mentions",
                "components",
                "sticker_ids",
                "attachments",
                "flags",
                "enforce_nonce",
            ],
            Self::Edit | Self::WebhookEdit => &[
                "content",
                "embeds",
                "flags",
                "allowed_mentions",
                "components",
                "attachments",
            ],
            Self::Callback | Self::CallbackUpdate => &[
                "tts",
                "content",
                "embeds",
                "allowed_mentions",
                "flags",
                "components",
                "attachments",
            ],
        }
    }

    fn flags(self) -> u64 {
        match self {
            Self::Create => SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS,
            Self::Edit | Self::WebhookEdit => SUPPRESS_EMBEDS,
            Self::Callback | Self::CallbackUpdate => {
                SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | EPHEMERAL
            }
        }
    }

    /// True if the body changes a message that exists.
    pub(crate) fn is_edit(self) -> bool {
        matches!(self, Self::Edit | Self::WebhookEdit | Self::CallbackUpdate)
    }

    /// True if a body that says nothing about mentions mentions users only.
    pub(crate) fn answers_interaction(self) -> bool {
        !matches!(self, Self::Create | Self::Edit)
    }
}

/// One entry of `attachments`: a file of this request or one to keep.
#[derive(Clone, Debug)]
pub(crate) struct AttachmentRef {
    pub(crate) id: Id,
    pub(crate) filename: Option<String>,
    pub(crate) description: Option<String>,
}

/// A body that passed; `None` means that the bot did not mention the field.
#[derive(Clone, Debug, Default)]
pub(crate) struct MessageForm {
    pub(crate) content: Option<String>,
    pub(crate) embeds: Option<Vec<Value>>,
    pub(crate) components: Option<Vec<Value>>,
    pub(crate) attachments: Option<Vec<AttachmentRef>>,
    pub(crate) flags: Option<u64>,
    pub(crate) allowed: Option<AllowedMentions>,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
    pub(crate) tts: bool,
    pub(crate) unknown: Vec<String>,
}

impl MessageForm {
    /// Nothing to show at all: refused with 50006 for new messages.
    pub(crate) fn is_empty(&self, files: usize) -> bool {
        let none = |list: &Option<Vec<Value>>| list.as_ref().is_none_or(Vec::is_empty);
        let silent = self
            .content
            .as_ref()
            .is_none_or(|text| text.trim().is_empty());
        // Components alone are no message.
        silent && none(&self.embeds) && files == 0
    }
}

/// Reads and checks a body for its place.
pub(crate) fn parse_message(
    body: &Value,
    files: &[File],
    place: Place,
) -> Result<MessageForm, ApiError> {
    if !body.is_object() {
        return Err(ApiError::bad_json());
    }
    check_files(files)?;
    let mut form = Form::default();
    form.only("", body, place.known());
    let flags = flags(&mut form, body, place);
    let mut message = MessageForm {
        content: form
            .bounded("", body, ("content", 0, 2000))
            .map(str::to_owned),
        flags,
        tts: form.flag("", body, "tts"),
        enforce_nonce: form.flag("", body, "enforce_nonce"),
        allowed: mentions::parse(&mut form, body),
        nonce: nonce(&mut form, body),
        ..MessageForm::default()
    };
    // On an edit, null empties what an absent field leaves alone.
    let emptied = |key: &str| place.is_edit() && body.get(key).is_some_and(Value::is_null);
    message.content = message
        .content
        .or_else(|| emptied("content").then(String::new));
    let list = form.list("", body, ("embeds", 10));
    message.embeds = list.map(|list| embeds::check(&mut form, list));
    message.embeds = message.embeds.or_else(|| emptied("embeds").then(Vec::new));
    let list = form.list("", body, ("components", 5));
    message.components = list.map(|list| components::check(&mut form, list));
    message.components = message
        .components
        .or_else(|| emptied("components").then(Vec::new));
    message.attachments = attachments(&mut form, body, files, place);
    check_pictures(&mut form, body, files, place);
    message.unknown = form.finish()?;
    Ok(message)
}

fn check_files(files: &[File]) -> Result<(), ApiError> {
    if files.iter().map(|file| file.bytes.len()).sum::<usize>() > MAX_REQUEST {
        return Err(ApiError::too_large());
    }
    if files.iter().any(|file| file.bytes.len() > MAX_FILE) {
        return Err(ApiError::file_too_large());
    }
    if files.len() > MAX_FILES {
        return Err(ApiError::too_many_files());
    }
    Ok(())
}

fn flags(form: &mut Form, body: &Value, place: Place) -> Option<u64> {
    let flags = form.number("", body, "flags")?;
    let Ok(flags) = u64::try_from(flags) else {
        form.wrong(
            "flags",
            "NUMBER_TYPE_MIN",
            "int value should be greater than or equal to 0.",
        );
        return None;
    };
    if flags & !place.flags() != 0 {
        let message = format!("Flags {} cannot be set here.", flags & !place.flags());
        form.wrong("flags", "MESSAGE_FLAGS_INVALID", &message);
    }
    Some(flags)
}

fn nonce(form: &mut Form, body: &Value) -> Option<Value> {
    let nonce = body.get("nonce").filter(|nonce| !nonce.is_null())?;
    match nonce {
        Value::String(text) if text.chars().count() > 25 => form.too_long("nonce", 25),
        Value::String(_) => {}
        Value::Number(number) if number.is_i64() || number.is_u64() => {}
        Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Null => {
            form.wrong(
                "nonce",
                "STRING_TYPE_CONVERT",
                "Could not interpret value as string.",
            );
        }
    }
    Some(nonce.clone())
}

/// Every entry names a file of the request or, in an edit, one that exists.
fn attachments(
    form: &mut Form,
    body: &Value,
    files: &[File],
    place: Place,
) -> Option<Vec<AttachmentRef>> {
    let list = form.list("", body, ("attachments", MAX_FILES))?;
    let known = [
        "id",
        "filename",
        "title",
        "description",
        "uploaded_filename",
        "duration_secs",
        "waveform",
        "is_remix",
        "is_spoiler",
    ];
    let mut refs = Vec::new();
    for (n, entry) in list.iter().enumerate() {
        let at = format!("attachments.{n}");
        if !place.is_edit() {
            form.only(&at, entry, &known);
        }
        form.bounded(&at, entry, ("description", 0, 1024));
        form.bounded(&at, entry, ("filename", 0, 1024));
        let Some(id) = entry.get("id").and_then(mentions::snowflake) else {
            form.required(&join(&at, "id"));
            continue;
        };
        let uploaded = files
            .iter()
            .any(|file| file.field == format!("files[{id}]"));
        if !uploaded && !place.is_edit() {
            let message = "Attachment data cannot be found.";
            form.wrong(&at, "ATTACHMENT_NOT_FOUND", message);
        }
        let owned = |key: &str| entry[key].as_str().map(str::to_owned);
        refs.push(AttachmentRef {
            id,
            filename: owned("filename"),
            description: owned("description"),
        });
    }
    Some(refs)
}

/// `attachment://name` must name a file of this request; in an edit it may name
/// one that is there already, which the model checks.
fn check_pictures(form: &mut Form, body: &Value, files: &[File], place: Place) {
    if place.is_edit() {
        return;
    }
    let embeds = body["embeds"].as_array().into_iter().flatten();
    for (n, embed) in embeds.enumerate() {
        for slot in ["image", "thumbnail"] {
            let url = embed[slot]["url"].as_str().unwrap_or_default();
            if let Some(name) = url.strip_prefix("attachment://")
                && !files.iter().any(|file| file.filename == name)
            {
                let path = format!("embeds.{n}.{slot}.url");
                let message = "The referenced attachment is not part of this message.";
                form.wrong(
                    &path,
                    "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                    message,
                );
            }
        }
    }
}
