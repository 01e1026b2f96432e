//! The story so far, to be read from top to bottom, and a careful observer's complaints.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::floor::On;
use super::shown;

/// Every message of the bot as it is now, oldest first, then the devices.
pub(super) async fn told(State(floor): On) -> String {
    let mut ids: Vec<_> = floor
        .discord
        .world(|world| world.messages.keys().copied().collect());
    ids.sort_unstable();
    let messages = ids.into_iter().filter_map(|id| floor.discord.message(id));
    let mut text = String::new();
    for message in messages {
        let _ = writeln!(
            text,
            "── {}, message {}",
            shown::place(&floor.discord, message.id()),
            message.id()
        );
        let _ = writeln!(text, "{}\n", message.text());
    }
    for node in floor.headscale.nodes() {
        let standing = if node.online { "online" } else { "offline" };
        let _ = writeln!(
            text,
            "── Headscale: node {} {:?} is {standing}",
            node.id, node.given_name
        );
    }
    text
}

pub(super) async fn complaints(State(floor): On) -> Json<Value> {
    let discord: Vec<String> = floor
        .discord
        .complaints()
        .iter()
        .map(ToString::to_string)
        .collect();
    Json(json!({"discord": discord, "headscale": floor.headscale.complaints()}))
}
