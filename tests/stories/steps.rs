//! Steps that many stories share.

use std::time::Duration;

use headscale_usher::clock::Clock;
use headscale_usher::domain::{DeviceRequest, RequestId};
use headscale_usher::store::{Store, entity::request_event};
use stage::Stage;
use stage::aftermath::PATIENCE;
use stand_ins::discord::model::Id;
use stand_ins::discord::{Interaction, Member, Message};
use tokio::time::{sleep, timeout};

use crate::audit::history;

pub(crate) const DAY: Duration = Duration::from_hours(24);

/// Presses a button and reads the private answer.
pub(crate) async fn told(who: &Member, on: &Message, label: &str) -> String {
    who.press(on, label).await.answer().await.text()
}

/// An approver asks for it twice, as the bot wants it.
pub(crate) async fn revoke(stage: &Stage, card: &Message) {
    let carol = stage.carol();
    let question = carol.press(card, "Revoke…").await.answer().await;
    let sure = carol.press(question.message(), "Revoke now").await;
    sure.answer().await;
}

/// How often the bot has asked for the nodes.
pub(crate) fn looks(stage: &Stage) -> usize {
    stage.headscale.count("GET", "/api/v1/node")
}

/// Waits until it is so.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("it becomes so");
}

/// A stage whose bot lives by a clock that the story moves.
pub(crate) async fn with_clock() -> (Stage, Clock) {
    let mut stage = Stage::set().await;
    stage.clock = Clock::manual(Clock::system().now());
    let clock = stage.clock.clone();
    (stage, clock)
}

/// Only whoever has the role that is returned may ask, once the bot is started.
pub(crate) fn needs_a_role(stage: &mut Stage) -> Id {
    let role = stage.discord.approver_role_id();
    let roles = format!("[{role}]");
    stage.settings.set("discord.requester_role_ids", roles);
    role
}

/// The request and its history in the store, once the bot is gone.
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
