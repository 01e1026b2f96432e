//! Keys that Headscale makes after the bot has asked it what it has made.

use std::collections::BTreeSet;
use std::time::Duration;

use headscale_usher::clock::Clock;
use stage::Stage;
use stand_ins::discord::Message;

use crate::steps::{until, with_clock};

/// The call breaks while Headscale hangs, and the bot asks a Headscale that has not made the key yet.
#[tokio::test]
async fn a_key_that_headscale_makes_late_is_taken_back() {
    for is_cancelled in [false, true] {
        let (mut stage, clock) = with_clock().await;
        stage.start().await;
        let alice = stage.alice();
        let card = stage.asked(&alice, "laptop").await;
        let path = "/api/v1/preauthkey";
        let held = stage.headscale.hold_late("POST", path);
        stage.approve(&card).await;
        held.arrived().await;
        if is_cancelled {
            let letter = alice.letter_says("is approved").await;
            alice.press(&letter, "Cancel request").await.answer().await;
        }
        stage.headscale.down().await;
        stage.headscale.up().await;
        let shown = || alice.letters().iter().find_map(Message::scan);
        let is_over = || alice.letters().iter().any(|it| it.says("is cancelled"));
        until(|| {
            clock.advance(Duration::from_secs(1));
            shown().is_some() || is_over()
        })
        .await;
        assert_eq!(is_over(), is_cancelled);
        let kept: Vec<String> = shown().into_iter().collect();
        held.release();
        until(|| stage.headscale.live_keys().len() == kept.len() + 1).await;
        until(|| {
            clock.advance(Duration::from_secs(1));
            stage.headscale.live_keys().len() == kept.len()
        })
        .await;
        let live = stage.headscale.live_keys().into_iter();
        let live: Vec<String> = live.map(|key| key.secret).collect();
        assert_eq!(live, kept, "the key of the letter stays");
        stage.finish().await;
    }
}

/// The clock was set back while the bot was stopped, so it orders a key that ends when a lost one would.
#[tokio::test]
async fn a_key_that_somebody_holds_is_not_taken_for_a_late_one() {
    let (mut stage, clock) = with_clock().await;
    let begun = clock.now();
    stage.start().await;
    let alice = stage.alice();
    let late = stage.headscale.hold_late("POST", "/api/v1/preauthkey");
    let card = stage.asked(&alice, "laptop").await;
    stage.approve(&card).await;
    late.arrived().await;
    stage.headscale.down().await;
    stage.headscale.up().await;
    let shown = || keys_in(&alice.letters());
    until(|| {
        clock.advance(Duration::from_secs(1));
        shown().len() == 1
    })
    .await;
    stage.stop().await;
    let clock = Clock::manual(begun);
    stage.clock = clock.clone();
    stage.start().await;
    let card = stage.asked(&alice, "phone").await;
    stage.approve(&card).await;
    until(|| shown().len() == 2).await;
    late.release();
    until(|| live(&stage).len() == 3).await;
    until(|| {
        clock.advance(Duration::from_secs(1));
        live(&stage).len() == 2
    })
    .await;
    assert_eq!(live(&stage), shown(), "the keys of the letters stay");
    stage.finish().await;
}

fn keys_in(letters: &[Message]) -> BTreeSet<String> {
    letters.iter().filter_map(Message::scan).collect()
}

fn live(stage: &Stage) -> BTreeSet<String> {
    let keys = stage.headscale.live_keys().into_iter();
    keys.map(|key| key.secret).collect()
}
