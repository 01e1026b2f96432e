//! The form behind *Deny…*. Its answer is checked again when it comes back: a form's limits are only a comfort.

use serenity::builder::{CreateActionRow, CreateInputText, CreateModal};
use serenity::model::application::InputTextStyle;

use super::custom_id::{CustomId, Verb};
use crate::domain::{Reason, RequestId};

/// The custom id of the form's one input.
pub const REASON: &str = "reason";

/// An action row rather than a label: serenity 0.12 loses what people type into labels.
pub fn deny_form(request: RequestId) -> CreateModal {
    let id = CustomId {
        verb: Verb::DenyForm,
        request,
    };
    let reason = CreateInputText::new(
        InputTextStyle::Paragraph,
        "Why? The requester will read this",
        REASON,
    )
    .placeholder("Optional")
    .max_length(u16::try_from(Reason::MAX).unwrap_or(u16::MAX))
    .required(false);
    CreateModal::new(id.to_string(), format!("Deny device request {request}"))
        .components(vec![CreateActionRow::InputText(reason)])
}
