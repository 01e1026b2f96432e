//! From a path to a migrated database that is private and locked.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{ConnectOptions, Connection};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqlxError, SqlxSqliteConnector,
};

use super::Error;

/// Readable and writable by the owner alone.
const PRIVATE: u32 = 0o600;

/// Only a foreign program that uses the file can make us wait, and Discord gives us three seconds to answer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a call waits for the connection before it fails as busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Held as long as the store is open. The system releases it with the process.
pub(super) fn lock(database: &Path) -> Result<File, Error> {
    let path = beside(database, "lock");
    let file = create(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            path: database.to_owned(),
        }),
        Err(TryLockError::Error(cause)) => Err(Error::Open { path, cause }),
    }
}

/// Creates the file if there is none, and closes it and its companions to other users. `SQLite` gives new companions
/// the mode of the file.
pub(super) fn make_private(database: &Path) -> Result<(), Error> {
    create(database)?;
    for path in [
        database.to_owned(),
        beside(database, "-wal"),
        beside(database, "-shm"),
    ] {
        tighten(&path).map_err(|cause| cannot_open(&path, cause))?;
    }
    Ok(())
}

fn create(path: &Path) -> Result<File, Error> {
    // Root may write to anything, so the mode decides.
    if fs::metadata(path).is_ok_and(|found| found.permissions().readonly()) {
        return Err(Error::ReadOnly);
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(path)
        .map_err(|cause| cannot_open(path, cause))
}

fn cannot_open(path: &Path, cause: io::Error) -> Error {
    let kind = cause.kind();
    if kind == ErrorKind::ReadOnlyFilesystem {
        return Error::ReadOnly;
    }
    if kind == ErrorKind::StorageFull {
        return Error::Full;
    }
    Error::Open {
        path: path.to_owned(),
        cause,
    }
}

fn tighten(path: &Path) -> io::Result<()> {
    let mode = match fs::metadata(path) {
        Ok(found) => found.permissions().mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if mode & !PRIVATE != 0 {
        tracing::warn!(path = %path.display(), mode = format!("{mode:o}"), "file was open to other users; now it is private");
    }
    if mode != PRIVATE {
        fs::set_permissions(path, Permissions::from_mode(PRIVATE))?;
    }
    Ok(())
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(if ending.starts_with('-') { "" } else { "." });
    name.push(ending);
    name.into()
}

/// One connection, because `SQLite` has one writer and the pool's queue is fair.
pub(super) async fn connect(database: &Path) -> Result<DatabaseConnection, Error> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // There is no network that could have lost it.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_release(|connection, _| Box::pin(is_at_rest(connection)))
        .connect_with(options)
        .await?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// On a full disk `SQLite` rolls back by itself, and sqlx (0.9.0, sqlite's `connection/worker.rs`) loses count: every
/// later transaction would be a savepoint inside one that is never committed, and would be lost with the process. Such a
/// connection is closed; the next one counts from zero.
async fn is_at_rest(connection: &mut SqliteConnection) -> Result<bool, SqlxError> {
    if connection.is_in_transaction() {
        // A rollback may still be queued.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// A write without meaning.
pub(super) async fn touch(tx: &DatabaseTransaction) -> Result<(), Error> {
    tx.execute_unprepared("PRAGMA user_version = 0").await?;
    Ok(())
}

/// Every release begins with the same first migration; development versions did not.
pub(super) async fn migrate(db: &DatabaseConnection) -> Result<(), Error> {
    Migrator::install(db).await?;
    let applied = Migrator::get_migration_models(db).await?;
    let first = Migrator::migrations()
        .first()
        .map(|it| it.name().to_owned());
    if applied
        .first()
        .is_some_and(|begun| Some(&begun.version) != first.as_ref())
    {
        return Err(Error::Unreleased);
    }
    match Migrator::up(db, None).await {
        Ok(()) => Ok(()),
        // The migrator's only error of its own: the database has a migration that this program lacks.
        Err(DbErr::Custom(missing)) => Err(Error::Newer(missing)),
        Err(error) => Err(error.into()),
    }
}
