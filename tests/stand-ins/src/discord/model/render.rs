//! The model as Discord's JSON objects.

use serde_json::{Value, json};

use super::{
    Attachment, Channel, ChannelKind, Guild, Id, InteractionKind, Membership, MessageRecord, Role,
    User, World,
};

/// A snowflake goes over the wire as a string.
pub(crate) fn id(id: Id) -> Value {
    Value::String(id.to_string())
}

impl User {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": id(self.id),
            "username": self.username,
            "discriminator": if self.bot { "4242" } else { "0" },
            "global_name": self.global_name,
            "avatar": null,
            "banner": null,
            "accent_color": null,
            "avatar_decoration_data": null,
            "collectibles": null,
            "clan": null,
            "primary_guild": null,
            "public_flags": 0,
            "flags": 0,
            "bot": self.bot,
        })
    }
}

impl Membership {
    /// The member object, with its user.
    pub(crate) fn to_json(&self, world: &World) -> Value {
        json!({
            "user": world.users.get(&self.user).map(User::to_json),
            "nick": self.nick,
            "avatar": null,
            "banner": null,
            "roles": self.roles.iter().map(|role| id(*role)).collect::<Vec<_>>(),
            "joined_at": self.joined_at.to_string(),
            "premium_since": null,
            "deaf": false,
            "mute": false,
            "flags": 0,
            "pending": false,
            "communication_disabled_until": null,
        })
    }
}

impl Role {
    pub(crate) fn to_json(&self, position: usize) -> Value {
        json!({
            "id": id(self.id),
            "name": self.name,
            "description": null,
            "permissions": self.permissions.to_string(),
            "position": position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
            "hoist": false,
            "managed": self.managed,
            "mentionable": self.mentionable,
            "icon": null,
            "unicode_emoji": null,
            "flags": 0,
        })
    }
}

impl Guild {
    pub(crate) fn roles_json(&self) -> Vec<Value> {
        self.roles
            .values()
            .enumerate()
            .map(|(n, role)| role.to_json(n))
            .collect()
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut guild = json!({
            "id": id(self.id), "name": self.name, "owner_id": id(self.owner),
            "roles": self.roles_json(), "preferred_locale": self.locale,
            "features": [], "emojis": [], "stickers": [],
            "afk_timeout": 300, "system_channel_flags": 0, "widget_enabled": false,
            "verification_level": 0, "default_message_notifications": 0, "mfa_level": 0,
            "explicit_content_filter": 0, "max_presences": null, "max_members": 500_000,
            "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
            "premium_tier": 0, "premium_subscription_count": 0,
            "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0,
            "region": "deprecated",
        });
        let absent = [
            "icon",
            "description",
            "home_header",
            "splash",
            "discovery_splash",
            "banner",
            "application_id",
            "afk_channel_id",
            "system_channel_id",
            "widget_channel_id",
            "vanity_url_code",
            "rules_channel_id",
            "safety_alerts_channel_id",
            "public_updates_channel_id",
            "incidents_data",
        ];
        for key in absent {
            guild[key] = Value::Null;
        }
        guild
    }
}

impl Channel {
    pub(crate) fn to_json(&self, world: &World) -> Value {
        let last = self.messages.last().map(|last| id(*last));
        match self.kind {
            ChannelKind::Dm { recipient } => json!({
                "id": id(self.id),
                "type": 1,
                "flags": 0,
                "last_message_id": last,
                "recipients": [world.users.get(&recipient).map(User::to_json)],
            }),
            ChannelKind::GuildText { guild } => json!({
                "id": id(self.id),
                "type": 0,
                "flags": 0,
                "guild_id": id(guild),
                "name": self.name,
                "position": 0,
                "parent_id": null,
                "topic": null,
                "nsfw": false,
                "rate_limit_per_user": 0,
                "last_message_id": last,
                "permission_overwrites": self.overwrites_json(),
            }),
        }
    }

    fn overwrites_json(&self) -> Vec<Value> {
        let entry = |o: &super::Overwrite| {
            json!({
                "id": id(o.target),
                "type": u8::from(o.is_member),
                "allow": o.allow.to_string(),
                "deny": o.deny.to_string(),
            })
        };
        self.overwrites.iter().map(entry).collect()
    }
}

impl Attachment {
    /// The path at which the stand-in serves the file.
    fn path(&self, channel: Id) -> String {
        format!("/attachments/{channel}/{}/{}", self.id, self.filename)
    }

