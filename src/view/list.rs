//! The approvers' list: requests in one status, a line each. An embed, because ten lines at their longest are too much for
//! the text of a message.

use super::button;
use super::command::status_name;
use super::embed::{BoundedEmbed, Tone};
use super::rendered::Rendered;
use super::words::{device, mention, named, relative};
use crate::domain::{DeviceRequest, GuildId, Page, RequestId};
use crate::i18n::text;

pub(crate) fn list(page: &Page, guild: GuildId) -> Rendered {
    let status = status_name(page.filter.status).english;
    let member = page.filter.member.map(mention);
    let lines = page.requests.iter().map(|request| line(request, guild));
    let nothing = page.requests.is_empty().then(|| text!("list-nothing"));
    let hint = button::can_post_again(page).then(|| text!("list-hint"));
    let embed = BoundedEmbed::new(text!("list-title", status = status), Tone::Waiting)
        .lines(member.map(|member| text!("list-member", who = member)))
        .lines(lines)
        .lines(nothing)
        .lines(hint);
    Rendered::embed(None, embed).buttons(button::of_list(page))
}

fn line(request: &DeviceRequest, guild: GuildId) -> String {
    let card = request.card.place.map_or_else(
        || text!("list-no-card"),
        |place| text!("list-card", link = place.link(guild)),
    );
    text!(
        "list-line",
        request = request.id.to_string(),
        device = device(request),
        who = named(&request.requester),
        since = relative(request.created_at),
        card = card
    )
}

/// Answers *Post the card again*.
pub(crate) fn posting_again(request: RequestId) -> Rendered {
    Rendered::text(text!("list-posting-again", request = request.to_string()))
}
