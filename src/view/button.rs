//! The buttons. Each is defined once, so a label always means the same verb.

use serenity::builder::{CreateActionRow, CreateButton};
use serenity::model::application::ButtonStyle;

use super::custom_id::{CustomId, DepartureButton, ListButton, Verb};
use crate::domain::{Choice, Cursor, DepartureId, Page, RequestId, Status};
use crate::i18n::text;

/// The buttons below a message about one request.
pub(super) fn row(request: RequestId, verbs: &[Verb]) -> Vec<CreateActionRow> {
    let buttons = verbs.iter().filter_map(|verb| {
        let id = CustomId {
            verb: *verb,
            request,
        };
        let (label, style) = look(*verb)?;
        Some(button(id.to_string(), label, style))
    });
    rows(buttons.collect())
}

fn look(verb: Verb) -> Option<(String, ButtonStyle)> {
    Some(match verb {
        Verb::Approve => (text!("button-approve"), ButtonStyle::Success),
        Verb::Deny => (text!("button-deny"), ButtonStyle::Danger),
        // A form, and a button below a list.
        Verb::DenyForm | Verb::PostAgain => return None,
        Verb::Retry => (text!("button-retry"), ButtonStyle::Primary),
        Verb::Cancel => (text!("button-cancel"), ButtonStyle::Secondary),
        Verb::Claim => (text!("button-claim"), ButtonStyle::Primary),
        Verb::Revoke => (text!("button-revoke"), ButtonStyle::Danger),
        Verb::RevokeYes => (text!("button-revoke-now"), ButtonStyle::Danger),
    })
}

/// The two answers to the question about a member who left.
pub(super) fn choices(departure: DepartureId) -> Vec<CreateActionRow> {
    let id = |choice| DepartureButton { choice, departure }.to_string();
    let (expire_all, keep) = (text!("button-expire-all"), text!("button-keep"));
    rows(vec![
        button(id(Choice::ExpireAll), expire_all, ButtonStyle::Danger),
        button(id(Choice::Keep), keep, ButtonStyle::Secondary),
    ])
}

/// Below a list: the cards that can be posted again, and the ways to other pages.
pub(super) fn of_list(page: &Page) -> Vec<CreateActionRow> {
    const IN_A_ROW: usize = 5;
    let requests = if can_post_again(page) {
        &page.requests[..]
    } else {
        &[]
    };
    let again = requests.chunks(IN_A_ROW).map(|requests| {
        let ids = requests.iter().map(|request| request.id);
        rows(ids.map(post_again).collect())
    });
    again.flatten().chain(rows(ways(page))).collect()
}

pub(super) fn can_post_again(page: &Page) -> bool {
    !page.requests.is_empty() && Status::OPEN.contains(&page.filter.status)
}

fn post_again(request: RequestId) -> CreateButton {
    let verb = Verb::PostAgain;
    let id = CustomId { verb, request }.to_string();
    let label = text!("button-post-again", request = request.to_string());
    button(id, label, ButtonStyle::Secondary)
}

fn ways(page: &Page) -> Vec<CreateButton> {
    let first = page.requests.first().filter(|_| page.earlier);
    let last = page.requests.last().filter(|_| page.later);
    let older = first.map(|first| (Cursor::Before(first.id), text!("button-older")));
    let newer = last.map(|last| (Cursor::After(last.id), text!("button-newer")));
    let ways = older.into_iter().chain(newer);
    ways.map(|(from, label)| {
        let filter = page.filter;
        let id = ListButton { filter, from }.to_string();
        button(id, label, ButtonStyle::Primary)
    })
    .collect()
}

fn button(id: String, label: String, style: ButtonStyle) -> CreateButton {
    CreateButton::new(id).label(label).style(style)
}

/// Discord refuses an empty row, so no buttons means no row.
fn rows(buttons: Vec<CreateButton>) -> Vec<CreateActionRow> {
    if buttons.is_empty() {
        return Vec::new();
    }
    vec![CreateActionRow::Buttons(buttons)]
}
