//! Answers of a Headscale that has lost its mind: any status, any body, over the real wire. Each call ends, without a
//! panic, in a value or in one short sentence without a secret.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use stand_ins::headscale::{Canned, Fault, Headscale as StandIn, Release};

use super::texts::hostile_text;
use crate::domain::{HeadscaleUserId, KeyId, NodeId};
use crate::headscale::{ApiKey, Error, Headscale, KeyOrder};

const SECRET: &str =
    "hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567";

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "1",
            "-1",
            "9223372036854775808",
            "100.64.0.1",
            "2026-11-23T10:00:00Z",
            "0001-01-01T00:00:00Z",
            "+999999-01-01T00:00:00Z",
            SECRET,
            "not found",
            "UNIQUE constraint failed",
            "Unauthorized",
        ])
        .prop_map(Value::from),
        hostile_text().prop_map(Value::from),
        hostile_text().prop_map(|text| Value::from(text.repeat(500))),
    ]
}

/// JSON in Headscale's vocabulary, in no sensible order.
fn body() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "users",
        "user",
        "preAuthKeys",
        "preAuthKey",
        "nodes",
        "node",
        "apiKeys",
        "id",
        "name",
        "key",
        "prefix",
        "expiration",
        "createdAt",
        "used",
        "reusable",
        "aclTags",
        "ipAddresses",
        "givenName",
        "online",
        "seconds",
        "nanos",
        "message",
        "detail",
        "errors",
        "title",
        "status",
        "code",
        "value",
        "version",
    ]);
    let word = words.prop_map(ToOwned::to_owned);
    scalar().prop_recursive(5, 48, 8, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => prop::collection::btree_map(word.clone(), inner, 0..8)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// A whole answer with one part replaced.
fn nearly() -> impl Strategy<Value = Value> {
    (scalar(), scalar(), scalar()).prop_map(|(a, b, c)| {
        let user = json!({ "id": a, "name": b, "displayName": c });
        let key = json!({ "id": b, "key": a, "user": user, "expiration": c, "used": false, "aclTags": [a] });
        let node = json!({ "id": c, "name": a, "givenName": b, "ipAddresses": [a, b], "user": user, "preAuthKey": key });
        json!({
            "users": [user], "user": user, "preAuthKeys": [key, key], "preAuthKey": key, "nodes": [node], "node": node,
            "version": b,
        })
    })
}

fn answers() -> impl Strategy<Value = Canned> {
    let statuses = prop::sample::select(vec![
        200, 200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 408, 409, 415, 422, 429,
        500, 501, 502, 503, 599,
    ]);
    let types = prop::sample::select(vec![
        "application/json",
        "application/problem+json",
        "text/html",
        "text/plain",
    ]);
    let bodies = prop_oneof![
        body().prop_map(|body| body.to_string()),
        nearly().prop_map(|body| body.to_string()),
        hostile_text(),
        hostile_text().prop_map(|text| format!("{{\"message\":{text:?} {SECRET}")),
        Just("[".repeat(5_000)),
    ];
    (statuses, types, bodies).prop_map(|(status, kind, body)| Canned::new(status, kind, &body))
}

/// One short line, and no secret in it or behind it.
fn is_calm(error: &Error, api_key: &str) -> bool {
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    let secrets = [SECRET, &SECRET[24..], api_key];
    shown.chars().count() <= 300
        && !shown.contains(char::is_control)
        && secrets
            .iter()
            .all(|secret| !shown.contains(secret) && !debug.contains(secret))
}

/// Every call of the client, and whatever went wrong in it.
async fn every_call(headscale: &Headscale) -> Vec<Error> {
    let order = KeyOrder {
        user: HeadscaleUserId(1),
        expiration: Timestamp::UNIX_EPOCH,
        ephemeral: false,
        tags: Vec::new(),
    };
    let name = "somebody".parse().expect("a name");
    let made = headscale.create_key(&order).await;
    let debug = format!("{made:?}");
    assert!(!debug.contains(&SECRET[24..]), "{debug}");
    [
        made.err(),
        headscale.find_user(&name).await.err(),
        headscale.list_keys(&[HeadscaleUserId(1)]).await.err(),
        headscale
            .expire_key(KeyId(1), HeadscaleUserId(1))
            .await
            .err(),
        headscale.list_nodes().await.err(),
        headscale.rename_node(NodeId(1), "laptop").await.err(),
        headscale.expire_node(NodeId(1)).await.err(),
        headscale.delete_node(NodeId(1)).await.err(),
        headscale.api_key_standing().await.err(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn whatever_headscale_answers_ends_in_a_value_or_one_short_sentence_without_a_secret() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let stand_in = runtime.block_on(StandIn::start(Release::V0_29));
    let client = || {
        let url = stand_in.url().parse().expect("an address");
        let key = ApiKey::Fixed(stand_in.api_key().into());
        Headscale::over_http(&url, key, Duration::from_secs(5)).expect("a client")
    };
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&answers(), |canned| {
        let headscale = client();
        stand_in.clear_faults();
        stand_in.fault_always("*", "**", Fault::Answer(canned));
        for error in runtime.block_on(every_call(&headscale)) {
            prop_assert!(
                is_calm(&error, &stand_in.api_key()),
                "{}: {:?}",
                error,
                error
            );
        }
        Ok(())
    });
    outcome.expect("every answer is borne");
}
