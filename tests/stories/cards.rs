//! Cards that were deleted, or that are in a channel which is no longer the approvers'.

use std::collections::BTreeSet;
use std::time::Duration;

use headscale_usher::domain::Status;
use stage::Stage;
use stand_ins::discord::{Call, Forged, Message};

use crate::leaving::{HOUR, gone, joined, question, with_bobs_device};
use crate::steps::{answer, on_disk, revoke, told, until, with_clock};

const LIST: &str = "GET /channels/{}/messages";
const EDIT: &str = "PATCH /channels/{}/messages/{}";
const POST: &str = "POST /channels/{}/messages";

fn link(stage: &Stage, to: &Message) -> String {
    let (guild, channel) = (stage.discord.guild_id(), to.channel_id());
    format!("https://discord.com/channels/{guild}/{channel}/{}", to.id())
}

/// From the next start on, the approvers are in another channel.
fn moved(stage: &mut Stage) -> u64 {
    let channel = stage.discord.add_channel("new-requests");
    stage.settings.set("discord.admin_channel_id", channel);
    channel
}

/// The card of a request that waits in this channel.
async fn waits_in(stage: &Stage, channel: u64, device: &str) -> Message {
    let name = format!("`{device}`");
    let waits = |card: &Message| card.says(&name) && card.button("Approve").is_some();
    stage.discord.message_where(channel, device, waits).await
}

/// How often the approvers' channel was called in this way.
fn calls(stage: &Stage, route: &str) -> usize {
    let channel = format!("/channels/{}/", stage.discord.admin_channel_id());
    let calls = stage.discord.calls();
    let there = |call: &&Call| call.route == route && call.path.starts_with(&channel);
    calls.iter().filter(there).count()
}

