//! A member has left: the approvers, or the settings, decide.

use std::time::Duration;

use headscale_usher::domain::{DepartureEvent, DepartureId, Person, RequestId, Status};
use headscale_usher::store::{AuditEntry, Store, Swap};
use stage::Stage;
use stand_ins::discord::{Forged, Message};
use stand_ins::headscale::Fault;

use crate::leaving::{
    HOUR, LOOK, an_hour_passes, departures, gone, joined, question, with_bobs_device,
};
use crate::steps::{answer, on_disk, revoke, told};

fn has_no_buttons(card: &Message) -> bool {
    card.buttons().is_empty()
}

#[tokio::test]
async fn expire_all_takes_back_keys_and_devices_and_says_so_when_it_is_done() {
    for (on_revoke, nodes_left) in [("expire", 1), ("delete", 0)] {
        let settings = [
            ("headscale.on_revoke", on_revoke),
            ("keys.expiration", "30d"),
        ];
        let (mut stage, clock, bob) = with_bobs_device(&settings).await;
        stage.approved(&bob, "phone").await;
        let card = gone(&stage, &clock, &bob).await;
        assert!(card.says("2 devices"), "{}", card.text());
        let letters = bob.letters().len();
        let carol = stage.carol();
        carol.press(&card, "Expire all").await.acknowledged().await;
        let card = stage.says(&card, "Expired 2 devices").await;
        assert!(
            card.says("requested by @carol") && has_no_buttons(&card),
            "{}",
            card.text()
        );
        assert!(stage.headscale.live_keys().is_empty(), "done, then said");
        assert_eq!(stage.headscale.nodes().len(), nodes_left, "{on_revoke}");
        for _ in 0..5 {
            clock.advance(HOUR);
        }
        stage.stop().await;
        assert_eq!(bob.letters().len(), letters, "nobody writes after them");
        assert_eq!(departures(&stage), 1);
        for request in [1, 2] {
            let (request, history) = on_disk(&stage, request).await;
            assert_eq!(request.status(), Status::Revoked);
            let asked = history.iter().find(|row| row.event == "revoke_asked");
            let actor = asked.and_then(|row| row.actor_name.as_deref());
            assert_eq!(actor, Some("carol"));
        }
        stage.finish().await;
    }
}

/// As if the bot had died at once after it had committed this about the first departure.
async fn dies_after(stage: &mut Stage, event: DepartureEvent) {
    stage.stop().await;
    let store = Store::open(&stage.database()).await.expect("a store");
    let before = store.departure(DepartureId(1)).await;
    let before = before.expect("it can be read").expect("it is there");
    let at = stage.clock.now();
    let after = before.apply(event, at).expect("it fits");
    let audit = AuditEntry {
        actor: None,
        event: "for the story",
        detail: None,
    };
    let swap = store.swap_departure(&before, &after, &audit).await;
    assert_eq!(swap.expect("it can be written"), Swap::Done);
    store.close().await;
    stage.start().await;
}

#[tokio::test]
async fn what_was_committed_before_a_crash_is_done_after_it() {
    let (mut stage, clock, bob) = with_bobs_device(&[]).await;
    bob.leave();
    an_hour_passes(&stage, &clock).await;
    stage.discord.fault(LOOK).always().reset();
    clock.advance(HOUR);
    let still_missing = DepartureEvent::StillMissing {
        devices: vec![RequestId(1)],
        expire_by: None,
        braked: false,
    };
    dies_after(&mut stage, still_missing).await;
    let card = question(&stage).await;
    stage
        .settings
        .text_value("requests.on_member_left", "nothing");
    let expire = DepartureEvent::ExpireAsked {
        by: Person::bot(),
        devices: vec![RequestId(1)],
    };
    dies_after(&mut stage, expire).await;
    stage.says(&card, "Expired 1 device").await;
    assert_eq!(departures(&stage), 1);
    stage.finish().await;
}

