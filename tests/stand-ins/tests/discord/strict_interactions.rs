//! Discord's refusals of answers to interactions, one row per rule.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use stand_ins::discord::{Discord, Forged, Interaction, Member, Message, model::AckKind};

use crate::raw::{Raw, wrong_at};

struct Scene {
    discord: Discord,
    raw: Raw,
    alice: Member,
    card: Message,
}

impl Scene {
    async fn set() -> Self {
        let discord = Discord::start().await;
        let raw = Raw::new(&discord);
        let body = json!({"embeds": [{"title": "t"}], "components": [{"type": 1, "components": [
            {"type": 2, "style": 1, "label": "Press", "custom_id": "press"},
            {"type": 2, "style": 1, "label": "Off", "custom_id": "off", "disabled": true},
        ]}]});
        raw.post(
            &format!("/channels/{}/messages", discord.general_channel_id()),
            &body,
        )
        .await;
        let alice = discord.member("alice");
        let card = discord.messages_in(discord.general_channel_id()).remove(0);
        Self {
            discord,
            raw,
            alice,
            card,
        }
    }

    fn command(&self) -> Interaction {
        self.discord
            .forge(Forged::command(&self.alice, "request-device", &json!([])))
    }

    fn click(&self) -> Interaction {
        self.alice.press_now(&self.card, "Press").unwrap()
    }

    fn form(&self, message: Option<&Message>) -> Interaction {
        self.discord.forge(Forged::form(
            &self.alice,
            message,
            "form",
            &[("reason", "why")],
        ))
    }

    async fn answer(&self, to: &Interaction, body: Value) -> (u16, Value) {
        let path = format!("/interactions/{}/{}/callback", to.id(), to.token());
        self.raw.post(&path, &body).await
    }

    /// Status and code of an edit of the answer, under the token.
    async fn edit(&self, to: &Interaction) -> (u16, u64) {
        let path = format!(
            "/webhooks/{}/{}/messages/@original",
            self.discord.application_id(),
            to.token()
        );
        let body = json!({"content": "more", "allowed_mentions": {"parse": []}});
        let (status, answer) = self.raw.send(Method::PATCH, &path, Some(&body)).await;
        (status, answer["code"].as_u64().unwrap_or_default())
    }
}

fn text(flags: u64) -> Value {
    json!({"type": 4, "data": {
        "content": "hello", "flags": flags, "allowed_mentions": {"parse": []},
    }})
}

fn modal() -> Value {
    json!({"type": 9, "data": {"custom_id": "m", "title": "Why", "components": [
        {"type": 1, "components": [
            {"type": 4, "custom_id": "reason", "label": "Reason", "style": 2},
        ]},
    ]}})
}

#[tokio::test]
async fn each_kind_takes_its_own_types_of_answer() {
    let scene = Scene::set().await;
    let fits = async |to: Interaction| {
        let mut taken = Vec::new();
        for kind in 0..14 {
            let body = match kind {
                9 => modal(),
                4 | 7 => json!({"type": kind, "data": text(0)["data"]}),
                _ => json!({"type": kind}),
            };
            // A refused answer leaves the interaction open; an accepted one ends it.
            let again = scene.discord.forge(repeat(&scene, &to));
            let (status, answer) = scene.answer(&again, body).await;
            match status {
                204 => taken.push(kind),
                _ => assert!(wrong_at(&answer, "type"), "{kind}: {answer}"),
            }
        }
        taken
    };
    assert_eq!(fits(scene.command()).await, [4, 5, 9]);
    assert_eq!(fits(scene.click()).await, [4, 5, 6, 7, 9]);
    assert_eq!(fits(scene.form(None)).await, [4, 5, 6]);
    assert_eq!(fits(scene.form(Some(&scene.card))).await, [4, 5, 6, 7]);
}

