//! Members who leave the server while a key or a device of theirs is live.

use std::time::Duration;

use headscale_usher::clock::Clock;
use headscale_usher::domain::Status;
use sandbox::discord::{Call, Member, Message, Refusal};
use sandbox::stage::Stage;

use crate::links::{approve, waiting};
use crate::steps::{approved, on_disk, told, with_clock};

const HOUR: Duration = Duration::from_hours(1);
const LOOK: &str = "GET /guilds/{}/members/{}";

/// Bob has a device that has joined, under the eyes of a clock that the story moves.
async fn with_bobs_device(settings: &[(&str, &str)]) -> (Stage, Clock, Member, Message) {
    let (mut stage, clock) = with_clock().await;
    for (key, value) in settings {
        stage.settings.text_value(key, value);
    }
    stage.start().await;
    let bob = stage.discord.member("bob");
    let card = joined(&stage, &bob, "laptop").await;
    (stage, clock, bob, card)
}

/// By its sign-in link, so that nobody has to be watched.
async fn joined(stage: &Stage, who: &Member, device: &str) -> Message {
    let card = waiting(stage, who, device).await;
    approve(stage, &card).await;
    stage.discord.message_says(&card, "Joined").await
}

/// An hour passes, in which each of one person's owners is looked for once.
async fn an_hour_passes(stage: &Stage, clock: &Clock) {
    let looks = stage.discord.count(LOOK);
    clock.advance(HOUR);
    looked(stage, looks + 1).await;
}

async fn looked(stage: &Stage, times: usize) {
    let what = format!("look number {times}");
    let asked = |calls: &[Call]| calls.iter().filter(|call| call.route == LOOK).count();
    stage
        .discord
        .wait_for_call(|calls| (asked(calls) >= times).then_some(()), &what)
        .await;
}

async fn question(stage: &Stage) -> Message {
    stage
        .discord
        .card_where("a question about bob", |card| {
            card.says("has left the server") && card.button("Keep").is_some()
        })
        .await
}

fn questions(stage: &Stage) -> usize {
    let cards = stage.discord.cards();
    cards.iter().filter(|card| card.says("Departure")).count()
}

#[tokio::test]
async fn two_absences_an_hour_apart_post_one_card_and_one_is_not_enough() {
    let (mut stage, clock, bob, _) = with_bobs_device(&[]).await;
    bob.leave();
    an_hour_passes(&stage, &clock).await;
    stage.restart().await;
    looked(&stage, 2).await;
    assert_eq!(questions(&stage), 0, "the second look was too early");
    an_hour_passes(&stage, &clock).await;
    let card = question(&stage).await;
    for words in ["1 device", "laptop", "bob", &bob.id().to_string()] {
        assert!(card.says(words), "{words}: {}", card.text());
    }
    for _ in 0..3 {
        an_hour_passes(&stage, &clock).await;
    }
    stage.stop().await;
    assert_eq!(questions(&stage), 1);
    assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Joined);
    stage.finish().await;
}
