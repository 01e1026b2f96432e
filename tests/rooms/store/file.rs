//! The file: kept, private, ours alone, and honest about what is wrong with it.

use std::fs;
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;

use super::scene::{Scene, projection, tamper};
use crate::domain::{HeadscaleUserId, MemberId, ProjectionKind};
use crate::store::{Error, Store};
use crate::support::people::moment;

#[tokio::test]
async fn reopening_keeps_everything() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let letter = projection(&request);
    let kind = ProjectionKind::Letter;
    let shown = scene.store.shown(request.id, kind, &letter).await.unwrap();
    scene
        .store
        .remember_user(MemberId(1), HeadscaleUserId(7), "anna")
        .await
        .unwrap();
    let history = scene.history(request.id).await;
    let scene = scene.reopened().await;
    assert_eq!(scene.fresh(request.id).await, shown);
    assert_eq!(scene.history(request.id).await, history);
    assert!(
        scene
            .store
            .headscale_user(MemberId(1))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_second_store_on_the_same_file_is_refused_with_a_sentence() {
    let scene = Scene::new().await;
    let error = Store::open(&scene.path()).await.err().unwrap();
    assert!(matches!(error, Error::InUse { .. }));
    assert_eq!(
        error.to_string(),
        format!(
            "another process is using the database {}: two bots on one database would do everything twice",
            scene.path().display()
        )
    );
    scene.reopened().await;
}

#[tokio::test]
async fn the_files_are_for_their_owner_alone() {
    let scene = Scene::new().await;
    scene.stored(1).await;
    for name in ["usher.db", "usher.db-wal", "usher.db-shm", "usher.db.lock"] {
        assert_eq!(mode(&scene.dir.path().join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_file_that_was_open_to_others_is_closed_to_them() {
    let scene = Scene::new().await;
    let path = scene.path();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let scene = scene.reopened().await;
    assert_eq!(mode(&path), 0o600);
    drop(scene);
}

/// What is logged while this file, of this mode, is opened.
async fn opened_with(mode: u32) -> String {
    let (_dir, path) = Scene::new().await.closed().await;
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let mut log = tempfile::tempfile().unwrap();
    let writer = Mutex::new(log.try_clone().unwrap());
    let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
    let logging = tracing::subscriber::set_default(subscriber);
    Store::open(&path).await.unwrap().close().await;
    drop(logging);
    let mut logged = String::new();
    log.rewind().unwrap();
    log.read_to_string(&mut logged).unwrap();
    logged
}

#[tokio::test]
async fn the_operator_is_told_of_a_file_that_was_open_to_others_and_of_no_other() {
    let logged = opened_with(0o640).await;
    assert!(logged.contains("open to other users"), "{logged}");
    assert!(logged.contains("640"), "{logged}");
    let logged = opened_with(0o600).await;
    assert!(!logged.contains("open to other users"), "{logged}");
}

#[tokio::test]
async fn a_companion_that_cannot_be_looked_at_is_named() {
    let (_dir, path) = Scene::new().await.closed().await;
    let wal = path.with_file_name("usher.db-wal");
    std::os::unix::fs::symlink(&wal, &wal).unwrap();
    let error = Store::open(&path).await.err().unwrap();
    assert!(matches!(&error, Error::Open { path, .. } if *path == wal));
}

#[tokio::test]
async fn a_companion_that_cannot_be_opened_is_a_fault_of_the_disk() {
    let (_dir, path) = Scene::new().await.closed().await;
    fs::create_dir(path.with_file_name("usher.db-wal")).unwrap();
    let error = Store::open(&path).await.err().unwrap();
    assert!(matches!(error, Error::Disk(_)), "{error}");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_read_only_file_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("usher.db");
    Store::open(&path).await.unwrap().close().await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let error = Store::open(&path).await.err().unwrap();
    assert!(matches!(error, Error::ReadOnly), "{error}");
    assert_eq!(mode(&path), 0o400);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("usher.db");
    let text = "this is a shopping list, not a database\n".repeat(200);
    fs::write(&path, &text).unwrap();
    let error = Store::open(&path).await.err().unwrap();
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_database_is_reported_as_such() {
    let scene = Scene::new().await;
    for number in 1..=50 {
        scene.stored(number).await;
    }
    let (_dir, path) = scene.closed().await;
    let mut bytes = fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(4096) {
        *byte ^= 0x5a;
    }
    fs::write(&path, &bytes).unwrap();
    let error = match Store::open(&path).await {
        Ok(store) => store.due_requests(moment(1), 100).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, Error::Damaged(_)), "{error}");
}

#[tokio::test]
async fn a_database_from_a_newer_release_is_refused() {
    let scene = Scene::new().await;
    let (_dir, path) = scene.closed().await;
    tamper(
        &path,
        "INSERT INTO seaql_migrations VALUES ('m9999_from_the_future', 0)",
    )
    .await;
    let error = Store::open(&path).await.err().unwrap();
    assert!(matches!(error, Error::Newer(_)), "{error}");
}

#[tokio::test]
async fn a_database_from_before_the_first_release_is_refused_and_left_as_it_is() {
    let scene = Scene::new().await;
    let (_dir, path) = scene.closed().await;
    let old = "DELETE FROM seaql_migrations; \
        INSERT INTO seaql_migrations VALUES ('m0001_device_request', 0), ('m0002_projection', 0)";
    tamper(&path, old).await;
    let error = Store::open(&path).await.err().unwrap();
    assert!(matches!(error, Error::Unreleased), "{error}");
    assert!(error.to_string().contains("move it away"), "{error}");
    tamper(&path, "SELECT * FROM device_request").await;
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nowhere").join("usher.db");
    let error = Store::open(&path).await.err().unwrap();
    assert!(error.to_string().contains("nowhere"), "{error}");
    let told = format!("{:#}", anyhow::Error::from(error));
    assert_eq!(told.matches("No such file").count(), 1, "{told}");
}

#[tokio::test]
async fn an_open_store_is_writable_and_a_closed_one_is_not() {
    let scene = Scene::new().await;
    scene.store.writable().await.unwrap();
    scene.store.close().await;
    assert!(scene.store.writable().await.is_err());
}

#[tokio::test]
async fn whether_a_store_is_writable_is_found_out_by_writing() {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let scene = Scene::new().await;
    let url = format!("sqlite://{}", scene.path().display());
    let foreign = sea_orm::Database::connect(url).await.unwrap();
    // Changes with every commit of somebody else.
    let version = Statement::from_string(DbBackend::Sqlite, "PRAGMA data_version");
    let seen = async || {
        let row = foreign.query_one_raw(version.clone()).await.unwrap();
        row.unwrap().try_get_by_index::<i64>(0).unwrap()
    };
    let before = seen().await;
    scene.store.writable().await.unwrap();
    assert_ne!(seen().await, before);
}

#[tokio::test]
async fn a_database_held_by_a_foreign_program_is_busy_for_now() {
    use sea_orm::ConnectionTrait;
    let scene = Scene::new().await;
    let url = format!("sqlite://{}", scene.path().display());
    let foreign = sea_orm::Database::connect(url).await.unwrap();
    foreign.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let error = scene.store.writable().await.unwrap_err();
    assert!(matches!(error, Error::Busy), "{error}");
    foreign.execute_unprepared("ROLLBACK").await.unwrap();
    scene.store.writable().await.unwrap();
}

/// Where `SQLite` keeps the application's mark. Source: "Database File Format", 1.3.
fn mark(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()[68..72].to_vec()
}

#[tokio::test]
async fn our_files_are_marked_and_so_is_one_from_before_there_was_a_mark() {
    let (_dir, path) = Scene::new().await.closed().await;
    assert_eq!(mark(&path), b"Ushr");
    tamper(&path, "PRAGMA application_id = 0").await;
    assert_eq!(mark(&path), [0; 4]);
    Store::open(&path).await.unwrap().close().await;
    assert_eq!(mark(&path), b"Ushr");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    for content in [
        "CREATE TABLE recipe (name TEXT)",
        "CREATE TABLE seaql_migrations (version TEXT, applied_at INTEGER); CREATE TABLE recipe (name TEXT)",
        "PRAGMA application_id = 77",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("recipes.db");
        fs::write(&path, "").unwrap();
        tamper(&path, content).await;
        let before = fs::read(&path).unwrap();
        let error = Store::open(&path).await.err().unwrap();
        assert!(matches!(error, Error::Foreign { .. }), "{error}");
        assert!(error.to_string().contains("recipes.db"), "{error}");
        assert!(fs::read(&path).unwrap() == before, "the file was changed");
    }
}
