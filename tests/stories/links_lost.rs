//! Letting a device in while answers are lost, programs die, and others are let in beside it: one device, once.

use std::time::Duration;

use headscale_usher::clock::Clock;
use headscale_usher::headscale::RegistrationId;
use headscale_usher::headscale::Release::V0_29;
use stage::Stage;
use stand_ins::discord::{Layout, Message};
use stand_ins::headscale::{Fault, Release, When};

use crate::links::{asks_with, owner, waiting};
use crate::operator::operator;
use crate::steps::{looks, revoke, told, until, with_clock};

const REGISTER: &str = "/api/v1/auth/register";
const PROGRAM: &str = env!("CARGO_BIN_EXE_headscale-usher");

#[tokio::test]
async fn a_registration_whose_answer_is_lost_lets_one_device_in() {
    for fault in [
        Fault::ApplyThenDrop,
        Fault::ApplyThenHang,
        Fault::BrokenJson,
    ] {
        let mut stage = Stage::set().await;
        stage.settings.text_value("headscale.timeout", "1s");
        stage.start().await;
        let alice = stage.alice();
        let card = waiting(&stage, &alice, "phone").await;
        stage.headscale.fault("POST", REGISTER, fault);
        stage.approve(&card).await;
        stage.says(&card, "as `phone`").await;
        assert_eq!(stage.headscale.nodes().len(), 1);
        assert_eq!(stage.headscale.count("POST", REGISTER), 1);
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_registration_that_never_arrived_is_made_again() {
    for fault in [
        Fault::DropBefore,
        Fault::Hang,
        Fault::html(502),
        Fault::refuse(500, "database is locked"),
    ] {
        let mut stage = Stage::set().await;
        stage.settings.text_value("headscale.timeout", "1s");
        stage.start().await;
        let alice = stage.alice();
        let card = waiting(&stage, &alice, "phone").await;
        stage.headscale.fault("POST", REGISTER, fault);
        stage.approve(&card).await;
        stage.says(&card, "as `phone`").await;
        assert_eq!(stage.headscale.nodes().len(), 1);
        assert_eq!(stage.headscale.count("POST", REGISTER), 2);
        stage.finish().await;
    }
}

/// A registration can be slow: the bot gives up waiting, looks, finds nothing, and only then it takes effect.
#[tokio::test]
async fn a_registration_that_takes_effect_after_the_bot_has_looked_still_counts() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = waiting(&stage, &alice, "phone").await;
    stage.headscale.fault("POST", REGISTER, Fault::DropBefore);
    let again = stage.headscale.hold("POST", REGISTER, When::Before);
    stage.approve(&card).await;
    again.arrived().await;
    let id = stage.headscale.pending_sign_ins()[0].id.clone();
    let user = format!("discord-{}", alice.id());
    let user = user.parse().expect("a user's name");
    let id = RegistrationId::parse(&id, V0_29).expect("an id");
    let first = operator(&stage).register_node(&user, &id).await;
    first.expect("the first call takes effect at last");
    again.release();
    stage.says(&card, "as `phone`").await;
    assert_eq!(stage.headscale.nodes().len(), 1);
    stage.finish().await;
}

/// The call breaks just before the link's end, and Headscale does it just after.
#[tokio::test]
async fn a_registration_that_takes_effect_after_the_links_end_still_counts() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let card = waiting(&stage, &alice, "phone").await;
    let held = stage.headscale.hold_late("POST", REGISTER);
    clock.advance(Duration::from_secs(14 * 60 + 40));
    stage.approve(&card).await;
    held.arrived().await;
    let before = looks(&stage);
    stage.headscale.down().await;
    clock.advance(Duration::from_secs(25));
    stage.headscale.up().await;
    looks_again(&stage, &clock, before).await;
    stage.approved(&stage.bob(), "laptop").await;
    assert!(looks(&stage) - before < 6, "it waits in between");
    held.release();
    until(|| stage.headscale.nodes().len() == 1).await;
    clock.advance(Duration::from_mins(2));
    stage.says(&card, "as `phone`").await;
    alice.letter_says("`phone` is online").await;
    stage.finish().await;
}

/// An approver revokes on the card, or Alice cancels in the answer to her command.
pub(crate) async fn stop(stage: &Stage, who: &str, card: &Message, answer: &Message) {
    if who == "an approver" {
        revoke(stage, card).await;
    } else {
        let told = told(&stage.alice(), answer, "Cancel request").await;
        assert!(told.contains("is being cancelled"), "{told}");
    }
}

