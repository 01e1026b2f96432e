//! From the key to the device.

use std::time::Duration;

use stage::Stage;

use crate::steps::{DAY, looks, until, with_clock};

#[tokio::test]
async fn a_device_that_joins_in_the_last_minute_of_its_key_is_seen() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let card = stage.says(&card, "Key sent").await;
    let looks = || stage.headscale.count("GET", "/api/v1/node");
    // Looked for in vain in the last tenth of the hour.
    let before = looks();
    clock.advance(Duration::from_mins(57));
    until(|| looks() > before).await;
    let key = letter.scan().expect("a key");
    stage
        .headscale
        .join(&key, "alices-laptop")
        .expect("it joins");
    clock.advance(Duration::from_mins(4));
    stage.says(&card, "Joined").await;
    alice.letter_says("`laptop` is online").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_device_that_joined_while_the_bot_was_down_is_seen() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let card = stage.says(&card, "Key sent").await;
    stage.stop().await;
    let key = letter.scan().expect("a key");
    stage
        .headscale
        .join(&key, "alices-laptop")
        .expect("it joins");
    clock.advance(Duration::from_hours(20));
    stage.start().await;
    stage.says(&card, "Joined").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_device_that_is_never_found_is_waited_for_until_a_day_after_its_keys_end() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let card = stage.says(&card, "Key sent").await;
    let key = letter.scan().expect("a key");
    let node = stage.headscale.join(&key, "laptop").expect("it joins");
    stage.headscale.remove_node(node.id);
    clock.advance(Duration::from_mins(61));
    let card = stage.says(&card, "waiting for the device").await;
    let before = looks(&stage);
    clock.advance(Duration::from_hours(1));
    until(|| looks(&stage) > before).await;
    stage.restart().await;
    assert!(!card.again().expect("the card").says("wasn't found"));
    clock.advance(DAY);
    let card = stage.says(&card, "wasn't found").await;
    assert_eq!(card.labels(), [""; 0], "there is nothing to revoke");
    alice.letter_says("wasn't found").await;
    let next = stage.asked(&alice, "laptop").await;
    assert!(next.says("· 0 devices"), "{}", next.text());
    stage.finish().await;
}

#[tokio::test]
async fn a_device_that_joins_is_named_and_the_key_leaves_the_letter() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let key = letter.scan().expect("a key");
    stage
        .headscale
        .join(&key, "alices-thinkpad")
        .expect("the key works");
    let card = stage.says(&card, "as `laptop`").await;
    assert!(card.says("Joined") && card.says("100.64.0."));
    let letter = alice.letter_says("`laptop` is online").await;
    assert_eq!(letter.scan(), None);
    assert!(letter.attachments().is_empty() && !letter.text().contains(&key));
    assert_eq!(stage.headscale.nodes()[0].given_name, "laptop");
    assert!(
        stage.headscale.join(&key, "second").is_err(),
        "a key works once"
    );
    stage.finish().await;
}

#[tokio::test]
async fn a_name_that_is_taken_is_reported_and_not_forced() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let bob = stage.bob();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    stage
        .headscale
        .join(&letter.scan().expect("a key"), "one")
        .expect("it works");
    stage.says(&card, "as `laptop`").await;
    let (card, letter) = stage.approved(&bob, "laptop").await;
    stage
        .headscale
        .join(&letter.scan().expect("a key"), "two")
        .expect("it works");
    let card = stage.says(&card, "Couldn't be renamed").await;
    assert!(card.says("as `two`"), "{}", card.text());
    stage.finish().await;
}

#[tokio::test]
async fn a_key_that_lapses_unused_goes_from_the_letter_and_can_be_collected_anew() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let old = letter.scan().expect("a key");
    clock.advance(Duration::from_mins(61));
    stage.says(&card, "expired unused").await;
    let letter = alice.letter_says("expired before it was used").await;
    assert!(letter.scan().is_none() && !letter.text().contains(&old));
    assert!(
        stage.headscale.live_keys().is_empty(),
        "taken back, not only forgotten"
    );
    let fresh = alice
        .in_dms()
        .press(&letter, "Get my key")
        .await
        .answer_says("Your key for")
        .await;
    let key = fresh.scan().expect("a key in the private answer");
    assert_ne!(key, old);
    assert_eq!(stage.headscale.live_keys().len(), 1);
    stage.headscale.join(&key, "laptop").expect("it works");
    stage.says(&card, "Key collected").await;
    clock.advance(Duration::from_secs(30));
    stage.says(&card, "Joined").await;
    stage.finish().await;
}

#[tokio::test]
async fn members_have_users_of_their_own_that_a_rename_does_not_change() {
    let mut stage = Stage::set().await;
    stage
        .settings
        .set("headscale.user", "{ template = \"{username}\" }");
    stage.start().await;
    let alice = stage.alice();
    stage.approved(&alice, "laptop").await;
    alice.rename("alice-in-chains");
    let card = stage.asked(&alice, "phone").await;
    stage.approve(&card).await;
    stage.says(&card, "Key sent").await;
    let users: Vec<String> = stage
        .headscale
        .users()
        .into_iter()
        .map(|user| user.name)
        .collect();
    assert_eq!(users, ["alice"]);
    stage.finish().await;
}

#[tokio::test]
async fn nobody_is_given_the_user_of_somebody_else() {
    let mut stage = Stage::set().await;
    stage
        .settings
        .set("headscale.user", "{ template = \"{username}\" }");
    stage.headscale.add_user("admin");
    stage.start().await;
    let admin = stage.discord.member("admin");
    let card = stage.asked(&admin, "laptop").await;
    stage.approve(&card).await;
    let card = stage.says(&card, "Failed").await;
    assert!(card.says("already has a user"), "{}", card.text());
    assert!(stage.headscale.keys().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn one_fixed_user_serves_everybody() {
    let mut stage = Stage::set().await;
    stage
        .settings
        .set("headscale.user", "{ fixed = \"family\" }");
    stage.start().await;
    for name in ["alice", "bob"] {
        let member = stage.discord.member(name);
        stage.approved(&member, "laptop").await;
    }
    let users: Vec<String> = stage
        .headscale
        .users()
        .into_iter()
        .map(|user| user.name)
        .collect();
    assert_eq!(users, ["family"]);
    stage.finish().await;
}
