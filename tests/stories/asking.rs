//! `/request-device` and what it refuses.

use serde_json::json;
use stage::Stage;
use stand_ins::discord::Forged;

use crate::steps::{answer, needs_a_role, on_disk};

#[tokio::test]
async fn a_request_is_shown_to_the_approvers_and_its_answer_says_so() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let asked = alice
        .request_device("laptop", "linux", Some("for the train"))
        .await;
    assert!(asked.answer().await.ephemeral);
    let card = stage.card_of("laptop").await;
    assert!(card.says("for the train") && card.says("Linux") && card.says("First request"));
    assert_eq!(card.labels(), ["Approve", "Deny…"]);
    assert!(
        card.pings()
            .roles
            .contains(&stage.discord.approver_role_id())
    );
    asked.answer_says("goes straight to the approvers").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_name_that_headscale_would_refuse_is_answered_with_the_nearest_good_one() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let told = answer(alice.request_device("Anna's Laptop", "linux", None).await).await;
    assert!(
        told.contains("device: `Anna's Laptop`") && told.contains("`anna-s-laptop`"),
        "{told}"
    );
    assert!(stage.discord.cards().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn a_second_request_for_the_same_device_finds_the_first() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    stage.asked(&alice, "laptop").await;
    let told = answer(alice.request_device("laptop", "linux", None).await).await;
    assert!(
        told.contains("already have an open request for `laptop`: #1"),
        "{told}"
    );
    assert_eq!(stage.discord.cards().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_member_has_no_more_open_requests_than_the_limit() {
    let mut stage = Stage::set().await;
    stage.settings.set("requests.max_open_per_member", 1);
    stage.start().await;
    let alice = stage.alice();
    stage.asked(&alice, "laptop").await;
    let told = answer(alice.request_device("phone", "ios", None).await).await;
    assert!(told.contains("the limit is 1"), "{told}");
    let bob = stage.bob();
    stage.asked(&bob, "phone").await;
    stage.finish().await;
}

#[tokio::test]
async fn only_the_roles_that_may_ask_may_ask() {
    let mut stage = Stage::set().await;
    let role = needs_a_role(&mut stage);
    stage.start().await;
    let alice = stage.alice();
    let told = answer(alice.request_device("laptop", "linux", None).await).await;
    assert!(told.contains("roles chosen by the operator"), "{told}");
    alice.give_role(role);
    stage.asked(&alice, "laptop").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_request_from_another_guild_or_a_direct_message_is_refused_politely() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let options = json!([
        {"name": "device", "type": 3, "value": "laptop"},
        {"name": "platform", "type": 3, "value": "linux"},
    ]);
    let forged = Forged::command(&alice, "request-device", &options);
    let elsewhere = forged.clone().in_guild(999_000_000_000_000_001);
    for interaction in [
        stage.discord.forge(elsewhere),
        stage.discord.forge(forged.in_dms()),
    ] {
        let told = answer(interaction).await;
        assert!(told.contains("in the server this bot serves"), "{told}");
    }
    assert!(stage.discord.cards().is_empty());
    stage.finish().await;
}

#[tokio::test]
async fn a_command_that_discord_delivers_twice_makes_one_request() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let asked = alice.request_device("laptop", "linux", None).await;
    asked.answer().await;
    stage.card_of("laptop").await;
    stage.discord.redeliver(&asked);
    // A later request is answered after the repeated one was looked at.
    let told = answer(alice.request_device("phone", "ios", None).await).await;
    assert!(told.contains("#2"), "{told}");
    stage.card_of("phone").await;
    assert_eq!(stage.discord.cards().len(), 2);
    stage.discord.take_complaints(); // the second answer to one interaction is Discord's to refuse
    stage.finish().await;
}

#[tokio::test]
async fn the_command_is_registered_only_when_it_differs() {
    let mut stage = Stage::open().await;
    let registered = "PUT /applications/{}/guilds/{}/commands";
    assert_eq!(stage.discord.count(registered), 1);
    stage.restart().await;
    let alice = stage.alice();
    stage.asked(&alice, "laptop").await;
    assert_eq!(stage.discord.count(registered), 1);
    stage.finish().await;
}

#[tokio::test]
async fn refused_requests_are_in_the_audit_log_and_not_among_the_requests() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    stage.asked(&alice, "laptop").await;
    answer(alice.request_device("laptop", "linux", None).await).await;
    stage.stop().await;
    let (request, history) = on_disk(&stage, 1).await;
    assert_eq!(request.requester.name, "alice");
    assert_eq!(
        history
            .iter()
            .map(|row| row.event.as_str())
            .collect::<Vec<_>>(),
        ["requested"]
    );
    stage.finish().await;
}
