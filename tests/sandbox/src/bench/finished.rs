//! Fills the bot's database with finished requests, each a copy of one that went its whole way.

use std::path::Path;

use anyhow::{Context as _, ensure};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};

/// Copies of this many rows are written in one go.
const SLICE: u64 = 50_000;

/// Adds so many finished requests, with their audit log: in turn a device that has been removed since, and a request
/// that was cancelled. The bot must not be running, and must have finished the first request.
pub(super) async fn fill(database: &Path, count: u64) -> anyhow::Result<()> {
    let mut options = ConnectOptions::new(format!("sqlite://{}", database.display()));
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await;
    let db = db.context("the bot's database cannot be opened")?;
    // If this is cut short, the database goes away with its directory.
    run(&db, "PRAGMA synchronous = OFF").await?;
    let mut first = 0;
    while first < count {
        let last = count.min(first + SLICE);
        let written = run(&db, &requests(first, last)).await?;
        ensure!(
            written == last - first,
            "no finished request to make copies of"
        );
        run(&db, &events(written)).await?;
        first = last;
    }
    db.close().await?;
    // What the system still has to write would be measured as the bot's.
    std::fs::File::open(database)?.sync_all()?;
    Ok(())
}

async fn run(db: &DatabaseConnection, sql: &str) -> anyhow::Result<u64> {
    Ok(db.execute_unprepared(sql).await?.rows_affected())
}

/// Interactions, members, devices, keys and nodes of their own; every member has twenty requests. The columns repeat
/// what `facts` says, as the bot expects.
fn requests(first: u64, last: u64) -> String {
    let id = "(8000000000000000 + i)";
    let member = "(700000000000000000 + i / 20)";
    let end = "(1700000000 - i)";
    format!(
        "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {last})
        INSERT INTO device_request (interaction_id, requester_id, requester_name, status, key_id, key_expires_at,
            created_at, updated_at, version, facts, card, letter, notice)
        SELECT {id}, {member}, requester_name, CASE i % 2 WHEN 1 THEN 'cancelled' ELSE status END,
            CASE i % 2 WHEN 0 THEN {id} END, CASE i % 2 WHEN 0 THEN {end} * 1000 END,
            created_at, updated_at, version,
            json_set(facts, '$.interaction', {id}, '$.requester.id', {member}, '$.device', 'old-' || i,
                '$.state', json(CASE i % 2 WHEN 1 THEN '{{\"status\":\"cancelled\"}}' ELSE json_set(facts -> '$.state',
                    '$.key.id', {id}, '$.key.expires_at', strftime('%Y-%m-%dT%H:%M:%SZ', {end}, 'unixepoch'),
                    '$.node.id', {id}, '$.node.standing', 'removed') END)),
            card, letter, notice
        FROM device_request CROSS JOIN n WHERE id = 1 AND status = 'joined'"
    )
}

/// For the newest so many requests.
fn events(newest: u64) -> String {
    format!(
        "INSERT INTO request_event (request_id, version, at, actor_id, actor_name, event, detail)
        SELECT r.id, e.version, e.at, e.actor_id, e.actor_name, e.event, e.detail
        FROM device_request r CROSS JOIN request_event e
        WHERE r.id > (SELECT max(id) FROM device_request) - {newest} AND e.request_id = 1"
    )
}
