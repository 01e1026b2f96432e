//! Mentions in a text, and the people whom they notify.

use crate::discord::{
    model::{Channel, Id, Pings, World, permissions},
    rules::AllowedMentions,
};

/// Every mention in a text, allowed or not.
#[derive(Default)]
struct Said {
    users: Vec<Id>,
    roles: Vec<Id>,
    everyone: bool,
}

fn read(content: &str) -> Said {
    let mut said = Said {
        everyone: content.contains("@everyone") || content.contains("@here"),
        ..Said::default()
    };
    for piece in content.split('<').skip(1) {
        let Some((inside, _)) = piece.split_once('>') else {
            continue;
        };
        if let Some(role) = inside.strip_prefix("@&") {
            said.roles.extend(role.parse::<Id>());
        } else if let Some(user) = inside.strip_prefix('@') {
            said.users
                .extend(user.trim_start_matches('!').parse::<Id>());
        }
    }
    said
}

/// The mentions Discord grants a message of the bot.
pub(super) fn resolve(
    world: &World,
    channel: &Channel,
    content: &str,
    allowed: &AllowedMentions,
) -> Pings {
    let said = read(content);
    let may_all = world.permissions_in(channel, world.bot) & permissions::MENTION_EVERYONE != 0;
    let parse = |kind: &str| allowed.parse.contains(kind);
    let guild = channel.guild().and_then(|guild| world.guilds.get(&guild));
    let mentionable = |role: &Id| {
        let known = guild.and_then(|guild| guild.roles.get(role));
        known.is_some_and(|role| role.mentionable || may_all)
    };
    let users = said.users.into_iter().filter(|user| {
        world.users.contains_key(user) && (parse("users") || allowed.users.contains(user))
    });
    let roles = said
        .roles
        .into_iter()
        .filter(|role| mentionable(role) && (parse("roles") || allowed.roles.contains(role)));
    Pings {
        users: users.collect(),
        roles: roles.collect(),
        everyone: said.everyone && parse("everyone") && may_all,
    }
}

/// A doubt about mentions that a careful bot would not leave to chance.
pub(super) fn doubt(content: &str, allowed: Option<&AllowedMentions>) -> Option<String> {
    if read(content).everyone {
        return Some("the content holds an unescaped @everyone or @here".into());
    }
    match allowed {
        None if content.is_empty() => None,
        None => Some("allowed_mentions is missing".into()),
        Some(allowed) if allowed.parse.is_empty() => None,
        Some(allowed) => Some(format!("allowed_mentions parses {:?}", allowed.parse)),
    }
}
