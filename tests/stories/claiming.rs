//! Closed direct messages, and *Get my key*.

use std::time::Duration;

use stage::Stage;
use stand_ins::discord::{Forged, Member, Message};

use crate::hostile::ledger::Ledger;
use crate::leaving::{HOUR, LOOK, an_hour_passes, question};
use crate::steps::{DAY, answer, needs_a_role, revoke, with_clock};

const DMS_CLOSED: u32 = 50_278;
const MINUTE: Duration = Duration::from_mins(1);

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

#[tokio::test]
async fn whoever_lost_the_role_or_left_collects_no_key() {
    let (mut stage, clock) = with_clock().await;
    let role = needs_a_role(&mut stage);
    stage.start().await;
    let alice = stage.alice();
    alice.give_role(role);
    let (_, in_server) = unreachable(&stage, &alice).await;
    let bob = stage.bob();
    bob.give_role(role);
    stage.approved(&bob, "phone").await;
    clock.advance(61 * MINUTE);
    let in_messages = bob.letter_says("expired before it was used").await;
    let made = stage.headscale.keys().len();

    for (who, on) in [(&alice, &in_server), (&bob, &in_messages)] {
        who.take_role(role);
        let refused = who.press(on, "Get my key").await;
        refused.answer_says("roles chosen by the operator").await;
    }
    bob.leave();
    let refused = bob.press(&in_messages, "Get my key").await;
    refused.answer_says("no longer a member").await;
    bob.join();
    bob.give_role(role);
    let silent = stage.discord.fault(LOOK).reset();
    let failed = bob.press(&in_messages, "Get my key").await;
    failed.answer_says("couldn't be made just now").await;
    silent.hit(1).await;
    assert_eq!(stage.headscale.keys().len(), made, "no key was made");

    let claimed = bob.press(&in_messages, "Get my key").await;
    assert!(claimed.answer_says("Your key for").await.scan().is_some());
    stage.finish().await;
}

#[tokio::test]
async fn whoever_has_only_a_key_to_collect_is_looked_for() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    unreachable(&stage, &alice).await;
    alice.leave();
    stage.restart().await;
    an_hour_passes(&stage, &clock).await;
    an_hour_passes(&stage, &clock).await;
    assert!(question(&stage).await.says("laptop"));
    stage.finish().await;
}

#[tokio::test]
async fn a_private_answer_loses_the_key_once_it_is_of_no_more_use() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, private) = unreachable(&stage, &alice).await;
    let collect = async || {
        let claimed = alice.press(&private, "Get my key").await;
        let claimed = claimed.answer_says("Your key for").await;
        stage.says(&card, "Key collected").await;
        claimed
    };
    let first = collect().await;
    let second = collect().await;
    let first = stage.says(&first, "approved").await;
    assert!(first.scan().is_none(), "that key was taken back");
    let failing = stage
        .discord
        .fault("PATCH /webhooks/{}/{}/messages/@original");
    let failing = failing.reset();
    let key = second.scan().expect("a key");
    stage.headscale.join(&key, "laptop").expect("it works");
    failing.hit(1).await;
    let second = stage.says(&second, "is online").await;
    assert!(second.scan().is_none() && second.embeds().is_empty());
    stage.says(&card, "Joined").await;
    stage.finish().await;
}

/// The call in the channel, once it says this.
async fn called(stage: &Stage, words: &str) -> Message {
    let channel = stage.discord.general_channel_id();
    let says = |message: &Message| message.says(words) && message.button("Get my key").is_some();
    stage.discord.message_where(channel, words, says).await
}

#[tokio::test]
async fn whoever_looks_away_is_called_and_called_once_more_before_the_end() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    alice.close_dms(DMS_CLOSED);
    let asked = alice.request_device("laptop", "linux", None).await;
    let card = stage.card_of("laptop").await;
    clock.advance(5 * MINUTE);
    stage.approve(&card).await;
    let first = called(&stage, "something is ready").await;
    assert_eq!(first.pings().users, [alice.id()].into());
    asked.answer_says("Get my key").await;
    let general = stage.discord.general_channel_id();
    clock.advance(Duration::from_mins(47 * 60 + 59));
    stage.restart().await;
    assert_eq!(stage.discord.messages_in(general).len(), 1, "not yet");
    clock.advance(2 * MINUTE);
    let second = called(&stage, "still waiting").await;
    assert_eq!(second.pings().users, [alice.id()].into());
    assert!(second.id() != first.id() && !second.says("laptop"));
    let first = first.again().expect("the first call stays");
    assert!(first.buttons().is_empty(), "{}", first.text());
    stage.restart().await;
    clock.advance(DAY);
    stage.says(&second, "nothing left to collect").await;
    assert_eq!(stage.discord.messages_in(general).len(), 2);
    stage.finish().await;
}