/// A fresh interaction of the same kind.
fn repeat(scene: &Scene, like: &Interaction) -> Forged {
    use stand_ins::discord::model::InteractionKind as Kind;
    match scene
        .discord
        .world(|world| world.interactions[&like.id()].kind)
    {
        Kind::Command => Forged::command(&scene.alice, "request-device", &json!([])),
        Kind::Component { .. } => Forged::click(&scene.alice, &scene.card, "press"),
        Kind::ModalSubmit { message } => {
            let message = message.map(|_| &scene.card);
            Forged::form(&scene.alice, message, "form", &[("reason", "why")])
        }
    }
}

#[tokio::test]
async fn an_interaction_is_answered_once_and_in_time() {
    let scene = Scene::set().await;
    let asked = scene.command();
    assert_eq!(scene.answer(&asked, text(64)).await.0, 204);
    let (status, answer) = scene.answer(&asked, text(64)).await;
    assert_eq!((status, &answer["code"]), (400, &json!(40060)));
    let late = scene.command();
    scene.discord.pass_time(Duration::from_secs(4));
    assert!(late.failed());
    for _ in 0..2 {
        let (status, answer) = scene.answer(&late, text(64)).await;
        assert_eq!((status, &answer["code"]), (404, &json!(10062)));
    }
    assert_eq!(scene.edit(&late).await, (404, 10015));
    let path = format!("/interactions/{}/wrong/callback", asked.id());
    assert_eq!(scene.raw.post(&path, &text(64)).await.1["code"], 10062);
    let complaints = scene.discord.take_complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
}

#[tokio::test]
async fn a_token_opens_nothing_before_the_answer_and_nothing_after_a_quarter_of_an_hour() {
    let scene = Scene::set().await;
    let asked = scene.command();
    assert_eq!(scene.edit(&asked).await, (404, 10015));
    scene.answer(&asked, text(64)).await;
    assert_eq!(scene.edit(&asked).await, (200, 0));
    scene.discord.pass_time(Duration::from_mins(16));
    assert_eq!(scene.edit(&asked).await, (401, 50027));
}

#[tokio::test]
async fn a_deferral_decides_who_sees_the_answer() {
    let scene = Scene::set().await;
    let bad = scene.command();
    let body = json!({"type": 5, "data": {"flags": 4}});
    assert!(wrong_at(&scene.answer(&bad, body).await.1, "data.flags"));
    let asked = scene.command();
    scene
        .answer(&asked, json!({"type": 5, "data": {"flags": 64}}))
        .await;
    assert_eq!(asked.acknowledged().await.kind, AckKind::Deferred);
    assert!(asked.original().unwrap().is_loading());
    scene.edit(&asked).await;
    let answer = asked.answer().await;
    assert!(answer.ephemeral && answer.content() == "more");
}

#[tokio::test]
async fn an_update_changes_the_message_that_was_pressed() {
    let scene = Scene::set().await;
    let body = json!({"type": 7, "data": {"content": "done", "components": [],
        "allowed_mentions": {"parse": []}}});
    let pressed = scene.click();
    assert_eq!(scene.answer(&pressed, body).await.0, 204);
    assert_eq!(pressed.answer().await.content(), "done");
    assert!(scene.card.again().unwrap().labels().is_empty());
    assert_eq!(
        scene.alice.press_now(&scene.card, "Press").err().as_deref(),
        Some("no such button; there are []")
    );
}

fn long(count: usize) -> String {
    "x".repeat(count)
}

/// Answers Discord refuses with 50035, and where it points.
fn wrong_answers() -> Vec<(Value, String)> {
    [wrong_data(), wrong_inputs()].concat()
}

fn input(extra: Value) -> Value {
    let mut input = json!({"type": 4, "custom_id": "a", "label": "A", "style": 1});
    let extra = extra.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(extra);
    json!({"type": 1, "components": [input]})
}

fn form(title: &str, rows: Vec<Value>) -> Value {
    json!({"type": 9, "data": {"custom_id": "m", "title": title, "components": rows}})
}

