//! The first answer to an interaction.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    exchange::{Exchange, Reply},
    posting::{self, Address},
};
use crate::discord::{
    feed::Happening,
    model::{
        Ack, AckKind, FIRST_ANSWER, Id, InteractionRecord, TOKEN_LIFE,
        flags::{EPHEMERAL, LOADING},
    },
    rules::{Callback, MessageForm, Place, parse_callback},
};

type Answer = Result<Reply, ApiError>;

pub(super) fn answer(exchange: &mut Exchange<'_>) -> Answer {
    let id = exchange.id(0)?;
    let record = find(exchange, id)?;
    if record.ack.is_some() {
        exchange.complain("answered an interaction a second time");
        return Err(ApiError::already_acknowledged());
    }
    let asked = record.kind;
    let callback = parse_callback(exchange.json()?, &exchange.incoming.body.files, asked)?;
    exchange.complain_of_unknown(&callback.unknown);
    apply(exchange, id, callback)?;
    exchange.state.tell(Happening::Answered(id));
    if exchange.incoming.query("with_response").as_deref() == Some("true") {
        return Ok(Reply::ok(with_response(exchange, id)));
    }
    Ok(Reply::no_content())
}

/// The interaction, if it can still be answered.
fn find<'a>(exchange: &'a mut Exchange<'_>, id: Id) -> Result<&'a InteractionRecord, ApiError> {
    let token = exchange.text(1).to_owned();
    let now = exchange.now();
    let record = exchange.world().interactions.get_mut(&id);
    let record = record.filter(|record| record.token == token && !record.dead);
    let record = record.ok_or_else(ApiError::unknown_interaction)?;
    let age = now.duration_since(record.created);
    if record.ack.is_none() && age > FIRST_ANSWER {
        record.dead = true;
        return Err(ApiError::unknown_interaction());
    }
    if age > TOKEN_LIFE {
        return Err(ApiError::expired_token());
    }
    Ok(record)
}

fn apply(exchange: &mut Exchange<'_>, id: Id, callback: Callback) -> Result<(), ApiError> {
    let record = exchange.state.world.interactions.get(&id);
    let record = record.ok_or_else(ApiError::unknown_interaction)?;
    let (user, channel, acted_on) = (record.user, record.channel, record.kind.message());
    let address = Address {
        channel,
        interaction: Some(id),
        seen_only_by: callback.ephemeral.then_some(user),
        place: Place::Callback,
    };
    let original = match (callback.kind, callback.message) {
        (AckKind::Message, Some(form)) => {
            if form.is_empty(exchange.incoming.body.files.len()) {
                return Err(ApiError::empty_message());
            }
            Some(posting::post(exchange, form, &address))
        }
        (AckKind::Update, Some(form)) => {
            let message = acted_on.ok_or_else(ApiError::unknown_message)?;
            posting::change(exchange, message, form, Place::CallbackUpdate)?;
            Some(message)
        }
        (AckKind::Deferred, _) => {
            let flags = LOADING | if callback.ephemeral { EPHEMERAL } else { 0 };
            let form = MessageForm {
                flags: Some(flags),
                ..MessageForm::default()
            };
            Some(posting::post(exchange, form, &address))
        }
        (AckKind::DeferredUpdate, _) => acted_on,
        (AckKind::Message | AckKind::Update | AckKind::Modal, _) => None,
    };
    let at = exchange.now();
    if let Some(record) = exchange.world().interactions.get_mut(&id) {
        let (kind, ephemeral, data) = (callback.kind, callback.ephemeral, callback.data);
        record.ack = Some(Ack {
            kind,
            at,
            ephemeral,
            data,
        });
        record.original = original;
        record.answered += 1;
    }
    Ok(())
}

fn with_response(exchange: &Exchange<'_>, id: Id) -> Value {
    let world = &exchange.state.world;
    let Some(record) = world.interactions.get(&id) else {
        return Value::Null;
    };
    let original = record
        .original
        .and_then(|original| world.messages.get(&original));
    let ack = record.ack.as_ref();
    let mut response = json!({
        "interaction": {
            "id": id.to_string(),
            "type": record.kind.number(),
            "response_message_id": record.original.map(|original| original.to_string()),
            "response_message_loading": ack.is_some_and(|ack| ack.kind == AckKind::Deferred),
            "response_message_ephemeral": ack.is_some_and(|ack| ack.ephemeral),
        },
    });
    let number = exchange
        .incoming
        .body
        .json
        .as_ref()
        .map(|body| body["type"].clone());
    if let Some(message) = original {
        let message = message.to_json(world, exchange.origin);
        response["resource"] = json!({"type": number, "message": message});
    }
    response
}
