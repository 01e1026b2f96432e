//! A device that shows a sign-in link is let in on approval, without a key.

use std::time::Duration;

use headscale_usher::domain::Status;
use serde_json::json;
use stage::Stage;
use stand_ins::discord::{Interaction, Layout, Member, Message};
use stand_ins::headscale::{Fault, Node, Release};

use crate::steps::{needs_a_role, on_disk, with_clock};

/// Asks for a phone that shows this link.
pub(crate) async fn asks_with(who: &Member, device: &str, link: &str) -> Interaction {
    let options = json!({ "device": device, "platform": "ios", "link": link });
    who.slash("request-device", options).await
}

/// A phone waits with a link, its owner has asked, and the approvers see it.
pub(crate) async fn waiting(stage: &Stage, who: &Member, device: &str) -> Message {
    let link = stage.headscale.pending_sign_in("apples-iphone");
    asks_with(who, device, &link).await.answer().await;
    stage.card_of(device).await
}

/// The name of the Headscale user whose device this is.
pub(crate) fn owner(stage: &Stage, node: &Node) -> String {
    let users = stage.headscale.users();
    let owner = users.into_iter().find(|user| Some(user.id) == node.user);
    owner.expect("the node has an owner").name
}

#[tokio::test]
async fn a_device_that_shows_a_link_is_let_in_on_approval_whatever_the_release() {
    for release in Release::ALL {
        let mut stage = Stage::set_with(Layout::default(), release).await;
        stage.start().await;
        let alice = stage.alice();
        let card = waiting(&stage, &alice, "phone").await;
        let text = card.text();
        assert!(
            text.contains("runs out in 15 minutes") && text.contains("no key is made"),
            "{release}: {text}"
        );
        stage.approve(&card).await;
        let card = stage.says(&card, "as `phone`").await;
        assert!(!card.says("runs out"), "{release}: {}", card.text());
        let node = &stage.headscale.nodes()[0];
        assert_eq!(owner(&stage, node), format!("discord-{}", alice.id()));
        assert_eq!(
            (node.given_name.as_str(), &node.key),
            ("phone", &None),
            "{release}: renamed"
        );
        assert!(card.says(&node.addresses[0]) && card.says(&node.addresses[1]));
        let letter = alice.letter_says("`phone` is online").await;
        assert!(letter.says(&node.addresses[0]), "{}", letter.text());
        assert_eq!(
            (stage.headscale.nodes().len(), alice.letters().len()),
            (1, 1)
        );
        assert!(stage.headscale.keys().is_empty());
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_device_that_is_let_in_keeps_its_own_name_where_the_operator_says_so() {
    let mut stage = Stage::set().await;
    stage.settings.set("headscale.rename_node", false);
    stage.start().await;
    let card = waiting(&stage, &stage.alice(), "phone").await;
    stage.approve(&card).await;
    stage.says(&card, "as `apples-iphone`").await;
    assert_eq!(stage.headscale.nodes()[0].given_name, "apples-iphone");
    stage.finish().await;
}

#[tokio::test]
async fn whoever_left_or_lost_the_role_before_the_approval_lets_no_device_in() {
    for leaves in [true, false] {
        let (mut stage, clock) = with_clock().await;
        let role = needs_a_role(&mut stage);
        stage.start().await;
        let alice = stage.alice();
        alice.give_role(role);
        let card = waiting(&stage, &alice, "phone").await;
        clock.advance(Duration::from_mins(2));
        if leaves {
            alice.leave();
        } else {
            alice.take_role(role);
        }
        stage.approve(&card).await;
        let failed = stage.says(&card, "Failed").await;
        assert!(failed.says("has left the server"), "{}", failed.text());
        let made = (stage.headscale.users(), stage.headscale.nodes());
        assert!(made.0.is_empty() && made.1.is_empty(), "{made:?}");
        alice.join();
        alice.give_role(role);
        stage.carol().press(&failed, "Retry").await;
        stage.says(&card, "as `phone`").await;
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_denied_link_lets_nobody_in() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let carol = stage.carol();
    let card = waiting(&stage, &alice, "phone").await;
    let form = carol.press(&card, "Deny…").await.answer().await;
    carol.submit(form.modal(), &[("reason", "")]).await;
    stage.says(&card, "Denied").await;
    alice.letter_says("was denied").await;
    assert!(stage.headscale.nodes().is_empty());
    assert_eq!(
        stage.headscale.pending_sign_ins().len(),
        1,
        "it lapses by itself"
    );
    for path in ["register", "approve", "reject"] {
        let path = format!("/api/v1/auth/{path}");
        assert_eq!(stage.headscale.count("POST", &path), 0, "{path}");
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_link_that_ran_out_before_it_could_be_used_says_what_to_do() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let card = waiting(&stage, &alice, "phone").await;
    stage.headscale.down().await;
    stage.approve(&card).await;
    stage.says(&card, "can't be reached").await;
    clock.advance(Duration::from_mins(16));
    stage.headscale.up().await;
    let card = stage.says(&card, "but the sign-in link ran out").await;
    assert!(card.says("Expired") && card.buttons().is_empty());
    let letter = alice.letter_says("link ran out").await;
    assert!(letter.says("/request-device"), "{}", letter.text());
    let link = stage.headscale.pending_sign_in("apples-iphone");
    let told = asks_with(&alice, "phone", &link).await.answer().await;
    assert!(told.text().contains("#2"), "{}", told.text());
    assert!(stage.headscale.nodes().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn a_link_that_headscale_does_not_know_says_what_to_do() {
    for release in Release::ALL {
        let mut stage = Stage::set_with(Layout::default(), release).await;
        stage.start().await;
        let alice = stage.alice();
        let link = stage.headscale.pending_sign_in("phone");
        let (front, _) = link.split_at(link.len() - 6);
        asks_with(&alice, "phone", &format!("{front}0a0a0a"))
            .await
            .answer()
            .await;
        let card = stage.card_of("phone").await;
        stage.approve(&card).await;
        let card = stage.says(&card, "Failed").await;
        assert!(
            card.says("The device wasn't accepted"),
            "{release}: {}",
            card.text()
        );
        assert_eq!(card.labels(), ["Deny…"], "{release}: a retry cannot help");
        alice.letter_says("new link").await;
        assert_eq!(stage.discord.cards().len(), 1, "nobody is called");
        assert!(stage.headscale.nodes().is_empty());
        stage.stop().await;
        assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Failed);
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_user_that_headscale_lost_is_not_blamed_on_the_link() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = waiting(&stage, &alice, "phone").await;
    let gone = Fault::refuse(500, "looking up user: user not found");
    stage.headscale.fault("POST", "/api/v1/auth/register", gone);
    stage.approve(&card).await;
    let card = stage.says(&card, "Failed").await;
    assert!(card.says("user not found"), "{}", card.text());
    stage.finish().await;
}
