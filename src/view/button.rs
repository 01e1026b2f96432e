//! The buttons, each in one place: a label always means the same verb.

use serenity::builder::{CreateActionRow, CreateButton};
use serenity::model::application::ButtonStyle;

use super::custom_id::{CustomId, DepartureButton, Verb};
use crate::domain::{Choice, DepartureId, RequestId};

pub(super) fn approve(request: RequestId) -> CreateButton {
    button(Verb::Approve, request, "Approve", ButtonStyle::Success)
}

pub(super) fn deny(request: RequestId) -> CreateButton {
    button(Verb::Deny, request, "Deny…", ButtonStyle::Danger)
}

pub(super) fn retry(request: RequestId) -> CreateButton {
    button(Verb::Retry, request, "Retry", ButtonStyle::Primary)
}

pub(super) fn cancel(request: RequestId) -> CreateButton {
    button(
        Verb::Cancel,
        request,
        "Cancel request",
        ButtonStyle::Secondary,
    )
}

pub(super) fn claim(request: RequestId) -> CreateButton {
    button(Verb::Claim, request, "Get my key", ButtonStyle::Primary)
}

pub(super) fn revoke(request: RequestId) -> CreateButton {
    button(Verb::Revoke, request, "Revoke…", ButtonStyle::Danger)
}

pub(super) fn confirm_revoke(request: RequestId) -> CreateButton {
    button(Verb::RevokeYes, request, "Revoke now", ButtonStyle::Danger)
}

pub(super) fn expire_all(departure: DepartureId) -> CreateButton {
    let choice = Choice::ExpireAll;
    CreateButton::new(DepartureButton { choice, departure }.to_string())
        .label("Expire all")
        .style(ButtonStyle::Danger)
}

pub(super) fn keep(departure: DepartureId) -> CreateButton {
    let choice = Choice::Keep;
    CreateButton::new(DepartureButton { choice, departure }.to_string())
        .label("Keep")
        .style(ButtonStyle::Secondary)
}

/// Discord refuses an empty row, so that no buttons means no row.
pub(super) fn row(buttons: Vec<CreateButton>) -> Vec<CreateActionRow> {
    if buttons.is_empty() {
        return Vec::new();
    }
    vec![CreateActionRow::Buttons(buttons)]
}

fn button(verb: Verb, request: RequestId, label: &str, style: ButtonStyle) -> CreateButton {
    CreateButton::new(CustomId { verb, request }.to_string())
        .label(label)
        .style(style)
}
