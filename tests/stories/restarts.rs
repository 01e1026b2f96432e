//! The bot is stopped and started between any two steps; nobody has to do anything again.

use stage::Stage;
use stand_ins::headscale::When;

use crate::steps::asked;

#[tokio::test]
async fn buttons_work_after_a_restart() {
    let mut stage = Stage::open().await;
    let alice = stage.discord.member("alice");
    let card = asked(&stage, &alice, "laptop").await;
    stage.restart().await;
    stage
        .discord
        .approver("carol")
        .press(&card, "Approve")
        .await;
    alice
        .letter_where("a key", |letter| letter.scan().is_some())
        .await;
    stage.finish().await;
}

#[tokio::test]
async fn a_restart_while_headscale_makes_the_key_ends_with_one_letter_and_one_live_key() {
    for when in [When::Before, When::After] {
        let mut stage = Stage::open().await;
        let alice = stage.discord.member("alice");
        let card = asked(&stage, &alice, "laptop").await;
        let held = stage.headscale.hold("POST", "/api/v1/preauthkey", when);
        stage
            .discord
            .approver("carol")
            .press(&card, "Approve")
            .await;
        held.arrived().await;
        let release = async { held.release() };
        let (_, ()) = tokio::join!(stage.stop(), release);
        stage.start().await;
        let letter = alice
            .letter_where("a key", |letter| letter.scan().is_some())
            .await;
        stage.discord.message_says(&card, "Key sent").await;
        let live = stage.headscale.live_keys();
        assert_eq!(live.len(), 1);
        assert_eq!(letter.scan().as_ref(), Some(&live[0].secret));
        assert_eq!(alice.letters().len(), 1);
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_restart_between_every_two_messages_changes_nothing() {
    for route in [
        "POST /channels/{}/messages",
        "POST /users/@me/channels",
        "PATCH /channels/{}/messages/{}",
    ] {
        let mut stage = Stage::open().await;
        let alice = stage.discord.member("alice");
        let card = asked(&stage, &alice, "laptop").await;
        let held = stage.discord.fault(route).hold_reply();
        stage
            .discord
            .approver("carol")
            .press(&card, "Approve")
            .await;
        held.arrived().await;
        let release = async { held.release() };
        let (_, ()) = tokio::join!(stage.stop(), release);
        stage.start().await;
        alice
            .letter_where("a key", |letter| letter.scan().is_some())
            .await;
        stage.discord.message_says(&card, "Key sent").await;
        assert_eq!(alice.letters().len(), 1, "{route}");
        assert_eq!(stage.headscale.live_keys().len(), 1, "{route}");
        stage.finish().await;
    }
}
