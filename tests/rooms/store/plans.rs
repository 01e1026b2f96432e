//! How the store's questions are answered among a million finished requests: by an index that leads to few rows. The
//! statements are those that the store sends.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement, Value};

use super::scene::{Scene, ask, entry, projection};
use crate::domain::{
    Cursor, DepartureEvent, Event, Filter, HeadscaleUserId, KeyId, MemberId, ProjectionKind,
    RequestId, Status,
};
use crate::store;
use crate::support::people::{carol, moment, person};

/// The ways to few rows, one of which each statement takes.
const WAYS: &[&str] = &[
    "announcement USING INDEX sqlite_autoindex_announcement_1 (subject=?)",
    "departure USING INDEX departure_member_id (member_id=?)",
    "departure USING INDEX departure_missing_since (missing_since>?)",
    "departure USING INDEX departure_unsettled (unsettled=?)",
    "departure USING INTEGER PRIMARY KEY (rowid=?)",
    "device_request USING COVERING INDEX device_request_due_at (due_at>?)",
    "device_request USING COVERING INDEX device_request_held_by (held_by>?)",
    "device_request USING COVERING INDEX device_request_key_expires_at (key_expires_at>? AND key_expires_at<?)",
    "device_request USING COVERING INDEX device_request_reserved_name (requester_id=? AND reserved_name=?)",
    "device_request USING COVERING INDEX device_request_status_due_at (status=? AND due_at>? AND due_at<?)",
    "device_request USING INDEX device_request_due_at (due_at>?)",
    "device_request USING INDEX device_request_held_by (held_by=?)",
    "device_request USING INDEX device_request_key_expires_at (key_expires_at>? AND key_expires_at<?)",
    "device_request USING INDEX device_request_node_id (node_id>?)",
    // One member's.
    "device_request USING INDEX device_request_member_status_id (requester_id=?)",
    "device_request USING INDEX device_request_member_status_id (requester_id=? AND status=? AND id<?)",
    "device_request USING INDEX device_request_member_status_id (requester_id=? AND status=? AND id>?)",
    // Those that are not finished: a clock was set back.
    "device_request USING INDEX device_request_status_due_at (status=? AND due_at>?)",
    "device_request USING INDEX device_request_status_id (status=? AND id<?)",
    "device_request USING INDEX device_request_status_id (status=? AND id>?)",
    "device_request USING INDEX sqlite_autoindex_device_request_1 (interaction_id=?)",
    "device_request USING INTEGER PRIMARY KEY (rowid=?)",
    "headscale_user USING INDEX sqlite_autoindex_headscale_user_1 (user_id=?)",
    "headscale_user USING INTEGER PRIMARY KEY (rowid=?)",
    "request_event USING COVERING INDEX request_event_request_id (request_id=?)",
];

/// Asks everything that the store can be asked.
async fn ask_everything(scene: &Scene) {
    let store = &scene.store;
    let request = scene.stored(1).await;
    scene.submit(&ask(1, 1, "laptop")).await;
    let approved = Event::Approved { by: carol() };
    let request = scene.apply(&request, approved, moment(1)).await;
    let (kind, shown) = (ProjectionKind::Card, projection(&request));
    store.shown(request.id, kind, &shown).await.unwrap();
    store.requests(&[request.id]).await.unwrap();
    store.unsettled_registrations().await.unwrap();
    store
        .unique_key_expiry(moment(9), Duration::from_secs(1))
        .await
        .unwrap();
    store::cards(store, Status::Pending, RequestId(0), 9)
        .await
        .unwrap();
    store::post_again(store, request.id).await.unwrap();
    let status = Status::Pending;
    for member in [None, Some(MemberId(1))] {
        for from in [Cursor::START, Cursor::Before(RequestId(9))] {
            let filter = Filter { status, member };
            store::listed(store, filter, from, 9).await.unwrap();
        }
    }
    // Then there is a backlog, and at last one of before the clock was set back.
    for (now, most) in [(9, 9), (9, 0), (-9, 0)] {
        store.due_requests(moment(now), most).await.unwrap();
    }
    let held = store.held();
    let around = (moment(1), moment(2));
    held.knows_key(KeyId(1), around).await.unwrap();
    held.next_holder(MemberId(0), 1).await.unwrap();
    held.count_holders(9).await.unwrap();
    held.of(MemberId(1)).await.unwrap();
    held.nodes(None, 9).await.unwrap();
    let (member, user) = (MemberId(1), HeadscaleUserId(1));
    store.remember_user(member, user, "alice").await.unwrap();
    store.headscale_user(member).await.unwrap();
    store.announced("news", moment(1)).await.unwrap();
    store.is_announced("news").await.unwrap();
    ask_about_departures(scene).await;
}

async fn ask_about_departures(scene: &Scene) {
    let store = &scene.store;
    store.missed(&person(1), moment(0)).await.unwrap();
    let missed = store.last_departure(MemberId(1)).await.unwrap().unwrap();
    store.departure(missed.id).await.unwrap();
    store.unsettled_departures().await.unwrap();
    store::missing(store, moment(0), 9).await.unwrap();
    let seen = missed.apply(DepartureEvent::Seen, moment(1));
    if let Some(seen) = seen {
        let swap = store.swap_departure(&missed, &seen, &entry("seen")).await;
        assert_eq!(swap.unwrap(), store::Swap::Done);
    }
    store.forget_miss(&missed).await.unwrap();
}

#[tokio::test]
async fn every_question_is_answered_by_an_index() {
    let mut scene = Scene::new().await;
    let told = Arc::new(Mutex::new(BTreeSet::new()));
    let tell = Arc::clone(&told);
    scene.store.tell(move |sql| {
        tell.lock().unwrap().insert(sql.to_owned());
    });
    ask_everything(&scene).await;
    let db = Database::connect(format!("sqlite://{}", scene.path().display()));
    let db = db.await.unwrap();
    let told = told.lock().unwrap().clone();
    let mut taken = BTreeSet::new();
    for sql in told {
        let plan = plan(&db, &sql).await;
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{sql}");
        let ways = plan.iter().filter_map(|step| step.strip_prefix("SEARCH "));
        for way in ways.map(str::to_owned) {
            assert!(WAYS.contains(&&*way), "{way}: {sql}");
            // SQLite would prepare it anew each time.
            assert!(!(finds_one(&way) && sql.contains("LIMIT")), "{sql}");
            taken.insert(way);
        }
    }
    let known: BTreeSet<_> = WAYS.iter().map(ToString::to_string).collect();
    assert_eq!(taken, known);
}

fn finds_one(way: &str) -> bool {
    way.contains("autoindex") || way.ends_with("(rowid=?)") || way.contains("AND reserved_name=?")
}

async fn plan(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let values = vec![Value::from(1_i64); sql.matches('?').count()];
    let explain = format!("EXPLAIN QUERY PLAN {sql}");
    let explain = Statement::from_sql_and_values(DbBackend::Sqlite, explain, values);
    let steps = db.query_all_raw(explain).await.unwrap();
    let detail = |step: &sea_orm::QueryResult| step.try_get("", "detail").unwrap();
    steps.iter().map(detail).collect()
}
