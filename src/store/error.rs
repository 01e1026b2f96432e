//! Everything that can go wrong with the store, in sentences for the operator. A sentence says its cause; none is a
//! `source`, which would be told a second time.

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
    #[error("cannot open {}: {cause}", path.display())]
    Open { path: PathBuf, cause: io::Error },
    #[error("cannot write {}: {cause}", path.display())]
    Write { path: PathBuf, cause: io::Error },
    #[error("{} is another program's database", path.display())]
    Foreign { path: PathBuf },
    #[error(
        "the database is read-only: the bot must be able to write to the file and to its directory"
    )]
    ReadOnly,
    #[error("the disk is full: the database cannot be written until there is room again")]
    Full,
    #[error("the disk failed while the database was in use: {0}")]
    Disk(DbErr),
    #[error(
        "the file is not a database or is damaged; `headscale-usher restore` puts a backup in its place: {0}"
    )]
    Damaged(DbErr),
    #[error("the file is damaged: {0}")]
    Unsound(String),
    #[error("the database was made by a newer release of this program: {0}")]
    Newer(String),
    #[error(
        "the database was made by a development version from before the first release and cannot be used: \
         move it away, and the bot begins with an empty one"
    )]
    Unreleased,
    #[error("the backup {} was not made: {because}", path.display())]
    NotBackedUp { path: PathBuf, because: String },
    #[error("{} cannot be restored: {because}", path.display())]
    NotRestorable { path: PathBuf, because: String },
    #[error("the database is busy: something else holds it for too long")]
    Busy,
    #[error("{row} cannot be read from the database: its column {column} does not fit the rest")]
    Corrupt { row: String, column: &'static str },
    #[error("request {0} is not in the database")]
    UnknownRequest(RequestId),
    #[error("the write was given up; an earlier line of the log says why")]
    GivenUp,
    #[error("the database refused: {0}")]
    Database(DbErr),
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
#[path = "../../tests/rooms/store/error.rs"]
mod tests;
