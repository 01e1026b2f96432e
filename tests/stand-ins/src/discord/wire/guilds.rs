//! Guilds, as far as a bot without privileged intents looks at them.

use super::{
    error::ApiError,
    exchange::{Exchange, Reply},
};

type Answer = Result<Reply, ApiError>;

pub(super) fn guild(exchange: &mut Exchange<'_>) -> Answer {
    Ok(Reply::ok(exchange.guild(0)?.to_json()))
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
