//! The bot itself, other people, and the way to their direct messages.

#![expect(clippy::unnecessary_wraps, reason = "all handlers have one signature")]

use serde_json::{Value, json};

use super::{
    error::ApiError,
    exchange::{Exchange, Reply},
};
use crate::discord::model::{DmDoor, Id, User};

type Answer = Result<Reply, ApiError>;

pub(super) fn gateway(exchange: &mut Exchange<'_>) -> Answer {
    Ok(Reply::ok(json!({"url": socket(exchange)})))
}

pub(super) fn gateway_bot(exchange: &mut Exchange<'_>) -> Answer {
    let starts = exchange.state.gateway.session_starts();
    Ok(Reply::ok(json!({
        "url": socket(exchange),
        "shards": 1,
        "session_start_limit": starts,
    })))
}

fn socket(exchange: &Exchange<'_>) -> String {
    exchange.origin.replacen("http", "ws", 1)
}

pub(super) fn me(exchange: &mut Exchange<'_>) -> Answer {
    let bot = exchange.state.world.bot;
    let mut user = find(exchange, bot)?.to_json();
    user["mfa_enabled"] = json!(true);
    user["locale"] = json!("en-US");
    user["verified"] = json!(true);
    user["email"] = Value::Null;
    Ok(Reply::ok(user))
}

fn find<'a>(exchange: &'a Exchange<'_>, user: Id) -> Result<&'a User, ApiError> {
    exchange
        .state
        .world
        .users
        .get(&user)
        .ok_or_else(ApiError::unknown_user)
}

pub(super) fn application(exchange: &mut Exchange<'_>) -> Answer {
    let world = &exchange.state.world;
    let bot = find(exchange, world.bot)?.to_json();
    let owner = world
        .users
        .values()
        .find(|user| !user.bot)
        .map(User::to_json);
    let flags = world.privileged_intents;
    Ok(Reply::ok(json!({
        "id": world.application.to_string(),
        "name": "usher", "description": "", "icon": null, "type": null, "bot": bot,
        "bot_public": false, "bot_require_code_grant": false,
        "verify_key": "00".repeat(32),
        "flags": flags, "flags_new": flags.to_string(), "max_participants": null,
        "redirect_uris": [], "interactions_endpoint_url": null,
        "role_connections_verification_url": null, "owner": owner, "team": null,
        "approximate_guild_count": world.guilds.len(), "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0, "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [], "tags": [],
    })))
}

/// Opening nearly always works; whether letters arrive shows only on sending.
pub(super) fn open_dm(exchange: &mut Exchange<'_>) -> Answer {
    let body = exchange.json()?.clone();
    let mut form = crate::discord::rules::Form::default();
    form.only("", &body, &["recipient_id", "access_tokens", "nicks"]);
    let given = &body["recipient_id"];
    let recipient = given.as_u64().or_else(|| given.as_str()?.parse().ok());
    let Some(recipient) = recipient else {
        return Err(ApiError::form(
            "recipient_id",
            "NUMBER_TYPE_COERCE",
            "Value is not snowflake.",
        ));
    };
    exchange.complain_of_unknown(&form.unknown);
    let user = find(exchange, recipient)?;
    if user.id == exchange.state.world.bot {
        return Err(ApiError::new(
            400,
            50007,
            "Cannot send messages to this user",
        ));
    }
    if exchange.state.world.dms_too_fast.contains(&recipient) {
        return Err(ApiError::new(
            403,
            40003,
            "You are opening direct messages too fast.",
        ));
    }
    let channel = exchange.world().dm_with(recipient);
    let world = &exchange.state.world;
    let channel = world
        .channels
        .get(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    Ok(Reply::ok(channel.to_json(world)))
}

/// Refuses a letter that would not reach this person.
pub(super) fn check_letter(exchange: &Exchange<'_>, recipient: Id) -> Result<(), ApiError> {
    let user = find(exchange, recipient)?;
    if user.bot {
        return Err(ApiError::new(
            400,
            50007,
            "Cannot send messages to this user",
        ));
    }
    let refused = match user.dms {
        DmDoor::Refused(code) => Some(code),
        DmDoor::Open if exchange.state.world.shares_guild(recipient) => None,
        DmDoor::Open => Some(50278),
    };
    match refused {
        None => Ok(()),
        Some(50007) => Err(ApiError::new(
            403,
            50007,
            "Cannot send messages to this user",
        )),
        Some(code) => {
            let message = "Cannot send messages to this user due to having no mutual guilds";
            Err(ApiError::new(403, code, message))
        }
    }
}
