//! `INTERACTION_CREATE`: what Discord tells the bot about what a person did.

use serde_json::{Value, json};

use crate::discord::{
    model::{
        Channel, ChannelKind, Id, InteractionKind, InteractionRecord, MessageRecord, User, World,
        permissions,
    },
    shared::State,
};

/// An act of a person, or of a forger.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) kind: InteractionKind,
    pub(crate) user: Id,
    pub(crate) guild: Option<Id>,
    pub(crate) channel: Id,
    pub(crate) data: Value,
    /// The message as the payload shows it; `None` for the real one.
    pub(crate) message: Option<Value>,
}

/// Records an interaction and tells every session of it.
pub(crate) fn interact(state: &mut State, origin: &str, act: &Act) -> Id {
    let id = state.world.fresh_id();
    let token = token(id);
    let payload = payload(&state.world, origin, act, (id, &token));
    let record = InteractionRecord {
        id,
        token: token.clone(),
        kind: act.kind,
        user: act.user,
        guild: act.guild,
        channel: act.channel,
        data: act.data.clone(),
        payload: payload.to_string(),
        created: state.world.now(),
        ack: None,
        dead: false,
        original: None,
        answered: 0,
    };
    state.world.interactions.insert(id, record);
    state.world.tokens.insert(token, id);
    state.gateway.dispatch("INTERACTION_CREATE", &payload);
    id
}

/// Delivers an interaction once more, as Discord sometimes does.
pub(crate) fn repeat(state: &mut State, id: Id) {
    let record = state.world.interactions.get(&id);
    let payload = record.and_then(|record| serde_json::from_str(&record.payload).ok());
    if let Some(payload) = payload {
        state.gateway.dispatch("INTERACTION_CREATE", &payload);
    }
}

/// Tokens are long and cannot be guessed.
fn token(id: Id) -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let random = RandomState::new();
    let parts = (0..8).map(|part| format!("{:016x}", random.hash_one((id, part))));
    format!("aW50ZXJhY3Rpb246{id}{}", parts.collect::<String>())
}

fn payload(world: &World, origin: &str, act: &Act, (id, token): (Id, &str)) -> Value {
    let mut payload = json!({
        "id": id.to_string(),
        "application_id": world.application.to_string(),
        "type": act.kind.number(),
        "data": act.data,
        "channel_id": act.channel.to_string(),
        "token": token,
        "version": 1,
        "locale": world.users.get(&act.user).map_or("en-US", |user| user.locale.as_str()),
        "entitlements": [],
        "entitlement_sku_ids": [],
        "attachment_size_limit": 10_485_760,
        "authorizing_integration_owners": {
            "0": act.guild.map_or_else(|| "0".into(), |guild| guild.to_string()),
        },
        "context": u8::from(act.guild.is_none()),
        // A field of tomorrow.
        "stand_in_extra": {"nothing": null},
    });
    describe_place(world, act, &mut payload);
    describe_person(world, act, &mut payload);
    let message = act
        .kind
        .message()
        .and_then(|message| world.messages.get(&message));
    if let Some(shown) = &act.message {
        payload["message"] = shown.clone();
    } else if let Some(message) = message {
        payload["message"] = shown(world, message, origin);
    }
    payload
}

fn shown(world: &World, message: &MessageRecord, origin: &str) -> Value {
    message.to_json(world, origin)
}

fn describe_place(world: &World, act: &Act, payload: &mut Value) {
    let channel = world.channels.get(&act.channel);
    if let Some(guild) = act.guild {
        let locale = world
            .guilds
            .get(&guild)
            .map_or("en-US", |guild| guild.locale.as_str());
        payload["guild_id"] = json!(guild.to_string());
        payload["guild_locale"] = json!(locale);
        payload["guild"] = json!({"id": guild.to_string(), "locale": locale, "features": []});
    }
    if let Some(channel) = channel {
        payload["app_permissions"] = json!(world.permissions_in(channel, world.bot).to_string());
        payload["channel"] = partial_channel(world, channel, act.user);
    } else {
        payload["app_permissions"] = json!(permissions::EVERYONE.to_string());
    }
}

fn partial_channel(world: &World, channel: &Channel, user: Id) -> Value {
    let mut partial = channel.to_json(world);
    if let ChannelKind::GuildText { .. } = channel.kind {
        partial["permissions"] = json!(world.permissions_in(channel, user).to_string());
        if let Some(partial) = partial.as_object_mut() {
            partial.remove("permission_overwrites");
        }
    }
    partial
}

/// `member` in a guild, `user` elsewhere.
fn describe_person(world: &World, act: &Act, payload: &mut Value) {
    let user = world.users.get(&act.user).map(User::to_json);
    let Some(guild) = act.guild else {
        payload["user"] = json!(user);
        return;
    };
    let known = world.guilds.get(&guild);
    let member = known.and_then(|guild| guild.members.get(&act.user));
    let mut member = member.map_or_else(|| stranger(user.as_ref()), |m| m.to_json(world));
    let held = match (known, world.channels.get(&act.channel)) {
        (Some(guild), Some(channel)) => permissions::in_channel(guild, channel, act.user),
        (_, _) => permissions::EVERYONE,
    };
    member["permissions"] = json!(held.to_string());
    payload["member"] = member;
}

/// A member of a guild the stand-in does not know.
fn stranger(user: Option<&Value>) -> Value {
    json!({
        "user": user, "nick": null, "avatar": null, "banner": null, "roles": [],
        "joined_at": "2024-01-01T00:00:00Z", "premium_since": null, "deaf": false,
        "mute": false, "flags": 0, "pending": false, "communication_disabled_until": null,
    })
}
