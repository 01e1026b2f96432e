//! What an interaction's token opens: the first answer again, and followups.

use super::{
    error::ApiError,
    exchange::{Exchange, Reply},
    posting::{self, Address},
};
use crate::discord::{
    feed::Happening,
    model::{AckKind, Id, InteractionRecord, MessageRecord, TOKEN_LIFE, flags::EPHEMERAL},
    rules::{Place, parse_message},
};

type Answer = Result<Reply, ApiError>;

/// The interaction of a token that still opens something.
fn find<'a>(exchange: &'a Exchange<'_>) -> Result<&'a InteractionRecord, ApiError> {
    let world = &exchange.state.world;
    let token = exchange.text(1);
    let known = world
        .tokens
        .get(token)
        .and_then(|id| world.interactions.get(id));
    let record = known.filter(|_| exchange.text(0) == world.application.to_string());
    let record = record.ok_or_else(ApiError::unknown_webhook)?;
    if exchange.now().duration_since(record.created) > TOKEN_LIFE {
        return Err(ApiError::expired_token());
    }
    if record.ack.is_none() || record.dead {
        return Err(ApiError::unknown_webhook());
    }
    Ok(record)
}

/// The message behind `@original`.
fn original(exchange: &Exchange<'_>) -> Result<Id, ApiError> {
    let original = find(exchange)?.original;
    let there = original.filter(|id| exchange.state.world.messages.contains_key(id));
    there.ok_or_else(ApiError::unknown_message)
}

/// A followup of this interaction, by its id.
fn follow_up_of(exchange: &Exchange<'_>) -> Result<Id, ApiError> {
    let id = exchange.id(2)?;
    let record = find(exchange)?;
    let own = record.followups.contains(&id) || record.original == Some(id);
    let there = own && exchange.state.world.messages.contains_key(&id);
    there.then_some(id).ok_or_else(ApiError::unknown_message)
}

fn show(exchange: &Exchange<'_>, id: Id) -> Answer {
    let world = &exchange.state.world;
    let message = world
        .messages
        .get(&id)
        .ok_or_else(ApiError::unknown_message)?;
    Ok(Reply::ok(message.to_json(world, exchange.origin)))
}

pub(super) fn read_original(exchange: &mut Exchange<'_>) -> Answer {
    let id = original(exchange)?;
    show(exchange, id)
}

pub(super) fn read_message(exchange: &mut Exchange<'_>) -> Answer {
    let id = follow_up_of(exchange)?;
    show(exchange, id)
}

pub(super) fn edit_original(exchange: &mut Exchange<'_>) -> Answer {
    let id = original(exchange)?;
    edit(exchange, id)
}

pub(super) fn edit_message(exchange: &mut Exchange<'_>) -> Answer {
    let id = follow_up_of(exchange)?;
    edit(exchange, id)
}

fn edit(exchange: &mut Exchange<'_>, id: Id) -> Answer {
    let body = exchange.json()?;
    let form = parse_message(body, &exchange.incoming.body.files, Place::WebhookEdit)?;
    exchange.complain_of_unknown(&form.unknown);
    let interaction = find(exchange)?.id;
    posting::change(exchange, id, form, Place::WebhookEdit)?;
    answered(exchange, interaction);
    show(exchange, id)
}

/// The person was told something new.
fn answered(exchange: &mut Exchange<'_>, interaction: Id) {
    if let Some(record) = exchange.world().interactions.get_mut(&interaction) {
        record.answered += 1;
    }
    exchange.state.tell(Happening::Answered(interaction));
}

pub(super) fn delete_original(exchange: &mut Exchange<'_>) -> Answer {
    let id = original(exchange)?;
    Ok(delete(exchange, id))
}

pub(super) fn delete_message(exchange: &mut Exchange<'_>) -> Answer {
    let id = follow_up_of(exchange)?;
    Ok(delete(exchange, id))
}

/// Discord's documentation disagrees with itself on deleting ephemeral messages.
fn delete(exchange: &mut Exchange<'_>, id: Id) -> Reply {
    if exchange
        .state
        .world
        .messages
        .get(&id)
        .is_some_and(MessageRecord::is_ephemeral)
    {
        exchange.complain("deleted an ephemeral message; blank it by an edit instead");
    }
    exchange.world().forget_message(id);
    exchange.state.tell(Happening::Deleted(id));
    Reply::no_content()
}

/// A new message under the token. The first one after a deferral becomes the
/// deferred answer, whatever it says about being ephemeral.
pub(super) fn follow_up(exchange: &mut Exchange<'_>) -> Answer {
    let record = find(exchange)?;
    let (id, user, channel) = (record.id, record.user, record.channel);
    let deferred = record
        .ack
        .as_ref()
        .is_some_and(|ack| ack.kind == AckKind::Deferred);
    let loading = record.original.filter(|original| {
        let message = exchange.state.world.messages.get(original);
        deferred && message.is_some_and(MessageRecord::is_loading)
    });
    let body = exchange.json()?;
    let mut form = parse_message(body, &exchange.incoming.body.files, Place::Followup)?;
    if form.is_empty(exchange.incoming.body.files.len()) {
        return Err(ApiError::empty_message());
    }
    exchange.complain_of_unknown(&form.unknown);
    let message = if let Some(original) = loading {
        exchange.complain("a followup after a deferral edits @original; edit it instead");
        form.flags = None;
        posting::change(exchange, original, form, Place::Followup)?;
        original
    } else {
        let whisper = form.flags.unwrap_or_default() & EPHEMERAL != 0;
        let address = Address {
            channel,
            interaction: Some(id),
            seen_only_by: whisper.then_some(user),
            place: Place::Followup,
        };
        posting::post(exchange, form, &address)
    };
    if let Some(record) = exchange.world().interactions.get_mut(&id)
        && record.original != Some(message)
    {
        record.followups.push(message);
    }
    answered(exchange, id);
    show(exchange, message)
}
