//! What many stories begin with.

use std::time::Duration;

use headscale_usher::clock::Clock;
use headscale_usher::domain::{DeviceRequest, RequestId};
use headscale_usher::store::{Store, entity::request_event};
use stage::Stage;
use stand_ins::discord::{Interaction, Member, Message};

use crate::audit::history;

pub(crate) const DAY: Duration = Duration::from_hours(24);

/// Somebody asks for a Linux device, and the approvers see it.
pub(crate) async fn asked(stage: &Stage, who: &Member, device: &str) -> Message {
    who.request_device(device, "linux", Some("for the story"))
        .await
        .answer()
        .await;
    card_of(stage, device).await
}

pub(crate) async fn card_of(stage: &Stage, device: &str) -> Message {
    let name = format!("`{device}`");
    let what = format!("a card for {device}");
    stage
        .discord
        .card_where(&what, |card| {
            card.says(&name) && card.button("Approve").is_some()
        })
        .await
}

/// An approver presses Approve, and the requester has a letter with a key.
pub(crate) async fn approved(stage: &Stage, who: &Member, device: &str) -> (Message, Message) {
    let card = asked(stage, who, device).await;
    stage
        .discord
        .approver("carol")
        .press(&card, "Approve")
        .await;
    let letter = who
        .letter_where("a letter with a key", |letter| letter.scan().is_some())
        .await;
    (card, letter)
}

/// Presses a button and reads the private answer.
pub(crate) async fn told(who: &Member, on: &Message, label: &str) -> String {
    who.press(on, label).await.answer().await.text()
}

/// A stage whose bot lives by a clock that the story moves.
pub(crate) async fn with_clock() -> (Stage, Clock) {
    let mut stage = Stage::set().await;
    stage.clock = Clock::manual(Clock::system().now());
    let clock = stage.clock.clone();
    (stage, clock)
}

/// What the store says once the bot is gone.
pub(crate) async fn on_disk(stage: &Stage, id: i64) -> (DeviceRequest, Vec<request_event::Model>) {
    let store = Store::open(&stage.database())
        .await
        .expect("the store opens");
    let request = store
        .request(RequestId(id))
        .await
        .expect("the store answers");
    store.close().await;
    let history = history(&stage.database(), RequestId(id)).await;
    (request.expect("the request is there"), history)
}

pub(crate) async fn answer(interaction: Interaction) -> String {
    interaction.answer().await.text()
}
