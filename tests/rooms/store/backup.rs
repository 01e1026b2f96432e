//! Backups: whole, private, beside a bot that goes on, and before a migration.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::scene::{Scene, tamper};
use crate::domain::RequestId;
use crate::store::{Error, Store, back_up};

/// The requests from the first on.
pub(super) async fn requests_in(database: &Path) -> usize {
    let store = Store::open(database).await.unwrap();
    let mut count = 0;
    while let Some(_request) = store.request(RequestId(count + 1)).await.unwrap() {
        count += 1;
    }
    store.close().await;
    usize::try_from(count).unwrap()
}

pub(super) fn files_in(dir: &Path) -> Vec<OsString> {
    let files = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_beside_an_open_store_holds_what_was_stored_by_then() {
    let scene = Scene::new().await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("backup.db");
    scene.stored(1).await;
    back_up(&scene.path(), &file).await.unwrap();
    scene.stored(2).await;
    assert_eq!(files_in(place.path()), ["backup.db"]);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(requests_in(&file).await, 1);
    let (_dir, path) = scene.closed().await;
    assert_eq!(requests_in(&path).await, 2);
}

#[tokio::test]
async fn a_backup_changes_nothing_in_the_database() {
    let scene = Scene::new().await;
    scene.stored(1).await;
    let log = scene.path().with_file_name("usher.db-wal");
    let all = || [fs::read(scene.path()).unwrap(), fs::read(&log).unwrap()];
    let (files, before) = (files_in(scene.dir.path()), all());
    let place = tempfile::tempdir().unwrap();
    back_up(&scene.path(), &place.path().join("backup.db"))
        .await
        .unwrap();
    assert!(all() == before, "the files were changed");
    assert_eq!(files_in(scene.dir.path()), files);
}

#[tokio::test]
async fn a_file_that_exists_is_never_overwritten() {
    let scene = Scene::new().await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("backup.db");
    fs::write(&file, "something dear").unwrap();
    let error = back_up(&scene.path(), &file).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the backup {} was not made: there is a file of this name, which a backup never overwrites",
            file.display()
        )
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "something dear");
    assert_eq!(files_in(place.path()), ["backup.db"]);
}

#[tokio::test]
async fn half_a_backup_that_a_kill_left_behind_is_no_hindrance() {
    let scene = Scene::new().await;
    scene.stored(1).await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("backup.db");
    fs::write(place.path().join("backup.db.part"), "half a".repeat(9_999)).unwrap();
    back_up(&scene.path(), &file).await.unwrap();
    assert_eq!(files_in(place.path()), ["backup.db"]);
    assert_eq!(requests_in(&file).await, 1);
}

#[tokio::test]
async fn of_two_backups_with_one_name_the_second_is_refused() {
    let scene = Scene::new().await;
    let place = tempfile::tempdir().unwrap();
    let part = fs::File::create(place.path().join("backup.db.part")).unwrap();
    part.lock().unwrap();
    let file = place.path().join("backup.db");
    let error = back_up(&scene.path(), &file).await.unwrap_err();
    assert!(error.to_string().contains("another backup"), "{error}");
    assert_eq!(files_in(place.path()), ["backup.db.part"]);
}

#[tokio::test]
async fn a_place_or_a_database_that_is_not_there_is_named() {
    let scene = Scene::new().await;
    let place = tempfile::tempdir().unwrap();
    let nowhere = place.path().join("nowhere").join("usher.db");
    for (database, file) in [
        (nowhere.clone(), place.path().join("backup.db")),
        (scene.path(), nowhere),
    ] {
        let error = back_up(&database, &file).await.unwrap_err().to_string();
        assert!(error.contains("nowhere"), "{error}");
        assert!(error.contains("No such file"), "{error}");
    }
    assert!(files_in(place.path()).is_empty());
}

#[tokio::test]
async fn nothing_is_not_backed_up() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    let error = back_up(&empty, &dir.path().join("backup.db")).await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("nothing in it"), "{error}");
    assert_eq!(files_in(dir.path()), ["empty.db"]);
}

#[tokio::test]
async fn another_programs_database_is_not_backed_up() {
    let scene = Scene::new().await;
    let (dir, path) = scene.closed().await;
    tamper(&path, "PRAGMA application_id = 77").await;
    let file = dir.path().join("backup.db");
    let error = back_up(&path, &file).await.unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    assert!(!file.exists());
}

/// The first migration is yet to come, and finds its tables there already.
async fn with_a_migration_that_fails() -> (tempfile::TempDir, std::path::PathBuf) {
    let scene = Scene::new().await;
    scene.stored(1).await;
    let (dir, path) = scene.closed().await;
    tamper(&path, "DELETE FROM seaql_migrations").await;
    (dir, path)
}

#[tokio::test]
async fn a_migration_that_fails_leaves_one_backup_however_often_it_is_tried() {
    let (dir, path) = with_a_migration_that_fails().await;
    for _ in 0..2 {
        let error = Store::open_with(&path, 3).await.err().unwrap();
        assert!(error.to_string().contains("already exists"), "{error}");
    }
    let mut files = files_in(dir.path());
    files.retain(|name| name.to_string_lossy().contains("before"));
    assert_eq!(files, ["usher.db.before-m0001_schema"]);
    let backup = dir.path().join("usher.db.before-m0001_schema");
    let applied = "INSERT INTO seaql_migrations VALUES ('m0001_schema', 0)";
    tamper(&backup, applied).await;
    assert_eq!(requests_in(&backup).await, 1);
}

#[tokio::test]
async fn no_backup_is_made_where_none_is_wanted_or_nothing_is_migrated() {
    let (dir, path) = with_a_migration_that_fails().await;
    assert!(Store::open_with(&path, 0).await.is_err());
    let fresh = dir.path().join("fresh.db");
    for _ in 0..2 {
        Store::open_with(&fresh, 3).await.unwrap().close().await;
    }
    let before = |name: &OsString| name.to_string_lossy().contains("before");
    assert!(!files_in(dir.path()).iter().any(before));
}
