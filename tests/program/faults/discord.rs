//! Discord's side, once each: every call of every way.

use std::sync::Arc;

use stage::Stage;
use stage::aftermath::Way;
use stand_ins::discord::{Call, FaultAt, FaultHandle, Refusal};

use super::{Calls, all, assert_few, end_well, is_card, open_with, usual};

const CALLBACK: &str = "POST /interactions/{}/{}/callback";
const POST: &str = "POST /channels/{}/messages";
const EDIT: &str = "PATCH /channels/{}/messages/{}";
const OPEN: &str = "POST /users/@me/channels";
const MEMBER: &str = "GET /guilds/{}/members/{}";
const ANSWER: &str = "PATCH /webhooks/{}/{}/messages/@original";

/// The calls of a way: name, route, and what tells them from others of the route.
type Target = (&'static str, &'static str, fn(&Call) -> bool);
type How = (&'static str, fn(&dyn Fn() -> FaultAt) -> Vec<FaultHandle>);

/// The stand-in's direct messages are the channels whose number begins with 5.
fn is_direct(call: &Call) -> bool {
    call.path.starts_with("/channels/5")
}

fn says(call: &Call, words: &str) -> bool {
    String::from_utf8_lossy(&call.raw).contains(words)
}

const LETTER: &[Target] = &[
    ("answer the command", CALLBACK, |call| {
        says(call, "\"type\":4")
    }),
    ("post the card", POST, |call| !is_direct(call)),
    ("answer the click", CALLBACK, |call| says(call, "Working")),
    ("open the direct message", OPEN, |_| true),
    ("post the letter", POST, is_direct),
    ("edit the card", "*", |call| {
        is_card(call) && says(call, "Key sent")
    }),
    ("edit the letter: key", EDIT, |call| {
        is_direct(call) && !call.files.is_empty()
    }),
    ("edit the letter: joined", EDIT, |call| {
        call.files.is_empty() && says(call, "is online")
    }),
    ("edit the card: joined", "*", |call| {
        is_card(call) && says(call, "Joined")
    }),
    ("edit the answer: joined", ANSWER, |call| {
        says(call, "is online")
    }),
];

const CLAIM: &[Target] = &[
    ("edit the card: waiting", "*", |call| {
        is_card(call) && says(call, "waiting for")
    }),
    ("edit the answer: offer", ANSWER, |call| {
        says(call, "This offer ends")
    }),
    ("answer Get my key", CALLBACK, |call| {
        says(call, "\"type\":5")
    }),
    ("edit the answer: key", ANSWER, |call| {
        !call.files.is_empty()
    }),
];

const NOTICE: &[Target] = &[
    ("post the notice", POST, |call| says(call, "ready for you")),
    ("edit the notice", EDIT, |call| says(call, "nothing left")),
];

const DENIAL: &[Target] = &[
    ("open the form", CALLBACK, |call| says(call, "\"type\":9")),
    ("answer the form", CALLBACK, |call| says(call, "Denied")),
    ("post the letter: denied", POST, is_direct),
];

const REVOKE: &[Target] = &[
    ("ask once more", CALLBACK, |call| says(call, "Revoke now")),
    ("answer Revoke now", CALLBACK, |call| {
        says(call, "is being revoked")
    }),
    ("edit the letter: revoked", EDIT, |call| {
        says(call, "has been revoked")
    }),
];

/// What happens seldom.
const UNUSUAL: [(Way, &[Target]); 9] = [
    (
        Way::LinkGiven,
        &[("answer the link", CALLBACK, |call| {
            says(call, "being added")
        })],
    ),
    (
        Way::LinkRefused,
        &[("post the letter: refused", POST, is_direct)],
    ),
    (
        Way::Retry,
        &[
            ("call the approvers", POST, |call| says(call, "but failed")),
            ("edit the letter: told", EDIT, |call| {
                says(call, "have been told")
            }),
        ],
    ),
    (
        Way::CancelFailed,
        &[
            ("answer Cancel", CALLBACK, |call| says(call, "is cancelled")),
            ("edit the letter: cancelled", EDIT, |call| {
                is_direct(call) && says(call, "is cancelled")
            }),
        ],
    ),
    (
        Way::Reminder,
        &[
            ("end the first call", EDIT, |call| {
                says(call, "a newer message")
            }),
            ("call again", POST, |call| says(call, "still waiting")),
        ],
    ),
    (
        Way::Lapse,
        &[
            ("edit the letter: offer", EDIT, |call| {
                says(call, "expired before it was used")
            }),
            ("look for the member", MEMBER, |_| true),
        ],
    ),
    (
        Way::SignedOut,
        &[("edit the letter: signed out", EDIT, is_direct)],
    ),
    (
        Way::Leaves,
        &[
            ("post the question", POST, |call| {
                says(call, "left the server")
            }),
            ("answer Expire all", CALLBACK, |_| true),
            ("edit the question", EDIT, |call| {
                says(call, "Expired 1 device")
            }),
        ],
    ),
    (
        Way::LeavesByRule,
        &[("post what was done", POST, |call| says(call, "Departure"))],
    ),
];

/// The faults without effect come in turn, so one story meets them all.
const FAULTS: [How; 6] = [
    ("429 of every kind", every_429),
    ("500, 502, 503", every_outage),
    ("reset before", |at| vec![at().reset()]),
    ("reset after", |at| vec![at().drop_reply()]),
    ("wrong JSON", |at| vec![at().garble()]),
    ("hang", |at| vec![at().hang()]),
];

/// The kinds that a step can tell apart: nothing was done, or nobody knows.
const FEW_FAULTS: [How; 2] = [
    ("503, reset before, hang", |at| {
        let outage = Refusal::html(503);
        vec![at().refuse(outage), at().reset(), at().hang()]
    }),
    ("reset after", |at| vec![at().drop_reply()]),
];

fn every_429(at: &dyn Fn() -> FaultAt) -> Vec<FaultHandle> {
    let mut faults: Vec<FaultHandle> = ["user", "shared", "global"]
        .map(|scope| at().refuse(Refusal::rate_limited(scope, 0.2)))
        .into();
    faults.push(at().refuse(Refusal::cloudflare(1)));
    faults
}

fn every_outage(at: &dyn Fn() -> FaultAt) -> Vec<FaultHandle> {
    let outages = [500, 502, 503];
    outages
        .map(|status| at().refuse(Refusal::html(status)))
        .into()
}

async fn case(name: String, way: Way, target: Target, how: How, usual: Arc<Calls>) {
    let broken = |stage: &Stage| (how.1)(&|| stage.discord.fault(target.1).when(target.2));
    let ((stage, cast), faults) = open_with(way, broken).await;
    let calls = end_well(&name, stage, cast).await;
    assert!(faults[0].hits() > 0, "{name}: never met");
    assert_few(&name, faults.len(), &calls, &usual);
}

async fn every_call_of(ways: &[(Way, &[Target])], faults: &[How]) {
    let mut cases = Vec::new();
    for (way, targets) in ways {
        let usual = Arc::new(usual(*way).await);
        for target in *targets {
            for how in faults {
                let name = format!("{way:?}: {}: {}", target.0, how.0);
                let case = case(name.clone(), *way, *target, *how, Arc::clone(&usual));
                cases.push((name, case));
            }
        }
    }
    all(cases).await;
}

pub(super) async fn no_broken_call_about_a_letter_loses_or_doubles_anything() {
    every_call_of(&[(Way::Letter, LETTER)], &FAULTS).await;
}

pub(super) async fn no_broken_call_about_a_claim_loses_or_doubles_anything() {
    every_call_of(&[(Way::Claim, CLAIM)], &FAULTS).await;
}

pub(super) async fn no_broken_call_about_a_notice_loses_or_doubles_anything() {
    every_call_of(&[(Way::Notice, NOTICE)], &FAULTS).await;
}

pub(super) async fn no_broken_call_about_a_denial_loses_or_doubles_anything() {
    every_call_of(&[(Way::Denial, DENIAL)], &FAULTS).await;
}

pub(super) async fn no_broken_call_about_revoking_loses_or_doubles_anything() {
    every_call_of(&[(Way::RevokeNode, REVOKE)], &FAULTS).await;
}

pub(super) async fn no_broken_call_about_something_unusual_loses_or_doubles_anything() {
    every_call_of(&UNUSUAL, &FEW_FAULTS).await;
}
