//! Discord's refusals of messages, one row per rule.

use reqwest::Method;
use serde_json::{Value, json};
use stand_ins::discord::Discord;

use crate::raw::{Raw, finish, wrong_at};

fn button(id: &str) -> Value {
    json!({"type": 2, "style": 1, "label": "Press", "custom_id": id})
}

fn row(inside: &[Value]) -> Value {
    json!({"type": 1, "components": inside})
}

fn with_rows(rows: &[Value]) -> Value {
    json!({"content": "x", "components": rows})
}

fn with_component(component: Value) -> Value {
    with_rows(&[row(&[component])])
}

fn with_embed(embed: Value) -> Value {
    json!({"embeds": [embed]})
}

fn select(options: usize) -> Value {
    let options: Vec<_> = (0..options)
        .map(|n| json!({"label": n.to_string(), "value": n.to_string()}))
        .collect();
    json!({"type": 3, "custom_id": "s", "options": options})
}

/// Bodies Discord refuses with 50035, and where it points.
fn wrong_forms() -> Vec<(Value, &'static str)> {
    [
        wrong_texts(),
        wrong_embeds(),
        wrong_rows(),
        wrong_components(),
    ]
    .concat()
}

fn long(count: usize) -> String {
    "x".repeat(count)
}

/// Fields of the message itself.
fn wrong_texts() -> Vec<(Value, &'static str)> {
    let ids: Vec<_> = (1..=101).map(|n: u64| n.to_string()).collect();
    vec![
        (json!({"content": long(2001)}), "content"),
        (json!({"content": 7}), "content"),
        (json!({"content": "x", "flags": 64}), "flags"),
        (json!({"content": "x", "nonce": long(26)}), "nonce"),
        (json!({"content": "x", "tts": "yes"}), "tts"),
        (
            json!({"content": "x", "attachments": [{"id": 0}]}),
            "attachments.0",
        ),
        (
            json!({"content": "x", "attachments": [{"filename": "a"}]}),
            "attachments.0.id",
        ),
        (
            json!({"content": "x", "flags": 1 << 15,
                "components": [{"type": 10, "content": "V2"}]}),
            "flags",
        ),
        (
            json!({"content": "x", "allowed_mentions": {"parse": ["all"]}}),
            "allowed_mentions.parse.0",
        ),
        (
            json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}),
            "allowed_mentions",
        ),
        (
            json!({"content": "x", "allowed_mentions": {"users": ids}}),
            "allowed_mentions.users",
        ),
    ]
}

/// Embeds.
fn wrong_embeds() -> Vec<(Value, &'static str)> {
    let fields: Vec<_> = (0..26)
        .map(|_| json!({"name": "n", "value": "v"}))
        .collect();
    let described = json!({"description": long(3001)});
    vec![
        (json!({"embeds": vec![json!({"title": "t"}); 11]}), "embeds"),
        (json!({"embeds": [described, described]}), "embeds"),
        (with_embed(json!({})), "embeds.0.description"),
        (with_embed(json!({"title": long(257)})), "embeds.0.title"),
        (
            with_embed(json!({"description": long(4097)})),
            "embeds.0.description",
        ),
        (
            with_embed(json!({"footer": {"text": long(2049)}})),
            "embeds.0.footer.text",
        ),
        (
            with_embed(json!({"author": {"name": long(257)}})),
            "embeds.0.author.name",
        ),
        (with_embed(json!({"fields": fields})), "embeds.0.fields"),
        (
            with_embed(json!({"fields": [{"name": "n"}]})),
            "embeds.0.fields.0.value",
        ),
        (
            with_embed(json!({"fields": [{"name": " ", "value": "v"}]})),
            "embeds.0.fields.0.name",
        ),
        (
            with_embed(json!({"fields": [{"name": "n", "value": long(1025)}]})),
            "embeds.0.fields.0.value",
        ),
        (
            with_embed(json!({"title": "t", "color": 0x0100_0000})),
            "embeds.0.color",
        ),
        (
            with_embed(json!({"title": "t", "timestamp": "now"})),
            "embeds.0.timestamp",
        ),
        (
            with_embed(json!({"title": "t", "url": "example.org"})),
            "embeds.0.url",
        ),
        (
            with_embed(json!({"image": {"url": "attachment://qr.png"}})),
            "embeds.0.image.url",
        ),
    ]
}

