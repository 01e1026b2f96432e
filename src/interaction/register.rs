//! The guild's commands, registered only when they differ: Discord allows 200 new ones a day.

use std::time::Duration;

use serenity::all::{GuildId, Http};

use crate::view::command;

/// Tries again until Discord takes it: without the command nobody can ask for anything.
pub(super) async fn until_done(http: &Http, guild: GuildId) {
    let mut wait = Duration::from_secs(5);
    loop {
        match register(http, guild).await {
            Ok(changed) => return tracing::info!(changed, "the command is registered"),
            Err(error) => {
                let error = crate::outbound::Error::classify(&error);
                tracing::warn!(%error, "the command could not be registered");
                if !error.is_transient() {
                    return;
                }
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_mins(10));
    }
}

/// Whether anything had to be registered.
///
/// # Errors
/// Whatever Discord answered.
async fn register(http: &Http, guild: GuildId) -> Result<bool, serenity::Error> {
    let registered = http.get_guild_commands_with_localizations(guild).await?;
    if !command::differs(&registered) {
        return Ok(false);
    }
    guild
        .set_commands(http, vec![command::request_device()])
        .await?;
    Ok(true)
}
