//! Permissions in a channel: roles, then overwrites, as Discord documents it.

use super::{Channel, Guild, Id};

pub(crate) const ADMINISTRATOR: u64 = 1 << 3;
pub(crate) const VIEW_CHANNEL: u64 = 1 << 10;
pub(crate) const SEND_MESSAGES: u64 = 1 << 11;
pub(crate) const EMBED_LINKS: u64 = 1 << 14;
pub(crate) const ATTACH_FILES: u64 = 1 << 15;
pub(crate) const READ_MESSAGE_HISTORY: u64 = 1 << 16;
pub(crate) const MENTION_EVERYONE: u64 = 1 << 17;
pub(crate) const USE_APPLICATION_COMMANDS: u64 = 1 << 31;

/// Every bit Discord defines at present.
pub(crate) const ALL: u64 = (1 << 53) - 1;

/// The permissions of everyone in a new guild.
pub(crate) const EVERYONE: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS;

/// The permissions that the bot asks for when it is invited.
pub(crate) const BOT: u64 =
    VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | READ_MESSAGE_HISTORY;

/// The permissions of one member in the whole guild.
pub(crate) fn in_guild(guild: &Guild, user: Id) -> u64 {
    if guild.owner == user {
        return ALL;
    }
    let Some(member) = guild.members.get(&user) else {
        return 0;
    };
    let everyone = guild
        .roles
        .get(&guild.id)
        .map_or(0, |role| role.permissions);
    let total = member
        .roles
        .iter()
        .filter_map(|id| guild.roles.get(id))
        .fold(everyone, |sum, role| sum | role.permissions);
    if total & ADMINISTRATOR == 0 {
        total
    } else {
        ALL
    }
}

/// The permissions of one member in one channel of the guild.
pub(crate) fn in_channel(guild: &Guild, channel: &Channel, user: Id) -> u64 {
    let base = in_guild(guild, user);
    if base == ALL {
        return ALL;
    }
    let roles: &[Id] = guild.members.get(&user).map_or(&[], |m| &m.roles);
    let (mut allow, mut deny) = (0, 0);
    let mut total = base;
    for overwrite in &channel.overwrites {
        if overwrite.target == guild.id {
            total = (total & !overwrite.deny) | overwrite.allow;
        } else if !overwrite.is_member && roles.contains(&overwrite.target) {
            allow |= overwrite.allow;
            deny |= overwrite.deny;
        }
    }
    total = (total & !deny) | allow;
    if let Some(own) = channel
        .overwrites
        .iter()
        .find(|o| o.is_member && o.target == user)
    {
        total = (total & !own.deny) | own.allow;
    }
    implied(total)
}

/// Losing a permission can imply losing others.
fn implied(total: u64) -> u64 {
    if total & VIEW_CHANNEL == 0 {
        return 0;
    }
    if total & SEND_MESSAGES == 0 {
        return total & !(EMBED_LINKS | ATTACH_FILES | MENTION_EVERYONE);
    }
    total
}
