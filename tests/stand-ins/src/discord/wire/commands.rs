//! Registration of application commands.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    error::ApiError,
    exchange::{Exchange, Reply},
};
use crate::discord::{
    model::Id,
    rules::{Form, normal_command},
};

type Answer = Result<Reply, ApiError>;

/// New command names one guild takes in a day.
const CREATES_PER_DAY: usize = 200;
const CHAT_COMMANDS: usize = 100;

/// The guild of the path, if the application is the bot's.
fn guild(exchange: &Exchange<'_>) -> Result<Id, ApiError> {
    if exchange.id(0)? != exchange.state.world.application {
        return Err(ApiError::new(
            403,
            20012,
            "You are not authorized to perform this action on this application",
        ));
    }
    let guild = exchange.guild(1);
    guild
        .map(|guild| guild.id)
        .map_err(|_| ApiError::missing_access())
}

fn known(exchange: &Exchange<'_>, guild: Id) -> Vec<Value> {
    exchange.state.world.guilds[&guild].commands.clone()
}

/// Dictionaries of translations come only when asked for.
pub(super) fn list(exchange: &mut Exchange<'_>) -> Answer {
    let mut list = known(exchange, guild(exchange)?);
    if exchange.incoming.query("with_localizations").as_deref() != Some("true") {
        list.iter_mut().for_each(strip_localisations);
    }
    Ok(Reply::ok(list.into()))
}

pub(super) fn put(exchange: &mut Exchange<'_>) -> Answer {
    let guild = guild(exchange)?;
    let given = checked(exchange)?;
    if given.len() > CHAT_COMMANDS {
        return Err(ApiError::new(
            400,
            30032,
            "Maximum number of application commands reached (100)",
        ));
    }
    register(exchange, guild, given)?;
    Ok(Reply::ok(known(exchange, guild).into()))
}

/// The commands of the body, as Discord would keep them.
fn checked(exchange: &mut Exchange<'_>) -> Result<Vec<Value>, ApiError> {
    let body = exchange.json()?.clone();
    let Some(given) = body.as_array() else {
        let message = "Only iterables may be used in a ListType.";
        return Err(ApiError::form("", "LIST_TYPE_CONVERT", message));
    };
    let mut form = Form::default();
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for (n, command) in given.iter().enumerate() {
        let at = n.to_string();
        let command = normal_command(&mut form, &at, command);
        if !seen.insert(command["name"].to_string()) {
            let message = "Application command names must be unique";
            form.wrong(&at, "APPLICATION_COMMANDS_DUPLICATE_NAME", message);
        }
        kept.push(command);
    }
    let unknown = form.finish()?;
    exchange.complain_of_unknown(&unknown);
    Ok(kept)
}

/// Stores commands under ids, in the place of the others; only names that are new count as creates.
fn register(exchange: &mut Exchange<'_>, guild: Id, given: Vec<Value>) -> Result<(), ApiError> {
    let old = known(exchange, guild);
    let earlier = |command: &Value| old.iter().find(|known| known["name"] == command["name"]);
    let new = given
        .iter()
        .filter(|command| earlier(command).is_none())
        .count();
    if exchange.world().count_creates(new) > CREATES_PER_DAY {
        let message = "Max number of daily application command creates has been reached (200)";
        return Err(ApiError::new(429, 30034, message));
    }
    let mut registered = Vec::new();
    for command in given {
        let earlier = earlier(&command).cloned();
        registered.push(identified(exchange, guild, command, earlier));
    }
    if registered == old {
        exchange.complain("registered the same commands again");
    }
    let guild = exchange.world().guilds.get_mut(&guild);
    guild.expect("it was there before").commands = registered;
    Ok(())
}

/// A command with its ids; the version changes only when something else does.
fn identified(
    exchange: &mut Exchange<'_>,
    guild: Id,
    mut command: Value,
    earlier: Option<Value>,
) -> Value {
    let fresh = json!(exchange.world().fresh_id().to_string());
    let kept = |key: &str| {
        earlier
            .as_ref()
            .map_or(&fresh, |earlier| &earlier[key])
            .clone()
    };
    (command["id"], command["version"]) = (kept("id"), kept("version"));
    command["application_id"] = json!(exchange.state.world.application.to_string());
    command["guild_id"] = json!(guild.to_string());
    if earlier.is_some_and(|earlier| earlier != command) {
        command["version"] = fresh;
    }
    command
}

fn strip_localisations(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !key.ends_with("_localizations"));
            map.values_mut().for_each(strip_localisations);
        }
        Value::Array(list) => list.iter_mut().for_each(strip_localisations),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
