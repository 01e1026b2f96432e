//! Whose keys and devices they are in Headscale, when the settings or Headscale's users change in between.

use std::time::Duration;

use headscale_usher::clock::Clock;
use stage::Stage;
use stand_ins::discord::{Layout, Message};
use stand_ins::headscale::{Canned, Fault, Release};

use crate::hostile::ledger::Ledger;
use crate::steps;

const KEYS: &str = "/api/v1/preauthkey";

/// Keys are listed for one owner up to 0.27, and all at once since.
const BOTH: [Release; 2] = [Release::V0_27, Release::V0_29];

async fn open(release: Release) -> Stage {
    let mut stage = Stage::set_with(Layout::default(), release).await;
    stage.start().await;
    stage
}

/// From the next start on, all members share one Headscale user.
fn share_a_user(stage: &mut Stage) {
    stage
        .settings
        .set("headscale.user", r#"{ fixed = "members" }"#);
}

/// How often the audit log says that a Headscale user of Alice's has changed.
async fn changes(stage: &Stage) -> usize {
    let about = format!("member {}: ", stage.alice().id());
    let audit = Ledger::of(stage).await.audit.into_iter();
    let changes = audit.filter(|line| line.event == "headscale_user_changed");
    let of_alice = |detail: Option<String>| detail.is_some_and(|it| it.starts_with(&about));
    changes.filter(|line| of_alice(line.detail.clone())).count()
}

async fn revoke(stage: &Stage, card: &Message) {
    let card = stage.says(card, "Key sent").await;
    steps::revoke(stage, &card).await;
    stage.says(&card, "Revoked").await;
}

/// Alice has a device that waits with its link, and it is let in.
async fn let_in(stage: &Stage, device: &str) {
    let link = stage.headscale.pending_sign_in(device);
    let options = serde_json::json!({ "device": device, "platform": "ios", "link": link });
    let asked = stage.alice().slash("request-device", options).await;
    asked.answer().await;
    let card = stage.card_of(device).await;
    stage.approve(&card).await;
    stage.says(&card, "Joined").await;
}

#[tokio::test]
async fn a_key_is_revoked_although_another_user_would_own_it_today() {
    for release in BOTH {
        let mut stage = open(release).await;
        let (card, letter) = stage.approved(&stage.alice(), "laptop").await;
        let key = letter.scan().expect("a key");
        stage.says(&card, "Key sent").await;
        share_a_user(&mut stage);
        stage.restart().await;
        revoke(&stage, &card).await;
        assert!(stage.headscale.join(&key, "laptop").is_err(), "{release}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn an_interrupted_key_is_reclaimed_from_the_user_it_was_made_for() {
    for release in BOTH {
        let mut stage = Stage::set_with(Layout::default(), release).await;
        stage.clock = Clock::manual(Clock::system().now());
        let clock = stage.clock.clone();
        stage.start().await;
        let alice = stage.alice();
        let card = stage.asked(&alice, "laptop").await;
        stage.headscale.fault("POST", KEYS, Fault::ApplyThenDrop);
        stage.approve(&card).await;
        stage.says(&card, "before the answer came").await;
        stage.stop().await;
        share_a_user(&mut stage);
        stage.start().await;
        clock.advance(Duration::from_mins(1));
        alice.letter_with_key().await;
        stage.says(&card, "Key sent").await;
        assert_eq!(stage.headscale.live_keys().len(), 1);
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_known_key_that_a_list_leaves_out_is_not_taken_for_gone() {
    for release in BOTH {
        let stage = open(release).await;
        let (card, letter) = stage.approved(&stage.alice(), "laptop").await;
        let key = letter.scan().expect("a key");
        let none = Canned::new(200, "application/json", r#"{"preAuthKeys":[]}"#);
        stage.headscale.fault("GET", KEYS, Fault::Answer(none));
        revoke(&stage, &card).await;
        assert!(stage.headscale.join(&key, "laptop").is_err(), "{release}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_key_that_went_with_its_user_is_revoked() {
    for release in BOTH {
        let stage = open(release).await;
        let (card, letter) = stage.approved(&stage.alice(), "laptop").await;
        let key = letter.scan().expect("a key");
        stage.headscale.remove_user(1);
        revoke(&stage, &card).await;
        assert!(stage.headscale.join(&key, "laptop").is_err(), "{release}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_user_that_was_removed_is_made_anew_and_the_next_key_belongs_to_it() {
    for release in BOTH {
        let stage = open(release).await;
        let alice = stage.alice();
        let (card, _) = stage.approved(&alice, "laptop").await;
        revoke(&stage, &card).await;
        stage.headscale.remove_user(1);
        let card = stage.asked(&alice, "phone").await;
        stage.approve(&card).await;
        stage.says(&card, "Key sent").await;
        assert_eq!(stage.headscale.live_keys()[0].user, Some(2));
        assert_eq!(changes(&stage).await, 1, "{release}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_user_of_the_same_name_that_the_bot_did_not_make_is_not_given_out() {
    let mut stage = Stage::set().await;
    let template = r#"{ template = "{username}" }"#;
    stage.settings.set("headscale.user", template);
    stage.start().await;
    let alice = stage.alice();
    let (card, _) = stage.approved(&alice, "laptop").await;
    revoke(&stage, &card).await;
    stage.headscale.remove_user(1);
    stage.headscale.add_user("alice");
    let card = stage.asked(&alice, "phone").await;
    stage.approve(&card).await;
    stage.says(&card, "wasn't created for this member").await;
    assert!(stage.headscale.live_keys().is_empty());
    stage.finish().await;
}

/// Devices that come by link are registered by the user's name.
#[tokio::test]
async fn a_link_leads_to_the_members_own_user_although_somebody_else_has_its_old_name() {
    let stage = Stage::open().await;
    let_in(&stage, "phone").await;
    let old = stage.headscale.users()[0].name.clone();
    stage.headscale.rename_user(1, "alice-smith");
    let stranger = stage.headscale.add_user(&old);
    let_in(&stage, "tablet").await;
    let nodes = stage.headscale.nodes();
    let owners: Vec<_> = nodes.iter().map(|node| node.user).collect();
    assert_eq!(owners, [Some(1), Some(1)], "not {}", stranger.id);
    assert_eq!(changes(&stage).await, 1);
    stage.finish().await;
}

#[tokio::test]
async fn the_card_names_the_user_that_the_member_has() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    assert!(card.says("**created** if"), "{}", card.text());
    stage.approve(&card).await;
    stage.says(&card, "Key sent").await;
    let template = r#"{ template = "member-{id}" }"#;
    stage.settings.set("headscale.user", template);
    stage.restart().await;
    let card = stage.asked(&alice, "phone").await;
    let user = &stage.headscale.users()[0].name;
    assert!(card.says(user), "{}", card.text());
    assert!(!card.says("member-") && !card.says("**created**"));
    stage.finish().await;
}
