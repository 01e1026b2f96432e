//! Stories between people, the bot and a real Headscale.

use std::time::Duration;

use headscale_usher::clock::Clock;
use headscale_usher::headscale::Node;
use serde_json::json;
use stand_ins::discord::Message;

use super::scene::Scene;

const DMS_CLOSED: u32 = 50_278;

pub(crate) async fn joined(scene: &Scene, card: &Message, name: &str) -> Message {
    let discord = &scene.stage.discord;
    let done = |card: &Message| {
        card.says(&format!("**Joined** as `{name}`")) && !card.says("Being renamed")
    };
    discord
        .card_where("a device", |seen| seen.id() == card.id() && done(seen))
        .await
}

/// The only device there is, as the card says.
async fn only_device(scene: &Scene, card: &Message, name: &str) {
    let nodes = scene.nodes().await;
    let [node] = &nodes[..] else {
        panic!("{} devices", nodes.len());
    };
    assert_eq!(node.given_name, name);
    let owner = format!("discord-{}", scene.alice.id());
    assert_eq!(node.user_name, owner);
    assert!(
        !node.addresses.is_empty() && node.addresses.iter().all(|at| card.says(&at.to_string())),
        "{card:?}"
    );
}

pub(crate) async fn a_device_joins(mut scene: Scene) {
    scene.start().await;
    let card = scene.approved().await;
    let key = scene.key().await;
    scene
        .join(&key, "alices-thinkpad")
        .await
        .expect("the key works");
    let card = joined(&scene, &card, "laptop").await;
    only_device(&scene, &card, "laptop").await;
    let letter = scene.letter_without_key("is online").await;
    assert!(!letter.text().contains(&key));
    assert!(scene.join(&key, "another").await.is_err(), "a second use");
    assert_eq!(
        (scene.keys().await.len(), scene.nodes().await.len()),
        (1, 1)
    );
    scene.finish(&[&key]).await;
}

pub(crate) async fn a_waiting_device_is_let_in(mut scene: Scene) {
    scene.start().await;
    let device = scene.waiting_device("apples-iphone").await;
    let options = json!({"device": "phone", "platform": "ios", "link": device.link});
    let asked = scene.alice.slash("request-device", options).await;
    asked.answer().await;
    let card = scene.stage.discord.card().await;
    scene.carol.press(&card, "Approve").await;
    let came_in = tokio::task::spawn_blocking(|| device.comes_in());
    let card = joined(&scene, &card, "phone").await;
    assert!(
        came_in.await.expect("it does not panic"),
        "it knows that it is in"
    );
    only_device(&scene, &card, "phone").await;
    scene.letter_without_key("is online").await;
    assert_eq!(scene.keys().await.len(), 0);
    scene.finish(&[]).await;
}

/// Direct messages are closed: the first of Alice's private answers has the button.
async fn offered(scene: &Scene) -> (Message, Message) {
    scene.alice.close_dms(DMS_CLOSED);
    let asked = scene.alice.request_device("laptop", "linux", None).await;
    asked.answer().await;
    let card = scene.stage.discord.card().await;
    scene.carol.press(&card, "Approve").await;
    (card, asked.answer_says("Get my key").await)
}

async fn collected(scene: &Scene, offer: &Message) -> String {
    let claimed = scene.alice.press(offer, "Get my key").await;
    let answer = claimed.answer_says("Your key for").await;
    answer.scan().expect("the picture holds the key")
}

pub(crate) async fn a_collected_key_lets_a_device_in(mut scene: Scene) {
    scene.start().await;
    let (card, offer) = offered(&scene).await;
    assert_eq!(
        scene.keys().await.len(),
        0,
        "no key before anybody can have it"
    );
    let key = collected(&scene, &offer).await;
    scene
        .join(&key, "alices-thinkpad")
        .await
        .expect("the key works");
    let card = joined(&scene, &card, "laptop").await;
    only_device(&scene, &card, "laptop").await;
    scene.finish(&[&key]).await;
}

