//! Discord's refusals of commands, and its client's refusals to send them.

use reqwest::Method;
use serde_json::{Value, json};
use stand_ins::discord::Discord;

use crate::raw::{Raw, wrong_at};

fn path(discord: &Discord) -> String {
    format!(
        "/applications/{}/guilds/{}/commands",
        discord.application_id(),
        discord.guild_id()
    )
}

fn named(name: &str) -> Value {
    json!([{"name": name, "description": "d"}])
}

fn with_options(options: Value) -> Value {
    json!([{"name": "c", "description": "d", "options": options}])
}

fn option(name: &str, required: bool) -> Value {
    json!({"type": 3, "name": name, "description": "d", "required": required})
}

fn long(count: usize) -> String {
    "x".repeat(count)
}

/// Bodies Discord refuses with 50035, and where it points.
fn wrong_forms() -> Vec<(Value, &'static str)> {
    [wrong_commands(), wrong_options(), wrong_people()].concat()
}

/// The command itself.
fn wrong_commands() -> Vec<(Value, &'static str)> {
    vec![
        (named("Request"), "0.name"),
        (named("request device"), "0.name"),
        (named(""), "0.name"),
        (named(&long(33)), "0.name"),
        (json!([{"name": "c"}]), "0.description"),
        (
            json!([{"name": "c", "description": long(101)}]),
            "0.description",
        ),
        (
            json!([{"name": "c", "description": "d",
                "description_localizations": {"deutsch": "d"}}]),
            "0.description_localizations.deutsch",
        ),
        (
            json!([{"name": "c", "description": "d", "name_localizations": {"de": "Groß"}}]),
            "0.name_localizations.de",
        ),
        (json!([named("c")[0], named("c")[0]]), "1"),
        (
            json!([{"name": "c", "description": "d", "default_member_permissions": "all"}]),
            "0.default_member_permissions",
        ),
    ]
}

/// Its options.
fn wrong_options() -> Vec<(Value, &'static str)> {
    let many: Vec<_> = (0..26).map(|n| option(&format!("o{n}"), true)).collect();
    let choices: Vec<_> = (0..26)
        .map(|n| json!({"name": n.to_string(), "value": n.to_string()}))
        .collect();
    let heavy: Vec<_> = (0..25)
        .map(|n| {
            let choices: Vec<_> = (0..3)
                .map(|m| json!({"name": format!("{m}{}", long(99)), "value": long(99)}))
                .collect();
            json!({"type": 3, "name": format!("o{n}"), "description": long(100), "choices": choices})
        })
        .collect();
    vec![
        (with_options(json!(many)), "0.options"),
        (
            with_options(json!([option("a", false), option("b", true)])),
            "0.options.1",
        ),
        (
            with_options(json!([option("a", true), option("a", true)])),
            "0.options.1.name",
        ),
        (
            with_options(json!([{"type": 3, "name": "a"}])),
            "0.options.0.description",
        ),
        (
            with_options(json!([{"type": 12, "name": "a", "description": "d"}])),
            "0.options.0.type",
        ),
        (
            with_options(json!([{"type": 3, "name": "a", "description": "d", "choices": choices}])),
            "0.options.0.choices",
        ),
        (
            with_options(
                json!([{"type": 3, "name": "a", "description": "d", "autocomplete": true,
                "choices": [{"name": "n", "value": "v"}]}]),
            ),
            "0.options.0",
        ),
        (
            with_options(json!([{"type": 3, "name": "a", "description": "d",
                "choices": [{"name": "n", "value": long(101)}]}])),
            "0.options.0.choices.0.value",
        ),
        (
            with_options(json!([{"type": 3, "name": "a", "description": "d", "max_length": 6001}])),
            "0.options.0.max_length",
        ),
        (with_options(json!(heavy)), "0"),
    ]
}

/// A person is neither chosen from a list nor measured.
fn wrong_people() -> Vec<(Value, &'static str)> {
    vec![
        (
            with_options(json!([{"type": 6, "name": "a", "description": "d", "max_length": 9}])),
            "0.options.0.max_length",
        ),
        (
            with_options(json!([{"type": 6, "name": "a", "description": "d",
                "choices": [{"name": "n", "value": "v"}]}])),
            "0.options.0.choices",
        ),
    ]
}

#[tokio::test]
async fn every_bad_command_is_refused_where_it_is_wrong() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    for (body, place) in wrong_forms() {
        let (status, answer) = raw.send(Method::PUT, &path(&discord), Some(&body)).await;
        assert_eq!((status, &answer["code"]), (400, &json!(50035)), "{body}");
        assert!(
            wrong_at(&answer, place),
            "{place} is not in {answer} for {body}"
        );
    }
    for name in ["request-device", "größe", "設定", "a_b'c"] {
        let put = raw
            .send(Method::PUT, &path(&discord), Some(&named(name)))
            .await;
        assert_eq!(put.0, 200, "{name}");
    }
}

#[tokio::test]
async fn translations_are_listed_only_when_asked_for_and_ids_outlive_a_change() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let put = async |text: &str| {
        let body = json!([{"name": "c", "description": text,
            "description_localizations": {"de": "deutsch"}}]);
        raw.send(Method::PUT, &path(&discord), Some(&body)).await.1[0].clone()
    };
    let (first, second) = (put("one").await, put("two").await);
    assert_eq!(first["id"], second["id"]);
    assert_ne!(first["version"], second["version"]);
    assert_eq!(second["description_localizations"]["de"], "deutsch");
    let plain = raw.send(Method::GET, &path(&discord), None).await.1;
    assert!(plain[0].get("description_localizations").is_none());
    let full = format!("{}?with_localizations=true", path(&discord));
    let full = raw.send(Method::GET, &full, None).await.1;
    assert_eq!(full[0], second);
    assert_eq!(discord.complaints(), []);
    put("two").await;
    assert_eq!(discord.take_complaints().len(), 1);
}

#[tokio::test]
async fn a_guild_takes_two_hundred_new_names_a_day() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let batch = |day: usize| -> Value {
        (0..100)
            .map(|n| json!({"name": format!("c{day}-{n}"), "description": "d"}))
            .collect()
    };
    for (n, expected) in [200, 200, 429].into_iter().enumerate() {
        let put = raw
            .send(Method::PUT, &path(&discord), Some(&batch(n)))
            .await;
        assert_eq!(put.0, expected);
    }
    discord.pass_time(std::time::Duration::from_hours(25));
    assert_eq!(
        raw.send(Method::PUT, &path(&discord), Some(&batch(2)))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn foreign_applications_and_guilds_are_refused() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let foreign = format!("/applications/7/guilds/{}/commands", discord.guild_id());
    assert_eq!(
        raw.send(Method::PUT, &foreign, Some(&named("c"))).await.0,
        403
    );
    let elsewhere = format!(
        "/applications/{}/guilds/7/commands",
        discord.application_id()
    );
    let refused = raw.send(Method::PUT, &elsewhere, Some(&named("c"))).await;
    assert_eq!((refused.0, &refused.1["code"]), (403, &json!(50001)));
}
