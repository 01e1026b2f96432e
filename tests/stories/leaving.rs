//! Members who leave the server while a key or a device of theirs is live.

use std::time::Duration;

use headscale_usher::clock::Clock;
use headscale_usher::domain::Status;
use stage::Stage;
use stand_ins::discord::{Call, Member, Message, Refusal};

use crate::links::waiting;
use crate::steps::{on_disk, with_clock};

pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const LOOK: &str = "GET /guilds/{}/members/{}";

const POST: &str = "POST /channels/{}/messages";

/// Bob has a device that has joined, under the eyes of a clock that the story moves.
pub(crate) async fn with_bobs_device(settings: &[(&str, &str)]) -> (Stage, Clock, Member) {
    let (mut stage, clock) = with_clock().await;
    for (key, value) in settings {
        stage.settings.text_value(key, value);
    }
    stage.start().await;
    let bob = stage.bob();
    joined(&stage, &bob, "laptop").await;
    (stage, clock, bob)
}

/// By its sign-in link, so nobody has to be watched.
pub(crate) async fn joined(stage: &Stage, who: &Member, device: &str) -> Message {
    let card = waiting(stage, who, device).await;
    stage.approve(&card).await;
    let name = format!("as `{device}`");
    stage.says(&card, &name).await
}

/// So long that the one owner of a device is looked for once.
pub(crate) async fn an_hour_passes(stage: &Stage, clock: &Clock) {
    let looks = stage.discord.count(LOOK);
    clock.advance(HOUR);
    looked(stage, looks + 1).await;
}

/// Gone for certain, with a card that says so.
pub(crate) async fn gone(stage: &Stage, clock: &Clock, who: &Member) -> Message {
    who.leave();
    an_hour_passes(stage, clock).await;
    an_hour_passes(stage, clock).await;
    question(stage).await
}

pub(crate) async fn looked(stage: &Stage, times: usize) {
    let what = format!("look number {times}");
    let asked = |calls: &[Call]| calls.iter().filter(|call| call.route == LOOK).count();
    stage
        .discord
        .wait_for_call(|calls| (asked(calls) >= times).then_some(()), &what)
        .await;
}

pub(crate) async fn question(stage: &Stage) -> Message {
    stage
        .discord
        .card_where("a question", |card| {
            card.says("left the server") && card.button("Keep").is_some()
        })
        .await
}

/// The number of cards about departures.
pub(crate) fn departures(stage: &Stage) -> usize {
    let cards = stage.discord.cards();
    cards.iter().filter(|card| card.says("Departure")).count()
}

#[tokio::test]
async fn two_absences_an_hour_apart_post_one_card_and_fewer_do_not() {
    let (mut stage, clock, bob) = with_bobs_device(&[]).await;
    bob.leave();
    an_hour_passes(&stage, &clock).await;
    stage.restart().await;
    looked(&stage, 2).await;
    clock.advance(Duration::from_mins(59));
    stage.restart().await;
    looked(&stage, 3).await;
    assert_eq!(departures(&stage), 0, "an hour has not passed");
    an_hour_passes(&stage, &clock).await;
    let card = question(&stage).await;
    for words in ["1 device", "laptop", "bob", &bob.id().to_string()] {
        assert!(card.says(words), "{words}: {}", card.text());
    }
    assert!(card.pings().users.is_empty() && card.pings().roles.is_empty());
    for _ in 0..3 {
        an_hour_passes(&stage, &clock).await;
    }
    stage.stop().await;
    assert_eq!(departures(&stage), 1);
    assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Joined);
    stage.finish().await;
}

#[tokio::test]
async fn an_interval_shorter_than_an_hour_still_leaves_an_hour_between() {
    let settings = [("requests.member_check_interval", "20m")];
    let (stage, clock, bob) = with_bobs_device(&settings).await;
    bob.leave();
    for look in 1..=3 {
        clock.advance(Duration::from_mins(20));
        looked(&stage, look).await;
    }
    assert_eq!(departures(&stage), 0, "40 minutes");
    clock.advance(Duration::from_mins(20));
    question(&stage).await;
    stage.finish().await;
}

