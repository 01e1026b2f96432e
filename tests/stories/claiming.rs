//! Closed direct messages, and *Get my key*.

use std::time::Duration;

use stage::Stage;
use stand_ins::discord::{Forged, Member, Message};

use crate::steps::{DAY, answer, with_clock};

const DMS_CLOSED: u32 = 50_278;

/// Approved, but with nowhere to send the key; the private answer to the command has the button.
async fn unreachable(stage: &Stage, who: &Member) -> (Message, Message) {
    who.close_dms(DMS_CLOSED);
    let asked = who.request_device("laptop", "linux", None).await;
    let card = stage.card_of("laptop").await;
    stage.approve(&card).await;
    let card = stage.says(&card, "direct messages are closed").await;
    (card, asked.answer_says("Get my key").await)
}

#[tokio::test]
async fn a_member_with_closed_messages_collects_the_key_from_the_private_answer() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, private) = unreachable(&stage, &alice).await;
    assert!(
        stage.headscale.keys().is_empty(),
        "no key before anybody can have it"
    );
    let claimed = alice
        .press(&private, "Get my key")
        .await
        .answer_says("Your key for")
        .await;
    assert!(claimed.is_ephemeral());
    let card = stage.says(&card, "Key collected").await;
    let key = claimed.scan().expect("a key");
    stage.headscale.join(&key, "laptop").expect("it works");
    stage.says(&card, "Joined").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_second_claim_takes_the_first_key_back_before_there_is_another() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, private) = unreachable(&stage, &alice).await;
    let first = alice
        .press(&private, "Get my key")
        .await
        .answer_says("Your key for")
        .await;
    stage.says(&card, "Key collected").await;
    let second = alice
        .press(&private, "Get my key")
        .await
        .answer_says("Your key for")
        .await;
    let (first, second) = (first.scan().expect("a key"), second.scan().expect("a key"));
    assert_ne!(first, second);
    assert!(
        stage.headscale.join(&first, "one").is_err(),
        "the first key is dead"
    );
    assert_eq!(stage.headscale.live_keys().len(), 1);
    stage
        .headscale
        .join(&second, "laptop")
        .expect("the second works");
    stage.says(&card, "Joined").await;
    stage.finish().await;
}

#[tokio::test]
async fn one_request_gives_out_ten_keys_and_none_that_is_dead_stays_in_headscale() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let (card, private) = unreachable(&stage, &alice).await;
    for _ in 0..10 {
        let claimed = alice.press(&private, "Get my key").await;
        claimed.answer_says("Your key for").await;
        stage.says(&card, "Key collected").await;
        clock.advance(Duration::from_mins(1));
    }
    assert_eq!(stage.headscale.issued_secrets().len(), 10);
    assert_eq!(stage.headscale.keys().len(), 1, "the others are deleted");
    let told = answer(alice.press(&private, "Get my key").await).await;
    assert!(told.contains("10 keys"), "{told}");
    assert_eq!(stage.headscale.live_keys().len(), 1, "it still works");
    stage.finish().await;
}

#[tokio::test]
async fn when_the_private_answer_is_out_of_reach_the_member_is_called_once_in_the_channel() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    alice.close_dms(DMS_CLOSED);
    alice
        .request_device("laptop", "linux", None)
        .await
        .answer()
        .await;
    let card = stage.card_of("laptop").await;
    stage.discord.pass_time(Duration::from_mins(16));
    stage.approve(&card).await;
    let general = stage.discord.general_channel_id();
    let called = stage
        .discord
        .message_where(general, "a call", |message| {
            message.button("Get my key").is_some()
        })
        .await;
    assert_eq!(called.pings().users, [alice.id()].into());
    assert!(
        !called.text().contains("laptop"),
        "no details in public: {}",
        called.text()
    );
    let bob = stage.bob();
    let refused = answer(bob.press(&called, "Get my key").await).await;
    assert!(
        refused.contains("Only the person who made the request"),
        "{refused}"
    );
    let claimed = alice
        .press(&called, "Get my key")
        .await
        .answer_says("Your key for")
        .await;
    assert!(claimed.scan().is_some());
    assert_eq!(stage.discord.messages_in(general).len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_key_can_be_collected_only_in_time() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let (card, private) = unreachable(&stage, &alice).await;
    clock.advance(3 * DAY);
    stage.says(&card, "Expired").await;
    let late = Forged::click(&alice, &private, "v1:claim:1");
    let told = answer(stage.discord.forge(late)).await;
    assert!(told.contains("expired") || told.contains("over"), "{told}");
    assert!(stage.headscale.keys().is_empty());
    stage.finish().await;
}
