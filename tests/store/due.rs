//! What is due, and what is not.

use headscale_usher::domain::{
    DeviceRequest, Event, ProjectionKind, RequestId, State, Status, owed,
};
use headscale_usher::store::Error;
use jiff::Timestamp;

use crate::scene::{Scene, projection};
use crate::states::moment;

#[tokio::test]
async fn what_is_due_comes_in_order_and_the_rest_waits() {
    let scene = Scene::new().await;
    let later = scene.stored_at(1, moment(10)).await;
    let sooner = scene.stored_at(2, moment(5)).await;
    let future = scene.stored_at(3, moment(99)).await;
    let due = scene.store.due(moment(10), 10).await.unwrap();
    assert_eq!(ids(&due), [sooner.id, later.id]);
    assert_eq!(
        ids(&scene.store.due(moment(10), 1).await.unwrap()),
        [sooner.id]
    );
    let next = scene.store.next_due_at(moment(10)).await.unwrap();
    assert_eq!(next, Some(future.created_at));
}

fn ids(requests: &[DeviceRequest]) -> Vec<RequestId> {
    requests.iter().map(|request| request.id).collect()
}

#[tokio::test]
async fn a_shown_card_leaves_only_the_deadline_due() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let State::Pending { lapses_at } = request.state else {
        panic!("not pending");
    };
    let kind = ProjectionKind::Card;
    let card = projection(&request);
    scene.store.shown(request.id, kind, &card).await.unwrap();
    assert_eq!(ids(&scene.store.due(moment(1), 9).await.unwrap()), []);
    let next = scene.store.next_due_at(moment(1)).await.unwrap();
    assert_eq!(next, Some(lapses_at));
}

#[tokio::test]
async fn a_finished_request_whose_card_is_shown_is_never_due() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let over = scene.apply(&request, Event::Cancelled, moment(1)).await;
    let kind = ProjectionKind::Card;
    let card = projection(&over);
    scene.store.shown(over.id, kind, &card).await.unwrap();
    assert_eq!(scene.store.due(Timestamp::MAX, 9).await.unwrap(), []);
    let next = scene.store.next_due_at(Timestamp::MIN).await.unwrap();
    assert_eq!(next, None);
}

#[tokio::test]
async fn a_wrong_due_time_corrects_itself() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let kind = ProjectionKind::Card;
    let card = projection(&request);
    scene.store.shown(request.id, kind, &card).await.unwrap();
    scene.tamper("UPDATE device_request SET due_at = 0").await;
    assert_eq!(scene.store.due(moment(1), 9).await.unwrap(), []);
    let next = scene
        .store
        .next_due_at(Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
    assert_eq!(next, owed(&scene.fresh(request.id).await).due_at());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_does_not_hold_up_the_others() {
    let scene = Scene::new().await;
    let bad = scene.stored(1).await;
    let good = scene.stored(2).await;
    scene
        .tamper("UPDATE device_request SET lapses_at = NULL WHERE id = 1")
        .await;
    for _ in 0..2 {
        let due = scene.store.due(moment(1), 1).await.unwrap();
        assert_eq!(ids(&due), [good.id]);
    }
    assert_eq!(
        scene.store.next_due_at(Timestamp::MIN).await.unwrap(),
        Some(good.updated_at)
    );
    let error = scene.store.request(bad.id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "request #1 cannot be read from the database: its column lapses_at does not fit the rest"
    );
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_column_that_the_status_has_no_use_for_is_corrupt() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    scene.tamper("UPDATE device_request SET key_id = 4").await;
    let error = scene.store.request(request.id).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Corrupt {
            column: "key_id",
            ..
        }
    ));
}

#[tokio::test]
async fn requests_are_counted_by_status() {
    let scene = Scene::new().await;
    let first = scene.stored(1).await;
    scene.stored(2).await;
    scene.apply(&first, Event::Cancelled, moment(1)).await;
    let counts = scene.store.count_by_status().await.unwrap();
    assert_eq!(counts.len(), Status::ALL.len());
    assert_eq!(counts[&Status::Pending], 1);
    assert_eq!(counts[&Status::Cancelled], 1);
    assert_eq!(counts[&Status::Joined], 0);
}
