//! A request lasts as long as its link, and takes a new one. What people read about it speaks of no key.

use std::time::Duration;

use headscale_usher::domain::Status;
use stage::Stage;
use stand_ins::headscale::When;

use crate::links::{asks_with, waiting};
use crate::steps::{answer, on_disk, revoke, with_clock};

const PROGRAM: &str = env!("CARGO_BIN_EXE_headscale-usher");

#[tokio::test]
async fn a_request_that_nobody_decided_lapses_with_its_link_and_frees_the_name() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let card = waiting(&stage, &alice, "phone").await;
    clock.advance(Duration::from_mins(16));
    let card = stage.says(&card, "before the sign-in link ran out").await;
    assert!(card.says("Expired") && card.buttons().is_empty());
    let letter = alice.letter_says("link ran out").await;
    assert!(letter.says("/request-device"), "{}", letter.text());
    let link = stage.headscale.pending_sign_in("apples-iphone");
    let told = answer(asks_with(&alice, "phone", &link).await).await;
    assert!(told.contains("#2"), "{told}");
    stage.approve(&stage.card_of("phone").await).await;
    alice.letter_says("`phone` is online").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_request_whose_key_nobody_uses_becomes_one_with_a_link() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "phone").await;
    let key = stage.headscale.live_keys()[0].secret.clone();
    let link = stage.headscale.pending_sign_in("apples-iphone");
    let told = answer(asks_with(&alice, "phone", &link).await).await;
    assert!(
        told.contains("#1") && told.contains("being added"),
        "{told}"
    );
    stage.says(&card, "as `phone`").await;
    stage.says(&letter, "joined with its sign-in link").await;
    assert!(stage.headscale.join(&key, "thief").is_err());
    assert_eq!(stage.headscale.nodes().len(), 1);
    assert!(stage.headscale.live_keys().is_empty());
    assert_eq!(alice.letters().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_key_that_is_used_as_it_is_taken_back_lets_in_the_one_device() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "phone").await;
    let key = letter.scan().expect("a key");
    stage.says(&card, "Key sent").await;
    let taken_back = ("POST", "/api/v1/preauthkey/expire");
    let held = stage
        .headscale
        .hold(taken_back.0, taken_back.1, When::Before);
    let link = stage.headscale.pending_sign_in("apples-iphone");
    asks_with(&alice, "phone", &link).await.answer().await;
    held.arrived().await;
    stage
        .headscale
        .join(&key, "apples-iphone")
        .expect("it works once");
    held.release();
    let card = stage.says(&card, "as `phone`").await;
    assert!(!card.says("sign-in link"), "{}", card.text());
    stage.says(&letter, "is online").await;
    assert_eq!(stage.headscale.nodes().len(), 1);
    assert!(stage.headscale.live_keys().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn a_request_that_waits_or_failed_takes_a_new_link() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let asked = alice.request_device("phone", "ios", None).await;
    let told = answer(asked).await;
    assert!(told.contains("with the same device name"), "{told}");
    let unknown = stage.headscale.pending_sign_in("phone");
    let unknown = format!("{}0a0a0a", &unknown[..unknown.len() - 6]);
    let told = answer(asks_with(&alice, "phone", &unknown).await).await;
    assert!(told.contains("#1"), "{told}");
    let card = stage.card_of("phone").await;
    let card = stage.says(&card, "Waiting with a sign-in link").await;
    stage.approve(&card).await;
    stage.says(&card, "wasn't accepted").await;
    let link = stage.headscale.pending_sign_in("phone");
    asks_with(&alice, "phone", &link).await.answer().await;
    stage.says(&card, "as `phone`").await;
    assert!(stage.headscale.keys().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn a_key_that_is_being_made_is_not_overtaken_by_a_link() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "phone").await;
    let held = stage
        .headscale
        .hold("POST", "/api/v1/preauthkey", When::Before);
    stage.approve(&card).await;
    held.arrived().await;
    let link = stage.headscale.pending_sign_in("phone");
    let told = answer(asks_with(&alice, "phone", &link).await).await;
    assert!(told.contains("being worked on"), "{told}");
    held.release();
    alice.letter_with_key().await;
    stage.finish().await;
}

#[tokio::test]
async fn nothing_that_is_said_about_a_device_with_a_link_speaks_of_a_key() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = waiting(&stage, &alice, "phone").await;
    stage.approve(&card).await;
    let card = stage.says(&card, "as `phone`").await;
    revoke(&stage, &card).await;
    stage.says(&card, "Revoked").await;
    alice.letter_says("has been revoked").await;
    for said in stage.discord.every_payload() {
        let said = String::from_utf8_lossy(&said).replace("no key is made", "");
        let words = ["key ", "key.", "key,", "key's"];
        assert!(!words.iter().any(|word| said.contains(word)), "{said}");
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_link_that_is_not_accepted_is_no_error_of_the_program() {
    let mut stage = Stage::set().await;
    stage.start_program(PROGRAM.as_ref()).await;
    let alice = stage.alice();
    let link = stage.headscale.pending_sign_in("phone");
    let unknown = format!("{}0a0a0a", &link[..link.len() - 6]);
    asks_with(&alice, "phone", &unknown).await.answer().await;
    let card = stage.card_of("phone").await;
    stage.approve(&card).await;
    stage.says(&card, "wasn't accepted").await;
    stage.stop().await;
    assert!(!stage.log().contains("ERROR"), "{}", stage.log());
    assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Failed);
    stage.finish().await;
}
