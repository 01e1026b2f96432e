//! People are answered, whatever the bot is waiting for meanwhile.

use std::pin::Pin;

use stage::Stage;
use stage::aftermath::{self, Cast, Scan, Way};
use stand_ins::discord::{Discord, Held, Message};
use stand_ins::headscale::When;

use super::{all, is_card, set};

const POST: &str = "POST /channels/{}/messages";
const EDIT: &str = "PATCH /channels/{}/messages/{}";

type Place = (&'static str, fn(&Discord) -> Held);

const DISCORD: [Place; 5] = [
    ("posting cards", |discord| {
        let cards = discord.admin_channel_id();
        discord.fault(POST).in_channel(cards).always().hold()
    }),
    ("editing cards", |discord| {
        let cards = discord.fault("*").when(is_card);
        cards.always().hold()
    }),
    ("opening direct messages", |discord| {
        discord.fault("POST /users/@me/channels").always().hold()
    }),
    ("posting letters", |discord| {
        discord.fault(POST).in_dms().always().hold()
    }),
    ("editing letters", |discord| {
        discord.fault(EDIT).in_dms().always().hold()
    }),
];

const HEADSCALE: [(&str, &str); 4] = [
    ("GET", "/api/v1/user"),
    ("POST", "/api/v1/user"),
    ("POST", "/api/v1/preauthkey"),
    ("GET", "/api/v1/node"),
];

/// One member's request hangs; other people are answered all the same, and so are approvers.
async fn others_are_answered(stage: &Stage, card: &Message) {
    let bob = stage.bob();
    let asked = bob.request_device("phone", "ios", None).await;
    let answer = asked.answer().await;
    let cancelled = bob.press(answer.message(), "Cancel request").await;
    cancelled.acknowledged().await;
    let dora = stage.discord.approver("dora");
    let form = dora.press(card, "Deny…").await.answer().await;
    dora.submit(form.modal(), &[("reason", "no")])
        .await
        .acknowledged()
        .await;
}

/// Patience is long here: what hangs must not end by itself while others are being answered. An earlier request
/// waits for a decision.
async fn open() -> (Stage, Cast, Message) {
    let mut stage = set().await;
    stage
        .settings
        .text_value("headscale.timeout", "1m")
        .text_value("discord.timeout", "1m");
    stage.start().await;
    let erin = stage.discord.member("erin");
    erin.request_device("tablet", "android", None)
        .await
        .answer()
        .await;
    let card = stage.discord.card().await;
    let cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    (stage, cast, card)
}

async fn discord_hangs(place: Place) {
    let (stage, mut cast, card) = open().await;
    let held = (place.1)(&stage.discord);
    tokio::select! {
        biased;
        () = held.arrived() => {}
        () = cast.play(&stage) => panic!("{}: never held", place.0),
    }
    others_are_answered(&stage, &card).await;
    held.release();
    finish(stage, cast).await;
}

async fn headscale_hangs((method, path): (&'static str, &'static str)) {
    let (stage, mut cast, card) = open().await;
    let held = stage.headscale.hold(method, path, When::Before);
    tokio::select! {
        biased;
        () = held.arrived() => {}
        () = cast.play(&stage) => panic!("{method} {path}: never held"),
    }
    others_are_answered(&stage, &card).await;
    held.release();
    finish(stage, cast).await;
}

async fn finish(stage: Stage, mut cast: Cast) {
    cast.play(&stage).await;
    for (title, words) in [("· phone", "Cancelled"), ("· tablet", "Denied")] {
        let over = |card: &Message| card.says(title) && card.says(words);
        stage.discord.card_where(words, over).await;
    }
    stage.discord.member("erin").letter_says("denied").await;
    aftermath::settled(stage).await;
}

type Case = (String, Pin<Box<dyn Future<Output = ()> + Send>>);

pub(super) async fn people_are_answered_before_the_call_that_hangs_is_let_go() {
    let mut cases: Vec<Case> = Vec::new();
    for place in DISCORD {
        let name = format!("answered while Discord hangs {}", place.0);
        cases.push((name, Box::pin(discord_hangs(place))));
    }
    for call in HEADSCALE {
        let name = format!("answered while Headscale hangs in {} {}", call.0, call.1);
        cases.push((name, Box::pin(headscale_hangs(call))));
    }
    all(cases).await;
}
