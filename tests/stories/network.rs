//! After the key: sign-in links, revoking, and the bot's own key to Headscale.

use std::time::Duration;

use headscale_usher::domain::Status;
use jiff::SignedDuration;
use serde_json::json;
use stage::Stage;
use stand_ins::discord::{Layout, Refusal};
use stand_ins::headscale::{Fault, Release};

use crate::operator::operator;
use crate::steps::{answer, on_disk, revoke, until, with_clock};

/// Asks for a phone that shows this link.
async fn asked_with(stage: &Stage, link: &str) -> stand_ins::discord::Interaction {
    let alice = stage.alice();
    let options = json!({ "device": "phone", "platform": "ios", "link": link });
    alice.slash("request-device", options).await
}

#[tokio::test]
async fn a_device_that_shows_a_link_is_let_in_on_approval() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let link = stage.headscale.pending_sign_in("alices-iphone");
    asked_with(&stage, &link).await.answer().await;
    let card = stage.card_of("phone").await;
    assert!(
        card.says("sign-in link") && card.says("no key is made"),
        "{}",
        card.text()
    );
    stage.approve(&card).await;
    stage.says(&card, "as `phone`").await;
    alice.letter_says("`phone` is online").await;
    let nodes = stage.headscale.nodes();
    assert_eq!(nodes.len(), 1);
    assert_eq!(nodes[0].given_name, "phone");
    assert!(stage.headscale.keys().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn only_a_whole_link_to_our_own_headscale_is_taken() {
    let stage = Stage::open().await;
    let link = stage.headscale.pending_sign_in("phone");
    let id = link.rsplit('/').next().expect("an id").to_owned();
    let elsewhere = format!("https://evil.example/register/{id}");
    let longer = format!("{link}/more");
    for wrong in [id.as_str(), elsewhere.as_str(), longer.as_str(), "hello"] {
        let told = answer(asked_with(&stage, wrong).await).await;
        assert!(
            told.contains("link: ") && told.contains("/register/"),
            "{wrong}: {told}"
        );
    }
    assert!(stage.discord.cards().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn a_link_that_ran_out_says_what_to_do() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let link = stage.headscale.pending_sign_in("phone");
    asked_with(&stage, &link).await.answer().await;
    let card = stage.card_of("phone").await;
    clock.advance(Duration::from_mins(16));
    stage.approve(&card).await;
    stage.says(&card, "link ran out").await;
    alice.letter_says("get a new one").await;
    assert!(stage.headscale.nodes().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn a_registration_whose_answer_is_lost_lets_one_device_in() {
    let stage = Stage::open().await;
    let link = stage.headscale.pending_sign_in("phone");
    asked_with(&stage, &link).await.answer().await;
    let card = stage.card_of("phone").await;
    stage
        .headscale
        .fault("POST", "/api/v1/auth/register", Fault::ApplyThenDrop);
    stage.approve(&card).await;
    stage.says(&card, "Joined").await;
    assert_eq!(stage.headscale.nodes().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_denied_link_lets_nobody_in() {
    let stage = Stage::open().await;
    let carol = stage.carol();
    let link = stage.headscale.pending_sign_in("phone");
    asked_with(&stage, &link).await.answer().await;
    let card = stage.card_of("phone").await;
    let form = carol.press(&card, "Deny…").await.answer().await;
    carol.submit(form.modal(), &[("reason", "")]).await;
    stage.says(&card, "Denied").await;
    assert!(stage.headscale.nodes().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn revoking_a_key_asks_once_more_and_is_said_when_it_is_done() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let carol = stage.carol();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let key = letter.scan().expect("a key");
    let card = stage.says(&card, "Key sent").await;
    let question = carol.press(&card, "Revoke…").await.answer().await;
    assert!(
        question.ephemeral && question.text().contains("useless"),
        "{}",
        question.text()
    );
    carol.press(question.message(), "Revoke now").await;
    stage.says(&card, "Revoked").await;
    assert!(
        stage.headscale.join(&key, "laptop").is_err(),
        "done, then said"
    );
    let letter = alice.letter_says("has been revoked").await;
    assert!(letter.scan().is_none() && !letter.text().contains(&key));
    stage.stop().await;
    assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Revoked);
    stage.finish().await;
}

#[tokio::test]
async fn revoking_a_joined_device_signs_it_out_or_removes_it_as_the_operator_chose() {
    for (setting, nodes_left) in [("expire", 1), ("delete", 0)] {
        let mut stage = Stage::set().await;
        stage.settings.text_value("headscale.on_revoke", setting);
        stage.start().await;
        let alice = stage.alice();
        let (card, letter) = stage.approved(&alice, "laptop").await;
        stage
            .headscale
            .join(&letter.scan().expect("a key"), "laptop")
            .expect("it works");
        let card = stage.says(&card, "Joined").await;
        revoke(&stage, &card).await;
        stage.says(&card, "Revoked").await;
        assert_eq!(stage.headscale.nodes().len(), nodes_left, "{setting}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_revoked_device_that_kept_its_key_does_not_come_back() {
    for release in Release::ALL {
        let mut stage = Stage::set_with(Layout::default(), release).await;
        stage.start().await;
        let (card, letter) = stage.approved(&stage.alice(), "laptop").await;
        let key = letter.scan().expect("a key");
        let joined = stage.headscale.join(&key, "laptop");
        let node = joined.expect("it works").id;
        let card = stage.says(&card, "Joined").await;
        revoke(&stage, &card).await;
        stage.says(&card, "Revoked").await;
        let back = stage.headscale.come_back(node, &key);
        assert!(back.is_err(), "{release:?}: {back:?}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_device_that_the_operator_removes_or_signs_out_is_said_to_be_gone() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let mut cards = Vec::new();
    for device in ["laptop", "desktop", "phone"] {
        let (card, letter) = stage.approved(&alice, device).await;
        let key = letter.scan().expect("a key");
        stage.headscale.join(&key, device).expect("the key works");
        stage.says(&card, "Key sent").await;
        clock.advance(Duration::from_secs(3));
        cards.push(stage.says(&card, "Joined").await);
    }
    let nodes = operator(&stage).list_nodes().await.expect("three devices");
    let id = |name: &str| {
        let mut nodes = nodes.iter();
        nodes
            .find(|node| node.given_name == name)
            .expect("it is in")
            .id
    };
    let operator = operator(&stage);
    operator.delete_node(id("laptop")).await.expect("removed");
    operator.expire_node(id("desktop")).await.expect("expired");
    until(|| {
        clock.advance(Duration::from_mins(1));
        stage
            .discord
            .message(cards[0].id())
            .is_some_and(|card| card.says("Removed"))
    })
    .await;
    let removed = stage.says(&cards[0], "**Removed** from Headscale").await;
    assert!(removed.labels().is_empty(), "{}", removed.text());
    let expired = stage.says(&cards[1], "**Signed out**").await;
    assert_eq!(expired.labels(), ["Revoke…"]);
    alice
        .letter_says("`laptop` was removed from the network")
        .await;
    alice.letter_says("`desktop` was signed out").await;
    let card = stage.asked(&alice, "laptop").await;
    assert!(card.says("1 device"), "{}", card.text());
    stage.finish().await;
}

#[tokio::test]
async fn the_approvers_are_warned_once_before_the_api_key_runs_out() {
    let (mut stage, _clock) = with_clock().await;
    let in_five_days = stage.headscale.now() + SignedDuration::from_hours(5 * 24);
    stage.headscale.api_key_expires(in_five_days);
    stage.start().await;
    let channel = stage.discord.admin_channel_id();
    stage
        .discord
        .message_where(channel, "a warning", |message| message.says("API key"))
        .await;
    stage.restart().await;
    let alice = stage.alice();
    stage.asked(&alice, "laptop").await;
    let warnings = stage.discord.messages_in(channel);
    let warnings = warnings
        .iter()
        .filter(|message| message.says("API key for Headscale"));
    assert_eq!(warnings.count(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_warning_that_discord_does_not_take_is_not_repeated_every_minute() {
    let (mut stage, clock) = with_clock().await;
    let in_five_days = stage.headscale.now() + SignedDuration::from_hours(5 * 24);
    stage.headscale.api_key_expires(in_five_days);
    let posting = stage.discord.fault("POST /channels/{}/messages");
    let refused = posting
        .when(|call| String::from_utf8_lossy(&call.raw).contains("API key"))
        .times(2)
        .refuse(Refusal::code(403, 50_001, "Missing Access"));
    stage.start().await;
    until(|| refused.hits() == 1).await;
    for looks in 2..=5 {
        until(|| {
            clock.advance(Duration::from_secs(10));
            stage.headscale.count("GET", "/api/v1/apikey") >= looks
        })
        .await;
    }
    assert_eq!(refused.hits(), 1);
    until(|| {
        clock.advance(Duration::from_mins(10));
        refused.hits() == 2
    })
    .await;
    let channel = stage.discord.admin_channel_id();
    until(|| {
        clock.advance(Duration::from_mins(10));
        let messages = stage.discord.messages_in(channel);
        messages.iter().any(|message| message.says("API key"))
    })
    .await;
    stage.finish().await;
}

#[tokio::test]
async fn a_refused_api_key_is_named_on_the_card_and_mended_by_a_new_one_in_its_file() {
    let (mut stage, clock) = with_clock().await;
    let file = stage.dir().join("api-key");
    std::fs::write(&file, stage.headscale.api_key()).expect("the key can be written");
    stage.settings.remove("headscale.api_key");
    let path = file.to_str().expect("a plain path").to_owned();
    stage.settings.text_value("headscale.api_key_file", &path);
    stage.start().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    stage.headscale.revoke_api_key();
    stage.approve(&card).await;
    stage.says(&card, "refused the bot's API key").await;
    let calls = stage.headscale.calls().len();
    std::fs::write(&file, stage.headscale.new_api_key()).expect("the key can be written");
    clock.advance(Duration::from_mins(2));
    alice.letter_with_key().await;
    assert!(stage.headscale.calls().len() - calls < 20, "no storm");
    std::fs::remove_file(&file).expect("the key's file is where it was");
    stage.finish().await;
}
