//! From a file that is private and locked to a migrated database.

use std::path::Path;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{ConnectOptions, Connection};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqlxError, SqlxSqliteConnector,
};

use super::inspect::{Identity, OURS};
use super::{Error, files};

/// Only a foreign program that uses the file can make us wait, and Discord gives us three seconds to answer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a call waits for the connection before it fails as busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// One connection, because `SQLite` has one writer and the pool's queue is fair.
pub(super) async fn connect(database: &Path) -> Result<DatabaseConnection, Error> {
    let options = SqliteConnectOptions::new()
        .filename(database)
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

/// For whoever looks at a file or copies it. In WAL mode this is possible beside a bot.
pub(super) async fn connect_to_read(path: &Path) -> Result<DatabaseConnection, Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await;
    match pool {
        Ok(pool) => Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)),
        Err(error) => Err(files::unreadable(path).unwrap_or_else(|| error.into())),
    }
}

/// After reading, when nothing can be lost any more.
pub(super) async fn let_go(db: DatabaseConnection) {
    if let Err(error) = db.close().await {
        tracing::debug!(%error, "a connection did not close cleanly");
    }
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

/// Only once the file is known to be ours: this is the first that is written to it.
pub(super) async fn migrate(db: &DatabaseConnection, identity: &Identity) -> Result<(), Error> {
    db.execute_unprepared("PRAGMA journal_mode = WAL").await?;
    if !identity.is_marked {
        db.execute_unprepared(&format!("PRAGMA application_id = {OURS}"))
            .await?;
    }
    Ok(Migrator::up(db, None).await?)
}