#[tokio::test]
async fn errors_and_outages_never_count() {
    let (stage, clock, bob) = with_bobs_device(&[("discord.timeout", "1s")]).await;
    bob.leave();
    an_hour_passes(&stage, &clock).await;
    let look = || stage.discord.fault(LOOK);
    let refusals = [
        Refusal::code(500, 0, "500: Internal Server Error"),
        Refusal::code(503, 10_007, "Unknown Member"),
        Refusal::html(502),
        Refusal::code(403, 50_001, "Missing Access"),
        Refusal::code(404, 10_004, "Unknown Guild"),
        Refusal::code(404, 0, "404: Not Found"),
        Refusal::html(404),
        Refusal::rate_limited("user", 0.1),
    ];
    for refusal in refusals {
        look().refuse(refusal);
        an_hour_passes(&stage, &clock).await;
    }
    for fault in [look().reset(), look().garble()] {
        an_hour_passes(&stage, &clock).await;
        fault.hit(1).await;
    }
    look().hang();
    an_hour_passes(&stage, &clock).await;
    assert_eq!(departures(&stage), 0);
    an_hour_passes(&stage, &clock).await;
    question(&stage).await;
    stage.finish().await;
}

#[tokio::test]
async fn coming_back_in_between_starts_over() {
    let (stage, clock, bob) = with_bobs_device(&[]).await;
    bob.leave();
    an_hour_passes(&stage, &clock).await;
    bob.join();
    an_hour_passes(&stage, &clock).await;
    bob.leave();
    an_hour_passes(&stage, &clock).await;
    assert_eq!(departures(&stage), 0);
    an_hour_passes(&stage, &clock).await;
    question(&stage).await;
    assert_eq!(departures(&stage), 1);
    stage.finish().await;
}

#[tokio::test]
async fn owners_are_looked_for_one_by_one_and_evenly() {
    let (mut stage, clock, _) = with_bobs_device(&[]).await;
    let dora = stage.discord.member("dora");
    joined(&stage, &dora, "phone").await;
    // Nobody who holds nothing is looked for.
    let erin = stage.discord.member("erin");
    stage.asked(&erin, "tablet").await;
    stage.restart().await;
    looked(&stage, 1).await;
    for look in 2..=5 {
        clock.advance(Duration::from_mins(29));
        clock.advance(Duration::from_mins(1));
        looked(&stage, look).await;
    }
    stage.stop().await;
    let calls = stage.discord.calls();
    let looks = calls.into_iter().filter(|call| call.route == LOOK);
    let looks: Vec<String> = looks.map(|call| call.path).collect();
    assert_eq!(looks.len(), 5);
    assert!(looks.windows(2).all(|pair| pair[0] != pair[1]), "{looks:?}");
    stage.finish().await;
}

#[tokio::test]
async fn with_nothing_to_be_done_discord_is_asked_nothing() {
    let (mut stage, clock, bob) = with_bobs_device(&[("requests.on_member_left", "nothing")]).await;
    bob.leave();
    for _ in 0..3 {
        clock.advance(HOUR);
        stage.restart().await;
    }
    let alice = stage.alice();
    stage.asked(&alice, "phone").await;
    assert_eq!(stage.discord.count(LOOK), 0);
    assert_eq!(departures(&stage), 0);
    stage.finish().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_card_was_posted_makes_no_second_card() {
    let (mut stage, clock, bob) = with_bobs_device(&[]).await;
    bob.leave();
    an_hour_passes(&stage, &clock).await;
    let admin = stage.discord.admin_channel_id();
    let lost = stage.discord.fault(POST).in_channel(admin).drop_reply();
    an_hour_passes(&stage, &clock).await;
    lost.hit(1).await;
    stage.restart().await;
    clock.advance(Duration::from_secs(10));
    let twice = |calls: &[Call]| {
        let posts = calls.iter().filter(|call| {
            let nonce = call.body.as_ref().and_then(|body| body["nonce"].as_str());
            call.route == POST && nonce.is_some_and(|nonce| nonce.starts_with("hud"))
        });
        (posts.count() == 2).then_some(())
    };
    stage.discord.wait_for_call(twice, "a second attempt").await;
    let card = question(&stage).await;
    let carol = stage.carol();
    carol.press(&card, "Keep").await;
    stage.says(&card, "Kept").await;
    assert_eq!(departures(&stage), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_question_that_was_deleted_is_asked_once_more() {
    let (stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    stage.discord.delete_message(&card);
    joined_beside(&stage, &clock, &bob).await;
    let again = question(&stage).await;
    assert_ne!(again.id(), card.id());
    stage.says(&again, "2 devices").await;
    assert_eq!(departures(&stage), 1);
    stage.finish().await;
}

/// Somebody who was gone gets another device between two looks.
async fn joined_beside(stage: &Stage, clock: &Clock, who: &Member) {
    who.join();
    joined(stage, who, "tablet").await;
    who.leave();
    an_hour_passes(stage, clock).await;
}
