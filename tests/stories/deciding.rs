//! Clicks on cards: who may, and who was first.

use headscale_usher::domain::Status;
use stage::Stage;
use stand_ins::discord::Forged;
use stand_ins::discord::model::AckKind;
use stand_ins::headscale::{Fault, When};

use crate::steps::{DAY, answer, on_disk, revoke, told, with_clock};

#[tokio::test]
async fn an_approved_member_gets_exactly_the_key_that_headscale_issued() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let (card, letter) = stage.approved(&alice, "laptop").await;
    let issued = stage.headscale.issued_secrets();
    assert_eq!(letter.scan().as_ref(), issued.first());
    assert_eq!(issued.len(), 1);
    assert!(letter.says(&stage.headscale.url()) && letter.says("tailscale up"));
    let card = stage.says(&card, "Key sent").await;
    assert!(card.says("carol"), "the decision stays on the card");
    let key = &stage.headscale.keys()[0];
    assert!(!key.reusable && !key.ephemeral && key.expiration.is_some());
    stage.stop().await;
    assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Delivered);
    stage.finish().await;
}

#[tokio::test]
async fn a_denied_member_hears_who_and_why() {
    let mut stage = Stage::open().await;
    let bob = stage.bob();
    let carol = stage.carol();
    let card = stage.asked(&bob, "toaster").await;
    let form = carol.press(&card, "Deny…").await.answer().await;
    carol
        .submit(form.modal(), &[("reason", "No toasters, please")])
        .await;
    let letter = bob.letter_says("denied").await;
    assert!(letter.says("No toasters, please") && letter.says("carol") && letter.says("ask again"));
    let card = stage.says(&card, "Denied").await;
    assert!(card.labels().is_empty());
    assert!(stage.headscale.keys().is_empty());
    stage.stop().await;
    assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Denied);
    stage.finish().await;
}

