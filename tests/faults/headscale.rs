//! Headscale's side.

use sandbox::headscale::Fault;

use crate::{all, impatient, settled, story};

type Where = (&'static str, &'static str);

const HANDOVER: [Where; 3] = [
    ("GET", "/api/v1/user"),
    ("POST", "/api/v1/user"),
    ("POST", "/api/v1/preauthkey"),
];

const TAKING_BACK: [Where; 2] = [
    ("GET", "/api/v1/preauthkey"),
    ("POST", "/api/v1/preauthkey/expire"),
];

fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("500", Fault::refuse(500, "database is locked")),
        ("502", Fault::html(502)),
        ("503", Fault::html(503)),
        ("429", Fault::rate_limited(1)),
        ("broken before", Fault::DropBefore),
        ("broken after", Fault::ApplyThenDrop),
        ("hang", Fault::Hang),
        ("hang after", Fault::ApplyThenHang),
        ("another content type", Fault::WrongContentType),
        ("an answer that makes no sense", Fault::BrokenJson),
    ]
}

async fn in_a_handover(call: Where, name: &'static str, fault: Fault) {
    let stage = impatient().await;
    stage.headscale.fault(call.0, call.1, fault);
    story(&stage).await;
    settled(stage, &format!("{} {}: {name}", call.0, call.1)).await;
}

/// The answer to the creation is lost, and then taking the key back is broken, too.
async fn while_taking_back(call: Where, name: &'static str, fault: Fault) {
    let stage = impatient().await;
    stage
        .headscale
        .fault("POST", "/api/v1/preauthkey", Fault::ApplyThenDrop);
    stage.headscale.fault(call.0, call.1, fault);
    story(&stage).await;
    settled(
        stage,
        &format!("taking back, {} {}: {name}", call.0, call.1),
    )
    .await;
}

#[tokio::test]
async fn no_broken_call_to_headscale_loses_or_doubles_anything() {
    let cases = HANDOVER.iter().flat_map(|call| {
        let faults = faults().into_iter();
        faults.map(|(name, fault)| in_a_handover(*call, name, fault))
    });
    all(cases.collect()).await;
}

#[tokio::test]
async fn a_key_whose_answer_was_lost_is_taken_back_through_every_fault() {
    let cases = TAKING_BACK.iter().flat_map(|call| {
        let faults = faults().into_iter();
        faults.map(|(name, fault)| while_taking_back(*call, name, fault))
    });
    all(cases.collect()).await;
}
