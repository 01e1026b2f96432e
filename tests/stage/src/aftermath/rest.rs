//! When a bot has come to rest: people see what a call does before the bot knows that it was done, and a call whose
//! answer was lost is made again.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, SqlxSqliteConnector, Statement};

use crate::Stage;

/// Nobody notices a write to the file: it is looked at so often.
const INTERVAL: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_mins(1);
/// A retry that is further off than this is not waited for. In milliseconds.
const SOON: i64 = 10_000;

/// Requests that are owed something soon, and departures whose card is behind. Looking for devices goes on as long as
/// keys live; their cards do not.
const UNREST: &str = "SELECT id FROM device_request WHERE CASE status WHEN 'delivered' \
        THEN card ->> '$.shown' < version AND NOT card ->> '$.closed' \
        ELSE due_at < ? END \
    UNION ALL SELECT id FROM departure \
        WHERE unsettled AND coalesce(card ->> '$.shown', 0) < version";

/// Waits until nothing is owed any more. What is owed for ever is found by whoever looks for violations.
pub(super) async fn of(stage: &Stage) {
    let database = open(&stage.database()).await;
    let resting = async {
        while is_busy(&database).await {
            tokio::time::sleep(INTERVAL).await;
        }
    };
    let _ = tokio::time::timeout(PATIENCE, resting).await;
    database.close().await.expect("a database can be closed");
}

/// Waits until nothing is in hand, nor due by then. The clock may stand still; retries must not need it.
///
/// # Panics
/// If that does not come.
pub async fn nothing_is_due(stage: &Stage, by: Timestamp) {
    const BUSY: &str =
        "SELECT id FROM device_request WHERE status IN ('approved', 'issuing') OR due_at <= ?";
    let database = open(&stage.database()).await;
    let resting = async {
        while finds(&database, BUSY, by.as_millisecond()).await {
            tokio::time::sleep(INTERVAL).await;
        }
    };
    let rested = tokio::time::timeout(PATIENCE, resting).await;
    assert!(rested.is_ok(), "{}", super::tail(&stage.log()));
    database.close().await.expect("a database can be closed");
}

/// Waits until a key is being ordered, or until that was missed.
///
/// # Panics
/// If the bot's file cannot be read.
pub async fn a_key_is_ordered(stage: &Stage) {
    const ORDERED: &str =
        "SELECT id FROM device_request WHERE status = 'issuing' AND key_id IS NULL AND id > ?";
    let database = open(&stage.database()).await;
    let ordering = async {
        while !finds(&database, ORDERED, 0).await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), ordering).await;
    database.close().await.expect("a database can be closed");
}

async fn open(file: &Path) -> DatabaseConnection {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let pool = sea_orm::sqlx::SqlitePool::connect_with(options).await;
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.expect("the bot has a database"))
}

async fn is_busy(database: &DatabaseConnection) -> bool {
    let soon = Timestamp::now().as_millisecond() + SOON;
    finds(database, UNREST, soon).await
}

async fn finds(database: &DatabaseConnection, sql: &str, by: i64) -> bool {
    let backend = database.get_database_backend();
    let look = Statement::from_sql_and_values(backend, sql, [by.into()]);
    let found = database.query_one_raw(look).await;
    found.expect("the database can be read").is_some()
}