#[tokio::test]
async fn a_requester_can_cancel_until_a_key_exists() {
    let stage = Stage::open().await;
    let bob = stage.bob();
    let phone = bob
        .request_device("phone", "android", None)
        .await
        .answer()
        .await;
    let cancelled = bob.press(phone.message(), "Cancel request").await;
    let cancelled = cancelled.answer().await;
    assert_eq!(cancelled.kind, AckKind::Update, "the answer is edited");
    assert!(cancelled.text().contains("cancelled"));
    let laptop = bob
        .request_device("laptop", "linux", None)
        .await
        .answer()
        .await;
    let card = stage.card_of("laptop").await;
    stage.approve(&card).await;
    bob.letter_with_key().await;
    let late = Forged::click(&bob, laptop.message(), "v1:cancel:2");
    let told = answer(stage.discord.forge(late)).await;
    assert!(
        told.contains("Key") || told.contains("approved") || told.contains("messages"),
        "{told}"
    );
    assert_eq!(stage.headscale.live_keys().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_request_that_nobody_decides_expires_and_its_requester_is_told() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    clock.advance(7 * DAY);
    let card = stage.says(&card, "Expired").await;
    assert!(card.labels().is_empty());
    alice.letter_says("Nobody decided").await;
    stage.finish().await;
}

#[tokio::test]
async fn of_two_approvers_at_once_one_decides_and_the_other_is_told_calmly() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let (carol, dave) = (stage.carol(), stage.discord.approver("dave"));
    let card = stage.asked(&alice, "laptop").await;
    let held = stage
        .discord
        .fault("PATCH /channels/{}/messages/{}")
        .times(50)
        .hold();
    let first = carol
        .press_now(&card, "Approve")
        .expect("the button is there");
    let second = dave
        .press_now(&card, "Approve")
        .expect("the button is still there");
    let acks = [first.acknowledged().await, second.acknowledged().await];
    assert_eq!(acks.len(), 2);
    let winner_said_nothing = [first.original(), second.original()];
    let told: Vec<String> = winner_said_nothing
        .iter()
        .flatten()
        .map(stand_ins::discord::Message::text)
        .collect();
    assert!(
        told.iter()
            .filter(|text| text.contains("approved this"))
            .count()
            <= 1
    );
    held.release();
    alice.letter_with_key().await;
    assert_eq!(stage.headscale.keys().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_double_click_decides_once() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let carol = stage.carol();
    let card = stage.asked(&alice, "laptop").await;
    let clicks = [
        carol.press_now(&card, "Approve"),
        carol.press_now(&card, "Approve"),
    ];
    for click in clicks {
        click.expect("the button is there").acknowledged().await;
    }
    alice.letter_with_key().await;
    stage.says(&card, "Key sent").await;
    assert_eq!(stage.headscale.keys().len(), 1);
    assert_eq!(alice.letters().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn nobody_without_the_role_can_decide_whatever_discord_shows() {
    let mut stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    let mallory = stage.discord.member("mallory");
    let click = Forged::click(&mallory, &card, "v1:approve:1");
    let told = answer(stage.discord.forge(click)).await;
    assert!(told.contains("Only approvers"), "{told}");
    stage.stop().await;
    let (request, history) = on_disk(&stage, 1).await;
    assert_eq!(request.status(), Status::Pending);
    let refused = history.iter().find(|row| row.event == "approve refused");
    let actor = refused.and_then(|row| row.actor_name.as_deref());
    assert_eq!(actor, Some("mallory"));
    stage.finish().await;
}

#[tokio::test]
async fn approvers_do_not_decide_about_themselves_unless_the_operator_says_so() {
    let mut stage = Stage::open().await;
    let carol = stage.carol();
    let card = stage.asked(&carol, "laptop").await;
    assert!(
        told(&carol, &card, "Approve")
            .await
            .contains("another approver has to")
    );
    stage.stop().await;
    stage.settings.set("requests.allow_self_approval", true);
    stage.start().await;
    carol.press(&card, "Approve").await;
    carol.letter_with_key().await;
    let card = stage.says(&card, "Key sent").await;
    assert!(card.says("Self-approval"), "{}", card.text());
    stage.finish().await;
}

#[tokio::test]
async fn a_click_on_an_outdated_copy_of_a_card_says_where_todays_card_is() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let carol = stage.carol();
    let card = stage.asked(&alice, "laptop").await;
    let other = stage.asked(&stage.bob(), "phone").await;
    // Bob's card with Alice's button: as if it were a second copy of Alice's card.
    let copy = Forged::click(&carol, &other, "v1:approve:1");
    let told = answer(stage.discord.forge(copy)).await;
    let place = format!("/{}/{}", card.channel_id(), card.id());
    assert!(
        told.contains("out of date") && told.ends_with(&place),
        "{told}"
    );
    assert!(stage.headscale.keys().is_empty(), "nothing was decided");
    carol.press(&card, "Approve").await;
    alice.letter_with_key().await;
    stage.finish().await;
}

#[tokio::test]
async fn a_made_up_request_is_not_known() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let carol = stage.carol();
    let card = stage.asked(&alice, "laptop").await;
    let told = answer(
        stage
            .discord
            .forge(Forged::click(&carol, &card, "v1:approve:999")),
    )
    .await;
    assert!(told.contains("don't know this request"), "{told}");
    stage.finish().await;
}

#[tokio::test]
async fn an_approval_is_revoked_before_a_key_is_made() {
    for headscale_hangs in [false, true] {
        let mut stage = Stage::open().await;
        let (alice, carol) = (stage.alice(), stage.carol());
        let card = stage.asked(&alice, "laptop").await;
        let held =
            headscale_hangs.then(|| stage.headscale.hold("GET", "/api/v1/user", When::Before));
        if !headscale_hangs {
            stage.headscale.down().await;
        }
        stage.approve(&card).await;
        let card = stage.says(&card, "Working").await;
        assert_eq!(card.labels(), ["Revoke…"]);
        let question = carol.press(&card, "Revoke…").await.answer().await;
        assert!(question.text().contains("withdraws the approval"));
        carol.press(question.message(), "Revoke now").await;
        stage.headscale.up().await;
        drop(held);
        let card = stage.says(&card, "Revoked").await;
        assert!(!card.says("Problem"), "{}", card.text());
        alice.letter_says("has been revoked").await;
        assert!(stage.headscale.keys().is_empty());
        stage.stop().await;
        assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Revoked);
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_requester_cancels_what_was_approved_or_failed() {
    for refused in [false, true] {
        let mut stage = Stage::set().await;
        stage
            .settings
            .set("retries.attempts", if refused { 1 } else { 100 });
        stage.start().await;
        let alice = stage.alice();
        let card = stage.asked(&alice, "laptop").await;
        let outage = Fault::refuse(if refused { 400 } else { 503 }, "not today");
        stage.headscale.fault_always("GET", "/api/v1/user", outage);
        stage.approve(&card).await;
        let headline = if refused {
            "couldn't be made"
        } else {
            "is approved"
        };
        let letter = alice.letter_says(headline).await;
        assert_eq!(letter.labels(), ["Cancel request"]);
        alice.press(&letter, "Cancel request").await.answer().await;
        stage.headscale.clear_faults();
        let card = stage.says(&card, "Cancelled").await;
        assert!(card.labels().is_empty());
        let letter = alice.letter_says("is cancelled").await;
        assert!(letter.labels().is_empty());
        assert!(stage.headscale.keys().is_empty());
        stage.stop().await;
        assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Cancelled);
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_late_answer_to_a_cancel_leaves_the_letter_alone() {
    let mut stage = Stage::set().await;
    stage.settings.set("retries.attempts", 1);
    stage.start().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    let refused = Fault::refuse(400, "not today");
    stage.headscale.fault("GET", "/api/v1/user", refused);
    stage.approve(&card).await;
    let letter = alice.letter_says("have been told").await;
    let answers = stage.discord.fault("POST /interactions/{}/{}/callback");
    let held = answers.hold();
    let pressed = alice.press(&letter, "Cancel request").await;
    held.arrived().await;
    let letter = alice.letter_says("Your request for").await;
    let letter = stage.says(&letter, "You cancelled it").await;
    held.release();
    let told = pressed.answer().await;
    assert!(told.text().contains("is cancelled"), "{}", told.text());
    let after = stage.discord.message(letter.id()).expect("the letter");
    assert_eq!(after.text(), letter.text());
    stage.finish().await;
}

#[tokio::test]
async fn an_attempt_that_is_under_way_is_stopped_too() {
    for (who, ends, status) in [
        ("an approver", "Revoked", Status::Revoked),
        ("the requester", "Cancelled", Status::Cancelled),
    ] {
        let mut stage = Stage::open().await;
        let alice = stage.alice();
        let card = stage.asked(&alice, "phone").await;
        let path = "/api/v1/preauthkey";
        let held = stage.headscale.hold("POST", path, When::Before);
        stage.approve(&card).await;
        held.arrived().await;
        let card = stage.says(&card, "Working").await;
        if who == "an approver" {
            revoke(&stage, &card).await;
        } else {
            let letter = alice.letter_says("is approved").await;
            let told = told(&alice, &letter, "Cancel request").await;
            assert!(told.contains("is being cancelled"), "{told}");
        }
        held.release();
        stage.says(&card, ends).await;
        assert!(stage.headscale.live_keys().is_empty());
        assert_eq!(alice.letters().len(), 1, "nobody has seen the key");
        stage.stop().await;
        assert_eq!(on_disk(&stage, 1).await.0.status(), status);
        stage.finish().await;
    }
}

#[tokio::test]
async fn whoever_changes_their_mind_too_late_is_told_what_stands() {
    let stage = Stage::open().await;
    let (alice, carol) = (stage.alice(), stage.carol());
    let laptop = stage.asked(&alice, "laptop").await;
    let phone = stage.asked(&alice, "phone").await;
    let form = carol.press(&phone, "Deny…").await.answer().await;
    // Carol's client still shows the buttons.
    let press = |card, id| stage.discord.forge(Forged::click(&carol, card, id));
    let approved = carol.press(&laptop, "Approve").await;
    approved.acknowledged().await;
    let late = answer(press(&laptop, "v1:deny:1")).await;
    assert!(late.contains("@carol approved this"), "{late}");
    press(&laptop, "v1:approve:1").acknowledged().await;
    carol.submit(form.modal(), &[]).await.acknowledged().await;
    let late = answer(press(&phone, "v1:approve:2")).await;
    assert!(late.contains("@carol denied this"), "{late}");
    stage.says(&phone, "Denied").await;
    alice.letter_with_key().await;
    stage.finish().await;
}
