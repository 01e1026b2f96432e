//! What the settings promise of devices holds for those that come by link, too: tags, and that they are ephemeral.

use std::time::Duration;

use serde_json::json;
use stage::Stage;
use stand_ins::discord::{Forged, Layout};
use stand_ins::headscale::{Canned, Fault, Release, When};

use crate::links::{asks_with, waiting};
use crate::links_lost::stop;
use crate::steps::{answer, with_clock};

const TAGS: &str = "/api/v1/node/*/tags";
const PROGRAM: &str = env!("CARGO_BIN_EXE_headscale-usher");

async fn tagging(release: Release) -> Stage {
    let mut stage = Stage::set_with(Layout::default(), release).await;
    stage.settings.set("keys.tags", "[\"tag:guest\"]");
    stage.headscale.know_tag("tag:guest");
    stage
}

fn tags(stage: &Stage) -> Vec<Vec<String>> {
    let nodes = stage.headscale.nodes();
    nodes.into_iter().map(|node| node.tags).collect()
}

#[tokio::test]
async fn a_device_that_comes_by_link_has_its_tags_before_anybody_is_told() {
    for release in Release::ALL {
        let mut stage = tagging(release).await;
        stage.start().await;
        let alice = stage.alice();
        let card = waiting(&stage, &alice, "phone").await;
        assert!(card.says("Tags: `tag:guest`"), "{}", card.text());
        let held = stage.headscale.hold("POST", TAGS, When::Before);
        stage.approve(&card).await;
        held.arrived().await;
        let seen = stage.discord.message(card.id()).expect("the card");
        assert!(!seen.says("Joined") && alice.letters().is_empty());
        held.release();
        let card = stage.says(&card, "as `phone`").await;
        assert!(!card.says("belongs to"), "{release}: {}", card.text());
        alice.letter_says("`phone` is online").await;
        assert_eq!(tags(&stage), [["tag:guest"]], "{release}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_device_that_may_not_have_its_tags_is_removed_again() {
    let mut stage = Stage::set().await;
    stage.settings.set("keys.tags", "[\"tag:guest\"]");
    stage.start().await;
    let alice = stage.alice();
    let card = waiting(&stage, &alice, "phone").await;
    stage
        .headscale
        .fault("DELETE", "/api/v1/node/*", Fault::html(502));
    stage.approve(&card).await;
    let card = stage.says(&card, "Failed").await;
    assert!(
        card.says("couldn't be given its tags") && card.says("invalid or not permitted"),
        "{}",
        card.text()
    );
    alice.letter_says("couldn't be added").await;
    assert!(stage.headscale.nodes().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn a_device_whose_tags_headscale_only_pretends_to_give_is_removed_again() {
    let mut stage = tagging(Release::V0_29).await;
    stage.start().await;
    let card = waiting(&stage, &stage.alice(), "phone").await;
    let untagged = r#"{"node":{"id":"1","givenName":"phone","tags":[]}}"#;
    let untagged = Canned::new(200, "application/json", untagged);
    stage.headscale.fault("POST", TAGS, Fault::Answer(untagged));
    stage.approve(&card).await;
    stage.says(&card, "couldn't be given its tags").await;
    assert!(stage.headscale.nodes().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn tags_whose_answer_is_lost_are_given_to_the_same_device() {
    for (fault, release) in [
        (Fault::ApplyThenDrop, Release::V0_27),
        (Fault::ApplyThenDrop, Release::V0_30),
        (Fault::DropBefore, Release::V0_29),
        (Fault::html(502), Release::V0_28),
    ] {
        let mut stage = tagging(release).await;
        stage.start().await;
        let alice = stage.alice();
        let card = waiting(&stage, &alice, "phone").await;
        stage.headscale.fault("POST", TAGS, fault);
        stage.approve(&card).await;
        stage.says(&card, "as `phone`").await;
        assert_eq!(tags(&stage), [["tag:guest"]], "{release}");
        stage.finish().await;
    }
}

/// Headscale calls everything that it cannot do an internal error, so the bot tries again.
#[tokio::test]
async fn a_device_that_cannot_be_tagged_holds_up_nobody_and_can_be_stopped() {
    for (who, ends) in [
        ("an approver", "Revoked"),
        ("the requester", "Cancelled"),
        ("nobody", "the sign-in link ran out"),
    ] {
        let (mut stage, clock) = with_clock().await;
        stage.settings.set("keys.tags", "[\"tag:guest\"]");
        stage.headscale.know_tag("tag:guest");
        stage.start().await;
        let link = stage.headscale.pending_sign_in("apples-iphone");
        let asked = asks_with(&stage.alice(), "phone", &link).await;
        let asked = asked.answer().await;
        let card = stage.card_of("phone").await;
        let broken = Fault::refuse(500, "reading policy: no such file");
        let first = "/api/v1/node/1/tags";
        stage.headscale.fault_always("POST", first, broken);
        stage.approve(&card).await;
        let card = stage.says(&card, "no such file").await;

        let other = waiting(&stage, &stage.bob(), "tablet").await;
        stage.approve(&other).await;
        stage.says(&other, "as `tablet`").await;

        if who == "nobody" {
            clock.advance(Duration::from_mins(20));
        } else {
            stop(&stage, who, &card, asked.message()).await;
        }
        stage.says(&card, ends).await;
        assert_eq!(tags(&stage), [["tag:guest"]], "{who}: the tablet");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_device_that_the_operator_removes_before_it_is_tagged_is_said_to_be_gone() {
    let (mut stage, clock) = with_clock().await;
    stage.settings.set("keys.tags", "[\"tag:guest\"]");
    stage.headscale.know_tag("tag:guest");
    stage.start().await;
    let card = waiting(&stage, &stage.alice(), "phone").await;
    let broken = Fault::refuse(500, "reading policy: no such file");
    stage.headscale.fault_always("POST", TAGS, broken);
    stage.approve(&card).await;
    let card = stage.says(&card, "no such file").await;
    stage.headscale.remove_node(1);
    clock.advance(Duration::from_mins(2));
    let card = stage.says(&card, "Failed").await;
    assert!(card.says("no longer in Headscale"), "{}", card.text());
    stage.finish().await;
}

#[tokio::test]
async fn a_program_that_is_killed_while_it_tags_a_device_tags_it_afterwards() {
    for when in [When::Before, When::After] {
        let mut stage = tagging(Release::V0_29).await;
        stage.start_program(PROGRAM.as_ref()).await;
        let alice = stage.alice();
        let card = waiting(&stage, &alice, "phone").await;
        let held = stage.headscale.hold("POST", TAGS, when);
        stage.approve(&card).await;
        held.arrived().await;
        stage.kill().await;
        held.release();
        stage.start_program(PROGRAM.as_ref()).await;
        stage.says(&card, "as `phone`").await;
        assert_eq!(tags(&stage), [["tag:guest"]], "{when:?}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn links_are_refused_where_the_settings_say_so() {
    for (setting, value, because) in [
        ("keys.ephemeral", true, "for as long as they stay online"),
        (
            "requests.links",
            false,
            "aren't taken here. Ask again without",
        ),
    ] {
        let mut stage = Stage::set().await;
        stage.settings.set(setting, value);
        stage.start().await;
        let alice = stage.alice();
        let link = stage.headscale.pending_sign_in("phone");
        let options = json!({ "device": "phone", "platform": "ios", "link": link });
        let offered = alice.try_slash("request-device", options).await;
        let no_option = offered.err().expect("links are not offered");
        assert!(no_option.contains("no option `link`"), "{no_option}");
        // A client that has not heard of it yet.
        let text = |name: &str, value: &str| json!({ "type": 3, "name": name, "value": value });
        let typed = [
            text("device", "phone"),
            text("platform", "ios"),
            text("link", &link),
        ];
        let forged = Forged::command(&alice, "request-device", &json!(typed));
        let told = answer(stage.discord.forge(forged)).await;
        assert!(
            told.starts_with("link: ") && told.contains(because),
            "{told}"
        );
        assert!(stage.discord.cards().is_empty());
        let options = json!({ "device": "phone", "platform": "ios" });
        let told = answer(alice.slash("request-device", options).await).await;
        assert!(!told.contains("link"), "not recommended either: {told}");
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_link_that_was_taken_before_the_settings_changed_lets_nobody_in() {
    let mut stage = Stage::set().await;
    stage.start().await;
    let card = waiting(&stage, &stage.alice(), "phone").await;
    stage.stop().await;
    stage.settings.set("keys.ephemeral", true);
    stage.start().await;
    stage.approve(&card).await;
    stage.says(&card, "aren't taken any more").await;
    assert!(stage.headscale.nodes().is_empty());
    stage.finish().await;
}