#[tokio::test]
async fn a_deleted_card_is_posted_again_within_an_hour_and_at_the_next_start() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let first = stage.asked(&alice, "laptop").await;
    stage.discord.delete_message(&first);
    until(|| {
        clock.advance(HOUR);
        !stage.discord.cards().is_empty()
    })
    .await;
    let second = stage.card_of("laptop").await;
    stage.stop().await;
    stage.discord.delete_message(&second);
    stage.start().await;
    let third = stage.card_of("laptop").await;
    assert!(first.id() < second.id() && second.id() < third.id());
    stage.approve(&third).await;
    alice.letter_with_key().await;
    stage.says(&third, "Key sent").await;
    assert_eq!(stage.discord.cards().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_card_follows_the_approvers_into_another_channel() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let old = stage.asked(&alice, "laptop").await;
    stage.stop().await;
    let channel = moved(&mut stage);
    stage.start().await;
    let card = waits_in(&stage, channel, "laptop").await;
    let old = stage.says(&old, &link(&stage, &card)).await;
    assert!(
        old.labels().is_empty() && !old.says("laptop"),
        "{}",
        old.text()
    );
    let outdated = Forged::click(&stage.carol(), &old, "v1:approve:1");
    let words = answer(stage.discord.forge(outdated)).await;
    assert!(words.contains(&link(&stage, &card)), "{words}");
    stage.carol().at(channel).press(&card, "Approve").await;
    alice.letter_with_key().await;
    stage.says(&card, "Key sent").await;
    stage.restart().await;
    assert_eq!(stage.discord.messages_in(channel).len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn the_card_of_a_device_follows_when_somebody_needs_it() {
    let (mut stage, _, bob) = with_bobs_device(&[]).await;
    let old = joined(&stage, &bob, "phone").await;
    stage.stop().await;
    let channel = moved(&mut stage);
    stage.start().await;
    let words = told(&stage.carol(), &old, "Revoke…").await;
    assert!(words.contains("being moved"), "{words}");
    let here = |card: &Message| card.says("as `phone`") && card.button("Revoke…").is_some();
    let card = stage.discord.message_where(channel, "the card", here).await;
    let old = stage.says(&old, &link(&stage, &card)).await;
    assert!(old.labels().is_empty());
    let channel = stage.discord.messages_in(channel);
    assert_eq!(channel.len(), 1, "nobody needs the laptop's card");
    stage.finish().await;
}

/// The approvers can revoke what this card is about.
async fn revocable_in(stage: &Stage, channel: u64, words: &str) -> Message {
    let fits = |card: &Message| card.says(words) && card.button("Revoke…").is_some();
    stage.discord.message_where(channel, words, fits).await
}

#[tokio::test]
async fn the_deleted_card_of_a_device_or_key_is_posted_again_and_still_revokes() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let (alice, bob) = (stage.alice(), stage.bob());
    let device = joined(&stage, &bob, "phone").await;
    let (key, _) = stage.approved(&alice, "laptop").await;
    let key = stage.says(&key, "Key sent").await;
    stage.discord.delete_message(&device);
    stage.discord.delete_message(&key);
    clock.advance(HOUR);
    let here = stage.discord.admin_channel_id();
    revocable_in(&stage, here, "`laptop`").await;
    let device = revocable_in(&stage, here, "as `phone`").await;
    revoke(&stage, &device).await;
    stage.says(&device, "Revoked").await;
    stage.finish().await;
}

#[tokio::test]
async fn the_cards_of_a_deleted_channel_come_a_few_an_hour() {
    const DEVICES: usize = 23;
    const AN_HOUR: usize = 20;
    let mut stage = Stage::open().await;
    for number in 0..DEVICES {
        let member = stage.discord.member(&format!("member{number}"));
        joined(&stage, &member, &format!("phone-{number}")).await;
    }
    stage.stop().await;
    let old = stage.discord.admin_channel_id();
    let channel = moved(&mut stage);
    stage.discord.delete_channel(old);
    stage.discord.forget_calls();
    stage.start().await;
    let come = |stage: &Stage| stage.discord.messages_in(channel).len();
    until(|| come(&stage) >= AN_HOUR).await;
    stage.stop().await;
    assert_eq!(come(&stage), AN_HOUR);
    assert_eq!(stage.discord.count(LIST), 1);
    stage.start().await;
    let last = format!("as `phone-{}`", DEVICES - 1);
    revocable_in(&stage, channel, &last).await;
    stage.stop().await;
    assert_eq!(come(&stage), DEVICES, "each once");
    stage.finish().await;
}

#[tokio::test]
async fn an_approver_who_clicks_old_cards_is_still_heard() {
    let stage = Stage::open().await;
    let (alice, carol) = (stage.alice(), stage.carol());
    let mallory = stage.discord.member("mallory");
    let card = stage.asked(&alice, "laptop").await;
    let other = stage.asked(&stage.bob(), "phone").await;
    // As if it were an old copy of Alice's card.
    let copy = |by| Forged::click(by, &other, "v1:approve:1");
    for _ in 0..30 {
        let words = answer(stage.discord.forge(copy(&carol))).await;
        assert!(words.ends_with(&link(&stage, &card)), "{words}");
        let words = answer(stage.discord.forge(copy(&mallory))).await;
        assert!(!words.contains("card"), "{words}");
    }
    let words = answer(stage.discord.forge(copy(&mallory))).await;
    assert!(words.contains("too often"), "{words}");
    stage.approve(&card).await;
    alice.letter_with_key().await;
    stage.says(&card, "Key sent").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_card_that_cannot_be_moved_yet_says_so() {
    use stand_ins::discord::permission::SEND_MESSAGES;
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let old = stage.asked(&stage.alice(), "laptop").await;
    stage.stop().await;
    let channel = moved(&mut stage);
    stage.discord.deny_bot(channel, SEND_MESSAGES);
    stage.start().await;
    let words = told(&stage.carol(), &old, "Approve").await;
    assert!(words.contains("being moved"), "{words}");
    stage.discord.allow_bot(channel, SEND_MESSAGES);
    until(|| {
        clock.advance(Duration::from_mins(1));
        !stage.discord.messages_in(channel).is_empty()
    })
    .await;
    let card = waits_in(&stage, channel, "laptop").await;
    stage.says(&old, &link(&stage, &card)).await;
    stage.finish().await;
}

#[tokio::test]
async fn a_question_about_a_member_who_left_is_found_and_asked_again() {
    let (mut stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    stage.stop().await;
    stage.discord.delete_message(&card);
    stage.start().await;
    let again = question(&stage).await;
    assert!(card.id() < again.id());
    stage.stop().await;
    let channel = moved(&mut stage);
    stage.start().await;
    let asks = |card: &Message| card.button("Keep").is_some();
    let there = stage.discord.message_where(channel, "a question", asks);
    let there = there.await;
    stage.says(&again, &link(&stage, &there)).await;
    stage.carol().at(channel).press(&there, "Keep").await;
    stage.says(&there, "Kept").await;
    stage.finish().await;
}

#[tokio::test]
async fn many_deleted_cards_cost_one_list_and_two_calls_each() {
    let mut stage = Stage::open().await;
    let mut cards = Vec::new();
    for number in 0..12 {
        let member = stage.discord.member(&format!("member{number}"));
        cards.push(stage.asked(&member, &format!("laptop-{number}")).await);
    }
    stage.stop().await;
    for card in &cards[..8] {
        stage.discord.delete_message(card);
    }
    stage.discord.forget_calls();
    stage.start().await;
    for number in 0..8 {
        stage.card_of(&format!("laptop-{number}")).await;
    }
    stage.stop().await;
    assert_eq!(calls(&stage, LIST), 1);
    assert_eq!(calls(&stage, EDIT), 8);
    assert_eq!(calls(&stage, POST), 8);
    assert_eq!(stage.discord.cards().len(), 12);
    stage.finish().await;
}

#[tokio::test]
async fn a_busy_channel_is_read_only_where_the_cards_should_be() {
    let mut stage = Stage::open().await;
    let carol = stage.carol();
    for _ in 0..120 {
        carol.writes("Has anybody seen my cable?");
    }
    let first = stage.asked(&stage.alice(), "laptop").await;
    for _ in 0..250 {
        carol.writes("Try the kitchen.");
    }
    let last = stage.asked(&stage.bob(), "phone").await;
    stage.stop().await;
    stage.discord.delete_message(&last);
    stage.discord.forget_calls();
    stage.start().await;
    stage.card_of("phone").await;
    stage.stop().await;
    assert_eq!(calls(&stage, LIST), 2, "not one for each hundred messages");
    assert_eq!(calls(&stage, EDIT), 1);
    assert!(first.again().is_some() && stage.discord.cards().len() == 2);
    stage.finish().await;
}

#[tokio::test]
async fn a_channel_that_does_not_exist_moves_no_card() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    stage.stop().await;
    let right = stage.discord.admin_channel_id();
    stage.settings.set("discord.admin_channel_id", 12345);
    stage.start().await;
    let refused = |calls: &[Call]| {
        let posts = calls.iter().filter(|call| call.route == POST);
        posts.filter(|call| call.status == Some(404)).count()
    };
    let twice = |calls: &[Call]| (refused(calls) >= 2).then_some(());
    stage.discord.wait_for_call(twice, "a second attempt").await;
    stage.stop().await;
    stage.settings.set("discord.admin_channel_id", right);
    stage.start().await;
    stage.approve(&card).await;
    alice.letter_with_key().await;
    stage.says(&card, "Key sent").await;
    assert_eq!(stage.discord.cards().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn the_deleted_card_of_a_finished_request_costs_nothing() {
    let mut stage = Stage::open().await;
    let carol = stage.carol();
    let card = stage.asked(&stage.bob(), "toaster").await;
    let form = carol.press(&card, "Deny…").await.answer().await;
    carol.submit(form.modal(), &[]).await;
    stage.says(&card, "Denied").await;
    stage.bob().letter_says("denied").await;
    stage.stop().await;
    assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Denied);
    stage.discord.delete_message(&card);
    stage.discord.forget_calls();
    stage.start().await;
    let other = stage.asked(&stage.alice(), "laptop").await;
    stage.restart().await;
    stage.approve(&other).await;
    stage.alice().letter_with_key().await;
    assert_eq!(stage.discord.cards().len(), 1);
    assert!(
        calls(&stage, LIST) <= 1,
        "the first start had nothing to look for"
    );
    stage.finish().await;
}

#[tokio::test]
async fn a_bot_that_may_not_read_the_channel_posts_no_card_twice() {
    use stand_ins::discord::permission::READ_MESSAGE_HISTORY;
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    stage.stop().await;
    let channel = stage.discord.admin_channel_id();
    stage.discord.deny_bot(channel, READ_MESSAGE_HISTORY);
    stage.discord.forget_calls();
    stage.start().await;
    let edited = |calls: &[Call]| calls.iter().any(|call| call.route == EDIT).then_some(());
    stage
        .discord
        .wait_for_call(edited, "a look at the card")
        .await;
    stage.approve(&card).await;
    alice.letter_with_key().await;
    assert_eq!(stage.discord.cards().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_bot_that_may_not_read_the_channel_edits_a_few_cards_an_hour() {
    use stand_ins::discord::permission::READ_MESSAGE_HISTORY;
    const FEW: usize = 5;
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    for number in 0..2 * FEW + 2 {
        let member = stage.discord.member(&format!("member{number}"));
        stage.asked(&member, &format!("laptop-{number}")).await;
    }
    stage.stop().await;
    let channel = stage.discord.admin_channel_id();
    stage.discord.deny_bot(channel, READ_MESSAGE_HISTORY);
    stage.discord.forget_calls();
    stage.start().await;
    until(|| calls(&stage, EDIT) >= FEW).await;
    clock.advance(HOUR);
    until(|| calls(&stage, EDIT) >= 2 * FEW).await;
    stage.stop().await;
    let edits = stage.discord.calls();
    let edits = edits.iter().filter(|call| call.route == EDIT);
    let edited: BTreeSet<_> = edits.map(|call| call.path.clone()).collect();
    assert_eq!(edited.len(), 2 * FEW, "each in its turn");
    assert_eq!(calls(&stage, EDIT), 2 * FEW);
    assert_eq!(stage.discord.cards().len(), 2 * FEW + 2);
    stage.finish().await;
}