/// Rows and what goes into one.
fn wrong_rows() -> Vec<(Value, &'static str)> {
    let six: Vec<_> = (0..6).map(|n| button(&n.to_string())).collect();
    let rows: Vec<_> = six
        .iter()
        .map(|one| row(std::slice::from_ref(one)))
        .collect();
    vec![
        (with_rows(&rows), "components"),
        (with_rows(&[row(&six)]), "components.0.components"),
        (with_rows(&[row(&[])]), "components.0.components"),
        (with_rows(&[button("a")]), "components.0.type"),
        (
            with_rows(&[row(&[button("a"), select(1)])]),
            "components.0.components",
        ),
        (
            with_rows(&[row(&[button("a"), button("a")])]),
            "components.0.components.1.custom_id",
        ),
        (
            with_rows(&[json!({"type": 10, "content": "V2"})]),
            "components.0.type",
        ),
    ]
}

/// Single buttons and selects.
fn wrong_components() -> Vec<(Value, &'static str)> {
    vec![
        (
            with_component(json!({"type": 4, "custom_id": "a"})),
            "components.0.components.0.type",
        ),
        (
            with_component(json!({"type": 2, "style": 1, "label": "x"})),
            "components.0.components.0.custom_id",
        ),
        (
            with_component(json!({"type": 2, "style": 9, "label": "x", "custom_id": "a"})),
            "components.0.components.0.style",
        ),
        (
            with_component(json!({"type": 2, "style": 1, "custom_id": "a"})),
            "components.0.components.0",
        ),
        (
            with_component(json!({"type": 2, "style": 5, "label": "x", "custom_id": "a"})),
            "components.0.components.0.style",
        ),
        (
            with_component(button(&long(101))),
            "components.0.components.0.custom_id",
        ),
        (
            with_component(button("")),
            "components.0.components.0.custom_id",
        ),
        (
            with_component(json!({"type": 2, "style": 1, "label": long(81), "custom_id": "a"})),
            "components.0.components.0.label",
        ),
        (
            with_component(select(26)),
            "components.0.components.0.options",
        ),
        (
            with_component(select(0)),
            "components.0.components.0.options",
        ),
    ]
}

#[tokio::test]
async fn every_bad_form_is_refused_where_it_is_wrong() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let path = format!("/channels/{}/messages", discord.admin_channel_id());
    for (body, place) in wrong_forms() {
        let (status, answer) = raw.post(&path, &body).await;
        assert_eq!((status, &answer["code"]), (400, &json!(50035)), "{body}");
        assert!(
            wrong_at(&answer, place),
            "{place} is not in {answer} for {body}"
        );
    }
    assert!(discord.cards().is_empty());
}

#[tokio::test]
async fn an_empty_message_and_a_body_that_is_no_json_have_their_own_codes() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let path = format!("/channels/{}/messages", discord.admin_channel_id());
    for body in [
        json!({}),
        json!({"content": " \n"}),
        json!({"components": [row(&[button("a")])]}),
    ] {
        assert_eq!(raw.post(&path, &body).await.1["code"], 50006, "{body}");
    }
    let request = raw
        .request(Method::POST, &path)
        .header("content-type", "application/json");
    assert_eq!(finish(request.body("{\"content\":")).await.1["code"], 50109);
    let (status, answer) = finish(raw.request(Method::POST, &path).body("{}")).await;
    assert_eq!((status, &answer["code"]), (400, &json!(50035)));
}

