//! Edits of the first answer, under the interaction's token.

use super::{
    error::ApiError,
    exchange::{Exchange, Reply},
    posting,
};
use crate::discord::{
    feed::Happening,
    model::{Id, InteractionRecord, TOKEN_LIFE},
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

fn show(exchange: &Exchange<'_>, id: Id) -> Answer {
    let world = &exchange.state.world;
    let message = world
        .messages
        .get(&id)
        .ok_or_else(ApiError::unknown_message)?;
    Ok(Reply::ok(message.to_json(world, exchange.origin)))
}

pub(super) fn edit_original(exchange: &mut Exchange<'_>) -> Answer {
    let id = original(exchange)?;
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
