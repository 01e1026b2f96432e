//! What a member may do in a channel: the sum of its roles, corrected by the channel's overwrites.
//! Source: Discord's reference, "Permissions", permission hierarchy.

use serde::{Deserialize, Deserializer};
use serenity::model::Permissions;

/// What the bot needs where the cards are.
pub(super) const NEEDED: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS);

#[derive(Deserialize)]
pub(super) struct Guild {
    pub(super) id: Snowflake,
    pub(super) name: String,
    pub(super) owner_id: Snowflake,
    pub(super) roles: Vec<Role>,
}

#[derive(Deserialize)]
pub(super) struct Role {
    pub(super) id: Snowflake,
    pub(super) name: String,
    #[serde(deserialize_with = "bits")]
    pub(super) permissions: Permissions,
    #[serde(default)]
    pub(super) mentionable: bool,
}

#[derive(Deserialize)]
pub(super) struct Channel {
    pub(super) guild_id: Option<Snowflake>,
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) permission_overwrites: Vec<Overwrite>,
}

#[derive(Deserialize)]
pub(super) struct Overwrite {
    id: Snowflake,
    #[serde(deserialize_with = "bits")]
    allow: Permissions,
    #[serde(deserialize_with = "bits")]
    deny: Permissions,
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) roles: Vec<Snowflake>,
}

/// Discord writes its ids as text.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub(super) struct Snowflake(pub(super) i64);

impl TryFrom<String> for Snowflake {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

fn bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Permissions, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bits = text.parse().map_err(serde::de::Error::custom)?;
    Ok(Permissions::from_bits_truncate(bits))
}

fn in_guild(guild: &Guild, who: Snowflake, member: &Member) -> Permissions {
    if guild.owner_id == who {
        return Permissions::all();
    }
    let sum = guild
        .roles
        .iter()
        .filter(|role| role.id == guild.id || member.roles.contains(&role.id))
        .fold(Permissions::empty(), |sum, role| sum | role.permissions);
    if sum.contains(Permissions::ADMINISTRATOR) {
        Permissions::all()
    } else {
        sum
    }
}

/// First everybody's overwrite, then all roles' together, then the member's own.
pub(super) fn in_channel(
    guild: &Guild,
    channel: &Channel,
    who: Snowflake,
    member: &Member,
) -> Permissions {
    let base = in_guild(guild, who, member);
    if base.contains(Permissions::ADMINISTRATOR) {
        return base;
    }
    let steps: [&dyn Fn(Snowflake) -> bool; 3] = [
        &|id| id == guild.id,
        &|id| id != guild.id && member.roles.contains(&id),
        &|id| id == who,
    ];
    let sum = steps
        .iter()
        .fold(base, |sum, applies| overwrite(sum, channel, applies));
    if sum.contains(Permissions::VIEW_CHANNEL) {
        sum
    } else {
        Permissions::empty()
    }
}

fn overwrite(
    base: Permissions,
    channel: &Channel,
    applies: impl Fn(Snowflake) -> bool,
) -> Permissions {
    let mut allow = Permissions::empty();
    let mut deny = Permissions::empty();
    for overwrite in &channel.permission_overwrites {
        if applies(overwrite.id) {
            allow |= overwrite.allow;
            deny |= overwrite.deny;
        }
    }
    (base - deny) | allow
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const BOT: Snowflake = Snowflake(9);

    fn guild(everyone: Permissions, bots: Permissions) -> Guild {
        serde_json::from_value(json!({
            "id": "1", "name": "guild", "owner_id": "2",
            "roles": [
                { "id": "1", "name": "@everyone", "permissions": everyone.bits().to_string(), "mentionable": false },
                { "id": "5", "name": "bots", "permissions": bots.bits().to_string(), "mentionable": false },
            ],
        }))
        .unwrap()
    }

    fn channel(overwrites: &[(i64, Permissions, Permissions)]) -> Channel {
        let overwrites: Vec<Value> = overwrites
            .iter()
            .map(|(id, allow, deny)| {
                json!({ "id": id.to_string(), "type": 0, "allow": allow.bits().to_string(), "deny": deny.bits().to_string() })
            })
            .collect();
        serde_json::from_value(json!({ "id": "7", "guild_id": "1", "name": "admins", "permission_overwrites": overwrites }))
            .unwrap()
    }

    fn bot() -> Member {
        Member {
            roles: vec![Snowflake(5)],
        }
    }

    #[test]
    fn roles_add_up_and_overwrites_correct_them_in_order() {
        let guild = guild(NEEDED, Permissions::empty());
        let none = Permissions::empty();
        let plain = channel(&[]);
        assert_eq!(in_channel(&guild, &plain, BOT, &bot()), NEEDED);

        let private = channel(&[(1, none, Permissions::VIEW_CHANNEL)]);
        assert_eq!(in_channel(&guild, &private, BOT, &bot()), none);

        let let_in = channel(&[
            (1, none, Permissions::VIEW_CHANNEL),
            (5, Permissions::VIEW_CHANNEL, Permissions::EMBED_LINKS),
        ]);
        assert_eq!(
            in_channel(&guild, &let_in, BOT, &bot()),
            NEEDED - Permissions::EMBED_LINKS
        );

        let own_word = channel(&[
            (5, none, Permissions::SEND_MESSAGES),
            (BOT.0, Permissions::SEND_MESSAGES, none),
        ]);
        assert_eq!(in_channel(&guild, &own_word, BOT, &bot()), NEEDED);
    }

    #[test]
    fn owners_and_administrators_are_above_overwrites() {
        let administrator = guild(Permissions::empty(), Permissions::ADMINISTRATOR);
        let closed = channel(&[(1, Permissions::empty(), NEEDED)]);
        assert!(in_channel(&administrator, &closed, BOT, &bot()).contains(NEEDED));
        let plain = guild(Permissions::empty(), Permissions::empty());
        assert!(in_channel(&plain, &closed, Snowflake(2), &bot()).contains(NEEDED));
    }
}
