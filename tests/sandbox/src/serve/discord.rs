//! The verbs of moderators, the developer portal and Discord's gateway.

use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Given, Nothing, Snowflake, Wanted};
use super::floor::{Floor, On, soon};
use super::trouble::{Outcome, Trouble};
use stand_ins::discord::model::Id;
use stand_ins::discord::permission;

/// Tells whether the bot is there; with `wait=true`, once it is.
pub(super) async fn bot(State(floor): On, wanted: Wanted) -> Outcome<Json<Value>> {
    if wanted.wait {
        soon(
            floor.discord.bot_is_ready(),
            "the bot to connect and to register its commands",
        )
        .await?;
    }
    Ok(Json(standing(&floor)))
}

fn standing(floor: &Floor) -> Value {
    let commands: Vec<String> = floor.discord.world(|world| {
        let commands = world.guilds[&world.home].commands.iter();
        commands
            .filter_map(|command| Some(command["name"].as_str()?.to_owned()))
            .collect()
    });
    let gateway = floor.discord.gateway();
    json!({
        "online": gateway.is_online(),
        "times_connected": gateway.readies(),
        "times_resumed": gateway.resumes(),
        "commands": commands,
        "settings": floor.settings,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Permission {
    permission: Named,
    channel: Option<Snowflake>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    ViewChannel,
    SendMessages,
    EmbedLinks,
    AttachFiles,
    ReadMessageHistory,
    MentionEveryone,
}

impl Permission {
    /// The channel, the approvers' if none is named, and the bit.
    fn meant(&self, floor: &Floor) -> (Id, u64) {
        let bit = match self.permission {
            Named::ViewChannel => permission::VIEW_CHANNEL,
            Named::SendMessages => permission::SEND_MESSAGES,
            Named::EmbedLinks => permission::EMBED_LINKS,
            Named::AttachFiles => permission::ATTACH_FILES,
            Named::ReadMessageHistory => permission::READ_MESSAGE_HISTORY,
            Named::MentionEveryone => permission::MENTION_EVERYONE,
        };
        let channel = self
            .channel
            .map_or(floor.discord.admin_channel_id(), |Snowflake(id)| id);
        (channel, bit)
    }
}

pub(super) async fn deny_bot(State(floor): On, Given(given): Given<Permission>) -> Json<Value> {
    let (channel, bit) = given.meant(&floor);
    floor.discord.deny_bot(channel, bit);
    permissions(&floor, channel)
}

pub(super) async fn allow_bot(State(floor): On, Given(given): Given<Permission>) -> Json<Value> {
    let (channel, bit) = given.meant(&floor);
    floor.discord.allow_bot(channel, bit);
    permissions(&floor, channel)
}

fn permissions(floor: &Floor, channel: Id) -> Json<Value> {
    let bits = floor.discord.bot_permissions(channel).to_string();
    Json(json!({"channel": channel.to_string(), "permissions": bits}))
}

pub(super) async fn reset_token(
    State(floor): On,
    Given(Nothing {}): Given<Nothing>,
) -> Json<Value> {
    floor.discord.reset_token();
    Json(json!({"token": "reset"}))
}

pub(super) async fn restore_token(
    State(floor): On,
    Given(Nothing {}): Given<Nothing>,
) -> Json<Value> {
    floor.discord.restore_token();
    Json(json!({"token": "good"}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    message: Snowflake,
}

pub(super) async fn delete_message(
    State(floor): On,
    Given(which): Given<Which>,
) -> Outcome<Json<Value>> {
    let message = floor.message(which.message.0)?;
    floor.discord.delete_message(&message);
    Ok(Json(json!({"deleted": message.id().to_string()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Again {
    interaction: Snowflake,
}

/// Discord delivers an interaction a second time.
pub(super) async fn redeliver(
    State(floor): On,
    Given(again): Given<Again>,
) -> Outcome<Json<Value>> {
    let Snowflake(id) = again.interaction;
    if !floor
        .discord
        .world(|world| world.interactions.contains_key(&id))
    {
        return Err(Trouble::missing(format!("There is no interaction {id}.")));
    }
    floor.discord.redeliver(&floor.discord.interaction(id));
    Ok(Json(json!({"redelivered": id.to_string()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Period {
    by: SignedDuration,
}

/// The clock of deadlines, tokens and nonces runs ahead.
pub(super) async fn advance(
    State(floor): On,
    Given(period): Given<Period>,
) -> Outcome<Json<Value>> {
    let by = period.by.try_into();
    let by = by.map_err(|_| Trouble::nonsense("Discord's clock cannot go back."))?;
    floor.discord.pass_time(by);
    Ok(Json(
        json!({"now": floor.discord.world(stand_ins::discord::model::World::now)}),
    ))
}

/// The connection breaks; the bot is expected to resume.
pub(super) async fn cut(State(floor): On, Given(Nothing {}): Given<Nothing>) -> Json<Value> {
    floor.discord.gateway().cut();
    Json(standing(&floor))
}

/// Opcode 7.
pub(super) async fn reconnect(State(floor): On, Given(Nothing {}): Given<Nothing>) -> Json<Value> {
    floor.discord.gateway().ask_reconnect();
    Json(standing(&floor))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invalidate {
    #[serde(default)]
    resumable: bool,
}

/// Opcode 9.
pub(super) async fn invalidate(State(floor): On, Given(how): Given<Invalidate>) -> Json<Value> {
    floor.discord.gateway().invalidate(how.resumable);
    Json(standing(&floor))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {
    code: u16,
}

pub(super) async fn close(State(floor): On, Given(Close { code }): Given<Close>) -> Json<Value> {
    floor.discord.gateway().close(code);
    Json(standing(&floor))
}
