//! What a click costs: the card that was clicked is the answer, and its later faces go the same way.

use std::time::Duration;

use stage::Stage;
use stand_ins::discord::model::AckKind;
use stand_ins::discord::{Member, Message};

const CALLBACK: &str = "POST /interactions/{}/{}/callback";
const CARD: &str = "PATCH /channels/{}/messages/{}";
const DIRECT: &str = "POST /users/@me/channels";
const POST: &str = "POST /channels/{}/messages";
const THROUGH_TOKEN: &str = "PATCH /webhooks/{}/{}/messages/@original";

/// The calls that hand over one key, in order.
async fn calls_for(stage: &Stage, who: &Member, device: &str) -> Vec<String> {
    let card = stage.asked(who, device).await;
    stage.approve(&card).await;
    who.letter_with_key().await;
    stage.says(&card, "Key sent").await;
    let calls = stage.discord.calls().into_iter();
    let calls = calls
        .map(|call| call.route)
        .filter(|call| !call.starts_with("GET"));
    let calls = calls.filter(|call| !call.starts_with("PUT")).collect();
    stage.discord.forget_calls();
    calls
}

#[tokio::test]
async fn a_key_costs_seven_calls_and_the_next_one_for_the_same_member_six() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let letter = [DIRECT, POST, CARD];
    let first = [&[CALLBACK, POST, CALLBACK], &letter[..], &[THROUGH_TOKEN]].concat();
    assert_eq!(calls_for(&stage, &alice, "laptop").await, first);
    stage.restart().await;
    stage.discord.forget_calls();
    let second = [&[CALLBACK, POST, CALLBACK], &letter[1..], &[THROUGH_TOKEN]].concat();
    assert_eq!(calls_for(&stage, &alice, "phone").await, second);
    stage.finish().await;
}

#[tokio::test]
async fn a_decision_is_answered_with_the_card_as_it_now_is() {
    let stage = Stage::open().await;
    let (alice, carol) = (stage.alice(), stage.carol());
    let card = stage.asked(&alice, "laptop").await;
    let approved = carol.press(&card, "Approve").await;
    assert_eq!(approved.acknowledged().await.kind, AckKind::Update);
    assert!(
        card.again()
            .is_some_and(|card| card.button("Approve").is_none())
    );
    alice.letter_with_key().await;
    let card = stage.asked(&alice, "phone").await;
    let form = carol.press(&card, "Deny…").await.answer().await;
    let denied = carol.submit(form.modal(), &[]).await;
    assert_eq!(denied.acknowledged().await.kind, AckKind::Update);
    assert!(card.again().is_some_and(|card| card.says("Denied")));
    stage.finish().await;
}

/// The worker has made the key, and the card has had no newer face.
async fn ran_ahead(stage: &Stage, who: &Member, card: &Message) {
    who.letter_with_key().await;
    assert!(!card.again().is_some_and(|card| card.says("Key sent")));
    assert_eq!(stage.discord.count(THROUGH_TOKEN), 0);
}

#[tokio::test]
async fn no_older_face_comes_after_a_newer_one_though_the_answer_is_slow() {
    for reply in [false, true] {
        let stage = Stage::open().await;
        let alice = stage.alice();
        let card = stage.asked(&alice, "laptop").await;
        let answer = stage.discord.fault(CALLBACK);
        let held = if reply {
            answer.hold_reply()
        } else {
            answer.hold()
        };
        stage.approve(&card).await;
        held.arrived().await;
        ran_ahead(&stage, &alice, &card).await;
        held.release();
        stage.says(&card, "Key sent").await;
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_card_whose_answer_was_lost_is_shown_once_the_answer_can_no_longer_come() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    let _ = stage.discord.fault(CALLBACK).drop_reply();
    stage.approve(&card).await;
    ran_ahead(&stage, &alice, &card).await;
    stage.says(&card, "Key sent").await;
    assert_eq!(
        stage.discord.count(THROUGH_TOKEN),
        0,
        "the token may not be good"
    );
    stage.finish().await;
}

#[tokio::test]
async fn a_card_that_was_clicked_long_ago_is_edited_by_the_bot_itself() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let card = stage.says(&card, "Key sent").await;
    stage.discord.pass_time(Duration::from_mins(16));
    let key = letter.scan().expect("a key");
    stage.headscale.join(&key, "laptop").expect("the key works");
    stage.says(&card, "Joined").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_card_that_was_deleted_after_the_click_is_posted_anew() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let card = stage.says(&card, "Key sent").await;
    stage.discord.delete_message(&card);
    let key = letter.scan().expect("a key");
    stage.headscale.join(&key, "laptop").expect("the key works");
    let joined = |card: &Message| card.says("Joined");
    stage.discord.card_where("a new card", joined).await;
    assert_eq!(stage.discord.cards().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_channel_for_direct_messages_that_is_gone_is_opened_anew() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (_, letter) = stage.approved(&alice, "laptop").await;
    stage.discord.delete_channel(letter.channel_id());
    let (card, _) = stage.approved(&alice, "phone").await;
    stage.says(&card, "Key sent").await;
    assert_eq!(stage.discord.count(DIRECT), 2);
    stage.finish().await;
}