pub(crate) async fn a_second_key_ends_the_first(mut scene: Scene) {
    scene.start().await;
    let (card, offer) = offered(&scene).await;
    let first = collected(&scene, &offer).await;
    scene
        .stage
        .discord
        .message_says(&card, "Key collected")
        .await;
    let second = collected(&scene, &offer).await;
    assert_ne!(first, second);
    let keys = (scene.keys().await.len(), scene.live_keys().await);
    assert_eq!(keys, (1 + scene.kept_of_dead(1).await, 1));
    scene.finish(&[&first, &second]).await;
}

async fn no_device_is_in(scene: &Scene) {
    let now = Clock::system().now();
    let nodes = scene.nodes().await;
    let is_out = |node: &Node| node.expiry.is_some_and(|at| at <= now);
    assert!(nodes.iter().all(is_out), "{nodes:?}");
}

pub(crate) async fn a_tagged_device_is_taken_back(mut scene: Scene) {
    let tags = r#"["tag:guest"]"#;
    scene.stage.settings.set("keys.tags", tags);
    a_device_is_taken_back(scene).await;
}

pub(crate) async fn a_device_is_taken_back(mut scene: Scene) {
    scene.start().await;
    let card = scene.approved().await;
    let key = scene.key().await;
    scene
        .join_again(&key, "alices-thinkpad")
        .await
        .expect("the key works");
    let card = joined(&scene, &card, "laptop").await;
    scene.revoke(&card).await;
    scene.letter_without_key("has been revoked").await;
    no_device_is_in(&scene).await;
    let back = scene.join_again(&key, "alices-thinkpad").await;
    assert!(back.is_err(), "it kept its key, and came back");
    no_device_is_in(&scene).await;
    scene.finish(&[&key]).await;
}

pub(crate) async fn a_key_is_taken_back(mut scene: Scene) {
    scene.start().await;
    let card = scene.approved().await;
    let key = scene.key().await;
    assert_eq!((scene.keys().await.len(), scene.live_keys().await), (1, 1));
    let card = scene.stage.discord.message_says(&card, "Key sent").await;
    scene.revoke(&card).await;
    scene.letter_without_key("has been revoked").await;
    assert_eq!(scene.live_keys().await, 0);
    scene.finish(&[&key]).await;
}

/// The bot's hour passes, Headscale's does not: the key is dead because the bot expired it.
pub(crate) async fn a_key_lapses(mut scene: Scene) {
    let clock = Clock::manual(Clock::system().now());
    scene.stage.clock = clock.clone();
    scene.stage.start().await;
    let card = scene.approved().await;
    let key = scene.key().await;
    let card = scene.stage.discord.message_says(&card, "Key sent").await;
    assert_eq!(scene.live_keys().await, 1);
    clock.advance(Duration::from_mins(61));
    scene.stage.discord.message_says(&card, "waiting for").await;
    scene.letter_without_key("Get my key").await;
    let keys = (scene.keys().await.len(), scene.live_keys().await);
    assert_eq!(keys, (scene.kept_of_dead(1).await, 0));
    scene.finish(&[&key]).await;
}

pub(crate) async fn nothing_is_made_for_a_denial(mut scene: Scene) {
    scene.start().await;
    let asked = scene.alice.request_device("toaster", "other", None).await;
    asked.answer().await;
    let card = scene.stage.discord.card().await;
    let form = scene.carol.press(&card, "Deny…").await.answer().await;
    let reason = [("reason", "no toasters")];
    scene.carol.submit(form.modal(), &reason).await;
    scene.letter_without_key("was denied").await;
    scene.stage.discord.message_says(&card, "Denied").await;
    assert_eq!(scene.user().await, None);
    assert_eq!(scene.nodes().await.len(), 0);
    scene.finish(&[]).await;
}

pub(crate) async fn the_check_sees_a_server_that_is_away(mut scene: Scene) {
    scene.stage.settings.text_value("headscale.timeout", "3s");
    let (code, said) = scene.check().await;
    stage::tell(&said);
    assert!(code == Some(0) && said.contains("✓ Headscale:"), "{said}");
    scene.running().hang().expect("it can be stopped");
    let (code, said) = scene.check().await;
    assert!(code == Some(1) && said.contains("✗ Headscale"), "{said}");
    scene.running().end().expect("it can be ended");
    let (code, said) = scene.check().await;
    assert!(code == Some(1) && said.contains("✗ Headscale"), "{said}");
}