/// The answer's contents.
fn wrong_data() -> Vec<(Value, String)> {
    let six: Vec<_> = (0..6)
        .map(|n| input(json!({"custom_id": n.to_string()})))
        .collect();
    let button = json!({"type": 2, "style": 1, "label": "x", "custom_id": "b"});
    let at = "data.components.0";
    vec![
        (
            json!({"type": 4, "data": {"content": long(2001)}}),
            "data.content".into(),
        ),
        (
            json!({"type": 4, "data": {"content": "x", "flags": 1}}),
            "data.flags".into(),
        ),
        (form(&long(46), vec![input(json!({}))]), "data.title".into()),
        (form("", vec![input(json!({}))]), "data.title".into()),
        (form("t", Vec::new()), "data.components".into()),
        (form("t", six), "data.components".into()),
        (form("t", vec![json!({"type": 17})]), format!("{at}.type")),
        (
            form("t", vec![json!({"type": 1, "components": [button]})]),
            format!("{at}.components.0.type"),
        ),
        (
            form("t", vec![input(json!({})), input(json!({}))]),
            "data.components.1.components.0.custom_id".into(),
        ),
    ]
}

/// The inputs of a form.
fn wrong_inputs() -> Vec<(Value, String)> {
    let wrong = |key: &str, extra: Value| {
        (
            form("t", vec![input(extra)]),
            format!("data.components.0.components.0.{key}"),
        )
    };
    vec![
        wrong("label", json!({"label": long(46)})),
        wrong("custom_id", json!({"custom_id": long(101)})),
        wrong("style", json!({"style": 3})),
        wrong("max_length", json!({"max_length": 4001})),
        wrong("value", json!({"value": long(4001)})),
        wrong("placeholder", json!({"placeholder": long(101)})),
    ]
}

#[tokio::test]
async fn every_bad_answer_or_form_is_refused_where_it_is_wrong() {
    let scene = Scene::set().await;
    let rows = wrong_answers();
    for (body, place) in rows {
        let (status, answer) = scene.answer(&scene.click(), body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(
            wrong_at(&answer, &place),
            "{place} is not in {answer} for {body}"
        );
    }
}

#[tokio::test]
async fn only_what_a_person_sees_and_what_is_enabled_can_be_pressed() {
    let scene = Scene::set().await;
    assert_eq!(
        scene.alice.press_now(&scene.card, "Off").err().as_deref(),
        Some("the button is disabled")
    );
    assert!(scene.alice.press_now(&scene.card, "Nothing").is_err());
    let asked = scene.command();
    let mut body = text(64);
    body["data"]["components"] = json!([{"type": 1, "components": [
        {"type": 2, "style": 4, "label": "Cancel", "custom_id": "cancel"}]}]);
    scene.answer(&asked, body).await;
    let private = asked.answer().await.message().clone();
    assert!(
        scene
            .discord
            .member("bob")
            .press_now(&private, "Cancel")
            .is_err()
    );
    assert!(scene.alice.press_now(&private, "Cancel").is_ok());
    let admin = scene.discord.admin_channel_id();
    let path = format!("/channels/{admin}/messages");
    let hidden = json!({"content": "x", "components": [{"type": 1, "components": [
        {"type": 2, "style": 3, "label": "Approve", "custom_id": "approve"}]}],
        "allowed_mentions": {"parse": []}});
    scene.raw.post(&path, &hidden).await;
    let card = scene.discord.card().await;
    assert!(scene.alice.press_now(&card, "Approve").is_err());
    assert!(
        scene
            .discord
            .approver("carol")
            .press_now(&card, "Approve")
            .is_ok()
    );
    let forged = scene
        .discord
        .forge(Forged::click(&scene.alice, &card, "approve"));
    assert_eq!(scene.answer(&forged, json!({"type": 6})).await.0, 204);
}
