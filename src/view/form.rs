//! The form behind *Deny…*. What comes back is checked again: a form's limits only help whoever types.

use serenity::builder::{CreateActionRow, CreateInputText, CreateModal};
use serenity::model::application::InputTextStyle;

use super::custom_id::{CustomId, Verb};
use crate::domain::{Reason, RequestId};
use crate::i18n::text;

/// The custom id of the form's one input.
pub(crate) const REASON: &str = "reason";

/// An action row rather than a label: serenity 0.12 loses what people type into labels.
pub(crate) fn deny_form(request: RequestId) -> CreateModal {
    let verb = Verb::DenyForm;
    let id = CustomId { verb, request }.to_string();
    let label = text!("deny-reason");
    let reason = CreateInputText::new(InputTextStyle::Paragraph, label, REASON)
        .placeholder(text!("deny-placeholder"))
        .max_length(u16::try_from(Reason::MAX).unwrap_or(u16::MAX))
        .required(false);
    CreateModal::new(id, text!("deny-title", request = request.to_string()))
        .components(vec![CreateActionRow::InputText(reason)])
}
