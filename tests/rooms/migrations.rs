//! The schema's history: every migration goes up over the rows of the release before it, and down again; the result is
//! what the entities say.

use std::collections::BTreeMap;
use std::path::Path;

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    FromQueryResult, IdenStatic, Iterable, PrimaryKeyToColumn, Statement,
};
use tempfile::TempDir;

use crate::domain::{ProjectionKind, RequestId, Status};
use crate::store::Store;
use crate::store::entity::{
    announcement, departure, device_request, headscale_user, request_event,
};

/// Rows as a release with each migration wrote them. A row that was released is never edited either.
const ROWS: [(&str, &str); 1] = [("m0001_schema", FIRST)];

const FIRST: &str = r#"
INSERT INTO device_request (id, interaction_id, requester_id, requester_name, reserved_name, status, held_by, key_id,
    key_expires_at, node_id, created_at, updated_at, version, due_at, facts, card, letter)
VALUES (1, 100, 7, 'anna', 'anna-laptop', 'pending', NULL, NULL, NULL, NULL, 1000, 1000, 1, 9000, '{
        "interaction": 100, "requester": {"id": 7, "name": "anna"}, "member_since": "1970-01-01T00:00:00.5Z",
        "asked_in": 50, "device": "anna-laptop", "platform": "linux", "reason": "for work", "sign_in": null,
        "history": {"requests": 0, "denials": 0, "devices": 0}, "created_at": "1970-01-01T00:00:01Z",
        "updated_at": "1970-01-01T00:00:01Z", "state": {"status": "pending", "lapses_at": "1970-01-01T00:00:09Z"},
        "version": 1, "backoff": {"attempts": 0, "retry_at": null, "last_error": null}}',
        '{"place": {"channel": 5, "message": 6}, "shown": 1, "generation": 0, "closed": false,
        "backoff": {"attempts": 0, "retry_at": null, "last_error": null}}', NULL),
    (2, 101, 7, 'anna', NULL, 'denied', NULL, NULL, NULL, NULL, 2000, 2500, 2, 2500, '{
        "interaction": 101, "requester": {"id": 7, "name": "anna"}, "member_since": null, "asked_in": 50,
        "device": "anna-phone", "platform": "ios", "reason": null, "sign_in":
        {"id": "a-waiting-device-s-id-24", "ends_at": "1970-01-01T00:15:00Z"},
        "history": {"requests": 1, "denials": 0, "devices": 0}, "created_at": "1970-01-01T00:00:02Z",
        "updated_at": "1970-01-01T00:00:02.5Z", "state": {"status": "denied", "by": {"id": 9, "name": "carla"},
        "reason": "not today"}, "version": 2, "backoff": {"attempts": 0, "retry_at": null, "last_error": null}}',
        NULL, NULL),
    (3, 102, 8, 'ben', 'ben-pc', 'delivered', 8, 4, 3600000, NULL, 1000, 3000, 5, 3000, '{
        "interaction": 102, "requester": {"id": 8, "name": "ben"}, "member_since": null, "asked_in": 50,
        "device": "ben-pc", "platform": "windows", "reason": null, "sign_in": null,
        "history": {"requests": 0, "denials": 0, "devices": 0}, "created_at": "1970-01-01T00:00:01Z",
        "updated_at": "1970-01-01T00:00:03Z", "state": {"status": "delivered", "approval": {"by":
        {"id": 9, "name": "carla"}, "at": "1970-01-01T00:00:02Z"}, "key": {"id": 4, "user": 3, "expires_at":
        "1970-01-01T01:00:00Z"}, "handover": "letter", "used": false, "revoking": null}, "version": 5,
        "backoff": {"attempts": 0, "retry_at": null, "last_error": null}}',
        NULL, '{"place": {"channel": 7, "message": 8}, "shown": 5, "generation": 1, "closed": false,
        "backoff": {"attempts": 0, "retry_at": null, "last_error": null}}'),
    (4, 103, 8, 'ben', 'ben-tv', 'issuing', NULL, 5, 3700000, NULL, 1000, 4000, 4, 5000, '{
        "interaction": 103, "requester": {"id": 8, "name": "ben"}, "member_since": null, "asked_in": 50,
        "device": "ben-tv", "platform": "tv", "reason": null, "sign_in": null,
        "history": {"requests": 1, "denials": 0, "devices": 1}, "created_at": "1970-01-01T00:00:01Z",
        "updated_at": "1970-01-01T00:00:04Z", "state": {"status": "issuing", "approval": {"by":
        {"id": 9, "name": "carla"}, "at": "1970-01-01T00:00:02Z"}, "attempt": {"user": 3, "key_expires_at":
        "1970-01-01T01:01:40Z", "key": 5, "handover": {"claim": {"because": "direct_messages_closed",
        "until": "1970-01-02T00:00:00Z"}}}}, "version": 4,
        "backoff": {"attempts": 2, "retry_at": "1970-01-01T00:00:05Z", "last_error": "headscale_slow"}}', NULL, NULL),
    (5, 104, 8, 'ben', NULL, 'joined', NULL, NULL, NULL, 11, 1000, 4000, 4, 4000, '{
        "interaction": 104, "requester": {"id": 8, "name": "ben"}, "member_since": null, "asked_in": 50,
        "device": "ben-mac", "platform": "macos", "reason": null, "sign_in":
        {"id": "a-waiting-device-s-id-24", "ends_at": "1970-01-01T00:15:00Z"},
        "history": {"requests": 2, "denials": 0, "devices": 2}, "created_at": "1970-01-01T00:00:01Z",
        "updated_at": "1970-01-01T00:00:04Z", "state": {"status": "joined", "approval": {"by":
        {"id": 9, "name": "carla"}, "at": "1970-01-01T00:00:02Z"}, "key": null, "node": {"id": 11,
        "name": "ben-mac", "addresses": ["100.64.0.1", "fd7a:115c:a1e0::1"], "other_owner": null,
        "naming": "settled", "standing": "in"}, "revoking": {"id": 9, "name": "carla"}}, "version": 4,
        "backoff": {"attempts": 0, "retry_at": null, "last_error": null}}', NULL, NULL),
    (6, 105, 7, 'anna', 'anna-tv', 'failed', NULL, NULL, NULL, NULL, 3000, 4000, 3, 4000, '{
        "interaction": 105, "requester": {"id": 7, "name": "anna"}, "member_since": null, "asked_in": 50,
        "device": "anna-tv", "platform": "tv", "reason": null, "sign_in": null,
        "history": {"requests": 2, "denials": 1, "devices": 0}, "created_at": "1970-01-01T00:00:03Z",
        "updated_at": "1970-01-01T00:00:04Z", "state": {"status": "failed", "approval": {"by":
        {"id": 9, "name": "carla"}, "at": "1970-01-01T00:00:03.5Z"}, "cause": {"headscale_refused": "no such tag"},
        "lapses_at": "1970-01-02T00:00:00Z", "called": true}, "version": 3,
        "backoff": {"attempts": 0, "retry_at": null, "last_error": null}}', NULL, NULL);
