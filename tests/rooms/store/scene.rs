//! A store on a file of its own, and the words to talk about it.

use std::path::{Path, PathBuf};

use crate::support::{audit::history, requests::posted, rules::rules};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::domain::{
    ChannelId, DeviceRequest, Event, InteractionId, Platform, Projection, Reason, RequestId, apply,
};
use crate::store::entity::request_event;
use crate::store::{AuditEntry, NewRequest, Store, Submission, Swap};
use crate::support::people::{carol, moment, person};

pub(crate) struct Scene {
    pub(crate) dir: TempDir,
    pub(crate) store: Store,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("usher.db")).await.unwrap();
        Self { dir, store }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("usher.db")
    }

    /// The file without anybody using it.
    pub(crate) async fn closed(self) -> (TempDir, PathBuf) {
        self.store.close().await;
        let path = self.path();
        (self.dir, path)
    }

    pub(crate) async fn reopened(self) -> Self {
        let (dir, path) = self.closed().await;
        let store = Store::open(&path).await.unwrap();
        Self { dir, store }
    }

    pub(crate) async fn submit(&self, new: &NewRequest) -> Submission {
        self.submit_at(new, moment(0)).await
    }

    pub(crate) async fn submit_at(&self, new: &NewRequest, now: Timestamp) -> Submission {
        let lapses_at = now + SignedDuration::from_hours(72);
        self.store
            .submit(new, &rules(), lapses_at, now)
            .await
            .unwrap()
    }

    /// A stored request of a member of its own.
    pub(crate) async fn stored(&self, number: i64) -> DeviceRequest {
        self.stored_at(number, moment(0)).await
    }

    pub(crate) async fn stored_at(&self, number: i64, now: Timestamp) -> DeviceRequest {
        let submission = self.submit_at(&ask(number, number, "laptop"), now).await;
        let Submission::New(request) = submission else {
            panic!("not stored: {submission:?}");
        };
        *request
    }

    pub(crate) async fn apply(
        &self,
        request: &DeviceRequest,
        event: Event,
        at: Timestamp,
    ) -> DeviceRequest {
        let audit = entry(event.into_str());
        let after = apply(request, event, at).unwrap();
        let swap = self.store.swap(request, &after, &audit).await.unwrap();
        assert_eq!(swap, Swap::Done);
        self.fresh(request.id).await
    }

    pub(crate) async fn fresh(&self, id: RequestId) -> DeviceRequest {
        self.store.request(id).await.unwrap().unwrap()
    }

    pub(crate) async fn history(&self, id: RequestId) -> Vec<request_event::Model> {
        history(&self.path(), id).await
    }

    /// Straight to the file, past the store.
    pub(crate) async fn tamper(&self, sql: &str) {
        tamper(&self.path(), sql).await;
    }
}

pub(crate) async fn tamper(path: &Path, sql: &str) {
    use sea_orm::ConnectionTrait;
    let url = format!("sqlite://{}", path.display());
    let db = sea_orm::Database::connect(url).await.unwrap();
    db.execute_unprepared("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
        .await
        .unwrap();
    db.execute_unprepared(sql).await.unwrap();
    db.close().await.unwrap();
}

pub(crate) fn ask(interaction: i64, member: i64, device: &str) -> NewRequest {
    NewRequest {
        sign_in: None,
        interaction: InteractionId(interaction),
        requester: person(member),
        member_since: Some(moment(-1_000_000)),
        asked_in: ChannelId(77),
        device: device.parse().unwrap(),
        platform: Platform::Linux,
        reason: Reason::parse("for work").unwrap(),
    }
}

pub(crate) fn entry(event: &'static str) -> AuditEntry {
    AuditEntry {
        actor: Some(carol()),
        event,
        detail: None,
    }
}

pub(crate) fn projection(request: &DeviceRequest) -> Projection {
    posted(request.version)
}
