//! The stand-in's answers, route by route, and its refusals, held against Discord's published description.

use reqwest::Method;
use serde_json::{Value, json};
use stand_ins::discord::{Discord, Forged, openapi::Spec};

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
        "/oauth2/applications/@me",
        &format!("/guilds/{guild}"),
        &format!("/guilds/{guild}/members/{alice}"),
        &format!("/guilds/{guild}/members/7"),
        &format!("/channels/{admin}"),
        &commands,
        "/channels/7",
        "/guilds/7",
    ] {
        raw.send(Method::GET, path, None).await;
    }
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

/// A body in which something is as long as this.
type Body = fn(usize) -> Value;

const MESSAGES: [(usize, Body); 13] = [
    (2000, |length| json!({"content": text(length)})),
    (25, |length| json!({"content": "x", "nonce": text(length)})),
    (
        10,
        |length| json!({"embeds": vec![json!({"title": "t"}); length]}),
    ),
    (256, |length| embed("title", json!(text(length)))),
    (4096, |length| embed("description", json!(text(length)))),
    (2048, |length| {
        embed("footer", json!({"text": text(length)}))
    }),
    (25, |length| {
        embed(
            "fields",
            vec![json!({"name": "n", "value": "v"}); length].into(),
        )
    }),
    (256, |length| {
        embed("fields", json!([{"name": text(length), "value": "v"}]))
    }),
    (1024, |length| {
        embed("fields", json!([{"name": "n", "value": text(length)}]))
    }),
    (5, |length| {
        rows(
            (0..length)
                .map(|n| vec![button(&n.to_string(), "x")])
                .collect(),
        )
    }),
    (5, |length| {
        rows(vec![
            (0..length).map(|n| button(&n.to_string(), "x")).collect(),
        ])
    }),
    (100, |length| rows(vec![vec![button(&text(length), "x")]])),
    (80, |length| rows(vec![vec![button("a", &text(length))]])),
];

const COMMANDS: [(usize, Body); 6] = [
    (
        32,
        |length| json!([{"name": text(length), "description": "d"}]),
    ),
    (
        100,
        |length| json!([{"name": "c", "description": text(length)}]),
    ),
    (25, |length| {
        options(
            (0..length)
                .map(|n| option(&format!("o{n}"), "d", "a"))
                .collect(),
        )
    }),
    (32, |length| options(vec![option(&text(length), "d", "a")])),
    (100, |length| options(vec![option("o", &text(length), "a")])),
    (100, |length| options(vec![option("o", "d", &text(length))])),
];

const FORMS: [(usize, Body); 5] = [
    (45, |length| form(&text(length), vec![input("a", "A", "p")])),
    (5, |length| {
        form(
            "t",
            (0..length)
                .map(|n| input(&n.to_string(), "A", "p"))
                .collect(),
        )
    }),
    (100, |length| {
        form("t", vec![input(&text(length), "A", "p")])
    }),
    (45, |length| form("t", vec![input("a", &text(length), "p")])),
    (100, |length| {
        form("t", vec![input("a", "A", &text(length))])
    }),
];

fn text(length: usize) -> String {
    "x".repeat(length)
}

fn embed(key: &str, value: Value) -> Value {
    let mut embed = json!({"title": "t"});
    embed[key] = value;
    json!({"embeds": [embed]})
}

fn rows(rows: Vec<Vec<Value>>) -> Value {
    let rows = rows.into_iter();
    let rows = rows.map(|row| json!({"type": 1, "components": row}));
    json!({"content": "x", "components": rows.collect::<Vec<_>>()})
}

fn button(id: &str, label: &str) -> Value {
    json!({"type": 2, "style": 1, "label": label, "custom_id": id})
}

fn options(options: Vec<Value>) -> Value {
    json!([{"name": "c", "description": "d", "options": options}])
}

fn option(name: &str, description: &str, choice: &str) -> Value {
    json!({
        "type": 3, "name": name, "description": description,
        "choices": [{"name": choice, "value": choice}],
    })
}

fn form(title: &str, rows: Vec<Value>) -> Value {
    json!({"type": 9, "data": {"custom_id": "m", "title": title, "components": rows}})
}

fn input(id: &str, label: &str, placeholder: &str) -> Value {
    let input = json!({
        "type": 4, "style": 1, "custom_id": id, "label": label, "placeholder": placeholder,
    });
    json!({"type": 1, "components": [input]})
}

/// The stand-in knows the limits by heart, because it refuses as Discord does, description or not.
pub(crate) async fn no_limit_of_the_stand_in_is_wider_than_the_descriptions(spec: Spec) {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let mallory = discord.member("mallory");
    for (limit, body) in MESSAGES {
        let path = format!("/channels/{}/messages", discord.admin_channel_id());
        for length in [limit, limit + 1] {
            raw.post(&path, &body(length)).await;
        }
    }
    for (limit, body) in COMMANDS {
        let (application, guild) = (discord.application_id(), discord.guild_id());
        let path = format!("/applications/{application}/guilds/{guild}/commands");
        for length in [limit, limit + 1] {
            raw.send(Method::PUT, &path, Some(&body(length))).await;
        }
    }
    for (limit, body) in FORMS {
        for length in [limit, limit + 1] {
            let asked = discord.forge(Forged::command(&mallory, "c", &json!([])));
            let path = format!("/interactions/{}/{}/callback", asked.id(), asked.token());
            raw.post(&path, &body(length)).await;
        }
    }
    let calls = discord.calls();
    assert_eq!(
        calls.len(),
        2 * (MESSAGES.len() + COMMANDS.len() + FORMS.len())
    );
    let mut alone = 0;
    for (n, call) in calls.into_iter().enumerate() {
        let refused = call.status == Some(400);
        assert_eq!(refused, n % 2 == 1, "{:?}", call.body);
        let found = spec.check(std::slice::from_ref(&call));
        let judged = found.iter().any(|text| text.contains(" request "));
        assert!(refused || !judged, "{found:?}");
        alone += usize::from(refused && !judged);
    }
    // Texts of 2000 characters, and five rows in messages and forms: what is longer is for others than this bot.
    assert_eq!(alone, 3);
}
