//! Registration of application commands.

use std::collections::{BTreeMap, BTreeSet};

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

/// The guild of the path, or `None` for global commands.
type Scope = Option<Id>;

/// Checks application and guild of the path.
fn scope(exchange: &Exchange<'_>, in_guild: bool) -> Result<Scope, ApiError> {
    if exchange.id(0)? != exchange.state.world.application {
        return Err(ApiError::new(
            403,
            20012,
            "You are not authorized to perform this action on this application",
        ));
    }
    if !in_guild {
        return Ok(None);
    }
    exchange
        .guild(1)
        .map(|guild| Some(guild.id))
        .map_err(|_| ApiError::missing_access())
}

fn commands<'a>(exchange: &'a mut Exchange<'_>, scope: Scope) -> &'a mut Vec<Value> {
    let world = exchange.world();
    let of_guild = scope.and_then(|guild| world.guilds.get_mut(&guild));
    of_guild.map_or(&mut world.global_commands, |guild| &mut guild.commands)
}

pub(super) fn list_global(exchange: &mut Exchange<'_>) -> Answer {
    let scope = scope(exchange, false)?;
    Ok(list(exchange, scope))
}

pub(super) fn list_guild(exchange: &mut Exchange<'_>) -> Answer {
    let scope = scope(exchange, true)?;
    Ok(list(exchange, scope))
}

/// Dictionaries of translations come only when asked for.
fn list(exchange: &mut Exchange<'_>, scope: Scope) -> Reply {
    let localised = exchange.incoming.query("with_localizations").as_deref() == Some("true");
    let mut list = commands(exchange, scope).clone();
    if !localised {
        list.iter_mut().for_each(strip_localisations);
    }
    Reply::ok(list.into())
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

pub(super) fn put_global(exchange: &mut Exchange<'_>) -> Answer {
    let scope = scope(exchange, false)?;
    put(exchange, scope)
}

pub(super) fn put_guild(exchange: &mut Exchange<'_>) -> Answer {
    let scope = scope(exchange, true)?;
    put(exchange, scope)
}

fn put(exchange: &mut Exchange<'_>, scope: Scope) -> Answer {
    let body = exchange.json()?.clone();
    let Some(given) = body.as_array() else {
        let message = "Only iterables may be used in a ListType.";
        return Err(ApiError::form("", "LIST_TYPE_CONVERT", message));
    };
    let mut form = Form::default();
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for (n, command) in given.iter().enumerate() {
        let command = normal_command(&mut form, &n.to_string(), command);
        if !seen.insert((command["type"].to_string(), command["name"].to_string())) {
            let message = "Application command names must be unique";
            form.wrong(
                &n.to_string(),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                message,
            );
        }
        kept.push(command);
    }
    let unknown = form.finish()?;
    exchange.complain_of_unknown(&unknown);
    if kept.iter().filter(|command| command["type"] == 1).count() > CHAT_COMMANDS {
        return Err(ApiError::new(
            400,
            30032,
            "Maximum number of application commands reached (100)",
        ));
    }
    register(exchange, scope, kept, true)?;
    Ok(Reply::ok(commands(exchange, scope).clone().into()))
}

pub(super) fn create_global(exchange: &mut Exchange<'_>) -> Answer {
    let scope = scope(exchange, false)?;
    create(exchange, scope)
}

pub(super) fn create_guild(exchange: &mut Exchange<'_>) -> Answer {
    let scope = scope(exchange, true)?;
    create(exchange, scope)
}

/// An existing name is an upsert.
fn create(exchange: &mut Exchange<'_>, scope: Scope) -> Answer {
    let mut form = Form::default();
    let command = normal_command(&mut form, "", exchange.json()?);
    let unknown = form.finish()?;
    exchange.complain_of_unknown(&unknown);
    let name = command["name"].clone();
    let existed = commands(exchange, scope)
        .iter()
        .any(|known| known["name"] == name);
    register(exchange, scope, vec![command], false)?;
    let stored = commands(exchange, scope)
        .iter()
        .find(|known| known["name"] == name)
        .cloned();
    Ok(Reply::json(
        if existed { 200 } else { 201 },
        stored.unwrap_or_default(),
    ))
}

/// Stores commands under ids, beside or in the place of the others; only names
/// that are new count as creates.
fn register(
    exchange: &mut Exchange<'_>,
    scope: Scope,
    given: Vec<Value>,
    replace: bool,
) -> Result<(), ApiError> {
    let old = commands(exchange, scope).clone();
    let known: BTreeMap<String, &Value> = old.iter().map(|c| (c["name"].to_string(), c)).collect();
    let new = given
        .iter()
        .filter(|c| !known.contains_key(&c["name"].to_string()))
        .count();
    if exchange.world().count_creates(scope, new) > CREATES_PER_DAY {
        let message = "Max number of daily application command creates has been reached (200)";
        return Err(ApiError::new(429, 30034, message));
    }
    let mut registered = Vec::new();
    for command in given {
        let earlier = known.get(&command["name"].to_string()).copied();
        registered.push(identified(exchange, scope, command, earlier));
    }
    if replace && registered == old {
        exchange.complain("registered the same commands again");
    }
    let replaced = |known: &Value| registered.iter().any(|new| new["name"] == known["name"]);
    let mut list: Vec<Value> = old
        .iter()
        .filter(|known| !replace && !replaced(known))
        .cloned()
        .collect();
    list.extend(registered);
    *commands(exchange, scope) = list;
    Ok(())
}

/// A command with its ids; the version changes only when something else does.
fn identified(
    exchange: &mut Exchange<'_>,
    scope: Scope,
    mut command: Value,
    earlier: Option<&Value>,
) -> Value {
    let fresh = json!(exchange.world().fresh_id().to_string());
    command["id"] = earlier.map_or_else(|| fresh.clone(), |earlier| earlier["id"].clone());
    command["application_id"] = json!(exchange.state.world.application.to_string());
    if let Some(guild) = scope {
        command["guild_id"] = json!(guild.to_string());
    }
    command["version"] =
        earlier.map_or_else(|| fresh.clone(), |earlier| earlier["version"].clone());
    if earlier.is_some_and(|earlier| *earlier != command) {
        command["version"] = fresh;
    }
    command
}

pub(super) fn delete_guild(exchange: &mut Exchange<'_>) -> Answer {
    let scope = scope(exchange, true)?;
    let id = exchange.id(2)?.to_string();
    let list = commands(exchange, scope);
    let before = list.len();
    list.retain(|command| command["id"] != id.as_str());
    if list.len() == before {
        return Err(ApiError::unknown_command());
    }
    Ok(Reply::no_content())
}
