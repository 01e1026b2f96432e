//! What Discord's published description says of the stand-in's answers, route by route, and of bodies sent to it.

use reqwest::Method;
use serde_json::{Value, json};
use stand_ins::discord::{Discord, openapi::Spec};

use crate::raw::Raw;

pub(crate) async fn every_answer_of_the_stand_in_is_as_described(spec: Spec) {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let (guild, admin) = (discord.guild_id(), discord.admin_channel_id());
    let alice = discord.member("alice").id();
    let application = discord.application_id();
    raw.post(
        "/users/@me/channels",
        &json!({"recipient_id": alice.to_string()}),
    )
    .await;
    let commands = format!("/applications/{application}/guilds/{guild}/commands");
    raw.send(
        Method::PUT,
        &commands,
        Some(&json!([{"name": "ping", "description": "pong"}])),
    )
    .await;
    let message = raw
        .post(&format!("/channels/{admin}/messages"), &card())
        .await
        .1;
    let message = message["id"].as_str().unwrap().to_owned();
    let edit = json!({"content": "", "allowed_mentions": {"parse": []}, "components": []});
    let path = format!("/channels/{admin}/messages/{message}");
    raw.send(Method::PATCH, &path, Some(&edit)).await;
    for path in [
        "/gateway",
        "/gateway/bot",
        "/users/@me",
        "/users/@me/guilds",
        "/applications/@me",
        "/users/7",
        &format!("/users/{alice}"),
        &format!("/guilds/{guild}"),
        &format!("/guilds/{guild}/roles"),
        &format!("/guilds/{guild}/channels"),
        &format!("/guilds/{guild}/members/{alice}"),
        &format!("/guilds/{guild}/members/7"),
        &format!("/channels/{admin}"),
        &format!("/channels/{admin}/messages"),
        &path,
        &commands,
        "/channels/7",
        "/guilds/7",
    ] {
        raw.send(Method::GET, path, None).await;
    }
    raw.send(Method::DELETE, &path, None).await;
    assert_eq!(spec.check(&discord.calls()), Vec::<String>::new());
}

fn card() -> Value {
    json!({
        "embeds": [{
            "title": "t", "color": 255, "timestamp": "2026-01-01T00:00:00Z",
            "footer": {"text": "f"}, "author": {"name": "a"},
            "fields": [{"name": "n", "value": "v"}],
        }],
        "components": [{"type": 1, "components": [
            {"type": 2, "style": 3, "label": "Approve", "custom_id": "a", "emoji": {"name": "✅"}},
            {"type": 2, "style": 5, "label": "Docs", "url": "https://example.org"},
        ]}],
    })
}

pub(crate) async fn an_answer_that_is_not_as_described_is_found(spec: Spec) {
    let discord = Discord::start().await;
    Raw::new(&discord)
        .send(Method::GET, "/users/@me", None)
        .await;
    let mut calls = discord.calls();
    assert_eq!(spec.check(&calls), Vec::<String>::new());
    calls[0].answer.as_mut().unwrap()["username"] = Value::Null;
    assert_eq!(spec.check(&calls).len(), 1);
}

pub(crate) async fn the_description_catches_what_it_can_express(spec: Spec) {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let path = format!("/channels/{}/messages", discord.admin_channel_id());
    raw.post(&path, &json!({"content": 7})).await;
    raw.post(
        &path,
        &json!({"content": "x", "allowed_mentions": {"parse": ["all"]}}),
    )
    .await;
    raw.post(&path, &json!({"content": "x", "nonce": "n".repeat(26)}))
        .await;
    let found = spec.check(&discord.calls());
    assert_eq!(
        found
            .iter()
            .filter(|text| text.contains(" request "))
            .count(),
        3,
        "{found:#?}"
    );
}
