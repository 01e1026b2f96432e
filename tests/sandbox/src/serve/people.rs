//! The verbs of people: commands, clicks, forms, and a device that joins.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Given, Nothing, Part, Snowflake, Wanted};
use super::floor::{Floor, On, soon};
use super::shown;
use super::trouble::{Outcome, Trouble};
use stand_ins::discord::model::{DmDoor, Id, World};
use stand_ins::discord::{Interaction, Member, Message};

pub(super) async fn list(State(floor): On) -> Json<Value> {
    let role = floor.discord.approver_role_id();
    let people = floor.discord.world(|world| {
        let people = world.users.values().filter(|user| !user.bot);
        let shown = people.map(|user| {
            let member = world.guilds[&world.home].members.get(&user.id);
            json!({
                "name": user.username,
                "id": user.id.to_string(),
                "member": member.is_some(),
                "approver": member.is_some_and(|member| member.roles.contains(&role)),
                "direct_messages": if user.dms == DmDoor::Open { "open" } else { "closed" },
            })
        });
        shown.collect()
    });
    Json(people)
}

/// A person's role.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    #[serde(default, rename = "as")]
    standing: Standing,
    language: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    #[default]
    Member,
    Approver,
    Stranger,
}

pub(super) async fn make(
    State(floor): On,
    Part(name): Part<String>,
    Given(person): Given<Person>,
) -> Outcome<Json<Value>> {
    let member = somebody(&floor, &name)?;
    let role = floor.discord.approver_role_id();
    member.join();
    match person.standing {
        Standing::Member => {}
        Standing::Approver => member.give_role(role),
        Standing::Stranger => member.leave(),
    }
    if let Some(language) = person.language {
        member.speaks(&language);
    }
    Ok(Json(json!({"name": name, "id": member.id().to_string()})))
}

/// A person by name, who becomes a member if nobody is called so.
fn somebody(floor: &Floor, name: &str) -> Outcome<Member> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    if !(2..=32).contains(&name.len()) || !name.chars().all(fits) {
        let rule = "Discord's names have 2 to 32 of a-z, 0-9, `_` and `.`";
        return Err(Trouble::nonsense(format!("{name:?} is no name: {rule}.")));
    }
    if floor
        .discord
        .world(|world| world.user_named(name).is_some_and(|user| user.bot))
    {
        return Err(Trouble::nonsense(format!("{name} is the bot.")));
    }
    Ok(floor.discord.member(name))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    device: String,
    platform: String,
    reason: Option<String>,
}

