//! The schema's history: every migration goes up over rows of the shape before it, and down again, and what stands
//! at the end is what the entities say.

use std::collections::BTreeMap;
use std::path::Path;

use headscale_usher::domain::{ProjectionKind, RequestId, Status};
use headscale_usher::store::Store;
use headscale_usher::store::entity::{
    account, announcement, departure, device_request, projection, request_event,
};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    FromQueryResult, IdenStatic, Iterable, PrimaryKeyToColumn, Statement,
};
use tempfile::TempDir;

/// What a database holds before each migration, in the shape of that day. One entry per migration; a row once
/// written here is never edited either.
const SAMPLES: [(&str, &str); 7] = [
    ("m0001_device_request", ""),
    (
        "m0002_projection",
        "INSERT INTO device_request (id, interaction_id, requester_id, requester_name, asked_in, device_name, \
         platform, past_requests, past_denials, past_devices, created_at, updated_at, version, status, lapses_at, \
         attempts, due_at) \
         VALUES (1, 100, 7, 'anna', 50, 'anna-laptop', 'linux', 0, 0, 0, 1000, 1000, 1, 'pending', 9000, 0, 1000), \
                (2, 101, 7, 'anna', 50, 'anna-phone', 'ios', 1, 0, 0, 2000, 2000, 2, 'cancelled', NULL, 0, NULL); \
         INSERT INTO device_request (id, interaction_id, requester_id, requester_name, asked_in, device_name, \
         platform, past_requests, past_denials, past_devices, created_at, updated_at, version, status, \
         approved_by_id, approved_by_name, approved_at, key_expires_at, key_id, handover, key_used, attempts) \
         VALUES (3, 102, 8, 'ben', 50, 'ben-pc', 'windows', 0, 0, 0, 1000, 3000, 5, 'delivered', 9, 'carla', 2000, \
         3600000, 4, 'letter', 0, 0);",
    ),
    (
        "m0003_request_event",
        "INSERT INTO projection (request_id, kind, channel, message, shown, generation, closed, attempts) \
         VALUES (1, 'card', 5, 6, 1, 0, 0, 0), (3, 'letter', 7, 8, 5, 0, 0, 0);",
    ),
    (
        "m0004_account",
        "INSERT INTO request_event (request_id, version, at, actor_id, actor_name, event) \
         VALUES (1, 1, 1000, 7, 'anna', 'requested'), (NULL, NULL, 1500, 66, 'mallory', 'refused');",
    ),
    (
        "m0005_announcement",
        "INSERT INTO account (member_id, owner_id, owner_name) VALUES (7, 3, 'discord-7');",
    ),
    (
        "m0006_departure",
        "INSERT INTO announcement (subject, at) VALUES ('api-key 1000 14', 1000);",
    ),
    ("m0007_due_by_status", ""),
];

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

#[test]
fn every_migration_has_a_sample_of_the_rows_before_it() {
    let migrations: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    let samples: Vec<&str> = SAMPLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(migrations, samples);
}

#[tokio::test]
async fn every_migration_goes_up_over_rows_and_down_again_without_a_trace() {
    let (_dir, db) = database().await;
    for (name, sample) in SAMPLES {
        db.execute_unprepared(sample).await.unwrap();
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
    }
}

#[tokio::test]
async fn the_store_reads_the_rows_of_every_age() {
    let (dir, db) = database().await;
    for (_, sample) in SAMPLES {
        db.execute_unprepared(sample).await.unwrap();
        Migrator::up(&db, Some(1)).await.unwrap();
    }
    db.close().await.unwrap();
    let store = Store::open(&dir.path().join("usher.db")).await.unwrap();
    for (id, status) in [
        (1, Status::Pending),
        (2, Status::Cancelled),
        (3, Status::Delivered),
    ] {
        let request = store.request(RequestId(id)).await.unwrap().unwrap();
        assert_eq!(request.status(), status);
    }
    let first = store.request(RequestId(1)).await.unwrap().unwrap();
    assert_eq!(first.projection(ProjectionKind::Card).shown, 1);
    assert_eq!(store.history(RequestId(1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn everything_goes_down_over_rows() {
    let (_dir, db) = database().await;
    for (_, sample) in SAMPLES {
        db.execute_unprepared(sample).await.unwrap();
        Migrator::up(&db, Some(1)).await.unwrap();
    }
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
    assert_match::<projection::Entity>(&db).await;
    assert_match::<request_event::Entity>(&db).await;
    assert_match::<account::Entity>(&db).await;
    assert_match::<announcement::Entity>(&db).await;
    assert_match::<departure::Entity>(&db).await;
    let tables = schema(&db).await.into_values();
    assert_eq!(
        tables.filter(|sql| sql.starts_with("CREATE TABLE")).count(),
        7
    );
}

#[tokio::test]
async fn the_schema_knows_every_status_and_which_of_them_are_open() {
    let (_dir, db) = database().await;
    Migrator::up(&db, None).await.unwrap();
    let schema = schema(&db).await;
    for status in Status::iter() {
        assert!(schema["device_request"].contains(&format!("'{}'", status.into_str())));
    }
    let taken = &schema["device_request_name_is_taken"];
    for status in Status::iter() {
        let expected = Status::OPEN.contains(&status) || status == Status::Delivered;
        assert_eq!(
            taken.contains(&format!("'{}'", status.into_str())),
            expected
        );
    }
}

// ---------------------------------------------------------------- what the schema itself refuses

async fn refused(db: &DatabaseConnection, sql: &str, because: &str) {
    let error = db.execute_unprepared(sql).await.unwrap_err().to_string();
    assert!(error.contains(because), "{sql}: {error}");
}

#[tokio::test]
async fn the_schema_refuses_what_must_not_be() {
    let (_dir, db) = database().await;
    for (_, sample) in SAMPLES {
        db.execute_unprepared(sample).await.unwrap();
        Migrator::up(&db, Some(1)).await.unwrap();
    }
    let set = |assignment: &str| format!("UPDATE device_request SET {assignment} WHERE id = 1");
    refused(&db, &set("status = 'lost'"), "CHECK").await;
    refused(&db, &set("status = 'approved'"), "CHECK").await;
    refused(&db, &set("version = 0"), "CHECK").await;
    refused(&db, &set("interaction_id = 102"), "UNIQUE").await;
    refused(
        &db,
        &set("requester_id = 8, device_name = 'ben-pc'"),
        "UNIQUE",
    )
    .await;
    let issuing =
        "status = 'issuing', approved_by_id = 9, approved_at = 1, key_expires_at = 3600000";
    refused(&db, &set(issuing), "UNIQUE").await;
    refused(&db, "DELETE FROM device_request", "FOREIGN KEY").await;
    refused(&db, "UPDATE request_event SET event = 'x'", "append-only").await;
    refused(&db, "DELETE FROM request_event", "append-only").await;
}
