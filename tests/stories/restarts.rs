//! The bot is stopped and started between any two steps; nobody has to do anything again.

use stage::Stage;
use stand_ins::headscale::When;

#[tokio::test]
async fn buttons_work_after_a_restart() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    stage.restart().await;
    stage.approve(&card).await;
    alice.letter_with_key().await;
    stage.finish().await;
}

#[tokio::test]
async fn a_restart_while_headscale_makes_the_key_ends_with_one_letter_and_one_live_key() {
    for when in [When::Before, When::After] {
        let mut stage = Stage::open().await;
        let alice = stage.alice();
        let card = stage.asked(&alice, "laptop").await;
        let held = stage.headscale.hold("POST", "/api/v1/preauthkey", when);
        stage.approve(&card).await;
        held.arrived().await;
        let release = async { held.release() };
        let (_, ()) = tokio::join!(stage.stop(), release);
        stage.start().await;
        let letter = alice.letter_with_key().await;
        stage.says(&card, "Key sent").await;
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
        let alice = stage.alice();
        let card = stage.asked(&alice, "laptop").await;
        let held = stage.discord.fault(route).hold_reply();
        stage.approve(&card).await;
        held.arrived().await;
        let release = async { held.release() };
        let (_, ()) = tokio::join!(stage.stop(), release);
        stage.start().await;
        alice.letter_with_key().await;
        stage.says(&card, "Key sent").await;
        assert_eq!(alice.letters().len(), 1, "{route}");
        assert_eq!(stage.headscale.live_keys().len(), 1, "{route}");
        stage.finish().await;
    }
}
