//! Discord's side.

use sandbox::discord::{Discord, FaultAt, FaultHandle, Refusal};
use sandbox::stage::Stage;

use crate::{all, impatient, settled, story};

type Where = (&'static str, fn(&Discord) -> FaultAt);
type How = (&'static str, fn(FaultAt) -> FaultHandle);

const POST: &str = "POST /channels/{}/messages";
const EDIT: &str = "PATCH /channels/{}/messages/{}";

const CALLS: [Where; 6] = [
    ("post the card", |discord| {
        discord.fault(POST).in_channel(discord.admin_channel_id())
    }),
    ("edit the card", |discord| {
        discord.fault(EDIT).in_channel(discord.admin_channel_id())
    }),
    ("open the direct message", |discord| {
        discord.fault("POST /users/@me/channels")
    }),
    ("post the letter", |discord| discord.fault(POST).in_dms()),
    ("edit the letter", |discord| discord.fault(EDIT).in_dms()),
    ("edit the private answer", |discord| {
        discord.fault("PATCH /webhooks/{}/{}/messages/@original")
    }),
];

const FAULTS: [How; 10] = [
    ("429 for the user", |at| {
        at.refuse(Refusal::rate_limited("user", 0.5))
    }),
    ("429 for all", |at| {
        at.refuse(Refusal::rate_limited("global", 0.5))
    }),
    ("429 shared", |at| {
        at.refuse(Refusal::rate_limited("shared", 0.5))
    }),
    ("429 from Cloudflare", |at| {
        at.refuse(Refusal::cloudflare(1))
    }),
    ("500", |at| at.refuse(Refusal::html(500))),
    ("502", |at| at.refuse(Refusal::html(502))),
    ("503", |at| at.refuse(Refusal::html(503))),
    ("broken before", FaultAt::reset),
    ("broken after", FaultAt::drop_reply),
    ("an answer that makes no sense", FaultAt::garble),
];

async fn case(call: Where, fault: How) {
    let stage = impatient().await;
    let _fault = (fault.1)((call.1)(&stage.discord));
    story(&stage).await;
    settled(stage, &format!("{}: {}", call.0, fault.0)).await;
}

#[tokio::test]
async fn no_broken_call_to_discord_loses_or_doubles_anything() {
    let cases = CALLS
        .iter()
        .flat_map(|call| FAULTS.iter().map(|fault| case(*call, *fault)));
    all(cases.collect()).await;
}

#[tokio::test]
async fn a_call_that_hangs_is_given_up_and_done_again() {
    all(CALLS
        .iter()
        .map(|call| case(*call, ("hang", FaultAt::hang)))
        .collect())
    .await;
}

/// The person sees that the interaction failed; what they decided stands.
#[tokio::test]
async fn a_click_that_could_not_be_answered_decides_all_the_same() {
    for fault in [
        FaultAt::reset as fn(FaultAt) -> FaultHandle,
        FaultAt::drop_reply,
    ] {
        let stage = Stage::open().await;
        let alice = stage.discord.member("alice");
        let carol = stage.discord.approver("carol");
        alice
            .request_device("laptop", "linux", None)
            .await
            .answer()
            .await;
        let card = stage
            .discord
            .card_where("a card", |card| card.button("Approve").is_some())
            .await;
        fault(stage.discord.fault("POST /interactions/{}/{}/callback"));
        carol.press(&card, "Approve").await;
        alice
            .letter_where("a key", |letter| letter.scan().is_some())
            .await;
        stage.discord.message_says(&card, "Key sent").await;
        settled(stage, "answer to the click").await;
    }
}

#[tokio::test]
async fn clicks_are_answered_whatever_headscale_does() {
    let stage = Stage::open().await;
    let held = stage.headscale.hold(
        "POST",
        "/api/v1/preauthkey",
        sandbox::headscale::When::Before,
    );
    let alice = stage.discord.member("alice");
    let carol = stage.discord.approver("carol");
    alice
        .request_device("laptop", "linux", None)
        .await
        .answer()
        .await;
    let card = stage
        .discord
        .card_where("a card", |card| card.button("Approve").is_some())
        .await;
    carol.press(&card, "Approve").await.acknowledged().await;
    held.arrived().await;
    let phone = alice
        .request_device("phone", "ios", None)
        .await
        .answer()
        .await;
    assert!(
        phone.text().contains("#2"),
        "answered before Headscale was let go"
    );
    alice
        .press(phone.message(), "Cancel request")
        .await
        .answer()
        .await;
    held.release();
    alice
        .letter_where("a key", |letter| letter.scan().is_some())
        .await;
    stage.finish().await;
}
