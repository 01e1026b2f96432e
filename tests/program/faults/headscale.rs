//! Headscale's side, once each: every call of every way.

use std::sync::Arc;

use stage::Stage;
use stage::aftermath::Way;
use stand_ins::headscale::{Canned, Fault};

use super::{Calls, all, assert_few, end_well, open_with, usual};

type Target = (&'static str, &'static str);

const USERS: &str = "/api/v1/user";
const KEYS: &str = "/api/v1/preauthkey";
const EXPIRE: &str = "/api/v1/preauthkey/expire";
const NODES: &str = "/api/v1/node";

const USUAL: [(Way, &[Target]); 6] = [
    (
        Way::Letter,
        &[
            ("GET", USERS),
            ("POST", USERS),
            ("POST", KEYS),
            ("GET", NODES),
            ("POST", "/api/v1/node/*/rename/*"),
        ],
    ),
    (Way::Reclaim, &[("GET", KEYS), ("POST", EXPIRE)]),
    (Way::Claim, &[("POST", KEYS)]),
    (Way::RevokeKey, &[("GET", KEYS), ("POST", EXPIRE)]),
    (Way::RevokeNode, &[("POST", "/api/v1/node/*/expire")]),
    (
        Way::Link,
        &[
            ("GET", NODES),
            ("POST", "/api/v1/auth/register"),
            ("POST", "/api/v1/node/*/rename/*"),
        ],
    ),
];

/// What happens seldom.
const UNUSUAL: [(Way, &[Target]); 8] = [
    (Way::LinkTagged, &[("POST", "/api/v1/node/*/tags")]),
    (Way::LinkRefused, &[("DELETE", "/api/v1/node/*")]),
    (
        Way::LinkGiven,
        &[
            ("GET", KEYS),
            ("POST", EXPIRE),
            ("POST", "/api/v1/auth/register"),
        ],
    ),
    (Way::Lapse, &[("GET", KEYS), ("POST", EXPIRE)]),
    (Way::UserGone, &[("GET", USERS), ("POST", USERS)]),
    (Way::RevokeIssuing, &[("GET", KEYS)]),
    (Way::CancelIssuing, &[("GET", KEYS)]),
    (Way::Leaves, &[("POST", "/api/v1/node/*/expire")]),
];

/// The faults without effect come in turn, so one story meets them all.
fn faults() -> Vec<(&'static str, Vec<Fault>)> {
    let done = Canned::new(500, "text/plain", "upstream connect error");
    let outages = vec![
        Fault::rate_limited(1),
        Fault::refuse(500, "database is locked"),
        Fault::html(502),
        Fault::html(503),
        Fault::redirect("http://127.0.0.1:1/"),
    ];
    vec![
        ("429, 500, 502, 503, a redirect", outages),
        ("500 though it was done", vec![Fault::ApplyThenAnswer(done)]),
        ("reset before", vec![Fault::DropBefore]),
        ("reset after", vec![Fault::ApplyThenDrop]),
        ("hang", vec![Fault::Hang]),
        ("hang after", vec![Fault::ApplyThenHang]),
        ("another content type", vec![Fault::WrongContentType]),
        ("wrong JSON", vec![Fault::BrokenJson]),
    ]
}

/// The kinds that a step can tell apart: nothing was done, or nobody knows.
fn few_faults() -> Vec<(&'static str, Vec<Fault>)> {
    let nothing = vec![Fault::html(503), Fault::DropBefore, Fault::Hang];
    vec![
        ("503, reset before, hang", nothing),
        ("reset after", vec![Fault::ApplyThenDrop]),
    ]
}

async fn case(name: String, way: Way, target: Target, faults: Vec<Fault>, usual: Arc<Calls>) {
    let count = faults.len();
    let broken = |stage: &Stage| {
        for fault in faults {
            stage.headscale.fault(target.0, target.1, fault);
        }
        stage.headscale.clone()
    };
    let ((stage, cast), headscale) = open_with(way, broken).await;
    let calls = end_well(&name, stage, cast).await;
    assert_eq!(headscale.faults_left(), 0, "{name}: never met");
    assert_few(&name, count, &calls, &usual);
}

async fn every_call_of(ways: &[(Way, &[Target])], faults: fn() -> Vec<(&'static str, Vec<Fault>)>) {
    let mut cases = Vec::new();
    for (way, targets) in ways {
        let usual = Arc::new(usual(*way).await);
        for target in *targets {
            for (how, faults) in faults() {
                let name = format!("{way:?}: {} {}: {how}", target.0, target.1);
                let case = case(name.clone(), *way, *target, faults, Arc::clone(&usual));
                cases.push((name, case));
            }
        }
    }
    all(cases).await;
}

pub(super) async fn no_broken_call_to_headscale_loses_or_doubles_anything() {
    every_call_of(&USUAL, faults).await;
}

pub(super) async fn no_broken_call_to_headscale_does_when_something_unusual_happens() {
    every_call_of(&UNUSUAL, few_faults).await;
}
