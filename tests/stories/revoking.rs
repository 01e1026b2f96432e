//! Taking access back takes the right key and the right device, whatever lists leave out and whoever was there first.

use std::time::Duration;

use headscale_usher::clock::Clock;
use jiff::SignedDuration;
use stage::Stage;
use stand_ins::discord::{Layout, Member, Message};
use stand_ins::headscale::{Canned, Fault, Release};

use crate::steps::{revoke, until};

const KEYS: &str = "/api/v1/preauthkey";
const NODE: &str = "/api/v1/node/*";

/// Keys can be named by number since 0.28; before, only by a plaintext that is listed.
const BOTH: [Release; 2] = [Release::V0_27, Release::V0_29];

/// Revoked devices are removed, and nothing is looked for until the story moves the clock.
async fn open(release: Release) -> (Stage, Clock) {
    let mut stage = Stage::set_with(Layout::default(), release).await;
    stage.clock = Clock::manual(Clock::system().now());
    stage.settings.text_value("headscale.on_revoke", "delete");
    stage.start().await;
    let clock = stage.clock.clone();
    (stage, clock)
}

/// The key has been used, which the bot does not know.
async fn unseen(stage: &Stage, who: &Member, device: &str) -> Message {
    let (card, letter) = stage.approved(who, device).await;
    let card = stage.says(&card, "Key sent").await;
    let key = letter.scan().expect("a key");
    stage.headscale.join(&key, device).expect("it works");
    card
}

/// From now on no list of keys shows any.
fn leave_keys_out(stage: &Stage) {
    let none = Canned::new(200, "application/json", r#"{"preAuthKeys":[]}"#);
    let none = Fault::Answer(none);
    stage.headscale.fault_always("GET", KEYS, none);
}

fn devices(stage: &Stage) -> Vec<String> {
    let nodes = stage.headscale.nodes().into_iter();
    nodes.map(|node| node.given_name).collect()
}

#[tokio::test]
async fn a_key_that_has_just_been_used_is_revoked_with_its_device_and_no_other() {
    for release in BOTH {
        let (stage, clock) = open(release).await;
        let card = unseen(&stage, &stage.bob(), "desktop").await;
        clock.advance(Duration::from_secs(3));
        stage.says(&card, "Joined").await;
        clock.advance(Duration::from_secs(3));
        let card = unseen(&stage, &stage.alice(), "laptop").await;
        assert!(!card.says("Joined"), "{}", card.text());
        revoke(&stage, &card).await;
        stage.says(&card, "Revoked").await;
        assert_eq!(devices(&stage), ["desktop"], "{release}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_key_that_no_list_shows_any_more_takes_its_device_along() {
    for release in BOTH {
        let (stage, clock) = open(release).await;
        let card = unseen(&stage, &stage.alice(), "laptop").await;
        leave_keys_out(&stage);
        revoke(&stage, &card).await;
        until(|| {
            clock.advance(Duration::from_mins(1));
            stage.headscale.advance(SignedDuration::from_mins(1));
            let card = stage.discord.message(card.id());
            card.is_some_and(|card| card.says("Revoked"))
        })
        .await;
        assert!(devices(&stage).is_empty(), "{release}");
        stage.finish().await;
    }
}

/// Without a list, such a key dies by its own end only.
#[tokio::test]
async fn before_keys_had_numbers_one_that_no_list_shows_counts_as_revoked_at_its_end() {
    let (stage, clock) = open(Release::V0_27).await;
    let (card, letter) = stage.approved(&stage.alice(), "laptop").await;
    let card = stage.says(&card, "Key sent").await;
    leave_keys_out(&stage);
    revoke(&stage, &card).await;
    let card = stage.says(&card, "Next attempt").await;
    assert!(!card.says("Revoked"), "{}", card.text());
    let hour = Duration::from_mins(61);
    stage.headscale.advance(SignedDuration::from_mins(61));
    clock.advance(hour);
    stage.says(&card, "Revoked").await;
    let key = letter.scan().expect("a key");
    assert!(stage.headscale.join(&key, "laptop").is_err());
    stage.finish().await;
}

#[tokio::test]
async fn a_device_that_the_operator_has_removed_counts_as_revoked() {
    for setting in ["expire", "delete"] {
        let mut stage = Stage::set().await;
        stage.settings.text_value("headscale.on_revoke", setting);
        stage.start().await;
        let (card, letter) = stage.approved(&stage.alice(), "laptop").await;
        let key = letter.scan().expect("a key");
        let node = stage.headscale.join(&key, "laptop").expect("it works");
        let card = stage.says(&card, "Joined").await;
        stage.headscale.remove_node(node.id);
        revoke(&stage, &card).await;
        stage.says(&card, "Revoked").await;
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_device_that_headscale_did_not_end_is_not_said_to_be_revoked() {
    for (setting, method, path) in [
        ("expire", "POST", "/api/v1/node/*/expire"),
        ("delete", "DELETE", NODE),
    ] {
        let mut stage = Stage::set().await;
        stage.settings.text_value("headscale.on_revoke", setting);
        stage.start().await;
        let (card, letter) = stage.approved(&stage.alice(), "laptop").await;
        let key = letter.scan().expect("a key");
        stage.headscale.join(&key, "laptop").expect("it works");
        let card = stage.says(&card, "Joined").await;
        let broken = Fault::refuse(500, "database is locked");
        stage.headscale.fault_always(method, path, broken);
        revoke(&stage, &card).await;
        let card = stage.says(&card, "Next attempt").await;
        assert!(!card.says("Revoked"), "{setting}: {}", card.text());
        stage.headscale.clear_faults();
        stage.says(&card, "Revoked").await;
        let now = stage.headscale.now();
        let nodes = stage.headscale.nodes();
        let is_in = |expiry: Option<_>| expiry.is_none_or(|end| end > now);
        assert!(!nodes.iter().any(|node| is_in(node.expiry)), "{setting}");
        stage.finish().await;
    }
}