#[tokio::test]
async fn files_are_bounded_in_size_and_number() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let path = format!("/channels/{}/messages", discord.admin_channel_id());
    let body = json!({"content": "", "attachments": [{"id": 0, "filename": "a.bin"}]});
    let mebibyte = 1024 * 1024;
    let big = raw
        .upload(
            &path,
            &body,
            &[("files[0]", "a.bin", vec![0; 10 * mebibyte + 1])],
        )
        .await;
    assert_eq!(big.1["code"], 50045);
    let (a, b, c) = (
        vec![0; 9 * mebibyte],
        vec![0; 9 * mebibyte],
        vec![0; 9 * mebibyte],
    );
    let files = [
        ("files[0]", "a.bin", a),
        ("files[1]", "b.bin", b),
        ("files[2]", "c.bin", c),
    ];
    let (status, answer) = raw.upload(&path, &body, &files).await;
    assert_eq!((status, &answer["code"]), (413, &json!(40005)));
    let fine = raw
        .upload(&path, &body, &[("files[0]", "a.bin", vec![7; 12])])
        .await;
    assert_eq!(
        (fine.0, &fine.1["attachments"][0]["size"]),
        (200, &json!(12))
    );
}

#[tokio::test]
async fn an_edit_keeps_what_it_lists_and_drops_the_rest() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let path = format!("/channels/{}/messages", discord.admin_channel_id());
    let body = json!({
        "embeds": [{"title": "t", "image": {"url": "attachment://a.png"}}],
        "attachments": [{"id": "0", "description": "a picture"}],
    });
    let files = [("files[0]", "a.png", vec![1, 2, 3])];
    let (_, posted) = raw.upload(&path, &body, &files).await;
    let file = posted["attachments"][0]["id"].clone();
    assert_eq!(
        posted["embeds"][0]["image"]["url"],
        posted["attachments"][0]["url"]
    );
    let path = format!("{path}/{}", posted["id"].as_str().unwrap());
    let edit = async |body: Value| raw.send(Method::PATCH, &path, Some(&body)).await;
    assert_eq!(edit(json!({})).await.1["attachments"][0]["id"], file);
    let kept = edit(json!({"attachments": [{"id": file}]})).await.1;
    assert_eq!(kept["attachments"].as_array().unwrap().len(), 1);
    assert_eq!(
        edit(json!({"attachments": [{"id": "7"}]})).await.1["code"],
        50035
    );
    let dangling = edit(json!({"attachments": []})).await.1;
    assert!(wrong_at(&dangling, "embeds.0.image.url"), "{dangling}");
    assert_eq!(
        edit(json!({"attachments": [], "embeds": []})).await.1["code"],
        50006
    );
    let blanked = edit(json!({"attachments": [], "embeds": [{"title": "gone"}]}))
        .await
        .1;
    assert_eq!(blanked["attachments"], json!([]));
}

#[tokio::test]
async fn a_foreign_or_unknown_message_cannot_be_edited() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let foreign = discord.member("alice").writes("hello");
    let general = format!("/channels/{}/messages", discord.general_channel_id());
    let body = json!({"content": "hi", "allowed_mentions": {"parse": []}});
    let edit = async |path: String| {
        let (status, answer) = raw.send(Method::PATCH, &path, Some(&body)).await;
        (status, answer["code"].as_u64().unwrap())
    };
    assert_eq!(
        edit(format!("{general}/{}", foreign.id())).await,
        (403, 50005)
    );
    assert_eq!(edit(format!("{general}/7")).await, (404, 10008));
    assert_eq!(edit("/channels/7/messages/7".into()).await, (404, 10003));
    let elsewhere = format!(
        "/channels/{}/messages/{}",
        discord.admin_channel_id(),
        foreign.id()
    );
    assert_eq!(edit(elsewhere).await, (404, 10008));
}