#[tokio::test]
async fn what_cannot_be_taken_back_yet_is_not_called_done() {
    let (mut stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    let node = "/api/v1/node/{id}/expire";
    stage
        .headscale
        .fault_always("POST", node, Fault::refuse(500, "database is locked"));
    let carol = stage.carol();
    carol.press(&card, "Expire all").await;
    let card = stage.says(&card, "Expiring 1 device").await;
    assert!(has_no_buttons(&card));
    stage.restart().await;
    stage.headscale.clear_faults();
    clock.advance(Duration::from_mins(11));
    stage.says(&card, "Expired 1 device").await;
    stage.finish().await;
}

#[tokio::test]
async fn keep_leaves_everything_and_asks_no_more() {
    let (mut stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    let carol = stage.carol();
    carol.press(&card, "Keep").await;
    let card = stage.says(&card, "Kept").await;
    assert!(has_no_buttons(&card), "{}", card.text());
    stage.restart().await;
    for _ in 0..4 {
        an_hour_passes(&stage, &clock).await;
    }
    stage.stop().await;
    assert_eq!(departures(&stage), 1);
    assert_eq!(on_disk(&stage, 1).await.0.status(), Status::Joined);
    stage.finish().await;
}

#[tokio::test]
async fn who_was_kept_is_asked_about_again_with_another_device_or_another_departure() {
    let (stage, clock, bob) = with_bobs_device(&[]).await;
    let carol = stage.carol();
    let first = gone(&stage, &clock, &bob).await;
    carol.press(&first, "Keep").await;
    stage.says(&first, "Kept").await;
    bob.join();
    joined(&stage, &bob, "tablet").await;
    let second = gone(&stage, &clock, &bob).await;
    assert!(second.says("2 devices"), "{}", second.text());
    carol.press(&second, "Keep").await;
    stage.says(&second, "Kept").await;
    bob.join();
    an_hour_passes(&stage, &clock).await;
    stage.says(&second, "Back").await;
    let third = gone(&stage, &clock, &bob).await;
    assert!(first.id() != second.id() && second.id() != third.id());
    assert_eq!(departures(&stage), 3);
    stage.finish().await;
}

#[tokio::test]
async fn who_is_seen_again_takes_the_question_with_them() {
    let (stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    bob.join();
    an_hour_passes(&stage, &clock).await;
    let back = stage.says(&card, "Back").await;
    assert!(has_no_buttons(&back), "{}", back.text());
    let carol = stage.carol();
    let late = Forged::click(&carol, &card, "v1:expire-all:1");
    let told = answer(stage.discord.forge(late)).await;
    assert!(told.contains("came back"), "{told}");
    assert_eq!(stage.headscale.nodes().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_question_about_what_was_taken_back_meanwhile_is_over() {
    let (stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    let request = stage
        .discord
        .card_where("the request's card", |card| {
            card.button("Revoke…").is_some()
        })
        .await;
    revoke(&stage, &request).await;
    let card = stage.says(&card, "Over").await;
    assert!(has_no_buttons(&card), "{}", card.text());
    stage.finish().await;
}

#[tokio::test]
async fn with_expire_it_is_done_without_asking_and_said() {
    let settings = [("requests.on_member_left", "expire")];
    let (mut stage, clock, bob) = with_bobs_device(&settings).await;
    bob.leave();
    an_hour_passes(&stage, &clock).await;
    assert_eq!(departures(&stage), 0);
    an_hour_passes(&stage, &clock).await;
    let card = stage
        .discord
        .card_where("what was done", |card| card.says("Expired 1 device"))
        .await;
    assert!(card.says("without asking") && has_no_buttons(&card));
    let request = stage
        .discord
        .card_where("the request's card", |card| card.says("Device request"))
        .await;
    assert!(request.says("left the server"), "{}", request.text());
    stage.stop().await;
    let (request, history) = on_disk(&stage, 1).await;
    assert_eq!(request.status(), Status::Revoked);
    let asked = history.iter().find(|row| row.event == "revoke_asked");
    assert_eq!(asked.map(|row| row.actor_id), Some(None));
    stage.finish().await;
}

#[tokio::test]
async fn with_expire_a_question_of_before_is_answered_by_the_next_look_that_finds_nobody() {
    let (mut stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    stage.stop().await;
    stage
        .settings
        .text_value("requests.on_member_left", "expire");
    let held = stage.discord.fault(LOOK).hold();
    stage.start().await;
    held.arrived().await;
    assert!(card.again().is_some_and(|card| !has_no_buttons(&card)));
    held.release();
    stage.says(&card, "Expired 1 device").await;
    stage.finish().await;
}

#[tokio::test]
async fn only_approvers_decide_about_who_left_and_only_on_the_card() {
    let (stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    let letter = bob.letters().pop().expect("bob was written to");
    let mallory = stage.discord.member("mallory");
    let carol = stage.carol();
    for verb in ["expire-all", "keep"] {
        let id = format!("v1:{verb}:1");
        let told = answer(stage.discord.forge(Forged::click(&mallory, &card, &id))).await;
        assert!(told.contains("Only approvers"), "{told}");
        let home = stage.discord.guild_id();
        let elsewhere = Forged::click(&carol, &letter, &id).in_guild(home);
        let told = answer(stage.discord.forge(elsewhere)).await;
        assert!(told.contains("out of date"), "{told}");
        let unknown = Forged::click(&carol, &card, &format!("v1:{verb}:99"));
        let told = answer(stage.discord.forge(unknown)).await;
        assert!(told.contains("know this request"), "{told}");
    }
    let request = stage
        .discord
        .card_where("another card", |card| card.says("Device request"))
        .await;
    let on_another = Forged::click(&carol, &request, "v1:expire-all:1");
    let told = answer(stage.discord.forge(on_another)).await;
    assert!(told.ends_with(&format!("/{}", card.id())), "{told}");
    assert_eq!(question(&stage).await.id(), card.id(), "still a question");
    assert_eq!(refusals(&stage).await, 4);
    stage.finish().await;
}

/// Refused clicks in the audit log.
async fn refusals(stage: &Stage) -> u64 {
    use headscale_usher::store::entity::request_event::{Column, Entity};
    use sea_orm::{ColumnTrait, Database, EntityTrait, PaginatorTrait, QueryFilter};
    let url = format!("sqlite://{}?mode=ro", stage.database().display());
    let db = Database::connect(url).await.expect("the file can be read");
    let refused =
        Entity::find().filter(Column::Event.is_in(["expire all refused", "keep refused"]));
    let count = refused.count(&db).await.expect("it can be counted");
    db.close().await.expect("it closes");
    count
}

#[tokio::test]
async fn whoever_comes_second_hears_who_was_first() {
    let (stage, clock, bob) = with_bobs_device(&[]).await;
    let card = gone(&stage, &clock, &bob).await;
    let carol = stage.carol();
    let dora = stage.discord.approver("dora");
    let held = stage.discord.fault("PATCH /channels/{}/messages/{}").hold();
    carol.press(&card, "Keep").await.acknowledged().await;
    held.arrived().await;
    for late in [&dora, &carol] {
        let told = told(late, &card, "Expire all").await;
        assert!(told.contains("@carol kept everything"), "{told}");
    }
    carol.press(&card, "Keep").await.acknowledged().await;
    held.release();
    stage.says(&card, "Kept").await;
    assert_eq!(stage.headscale.nodes().len(), 1);
    stage.finish().await;
}
