//! Things that break while people wait.

use std::time::Duration;

use headscale_usher::clock::Clock;
use sea_orm::ConnectionTrait as _;
use stage::Stage;
use stage::aftermath::PATIENCE;
use stand_ins::ReservedPort;
use stand_ins::discord::{Refusal, permission};
use stand_ins::headscale::{Fault, When};
use tokio::time::{sleep, timeout};

use crate::hostile::ledger::Ledger;
use crate::steps::with_clock;

/// A click is answered with its card.
const CALLBACK: &str = "POST /interactions/{}/{}/callback";

#[tokio::test]
async fn while_headscale_is_down_the_request_waits_and_then_goes_on() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    stage.headscale.down().await;
    stage.approve(&card).await;
    let card = stage.says(&card, "can't be reached").await;
    assert!(card.says("Held up"), "the trouble leads: {}", card.text());
    assert!(!card.says("Working"), "{}", card.text());
    alice.letter_says("taking longer").await;
    stage.headscale.up().await;
    alice.letter_with_key().await;
    stage.says(&card, "Key sent").await;
    assert_eq!(stage.headscale.live_keys().len(), 1);
    stage.finish().await;
}

/// Discord is slow to take the card while the step fails beside it.
#[tokio::test]
async fn a_card_that_is_written_while_headscale_fails_says_so_all_the_same() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    stage.headscale.down().await;
    let held = stage.discord.fault(CALLBACK).hold_reply();
    stage.approve(&card).await;
    held.arrived().await;
    alice.letter_says("taking longer").await;
    held.release();
    stage.says(&card, "Held up").await;
    stage.headscale.up().await;
    alice.letter_with_key().await;
    stage.says(&card, "Key sent").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_request_that_headscale_refuses_fails_with_its_cause_and_can_be_retried() {
    let mut stage = Stage::set().await;
    stage.settings.set("retries.attempts", 1);
    stage.start().await;
    let alice = stage.alice();
    let carol = stage.carol();
    let card = stage.asked(&alice, "laptop").await;
    let refusal = Fault::refuse(400, "requested tags are invalid or not permitted");
    stage.headscale.fault("POST", "/api/v1/preauthkey", refusal);
    carol.press(&card, "Approve").await;
    let card = stage.says(&card, "Failed").await;
    assert_eq!(card.labels(), ["Retry", "Deny…"]);
    carol.press(&card, "Retry").await;
    alice.letter_with_key().await;
    assert_eq!(stage.headscale.live_keys().len(), 1);
    assert_eq!(alice.letters().len(), 1, "the same letter");
    stage.finish().await;
}

#[tokio::test]
async fn a_deleted_card_is_posted_again_once() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    let carol = stage.carol();
    let held = stage.headscale.hold(
        "POST",
        "/api/v1/preauthkey",
        stand_ins::headscale::When::Before,
    );
    carol.press(&card, "Approve").await;
    held.arrived().await;
    stage.says(&card, "Working").await;
    stage.discord.delete_message(&card);
    held.release();
    alice.letter_with_key().await;
    let card = stage
        .discord
        .card_where("a new card", |card| card.says("Key sent"))
        .await;
    assert_eq!(stage.discord.cards().len(), 1, "{}", card.text());
    stage.finish().await;
}

#[tokio::test]
async fn a_request_is_kept_while_the_approvers_channel_is_forbidden() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let channel = stage.discord.admin_channel_id();
    stage.discord.deny_bot(channel, permission::SEND_MESSAGES);
    let asked = alice.request_device("laptop", "linux", None).await;
    asked
        .answer_says("couldn't post it for the approvers yet")
        .await;
    stage.discord.allow_bot(channel, permission::SEND_MESSAGES);
    stage.card_of("laptop").await;
    asked.answer_says("goes straight to the approvers").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_deleted_channel_does_not_stop_a_key_and_is_not_asked_for_ever() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    let held = stage.headscale.hold(
        "POST",
        "/api/v1/preauthkey",
        stand_ins::headscale::When::Before,
    );
    stage.approve(&card).await;
    held.arrived().await;
    stage.says(&card, "Working").await;
    stage
        .discord
        .delete_channel(stage.discord.admin_channel_id());
    held.release();
    alice.letter_with_key().await;
    let posts = stage.discord.count("POST /channels/{}/messages");
    assert!(posts < 10, "{posts} posts");
    stage.finish().await;
}

