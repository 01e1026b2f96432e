//! Everything that can go wrong with the store, in sentences for the operator.

use std::io;
use std::path::PathBuf;

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

use crate::domain::RequestId;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(
        "another process is using the database {}: two bots on one database would do everything twice",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error("cannot open {}: {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error(
        "the database is read-only: the bot must be able to write to the file and to its directory"
    )]
    ReadOnly,
    #[error("the disk is full: the database cannot be written until there is room again")]
    Full,
    #[error("the disk failed while the database was in use: {0}")]
    Disk(#[source] DbErr),
    #[error("the file is not a database or is damaged; restore it from a backup: {0}")]
    Damaged(#[source] DbErr),
    #[error("the database was made by a newer release of this program: {0}")]
    Newer(String),
    #[error(
        "the database was made by a development version from before the first release and cannot be used: \
         move it away, and the bot begins with an empty one"
    )]
    Unreleased,
    #[error("the database is busy: something else holds it for too long")]
    Busy,
    #[error("{row} cannot be read from the database: its column {column} does not fit the rest")]
    Corrupt { row: String, column: &'static str },
    #[error("request {0} is not in the database")]
    UnknownRequest(RequestId),
    #[error("the database refused: {0}")]
    Database(#[source] DbErr),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if matches!(&error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
            return Self::Busy;
        }
        // Source: SQLite, "Result and Error Codes"; the low byte is the primary code.
        match sqlite_code(&error).map(|code| code & 0xff) {
            Some(5 | 6) => Self::Busy,
            Some(8) => Self::ReadOnly,
            Some(10 | 14) => Self::Disk(error),
            Some(11 | 26) => Self::Damaged(error),
            Some(13) => Self::Full,
            _ => Self::Database(error),
        }
    }
}

impl From<SqlxError> for Error {
    fn from(error: SqlxError) -> Self {
        DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
    }
}

fn sqlite_code(error: &DbErr) -> Option<i32> {
    let (DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime)) = error else {
        return None;
    };
    let RuntimeErr::SqlxError(sqlx) = runtime else {
        return None;
    };
    sqlx.as_database_error()?.code()?.parse().ok()
}

#[cfg(test)]
mod tests {
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
        let tx = store.begin().await.unwrap();
        tx.execute_unprepared("ROLLBACK").await.unwrap();
        drop(tx);
        drop(store.begin().await.unwrap());
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
    }
}
