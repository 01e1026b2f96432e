//! Every call that a handover makes, broken in every way that networks and services break: once, in the middle of an
//! ordinary story. Each case has to end with the key delivered, one card, one letter, one live key, and few calls.

mod discord;
mod headscale;

use std::future::Future;

use sandbox::stage::Stage;
use tokio::task::JoinSet;

/// Cases that run side by side: each has a bot and two stand-ins of its own.
const AT_ONCE: usize = 6;

/// A story without faults makes about a dozen calls to each side; a case that makes many more is spinning.
const CALLS: usize = 60;

/// A bot that has little patience, so that nobody waits for what never comes.
async fn impatient() -> Stage {
    let mut stage = Stage::set().await;
    stage.settings.text_value("headscale.timeout", "500ms");
    stage.settings.text_value("discord.timeout", "1s");
    stage.settings.text_value("retries.first", "50ms");
    stage.start().await;
    stage
}

/// Asks, approves, and waits for the end of the story.
async fn story(stage: &Stage) {
    let alice = stage.discord.member("alice");
    let asked = alice.request_device("laptop", "linux", None).await;
    let card = stage
        .discord
        .card_where("a card", |card| card.button("Approve").is_some())
        .await;
    stage
        .discord
        .approver("carol")
        .press(&card, "Approve")
        .await;
    alice
        .letter_where("a key", |letter| letter.scan().is_some())
        .await;
    stage
        .discord
        .card_where("an end", |card| card.says("Key sent"))
        .await;
    drop(asked);
}

/// What has to be true whatever broke.
async fn settled(stage: Stage, case: &str) {
    let alice = stage.discord.member("alice");
    assert_eq!(stage.discord.cards().len(), 1, "{case}: cards");
    assert_eq!(alice.letters().len(), 1, "{case}: letters");
    let live = stage.headscale.live_keys();
    assert_eq!(live.len(), 1, "{case}: live keys");
    let shown = alice.letters()[0].scan();
    assert_eq!(
        shown.as_ref(),
        Some(&live[0].secret),
        "{case}: the key that is shown"
    );
    let (discord, headscale) = (stage.discord.calls().len(), stage.headscale.calls().len());
    assert!(
        discord < CALLS && headscale < CALLS,
        "{case}: {discord} and {headscale} calls"
    );
    stage.discord.take_complaints(); // what a broken answer provokes is the case's own doing
    stage.finish().await;
}

/// Runs all cases, a few at a time; a case that fails names itself.
async fn all<F>(cases: Vec<F>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    for case in cases {
        if running.len() >= AT_ONCE {
            running
                .join_next()
                .await
                .expect("a case runs")
                .expect("a case passes");
        }
        running.spawn(case);
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("a case passes");
    }
}