#[tokio::test]
async fn whoever_is_looking_is_called_only_before_the_end() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let (card, _) = unreachable(&stage, &alice).await;
    let general = stage.discord.general_channel_id();
    stage.restart().await;
    assert!(stage.discord.messages_in(general).is_empty());
    let post = stage.discord.fault("POST /channels/{}/messages");
    let lost = post.in_channel(general).drop_reply();
    clock.advance(2 * DAY);
    lost.hit(1).await;
    stage.restart().await;
    clock.advance(MINUTE);
    let called = called(&stage, "still waiting").await;
    assert_eq!(stage.discord.messages_in(general).len(), 1);
    let claimed = alice.press(&called, "Get my key").await;
    claimed.answer_says("Your key for").await;
    stage.says(&card, "Key collected").await;
    stage.finish().await;
}

/// The call is posted, and the answer that says where is lost.
#[tokio::test]
async fn a_call_that_the_bot_has_lost_is_kept_current_once_its_button_is_pressed() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    alice.close_dms(DMS_CLOSED);
    let asked = alice.request_device("laptop", "linux", None).await;
    asked.answer().await;
    let card = stage.card_of("laptop").await;
    clock.advance(5 * MINUTE);
    let general = stage.discord.general_channel_id();
    let post = stage.discord.fault("POST /channels/{}/messages");
    let lost = post.in_channel(general).drop_reply();
    stage.approve(&card).await;
    lost.hit(1).await;
    let called = called(&stage, "something is ready").await;
    let claimed = alice.press(&called, "Get my key").await;
    let key = claimed.answer_says("Your key for").await.scan();
    stage.says(&card, "Key collected").await;
    let joined = stage.headscale.join(&key.expect("a key"), "laptop");
    joined.expect("it works");
    clock.advance(MINUTE);
    stage.says(&called, "nothing left to collect").await;
    assert_eq!(stage.discord.messages_in(general).len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_card_does_not_call_messages_closed_that_have_been_opened() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, private) = unreachable(&stage, &alice).await;
    alice.press(&private, "Get my key").await;
    stage.says(&card, "Key collected").await;
    alice.open_dms();
    revoke(&stage, &card).await;
    alice.letter_says("has been revoked").await;
    let card = stage.says(&card, "Revoked").await;
    assert!(!card.says("couldn't be told"), "{}", card.text());
    stage.finish().await;
}

#[tokio::test]
async fn whoever_lost_the_role_before_the_approval_gets_neither_key_nor_user() {
    for is_set_back in [false, true] {
        let (mut stage, clock) = with_clock().await;
        let role = needs_a_role(&mut stage);
        stage.start().await;
        let alice = stage.alice();
        alice.give_role(role);
        let card = stage.asked(&alice, "laptop").await;
        if is_set_back {
            clock.set_back(HOUR);
        } else {
            clock.advance(2 * MINUTE);
        }
        alice.take_role(role);
        stage.approve(&card).await;
        stage.says(&card, "or lost the role").await;
        let made = (stage.headscale.users(), stage.headscale.keys());
        assert!(made.0.is_empty() && made.1.is_empty(), "{made:?}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn whoever_left_while_their_key_was_held_up_gets_none_until_they_are_back() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    stage.headscale.down().await;
    stage.approve(&card).await;
    alice.letter_says("is approved").await;
    stage.says(&card, "Held up").await;
    alice.leave();
    stage.headscale.up().await;
    clock.advance(Duration::from_mins(10));
    let card = stage.says(&card, "can collect the key once").await;
    assert!(!card.says("direct messages"), "{}", card.text());
    assert!(stage.headscale.keys().is_empty());
    let audit = Ledger::of(&stage).await.audit;
    let latest = audit.last().expect("a line");
    assert_eq!(latest.event, "membership_lost");
    alice.join();
    let letter = alice.letter_says("is waiting for you").await;
    assert!(
        letter.says("weren't in the server any more"),
        "{}",
        letter.text()
    );
    let told = alice.press(&letter, "Get my key").await.answer().await;
    stage.says(told.message(), "Your key for").await;
    assert_eq!(stage.headscale.live_keys().len(), 1);
    stage.finish().await;
}