INSERT INTO request_event (request_id, version, at, actor_id, actor_name, event)
VALUES (1, 1, 1000, 7, 'anna', 'requested'), (NULL, NULL, 1500, 66, 'mallory', 'refused');
INSERT INTO headscale_user (member_id, user_id, user_name) VALUES (7, 3, 'discord-7');
INSERT INTO announcement (subject, at) VALUES ('api-key 1000 14', 1000);
INSERT INTO departure (id, member_id, open_member_id, status, unsettled, missing_since, version, facts, card)
VALUES (1, 8, NULL, 'kept', TRUE, 1000, 3, '{"person": {"id": 8, "name": "ben"},
    "first_missing_at": "1970-01-01T00:00:01Z", "state": {"status": "kept", "by": {"id": 9, "name": "carla"}},
    "devices": [3, 5], "updated_at": "1970-01-01T02:00:00Z", "version": 3}',
    '{"place": {"channel": 5, "message": 9}, "shown": 2, "generation": 0, "closed": false,
    "backoff": {"attempts": 0, "retry_at": null, "last_error": null}}');
"#;

async fn database() -> (TempDir, DatabaseConnection) {
    let dir = tempfile::tempdir().unwrap();
    let db = connect(&dir.path().join("usher.db")).await;
    (dir, db)
}