    pub(crate) fn to_json(&self, channel: Id, origin: &str) -> Value {
        let url = format!("{origin}{}", self.path(channel));
        let mut shown = json!({
            "id": id(self.id),
            "filename": self.filename,
            "size": self.bytes.len(),
            "url": url,
            "proxy_url": url,
            "content_type": self.content_type,
        });
        if let Some(description) = &self.description {
            shown["description"] = json!(description);
        }
        if let Some((width, height)) = self.dimensions() {
            shown["width"] = json!(width);
            shown["height"] = json!(height);
        }
        shown
    }

    /// Width and height, for the PNG files a bot sends.
    fn dimensions(&self) -> Option<(u32, u32)> {
        let header = self
            .bytes
            .get(16..24)
            .filter(|_| self.bytes.starts_with(b"\x89PNG"))?;
        let word = |at: usize| -> Option<u32> {
            Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?))
        };
        Some((word(0)?, word(4)?))
    }
}

impl MessageRecord {
    pub(crate) fn to_json(&self, world: &World, origin: &str) -> Value {
        let files: Vec<_> = self
            .attachments
            .iter()
            .map(|a| a.to_json(self.channel, origin))
            .collect();
        let user = |person: &Id| world.users.get(person).map(User::to_json);
        let mut message = json!({
            "id": id(self.id),
            "type": self.type_number(world),
            "channel_id": id(self.channel),
            "author": user(&self.author),
            "content": self.content,
            "timestamp": self.created.to_string(),
            "edited_timestamp": self.edited.map(|at| at.to_string()),
            "tts": self.tts,
            "mention_everyone": self.mentions.everyone,
            "mentions": self.mentions.users.iter().filter_map(user).collect::<Vec<_>>(),
            "mention_roles": self.mentions.roles.iter().map(|role| id(*role)).collect::<Vec<_>>(),
            "attachments": files,
            "embeds": self.embeds_json(origin),
            "pinned": false,
            "flags": self.flags,
            "components": self.components,
        });
        if let Some(nonce) = &self.nonce {
            message["nonce"] = nonce.clone();
        }
        if let Some(record) = self.interaction.and_then(|i| world.interactions.get(&i)) {
            message["application_id"] = id(world.application);
            message["webhook_id"] = id(world.application);
            message["interaction_metadata"] = record.metadata(world);
        }
        message
    }

    fn type_number(&self, world: &World) -> u8 {
        let answered = self.interaction.and_then(|i| world.interactions.get(&i));
        match answered.map(|record| record.kind) {
            Some(InteractionKind::Command) => 20,
            Some(InteractionKind::Component { .. }) => 19,
            Some(InteractionKind::ModalSubmit { .. }) | None => 0,
        }
    }

    /// Embeds as others see them: `attachment://` has become a real address.
    fn embeds_json(&self, origin: &str) -> Vec<Value> {
        let mut embeds = self.embeds.clone();
        for embed in &mut embeds {
            for slot in ["image", "thumbnail"] {
                self.link_picture(embed, slot, origin);
            }
        }
        embeds
    }

    fn link_picture(&self, embed: &mut Value, slot: &str, origin: &str) {
        let Some(picture) = embed.get_mut(slot) else {
            return;
        };
        let name = picture["url"]
            .as_str()
            .and_then(|url| url.strip_prefix("attachment://"));
        let found = name.and_then(|name| self.attachments.iter().find(|a| a.filename == name));
        if let Some(file) = found {
            let mut seen = file.to_json(self.channel, origin);
            *picture = json!({"url": seen["url"], "proxy_url": seen["proxy_url"]});
            for side in ["width", "height"] {
                if !seen[side].is_null() {
                    picture[side] = seen[side].take();
                }
            }
        }
    }
}

impl super::InteractionRecord {
    fn metadata(&self, world: &World) -> Value {
        let mut metadata = json!({
            "id": id(self.id),
            "type": self.kind.number(),
            "user": world.users.get(&self.user).map(User::to_json),
            "authorizing_integration_owners": owners(self.guild),
        });
        if let InteractionKind::Component { message } = self.kind {
            metadata["interacted_message_id"] = id(message);
        }
        metadata
    }
}

/// `authorizing_integration_owners`: the app is installed to the guild.
pub(crate) fn owners(guild: Option<Id>) -> Value {
    json!({"0": guild.map_or_else(|| "0".to_owned(), |guild| guild.to_string())})
}
