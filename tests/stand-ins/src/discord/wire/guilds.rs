//! Guilds, as far as a bot without privileged intents looks at them.

#![expect(clippy::unnecessary_wraps, reason = "all handlers have one signature")]

use serde_json::json;

use super::{
    error::ApiError,
    exchange::{Exchange, Reply},
};
use crate::discord::model::permissions;

type Answer = Result<Reply, ApiError>;

pub(super) fn guild(exchange: &mut Exchange<'_>) -> Answer {
    Ok(Reply::ok(exchange.guild(0)?.to_json()))
}

pub(super) fn roles(exchange: &mut Exchange<'_>) -> Answer {
    Ok(Reply::ok(exchange.guild(0)?.roles_json().into()))
}

pub(super) fn channels(exchange: &mut Exchange<'_>) -> Answer {
    let guild = exchange.guild(0)?.id;
    let world = &exchange.state.world;
    let of_guild = world
        .channels
        .values()
        .filter(|channel| channel.guild() == Some(guild));
    let list: Vec<_> = of_guild.map(|channel| channel.to_json(world)).collect();
    Ok(Reply::ok(list.into()))
}

pub(super) fn member(exchange: &mut Exchange<'_>) -> Answer {
    let user = exchange.id(1)?;
    let guild = exchange.guild(0)?;
    let world = &exchange.state.world;
    match guild.members.get(&user) {
        Some(member) => Ok(Reply::ok(member.to_json(world))),
        None if world.users.contains_key(&user) => Err(ApiError::unknown_member()),
        None => Err(ApiError::unknown_user()),
    }
}

pub(super) fn mine(exchange: &mut Exchange<'_>) -> Answer {
    let world = &exchange.state.world;
    let mine = world
        .guilds
        .values()
        .filter(|guild| guild.members.contains_key(&world.bot));
    let brief = mine.map(|guild| {
        json!({
            "id": guild.id.to_string(), "name": guild.name, "icon": null, "banner": null,
            "owner": false, "features": [],
            "permissions": permissions::in_guild(guild, world.bot).to_string(),
        })
    });
    Ok(Reply::ok(brief.collect::<Vec<_>>().into()))
}

pub(super) fn leave(exchange: &mut Exchange<'_>) -> Answer {
    let guild = exchange.guild(0)?.id;
    let world = exchange.world();
    let bot = world.bot;
    if let Some(guild) = world.guilds.get_mut(&guild) {
        guild.members.remove(&bot);
    }
    Ok(Reply::no_content())
}