async fn connect(path: &Path) -> DatabaseConnection {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    Database::connect(url).await.unwrap()
}

/// Everything that the schema says, by name.
async fn schema(db: &DatabaseConnection) -> BTreeMap<String, String> {
    #[derive(FromQueryResult)]
    struct Item {
        name: String,
        sql: String,
    }
    let query =
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'sqlite_sequence'";
    let items = Item::find_by_statement(Statement::from_string(DbBackend::Sqlite, query));
    let items = items.all(db).await.unwrap();
    items
        .into_iter()
        .map(|item| (item.name, item.sql))
        .collect()
}

/// A database on which every migration found the rows that the release before it wrote.
async fn grown(db: &DatabaseConnection) {
    for (_, rows) in ROWS {
        Migrator::up(db, Some(1)).await.unwrap();
        db.execute_unprepared(rows).await.unwrap();
    }
}

#[test]
fn every_migration_has_the_rows_of_its_time() {
    let migrations: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    assert_eq!(migrations, ROWS.map(|(name, _)| name));
}

#[tokio::test]
async fn every_migration_goes_up_over_rows_and_down_again_without_a_trace() {
    let (_dir, db) = database().await;
    for (name, rows) in ROWS {
        let before = schema(&db).await;
        Migrator::up(&db, Some(1)).await.unwrap();
        assert_ne!(schema(&db).await, before, "{name} does something");
        Migrator::down(&db, Some(1)).await.unwrap();
        let after = schema(&db).await;
        let left: Vec<_> = after
            .iter()
            .filter(|(item, _)| *item != "seaql_migrations")
            .collect();
        let expected: Vec<_> = before
            .iter()
            .filter(|(item, _)| *item != "seaql_migrations")
            .collect();
        assert_eq!(left, expected, "{name} leaves a trace");
        Migrator::up(&db, Some(1)).await.unwrap();
        db.execute_unprepared(rows).await.unwrap();
    }
}

#[tokio::test]
async fn the_store_reads_the_rows_of_every_age() {
    let (dir, db) = database().await;
    grown(&db).await;
    db.close().await.unwrap();
    let store = Store::open(&dir.path().join("usher.db")).await.unwrap();
    for (id, status) in [
        (1, Status::Pending),
        (2, Status::Denied),
        (3, Status::Delivered),
        (4, Status::Issuing),
        (5, Status::Joined),
        (6, Status::Failed),
    ] {
        let request = store.request(RequestId(id)).await.unwrap().unwrap();
        assert_eq!(request.status(), status);
    }
    let first = store.request(RequestId(1)).await.unwrap().unwrap();
    assert_eq!(first.projection(ProjectionKind::Card).shown, 1);
    let left = store.unsettled_departures().await.unwrap();
    assert_eq!(left.len(), 1, "the card is behind");
}

#[tokio::test]
async fn everything_goes_down_over_rows() {
    let (_dir, db) = database().await;
    grown(&db).await;
    Migrator::down(&db, None).await.unwrap();
    let left = schema(&db).await;
    assert_eq!(left.keys().collect::<Vec<_>>(), ["seaql_migrations"]);
}

// ---------------------------------------------------------------- entities and schema

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Field {
    name: String,
    affinity: &'static str,
    optional: bool,
    key: bool,
}

