//! SQLite's errors, translated.

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

use super::super::entity::device_request::Entity;
use super::super::{NewRequest, Store, Submission};
use super::Error;
use crate::domain::{ChannelId, InteractionId, MemberId, Person, Platform, Reason};
use crate::support::rules::rules;

async fn submit(store: &Store, number: i64) -> Result<Submission, Error> {
    let new = NewRequest {
        sign_in: None,
        interaction: InteractionId(number),
        requester: Person {
            id: MemberId(number),
            name: "anna".to_owned(),
        },
        member_since: None,
        asked_in: ChannelId(1),
        device: "anna-laptop".parse().unwrap(),
        platform: Platform::Linux,
        reason: Reason::parse(&"x".repeat(400)).unwrap(),
    };
    let now = Timestamp::UNIX_EPOCH;
    store.submit(&new, &rules(), now, now).await
}

async fn pragma(store: &Store, pragma: &str) {
    let pragma = format!("PRAGMA {pragma}");
    store.db.execute_unprepared(&pragma).await.unwrap();
}

async fn count(store: &Store) -> i64 {
    let rows = Entity::find().count(&store.db).await.unwrap();
    rows.cast_signed()
}

#[tokio::test]
async fn a_full_disk_is_told_apart_and_leaves_nothing_half_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("usher.db")).await.unwrap();
    pragma(&store, "max_page_count = 30").await;
    let mut stored = 0;
    let error = loop {
        match submit(&store, stored + 1).await {
            Ok(submission) => assert!(matches!(submission, Submission::New(_))),
            Err(error) => break error,
        }
        stored += 1;
    };
    assert!(matches!(error, Error::Full), "{error}");
    assert_eq!(count(&store).await, stored);
    pragma(&store, "max_page_count = 1000000").await;
    let again = submit(&store, stored + 1).await.unwrap();
    assert!(matches!(again, Submission::New(_)), "room again");
}

/// `SQLite` does so when a commit meets a full disk.
#[tokio::test]
async fn what_is_stored_after_sqlite_rolled_back_by_itself_outlives_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("usher.db");
    let store = Store::open(&path).await.unwrap();
    let lost = store.write(|tx| {
        Box::pin(async move {
            tx.execute_unprepared("ROLLBACK").await?;
            Ok(())
        })
    });
    assert!(lost.await.is_err());
    assert!(submit(&store, 1).await.is_ok());
    store.close().await;
    let store = Store::open(&path).await.unwrap();
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_database_that_became_read_only_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("usher.db")).await.unwrap();
    pragma(&store, "query_only = ON").await;
    let error = submit(&store, 1).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly), "{error}");
    let error = store.writable().await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly), "{error}");
}
