//! Messages that are neither a card nor a letter: a mention in public, and a warning to the approvers.

use jiff::Timestamp;

use super::custom_id::Verb;
use super::rendered::Rendered;
use super::words::{device, mention, relative};
use super::{button, letter};
use crate::domain::{DeviceRequest, MessageRef, Rules, State};
use crate::i18n::text;

/// Mentions a requester who can't be written to, in the channel where they asked, while there is something to collect.
/// Everybody there can read it, so it names neither the device nor the decision.
pub(crate) fn notice(request: &DeviceRequest) -> Rendered {
    let who = mention(request.requester.id);
    let id = request.id.to_string();
    if letter::can_collect(request) {
        let call = if let State::Claimable { until, .. } = &request.state
            && request.notice.reminded
        {
            let until = relative(*until);
            text!("notice-last-call", who = who, request = id, until = until)
        } else {
            text!("notice-ready", who = who, request = id)
        };
        return Rendered::text(call)
            .buttons(button::row(request.id, &[Verb::Claim]))
            .pinging_member(request.requester.id);
    }
    let is_working = matches!(
        request.state,
        State::Pending { .. } | State::Approved { .. } | State::Issuing { .. }
    );
    Rendered::text(if is_working {
        text!("notice-working", who = who, request = id)
    } else {
        text!("notice-over", who = who, request = id)
    })
}

/// A notice after which the requester was called again.
pub(crate) fn earlier_call(request: &DeviceRequest) -> Rendered {
    let who = mention(request.requester.id);
    let id = request.id.to_string();
    Rendered::text(text!("notice-earlier", who = who, request = id))
}

/// Calls the approvers to the card of a request that failed.
pub(crate) fn failure(request: &DeviceRequest, rules: &Rules) -> Rendered {
    let (id, device) = (request.id.to_string(), device(request));
    let text = text!("request-failed", request = id, device = device);
    let link = |card: MessageRef| format!(" {}", card.link(rules.discord.guild));
    let card = request.card.place.map(link).unwrap_or_default();
    match rules.discord.mention_role {
        Some(role) => Rendered::text(format!("<@&{role}> {text}{card}")).pinging_role(role),
        None => Rendered::text(format!("{text}{card}")),
    }
}

/// Left where a card was before it went along into the approvers' new channel.
pub(crate) fn moved(to: MessageRef, rules: &Rules) -> Rendered {
    Rendered::text(text!("card-moved", link = to.link(rules.discord.guild)))
}

/// Warns that the bot's own API key is about to expire.
pub(crate) fn api_key_expires(at: Timestamp) -> Rendered {
    Rendered::text(text!("api-key-expires", expires = relative(at)))
}