/// Source: `SQLite`, "Datatypes", 3.1.
fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_lowercase();
    if declared.contains("int") {
        "integer"
    } else if ["char", "text", "string"]
        .iter()
        .any(|word| declared.contains(word))
    {
        "text"
    } else {
        assert_eq!(declared, "boolean", "an unexpected type");
        "boolean"
    }
}

async fn in_schema(db: &DatabaseConnection, table: &str) -> Vec<Field> {
    #[derive(FromQueryResult)]
    struct Info {
        name: String,
        declared: String,
        required: bool,
        key: bool,
    }
    let query = format!(
        "SELECT name, type AS declared, \"notnull\" AS required, pk > 0 AS key FROM pragma_table_info('{table}')"
    );
    let query = Statement::from_string(DbBackend::Sqlite, query);
    let columns = Info::find_by_statement(query).all(db).await.unwrap();
    sorted(columns.into_iter().map(|column| Field {
        name: column.name,
        affinity: affinity(&column.declared),
        optional: !column.required && !column.key,
        key: column.key,
    }))
}

fn in_entity<E: EntityTrait>() -> Vec<Field> {
    sorted(E::Column::iter().map(|column| {
        let definition = column.def();
        let declared = format!("{:?}", definition.get_column_type());
        Field {
            name: column.as_str().to_owned(),
            affinity: affinity(&declared),
            optional: definition.is_null(),
            key: E::PrimaryKey::iter().any(|key| key.into_column().as_str() == column.as_str()),
        }
    }))
}

fn sorted(fields: impl Iterator<Item = Field>) -> Vec<Field> {
    let mut fields: Vec<Field> = fields.collect();
    fields.sort();
    fields
}

async fn assert_match<E: EntityTrait>(db: &DatabaseConnection) {
    let table = E::default().table_name().to_owned();
    assert_eq!(in_entity::<E>(), in_schema(db, &table).await, "{table}");
}

#[tokio::test]
async fn the_entities_match_the_schema() {
    let (_dir, db) = database().await;
    Migrator::up(&db, None).await.unwrap();
    assert_match::<device_request::Entity>(&db).await;
    assert_match::<request_event::Entity>(&db).await;
    assert_match::<headscale_user::Entity>(&db).await;
    assert_match::<announcement::Entity>(&db).await;
    assert_match::<departure::Entity>(&db).await;
    let tables = schema(&db).await.into_values();
    assert_eq!(
        tables.filter(|sql| sql.starts_with("CREATE TABLE")).count(),
        6
    );
}

// ---------------------------------------------------------------- what the schema itself refuses

async fn refused(db: &DatabaseConnection, sql: &str, because: &str) {
    let error = db.execute_unprepared(sql).await.unwrap_err().to_string();
    assert!(error.contains(because), "{sql}: {error}");
}

#[tokio::test]
async fn the_schema_refuses_what_must_not_be() {
    let (_dir, db) = database().await;
    grown(&db).await;
    let set = |assignment: &str| format!("UPDATE device_request SET {assignment} WHERE id = 1");
    refused(&db, &set("version = 0"), "CHECK").await;
    refused(&db, &set("key_id = 9"), "CHECK").await;
    refused(&db, &set("interaction_id = 102"), "UNIQUE").await;
    let name = "requester_id = 8, reserved_name = 'ben-pc'";
    refused(&db, &set(name), "UNIQUE").await;
    refused(&db, &set("key_expires_at = 3600000"), "UNIQUE").await;
    refused(&db, "DELETE FROM device_request", "FOREIGN KEY").await;
    refused(&db, "UPDATE request_event SET event = 'x'", "append-only").await;
    refused(&db, "DELETE FROM request_event", "append-only").await;
    let open = "UPDATE departure SET open_member_id = 8";
    db.execute_unprepared(open).await.unwrap();
    let second = "INSERT INTO departure (member_id, open_member_id, status, unsettled, missing_since, version, facts) \
        VALUES (8, 8, 'missed', TRUE, 0, 1, '{}')";
    refused(&db, second, "UNIQUE").await;
}