#[tokio::test]
async fn a_registration_that_was_stopped_is_not_made_again() {
    for (who, ends) in [("an approver", "Revoked"), ("the requester", "Cancelled")] {
        let (mut stage, clock) = with_clock().await;
        stage.start().await;
        let alice = stage.alice();
        let link = stage.headscale.pending_sign_in("apples-iphone");
        let answer = asks_with(&alice, "phone", &link).await.answer().await;
        let card = stage.card_of("phone").await;
        let held = stage.headscale.hold("POST", REGISTER, When::Before);
        stage.approve(&card).await;
        held.arrived().await;
        let card = stage.says(&card, "Working").await;
        stop(&stage, who, &card, answer.message()).await;
        let before = looks(&stage);
        stage.headscale.down().await;
        held.release();
        stage.headscale.up().await;
        looks_again(&stage, &clock, before).await;
        clock.advance(Duration::from_mins(2));
        stage.says(&card, ends).await;
        assert_eq!(stage.headscale.count("POST", REGISTER), 1, "{who}");
        assert!(stage.headscale.nodes().is_empty(), "{who}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_stop_is_over_in_time_although_the_clock_is_set_back() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let link = stage.headscale.pending_sign_in("apples-iphone");
    let asked = asks_with(&stage.alice(), "phone", &link).await;
    let answer = asked.answer().await;
    let card = stage.card_of("phone").await;
    let held = stage.headscale.hold("POST", REGISTER, When::Before);
    stage.approve(&card).await;
    held.arrived().await;
    let card = stage.says(&card, "Working").await;
    stop(&stage, "an approver", &card, answer.message()).await;
    clock.set_back(Duration::from_hours(1));
    stage.headscale.down().await;
    held.release();
    stage.headscale.up().await;
    clock.advance(Duration::from_mins(3));
    stage.says(&card, "Revoked").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_stop_waits_for_as_long_as_a_call_may_take() {
    let (mut stage, clock) = with_clock().await;
    stage.settings.text_value("headscale.timeout", "2m");
    stage.start().await;
    let link = stage.headscale.pending_sign_in("apples-iphone");
    let asked = asks_with(&stage.alice(), "phone", &link).await;
    let answer = asked.answer().await;
    let card = stage.card_of("phone").await;
    let held = stage.headscale.hold_late("POST", REGISTER);
    stage.approve(&card).await;
    held.arrived().await;
    let card = stage.says(&card, "Working").await;
    stop(&stage, "an approver", &card, answer.message()).await;
    clock.advance(Duration::from_secs(90));
    let before = looks(&stage);
    stage.headscale.down().await;
    stage.headscale.up().await;
    looks_again(&stage, &clock, before).await;
    held.release();
    until(|| stage.headscale.nodes().len() == 1).await;
    clock.advance(Duration::from_mins(3));
    stage.says(&card, "Revoked").await;
    assert!(
        stage
            .headscale
            .nodes()
            .iter()
            .all(|node| node.expiry.is_some())
    );
    stage.finish().await;
}

/// The settings change while Headscale still works on the call of the program before.
#[tokio::test]
async fn a_registration_that_takes_effect_when_links_are_no_longer_taken_still_counts() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let card = waiting(&stage, &stage.alice(), "phone").await;
    let held = stage.headscale.hold_late("POST", REGISTER);
    stage.approve(&card).await;
    held.arrived().await;
    stage.headscale.down().await;
    stage.stop().await;
    let before = looks(&stage);
    stage.settings.set("requests.links", false);
    stage.headscale.up().await;
    stage.start().await;
    looks_again(&stage, &clock, before).await;
    held.release();
    until(|| stage.headscale.nodes().len() == 1).await;
    clock.advance(Duration::from_mins(2));
    stage.says(&card, "as `phone`").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_device_that_is_let_in_beside_a_lost_one_is_not_taken_for_it() {
    let mut stage = Stage::set().await;
    stage
        .settings
        .set("headscale.user", "{ fixed = \"members\" }");
    stage.headscale.add_user("members");
    stage.start().await;
    let alice = stage.alice();
    let bob = stage.bob();
    let lost = waiting(&stage, &alice, "phone").await;
    let fine = waiting(&stage, &bob, "tablet").await;
    stage.headscale.fault("POST", REGISTER, Fault::DropBefore);
    stage.approve(&lost).await;
    stage.says(&lost, "broke before").await;
    stage.approve(&fine).await;
    stage.says(&fine, "as `tablet`").await;
    stage.says(&lost, "as `phone`").await;
    let mut names: Vec<_> = stage.headscale.nodes();
    names.sort_by_key(|node| node.given_name.clone());
    let names: Vec<_> = names.iter().map(|node| node.given_name.as_str()).collect();
    assert_eq!(names, ["phone", "tablet"]);
    stage.finish().await;
}

#[tokio::test]
async fn a_program_that_is_killed_while_a_device_is_let_in_ends_with_one_device() {
    for when in [When::Before, When::After] {
        let mut stage = Stage::set().await;
        stage.start_program(PROGRAM.as_ref()).await;
        let alice = stage.alice();
        let card = waiting(&stage, &alice, "phone").await;
        let held = stage.headscale.hold("POST", REGISTER, when);
        stage.approve(&card).await;
        held.arrived().await;
        stage.kill().await;
        held.release();
        let ready = stage.discord.gateway().readies();
        stage.start_program(PROGRAM.as_ref()).await;
        stage.discord.gateway().ready_times(ready + 1).await;
        stage.says(&card, "as `phone`").await;
        alice.letter_says("`phone` is online").await;
        assert_eq!(stage.headscale.nodes().len(), 1, "{when:?}");
        assert_eq!(alice.letters().len(), 1);
        stage.finish().await;
    }
}

#[tokio::test]
async fn two_devices_of_one_member_are_told_apart_whatever_is_lost() {
    for release in [Release::V0_28, Release::V0_30] {
        let mut stage = Stage::set_with(Layout::default(), release).await;
        stage.start().await;
        let alice = stage.alice();
        let phone = waiting(&stage, &alice, "phone").await;
        let tablet = waiting(&stage, &alice, "tablet").await;
        let path = if release < Release::V0_29 {
            "/api/v1/node/register"
        } else {
            REGISTER
        };
        stage
            .headscale
            .fault_times("POST", path, 2, Fault::ApplyThenDrop);
        stage.approve(&phone).await;
        stage.approve(&tablet).await;
        stage.says(&phone, "as `phone`").await;
        stage.says(&tablet, "as `tablet`").await;
        let nodes = stage.headscale.nodes();
        assert_eq!(nodes.len(), 2, "{release}");
        assert!(
            nodes
                .iter()
                .all(|node| owner(&stage, node).starts_with("discord-"))
        );
        stage.finish().await;
    }
}

/// Time passes until the bot asks for the nodes once more.
async fn looks_again(stage: &Stage, clock: &Clock, before: usize) {
    until(|| {
        clock.advance(Duration::from_millis(100));
        looks(stage) > before
    })
    .await;
}
