//! The stand-ins' things as JSON. Discord's ids are text, as Discord writes them.

use serde_json::{Value, json};

use stand_ins::discord::model::{AckKind, ChannelKind, Id, World};
use stand_ins::discord::{Answer, Discord, Message, Modal};
use stand_ins::headscale::{Headscale, Key, Node, User};

/// A message as somebody sees it, with what a camera reads from its picture.
pub(super) fn message(discord: &Discord, message: &Message) -> Value {
    let buttons = message.buttons();
    let buttons = buttons
        .iter()
        .map(|button| json!({"label": button.label, "enabled": !button.disabled}));
    let files = message.attachments().iter();
    let files = files.map(|file| {
        json!({"name": file.filename, "description": file.description, "bytes": file.bytes.len()})
    });
    let id = message.id().to_string();
    let picture = message.qr_png().map(|_| format!("/messages/{id}/qr.png"));
    json!({
        "id": id,
        "where": place(discord, message.id()),
        "text": message.text(),
        "buttons": buttons.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "qr": picture,
        "key": message.scan(),
        "created": message.created(),
        "edited": message.edited(),
    })
}

pub(super) fn messages(discord: &Discord, list: &[Message]) -> Value {
    list.iter().map(|one| message(discord, one)).collect()
}

/// The place of a message, which decides who sees it.
pub(super) fn place(discord: &Discord, message: Id) -> String {
    discord
        .world(|world| {
            let record = world.messages.get(&message)?;
            if let Some(person) = record.seen_only_by {
                return Some(format!("only {} sees", name(world, person)));
            }
            let channel = world.channels.get(&record.channel)?;
            Some(match channel.kind {
                ChannelKind::GuildText { .. } => format!("#{}", channel.name),
                ChannelKind::Dm { recipient } => {
                    format!("direct message to {}", name(world, recipient))
                }
            })
        })
        .unwrap_or_else(|| "nowhere any more".into())
}

fn name(world: &World, person: Id) -> &str {
    world
        .users
        .get(&person)
        .map_or("nobody", |user| &user.username)
}

/// The outcome of something that a person did.
pub(super) fn answer(discord: &Discord, answer: &Answer) -> Value {
    // A click that is merely taken changes nothing yet.
    let seen = answer
        .message
        .as_ref()
        .filter(|_| answer.kind != AckKind::DeferredUpdate);
    json!({
        "kind": kind(answer.kind),
        "private": answer.ephemeral,
        "message": seen.map(|seen| message(discord, seen)),
        "form": answer.modal.as_ref().map(form),
    })
}

fn kind(kind: AckKind) -> &'static str {
    match kind {
        AckKind::Message | AckKind::Deferred => "message",
        AckKind::DeferredUpdate => "taken",
        AckKind::Update => "update",
        AckKind::Modal => "form",
    }
}

fn form(modal: &Modal) -> Value {
    let inputs = modal.inputs.iter().map(|input| {
        json!({
            "label": input.label,
            "name": input.custom_id,
            "required": input.required,
            "most_characters": input.max_length,
        })
    });
    json!({"title": modal.title, "inputs": inputs.collect::<Vec<_>>()})
}

pub(super) fn users(headscale: &Headscale) -> Value {
    headscale.users().iter().map(user).collect()
}

pub(super) fn user(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "display_name": user.display_name,
        "created": user.created_at,
    })
}

pub(super) fn keys(headscale: &Headscale) -> Value {
    let live: Vec<u64> = headscale.live_keys().iter().map(|key| key.id).collect();
    let shown = |one: &Key| {
        json!({
            "id": one.id,
            "user": owner(headscale, one.user),
            "secret": one.secret,
            "live": live.contains(&one.id),
            "used": one.used,
            "reusable": one.reusable,
            "ephemeral": one.ephemeral,
            "tags": one.tags,
            "expiration": one.expiration,
            "created": one.created_at,
        })
    };
    headscale.keys().iter().map(shown).collect()
}

pub(super) fn nodes(headscale: &Headscale) -> Value {
    headscale
        .nodes()
        .iter()
        .map(|one| node(headscale, one))
        .collect()
}

pub(super) fn node(headscale: &Headscale, node: &Node) -> Value {
    json!({
        "id": node.id,
        "hostname": node.name,
        "name": node.given_name,
        "user": owner(headscale, node.user),
        "key": node.key.as_ref().map(|key| key.id),
        "addresses": node.addresses,
        "tags": node.tags,
        "online": node.online,
        "created": node.created_at,
    })
}

fn owner(headscale: &Headscale, id: Option<u64>) -> Option<String> {
    let users = headscale.users();
    let found = users.into_iter().find(|user| Some(user.id) == id);
    found.map(|user| user.name)
}