pub(super) async fn request_device(
    on: On,
    name: Part<String>,
    Given(asked): Given<Asked>,
) -> Outcome<Json<Value>> {
    let Asked {
        device,
        platform,
        reason,
    } = asked;
    let options = json!({"device": device, "platform": platform, "reason": reason});
    let command = Slash {
        command: "request-device".into(),
        options,
    };
    slash(on, name, Given(command)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slash {
    command: String,
    #[serde(default)]
    options: Value,
}

/// Any command.
pub(super) async fn slash(
    State(floor): On,
    Part(name): Part<String>,
    Given(typed): Given<Slash>,
) -> Outcome<Json<Value>> {
    let member = somebody(&floor, &name)?;
    floor.bot_is_online()?;
    let command = &typed.command;
    let sent = soon(
        member.try_slash(command, typed.options),
        &format!("/{command} to be offered"),
    )
    .await?;
    let sent = sent.map_err(|refused| {
        Trouble::refused(format!("Discord does not send /{command}: {refused}."))
    })?;
    outcome(&floor, &sent).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    message: Option<Snowflake>,
    label: String,
}

pub(super) async fn press(
    State(floor): On,
    Part(name): Part<String>,
    Given(press): Given<Press>,
) -> Outcome<Json<Value>> {
    let member = somebody(&floor, &name)?;
    floor.bot_is_online()?;
    let message = match press.message {
        Some(Snowflake(id)) => floor.message(id)?,
        None => newest_with(&floor, &member, &press.label)?,
    };
    let label = exact(&message, &press.label);
    let pressed = member.press_now(&message, &label);
    let pressed = pressed
        .map_err(|refused| Trouble::refused(format!("{name} cannot press it: {refused}.")))?;
    outcome(&floor, &pressed).await
}

/// The newest message with such a button among those that this person sees.
fn newest_with(floor: &Floor, member: &Member, label: &str) -> Outcome<Message> {
    let mut seen: Vec<Message> =
        [member.letters(), member.answers(), floor.discord.cards()].concat();
    seen.retain(|message| {
        let has = message
            .button(&exact(message, label))
            .is_some_and(|button| !button.disabled);
        has && member.can_see(message)
    });
    let newest = seen.into_iter().max_by_key(Message::id);
    newest.ok_or_else(|| Trouble::refused(format!("{} sees no button [{label}].", member.name())))
}

/// A label as it is written on the message: case, and the dots of `Deny…`, need not be typed.
fn exact(message: &Message, label: &str) -> String {
    let plain = |text: &str| text.trim_end_matches(['…', '.']).to_lowercase();
    let buttons = message.buttons().into_iter().map(|button| button.label);
    let mut meant = buttons.filter(|written| plain(written) == plain(label));
    meant.next().unwrap_or_else(|| label.to_owned())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filled {
    values: BTreeMap<String, String>,
}

/// Fills in the form that the person's last click opened.
pub(super) async fn submit(
    State(floor): On,
    Part(name): Part<String>,
    Given(filled): Given<Filled>,
) -> Outcome<Json<Value>> {
    let member = floor.known(&name)?;
    floor.bot_is_online()?;
    let form = floor.forms().get(&member.id()).cloned();
    let form = form
        .ok_or_else(|| Trouble::refused(format!("{name} has no form open; a click opens one.")))?;
    let values: Vec<_> = filled
        .values
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let sent = member.try_submit(&form, &values).await;
    let sent =
        sent.map_err(|refused| Trouble::refused(format!("The form is not sent: {refused}.")))?;
    floor.forms().remove(&member.id());
    outcome(&floor, &sent).await
}

/// The answer as the person sees it. A form stays open until it is sent.
async fn outcome(floor: &Floor, sent: &Interaction) -> Outcome<Json<Value>> {
    let what = format!("the bot to answer interaction {}", sent.id());
    let answer = soon(sent.answer(), &what).await?;
    if let Some(modal) = &answer.modal {
        let person = floor
            .discord
            .world(|world: &World| world.interactions[&sent.id()].user);
        floor.forms().insert(person, modal.clone());
    }
    let answer = shown::answer(&floor.discord, &answer);
    Ok(Json(
        json!({"interaction": sent.id().to_string(), "answer": answer}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    #[serde(default = "closed")]
    code: u32,
}

/// Discord's code since 2025 for closed direct messages.
fn closed() -> u32 {
    50278
}

pub(super) async fn close_dms(
    State(floor): On,
    Part(name): Part<String>,
    Given(closing): Given<Closing>,
) -> Outcome<Json<Value>> {
    somebody(&floor, &name)?.close_dms(closing.code);
    Ok(Json(json!({"name": name, "direct_messages": "closed"})))
}

pub(super) async fn open_dms(
    State(floor): On,
    Part(name): Part<String>,
    Given(Nothing {}): Given<Nothing>,
) -> Outcome<Json<Value>> {
    somebody(&floor, &name)?.open_dms();
    Ok(Json(json!({"name": name, "direct_messages": "open"})))
}

pub(super) async fn letters(
    State(floor): On,
    Part(name): Part<String>,
    wanted: Wanted,
) -> Outcome<Json<Value>> {
    let member = floor.known(&name)?;
    let says = wanted.says.clone().unwrap_or_default();
    if wanted.waits() {
        let fits = |message: &Message| message.says(&says);
        soon(
            member.letter_where("a letter", fits),
            &wanted.described("a letter"),
        )
        .await?;
    }
    Ok(Json(shown::messages(
        &floor.discord,
        &wanted.among(member.letters()),
    )))
}

pub(super) async fn answers(
    State(floor): On,
    Part(name): Part<String>,
    wanted: Wanted,
) -> Outcome<Json<Value>> {
    let member = floor.known(&name)?;
    let says = wanted.says.clone().unwrap_or_default();
    if wanted.waits() {
        soon(member.sees_answer(&says), &wanted.described("an answer")).await?;
    }
    Ok(Json(shown::messages(
        &floor.discord,
        &wanted.among(member.answers()),
    )))
}

pub(super) async fn cards(State(floor): On, wanted: Wanted) -> Outcome<Json<Value>> {
    let says = wanted.says.clone().unwrap_or_default();
    if wanted.waits() {
        let fits = |message: &Message| message.says(&says);
        soon(
            floor.discord.card_where("a card", fits),
            &wanted.described("a card"),
        )
        .await?;
    }
    Ok(Json(shown::messages(
        &floor.discord,
        &wanted.among(floor.discord.cards()),
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scan {
    message: Option<Snowflake>,
    hostname: Option<String>,
    #[serde(default = "yes")]
    online: bool,
}

fn yes() -> bool {
    true
}

/// The person's device reads the code and joins with it.
pub(super) async fn scan(
    State(floor): On,
    Part(name): Part<String>,
    Given(scan): Given<Scan>,
) -> Outcome<Json<Value>> {
    let member = floor.known(&name)?;
    let key = match scan.message {
        Some(Snowflake(id)) => floor.message(id)?.scan(),
        None => newest_key(&member),
    };
    let key = key
        .ok_or_else(|| Trouble::refused(format!("{name} sees no message with a code to scan.")))?;
    let hostname = scan.hostname.unwrap_or_else(|| format!("{name}s-device"));
    let joined = floor.headscale.join(&key, &hostname);
    let node = joined
        .map_err(|refused| Trouble::refused(format!("The device cannot join: {refused}.")))?;
    if scan.online {
        floor.headscale.set_online(node.id, true);
    }
    Ok(Json(shown::node(&floor.headscale, &node)))
}

fn newest_key(member: &Member) -> Option<String> {
    let mut seen = [member.letters(), member.answers()].concat();
    seen.sort_by_key(Message::id);
    seen.iter().rev().find_map(Message::scan)
}

pub(super) async fn message(State(floor): On, Part(id): Part<Id>) -> Outcome<Json<Value>> {
    let message = floor.message(id)?;
    Ok(Json(shown::message(&floor.discord, &message)))
}

pub(super) async fn picture(State(floor): On, Part(id): Part<Id>) -> Outcome<Response> {
    let png = floor.message(id)?.qr_png();
    let png = png.ok_or_else(|| Trouble::missing(format!("Message {id} has no picture.")))?;
    Ok(([(CONTENT_TYPE, "image/png")], png).into_response())
}
