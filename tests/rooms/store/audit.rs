//! The audit log, and members' Headscale users.

use super::scene::Scene;
use crate::domain::{HeadscaleUserId, MemberId, RequestId};
use crate::store::{AuditEntry, HeadscaleUser, Remembered};
use crate::support::people::{moment, person};

#[tokio::test]
async fn a_refused_click_is_noted_even_on_a_request_that_does_not_exist() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let click = AuditEntry {
        actor: Some(person(3)),
        event: "refused",
        detail: Some("approve: not an approver".to_owned()),
    };
    for id in [Some(request.id), Some(RequestId(4711)), None] {
        scene.store.note(&click, id, moment(3)).await.unwrap();
    }
    let history = scene.history(request.id).await;
    assert_eq!(history.len(), 2);
    assert_eq!(history[1].version, None);
    assert_eq!(history[1].detail, click.detail);
    let unknown = scene.history(RequestId(4711)).await;
    assert_eq!(unknown, []);
}

#[tokio::test]
async fn an_account_is_remembered_and_belongs_to_one_member() {
    let scene = Scene::new().await;
    let (anna, ben) = (MemberId(1), MemberId(2));
    let store = &scene.store;
    assert_eq!(store.headscale_user(anna).await.unwrap(), None);
    let done = store.remember_user(anna, HeadscaleUserId(7), "anna").await;
    assert_eq!(done.unwrap(), Remembered::Done);
    let taken = store.remember_user(ben, HeadscaleUserId(7), "anna").await;
    assert_eq!(taken.unwrap(), Remembered::Taken { by: anna });
    assert_eq!(store.headscale_user(ben).await.unwrap(), None);
    let moved = store
        .remember_user(anna, HeadscaleUserId(8), "anna-2")
        .await;
    assert_eq!(moved.unwrap(), Remembered::Done);
    let account = HeadscaleUser {
        id: HeadscaleUserId(8),
        name: "anna-2".to_owned(),
    };
    assert_eq!(store.headscale_user(anna).await.unwrap(), Some(account));
}

#[tokio::test]
async fn what_was_announced_is_announced_once() {
    let scene = Scene::new().await;
    let announced = async || scene.store.is_announced("api_key").await.unwrap();
    assert!(!announced().await);
    for at in [0, 60] {
        scene.store.announced("api_key", moment(at)).await.unwrap();
        assert!(announced().await);
    }
}
