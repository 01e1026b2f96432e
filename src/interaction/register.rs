//! The guild's commands, registered only when they differ: Discord allows 200 new ones a day.

use std::time::Duration;

use serenity::all::{GuildId, Http};

use crate::domain::Rules;
use crate::operations::Health;
use crate::view::command;

const FIRST_WAIT: Duration = Duration::from_secs(5);
/// A bot that has not been invited yet is refused until it has been.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Tries until Discord accepts: without the command nobody can ask for anything.
pub(super) async fn until_done(http: &Http, guild: GuildId, rules: &Rules, health: &Health) {
    let mut wait = FIRST_WAIT;
    loop {
        match register(http, guild, rules).await {
            Ok(changed) => {
                health.commands_ok();
                return tracing::info!(changed, "the commands are registered");
            }
            Err(error) => {
                let error = crate::outbound::Error::classify(&error);
                tracing::warn!(%error, "the commands could not be registered; has the bot been invited?");
                health.commands_trouble(&error.to_string());
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// True if anything had to be registered.
///
/// # Errors
/// Whatever Discord answered.
async fn register(http: &Http, guild: GuildId, rules: &Rules) -> Result<bool, serenity::Error> {
    let registered = http.get_guild_commands_with_localizations(guild).await?;
    if !command::differs(&registered, rules) {
        return Ok(false);
    }
    guild.set_commands(http, command::all(rules)).await?;
    Ok(true)
}
