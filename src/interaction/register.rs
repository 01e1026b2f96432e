//! The guild's commands, registered only when they differ: Discord allows 200 new ones a day.

use serenity::all::{GuildId, Http};

use crate::view::command;

/// Whether anything had to be registered.
///
/// # Errors
/// Whatever Discord answered.
pub async fn register(http: &Http, guild: GuildId) -> Result<bool, serenity::Error> {
    let registered = http.get_guild_commands_with_localizations(guild).await?;
    if !command::differs(&registered) {
        return Ok(false);
    }
    guild.set_commands(http, vec![command::request_device()]).await?;
    Ok(true)
}