#[tokio::test]
async fn a_lost_answer_makes_neither_a_second_card_nor_a_second_letter_nor_a_second_key() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    stage
        .discord
        .fault("POST /channels/{}/messages")
        .times(2)
        .drop_reply();
    stage
        .headscale
        .fault("POST", "/api/v1/preauthkey", Fault::ApplyThenDrop);
    let (card, letter) = stage.approved(&alice, "laptop").await;
    stage.says(&card, "Key sent").await;
    assert_eq!(stage.discord.cards().len(), 1);
    assert_eq!(alice.letters().len(), 1);
    let live = stage.headscale.live_keys();
    assert_eq!(
        live.len(),
        1,
        "the key whose answer was lost was taken back"
    );
    assert_eq!(letter.scan().as_ref(), Some(&live[0].secret));
    stage.finish().await;
}

#[tokio::test]
async fn a_session_that_breaks_in_the_middle_of_a_story_is_resumed() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    stage.discord.gateway().cut();
    stage.approve(&card).await;
    alice.letter_with_key().await;
    stage.finish().await;
}

#[tokio::test]
async fn discord_in_trouble_is_asked_again_at_its_own_pace() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    stage
        .discord
        .fault("POST /channels/{}/messages")
        .refuse(Refusal::rate_limited("user", 1.0));
    stage
        .discord
        .fault("POST /users/@me/channels")
        .refuse(Refusal::html(502));
    let (card, _) = stage.approved(&alice, "laptop").await;
    stage.says(&card, "Key sent").await;
    assert_eq!(alice.letters().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn cards_and_denials_go_out_while_headscale_answers_nobody() {
    let mut stage = Stage::set().await;
    stage.settings.set("retries.parallel", 1);
    stage.start().await;
    let (alice, bob) = (stage.alice(), stage.bob());
    let carol = stage.carol();
    let path = "/api/v1/preauthkey";
    let held = stage.headscale.hold("POST", path, When::Before);
    alice.request_device("laptop", "linux", None).await;
    let card = stage.card_of("laptop").await;
    carol.press(&card, "Approve").await;
    held.arrived().await;
    bob.request_device("phone", "ios", None).await;
    let other = stage.card_of("phone").await;
    let form = carol.press(&other, "Deny…").await.answer().await;
    carol.submit(form.modal(), &[("reason", "no")]).await;
    bob.letter_says("was denied").await;
    held.release();
    stage.says(&card, "Key sent").await;
    stage.finish().await;
}

#[tokio::test]
async fn what_goes_wrong_while_the_card_is_on_its_way_is_shown_as_well() {
    let (mut stage, _clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    let held = stage.discord.fault(CALLBACK).hold();
    let opening = stage.discord.fault("POST /users/@me/channels");
    opening.refuse(Refusal::html(502));
    let carol = stage.carol();
    carol.press(&card, "Approve").await;
    held.arrived().await;
    failed_once(&stage).await;
    held.release();
    stage.says(&card, "status 502").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_request_that_fails_calls_the_approvers_once_and_says_so_when_it_has() {
    let mut stage = Stage::set().await;
    stage.settings.set("retries.attempts", 1);
    stage.start().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    let refused = Fault::refuse(400, "no such name");
    stage
        .headscale
        .fault_always("POST", "/api/v1/user", refused);
    let admins = stage.discord.admin_channel_id();
    let posts = stage.discord.fault("POST /channels/{}/messages");
    let posts = posts.in_channel(admins).always();
    let posts = posts.refuse(Refusal::html(502));
    stage.approve(&card).await;
    stage.says(&card, "Failed").await;
    let letter = alice.letter_says("couldn't be made").await;
    posts.hit(1).await;
    assert!(!letter.says("have been told"), "{}", letter.text());
    posts.clear();
    alice.letter_says("have been told").await;
    let role = stage.discord.approver_role_id();
    let calls = stage.discord.cards().into_iter();
    let calls: Vec<_> = calls.filter(|it| it.id() != card.id()).collect();
    assert_eq!(calls.len(), 1);
    assert!(calls[0].content().contains(&format!("<@&{role}>")));
    assert!(calls[0].content().contains(&format!("/{}", card.id())));
    stage.restart().await;
    alice.letter_says("have been told").await;
    assert_eq!(stage.discord.cards().len(), 2);
    stage.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_up_nobody() {
    let (mut stage, clock) = with_clock().await;
    stage.start().await;
    let alice = stage.alice();
    let card = stage.asked(&alice, "laptop").await;
    let held = stage
        .headscale
        .hold("POST", "/api/v1/preauthkey", When::Before);
    stage.approve(&card).await;
    held.arrived().await;
    clock.set_back(Duration::from_hours(1));
    held.release();
    alice.letter_with_key().await;
    stage.says(&card, "Key sent").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_store_that_takes_no_writes_is_not_ready() {
    let (mut stage, clock) = with_clock().await;
    let port = ReservedPort::any().expect("a port is free");
    let listen = format!("127.0.0.1:{}", port.number());
    stage.settings.text_value("operations.listen", &listen);
    stage.start().await;
    is_ready(&clock, &listen, true).await;
    let url = format!("sqlite://{}", stage.database().display());
    let mut one = sea_orm::ConnectOptions::new(url);
    one.max_connections(1);
    let foreign = sea_orm::Database::connect(one).await.expect("it opens");
    let writing = foreign.execute_unprepared("BEGIN IMMEDIATE").await;
    writing.expect("the file is locked");
    is_ready(&clock, &listen, false).await;
    let over = foreign.execute_unprepared("ROLLBACK").await;
    over.expect("the file is free");
    is_ready(&clock, &listen, true).await;
    stage.finish().await;
}

#[tokio::test]
async fn the_numbers_tell_what_was_done_from_what_was_tried_again_and_given_up() {
    let mut stage = Stage::set().await;
    let port = ReservedPort::any().expect("a port is free");
    let listen = format!("127.0.0.1:{}", port.number());
    stage.settings.text_value("operations.listen", &listen);
    stage.settings.set("retries.attempts", 2);
    stage.start().await;
    for (who, refusals, end) in [(stage.alice(), 1, "Key sent"), (stage.bob(), 2, "Failed")] {
        let card = stage.asked(&who, "laptop").await;
        let refused = Fault::refuse(503, "not today");
        let path = "/api/v1/user";
        stage.headscale.fault_times("GET", path, refusals, refused);
        stage.approve(&card).await;
        stage.says(&card, end).await;
    }
    let counted = async {
        for (outcome, times) in [("retried", 2), ("done", 1), ("gave_up", 1)] {
            let labels = format!("step=\"issue\",outcome=\"{outcome}\"");
            let line = format!("usher_steps_total{{{labels}}} {times}\n");
            while !read(&listen, "metrics").await.contains(&line) {
                sleep(Duration::from_millis(10)).await;
            }
        }
    };
    timeout(PATIENCE, counted).await.expect("they are counted");
    stage.finish().await;
}

async fn read(listen: &str, path: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("a client");
    let reply = client.get(format!("http://{listen}/{path}")).send().await;
    reply.expect("an answer").text().await.expect("a body")
}

/// Lets time pass until readiness is as expected; only the store is in doubt.
async fn is_ready(clock: &Clock, listen: &str, expected: bool) {
    let changing = async {
        loop {
            let said = read(listen, "readyz").await;
            let store = said.contains("\"store\":{\"ok\":true}");
            if said.contains("\"ready\":true") == expected && store == expected {
                return;
            }
            clock.advance(Duration::from_secs(31));
            sleep(Duration::from_millis(10)).await;
        }
    };
    let changed = timeout(PATIENCE, changing).await;
    changed.expect("readiness changes");
}

/// Waits until the first failure of the first request is on disk.
async fn failed_once(stage: &Stage) {
    let failing = async {
        while !Ledger::of(stage).await.requests[0]
            .facts
            .contains("\"attempts\":1")
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let failed = timeout(PATIENCE, failing).await;
    failed.expect("the step fails");
}
