//! Due requests: which they are, in which order, and how many at once.

use jiff::Timestamp;

use super::scene::{Scene, projection};
use crate::domain::{
    DeviceRequest, Event, HeadscaleUserId, KeyId, Lane, ProjectionKind, RequestId, State, owed,
};
use crate::store::{DueRequests, Error};
use crate::support::people::{carol, moment};

fn ids(agenda: &DueRequests) -> Vec<RequestId> {
    agenda.due.iter().map(|(id, _)| *id).collect()
}

#[tokio::test]
async fn what_is_due_comes_in_order_and_the_rest_waits() {
    let scene = Scene::new().await;
    let later = scene.stored_at(1, moment(10)).await;
    let sooner = scene.stored_at(2, moment(5)).await;
    let deadline = deadline(&scene, 3).await;
    let agenda = scene.store.due_requests(moment(10), 10).await.unwrap();
    assert_eq!(ids(&agenda), [sooner.id, later.id]);
    assert_eq!(agenda.next, Some(deadline));
    let short = scene.store.due_requests(moment(10), 1).await.unwrap();
    assert_eq!(ids(&short), [sooner.id]);
    let exact = scene.store.due_requests(moment(10), 2).await.unwrap();
    assert_eq!(exact, agenda);
}

/// Of a request whose card is shown, only the end is due.
async fn deadline(scene: &Scene, number: i64) -> Timestamp {
    let request = scene.stored(number).await;
    let (kind, card) = (ProjectionKind::Card, projection(&request));
    let shown = scene.store.shown(request.id, kind, &card).await.unwrap();
    owed(&shown).due_at().expect("it ends some day")
}

#[tokio::test]
async fn what_was_due_before_the_clock_was_set_back_is_due_still() {
    let scene = Scene::new().await;
    let request = scene.stored_at(1, moment(3_600)).await;
    let agenda = scene.store.due_requests(moment(10), 9).await.unwrap();
    assert_eq!(ids(&agenda), [request.id]);
}

#[tokio::test]
async fn so_is_a_backlog() {
    let scene = Scene::new().await;
    let request = scene.stored_at(1, moment(3_600)).await;
    scene.stored_at(2, moment(3_601)).await;
    let agenda = scene.store.due_requests(moment(10), 1).await.unwrap();
    assert_eq!(ids(&agenda), [request.id]);
}

/// A delivered key, issued long ago.
async fn watched(scene: &Scene, number: i64) -> DeviceRequest {
    let mut request = scene.stored(number).await;
    let claim_until = moment(9_000);
    for event in [
        Event::Approved { by: carol() },
        Event::LetterRefused { claim_until },
        Event::IssueBegun {
            user: HeadscaleUserId(3),
            key_expires_at: moment(8_000 + number),
        },
        Event::KeyCreated { key: KeyId(number) },
        Event::Delivered { look_at: moment(1) },
    ] {
        request = scene.apply(&request, event, moment(1)).await;
    }
    request
}

#[tokio::test]
async fn of_more_than_can_be_taken_each_lane_has_its_share_and_watching_comes_last() {
    let scene = Scene::new().await;
    let watched = watched(&scene, 1).await;
    let asked = scene.stored_at(2, moment(5)).await;
    let later = scene.stored_at(3, moment(6)).await;
    let approved = Event::Approved { by: carol() };
    let approved = scene.apply(&later, approved, moment(7)).await;
    let deadline = deadline(&scene, 4).await;
    let agenda = scene.store.due_requests(moment(10), 1).await.unwrap();
    assert_eq!(
        agenda.due,
        [
            (asked.id, Lane::Discord),
            (approved.id, Lane::Headscale),
            (watched.id, Lane::Watch)
        ]
    );
    let next = Some(deadline);
    assert_eq!((agenda.next, agenda.more.len()), (next, 3));
    let agenda = scene.store.due_requests(moment(10), 2).await.unwrap();
    let told = (agenda.due.len(), agenda.next, agenda.more);
    assert_eq!(told, (3, next, vec![]), "all that is due, and what will be");
    let agenda = scene.store.due_requests(moment(10), 3).await.unwrap();
    assert_eq!(ids(&agenda), [watched.id, asked.id, approved.id]);
}

#[tokio::test]
async fn a_shown_card_leaves_only_the_deadline_due() {
    let scene = Scene::new().await;
    let deadline = deadline(&scene, 1).await;
    let State::Pending { lapses_at } = scene.fresh(RequestId(1)).await.state else {
        panic!("not pending");
    };
    assert_eq!(deadline, lapses_at);
    let agenda = scene.store.due_requests(moment(1), 9).await.unwrap();
    assert_eq!(ids(&agenda), []);
    assert_eq!(agenda.next, Some(lapses_at));
}

#[tokio::test]
async fn a_finished_request_whose_card_is_shown_is_never_due() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let over = scene.apply(&request, Event::Cancelled, moment(1)).await;
    let kind = ProjectionKind::Card;
    let card = projection(&over);
    scene.store.shown(over.id, kind, &card).await.unwrap();
    let agenda = scene.store.due_requests(Timestamp::MAX, 9).await.unwrap();
    assert_eq!(agenda, DueRequests::default());
}

#[tokio::test]
async fn a_wrong_due_time_can_be_corrected() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let kind = ProjectionKind::Card;
    let card = projection(&request);
    scene.store.shown(request.id, kind, &card).await.unwrap();
    scene.tamper("UPDATE device_request SET due_at = 0").await;
    scene.store.correct_due(request.id).await.unwrap();
    let agenda = scene.store.due_requests(moment(1), 9).await.unwrap();
    assert_eq!(ids(&agenda), []);
    assert_eq!(agenda.next, owed(&scene.fresh(request.id).await).due_at());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_found_and_names_its_column() {
    let scene = Scene::new().await;
    let bad = scene.stored(1).await;
    let good = scene.stored(2).await;
    let set = async |column: &str, value: &str| {
        let sql = format!("UPDATE device_request SET {column} = {value} WHERE id = 1");
        scene.tamper(&sql).await;
    };
    for (column, value, good_value) in [
        (
            "facts",
            "replace(facts, 'lapses_at', 'ends_at')",
            "replace(facts, 'ends_at', 'lapses_at')",
        ),
        ("card", "'{}'", "NULL"),
        ("status", "'lost'", "'pending'"),
    ] {
        set(column, value).await;
        let found = scene.store.due_requests(moment(1), 2).await.unwrap();
        assert_eq!(ids(&found), [bad.id, good.id], "the worker reports it");
        let error = scene.store.request(bad.id).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "request #1 cannot be read from the database: its column {column} does not fit the rest"
            )
        );
        assert_eq!(scene.fresh(good.id).await, good);
        set(column, good_value).await;
    }
    assert_eq!(scene.fresh(bad.id).await, bad);
}

#[tokio::test]
async fn a_column_that_the_status_has_no_use_for_is_corrupt() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    scene.tamper("UPDATE device_request SET key_id = 4").await;
    let error = scene.store.request(request.id).await.unwrap_err();
    let Error::Corrupt { column, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(column, "key_id");
}
