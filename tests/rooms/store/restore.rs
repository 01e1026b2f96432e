//! A backup in the place of the database, whatever happens on the way.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::backup::{files_in, requests_in};
use super::scene::{Scene, tamper};
use crate::store::{Error, Restore, Store, back_up};

/// A database of two requests as a crash leaves it, the second still in its log, and a backup of the first.
struct Crashed {
    dir: TempDir,
    backup: PathBuf,
}

impl Crashed {
    async fn new() -> Self {
        let scene = Scene::new().await.reopened().await;
        let dir = tempfile::tempdir().unwrap();
        let backup = dir.path().join("backup.db");
        scene.stored(1).await;
        back_up(&scene.path(), &backup).await.unwrap();
        scene.stored(2).await;
        for name in ["usher.db", "usher.db-wal"] {
            fs::copy(scene.dir.path().join(name), dir.path().join(name)).unwrap();
        }
        scene.store.close().await;
        Self { dir, backup }
    }

    fn database(&self) -> PathBuf {
        self.named("usher.db")
    }

    fn named(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The backup has taken the place of the database, which is kept with everything in its log.
    async fn assert_restored(&self) {
        assert_eq!(requests_in(&self.database()).await, 1);
        assert_eq!(requests_in(&self.named("usher.db.replaced-1")).await, 2);
        assert_eq!(requests_in(&self.backup).await, 1);
        assert!(!self.named("usher.db.restored").exists());
    }
}

async fn restore(database: &Path, backup: &Path) {
    let restore = Restore::prepare(database, backup).await.unwrap();
    restore.carry_out().await.unwrap();
}

async fn refused(database: &Path, backup: &Path) -> Error {
    let prepared = Restore::prepare(database, backup).await;
    prepared.err().expect("this cannot be restored")
}

#[tokio::test]
async fn the_backup_takes_the_place_of_the_database_which_is_kept() {
    let crashed = Crashed::new().await;
    let restore = Restore::prepare(&crashed.database(), &crashed.backup).await;
    let restore = restore.unwrap();
    assert_eq!(restore.aside(), Some(crashed.named("usher.db.replaced-1")));
    restore.carry_out().await.unwrap();
    crashed.assert_restored().await;
}

#[tokio::test]
async fn a_restore_can_be_taken_back_by_another() {
    let crashed = Crashed::new().await;
    restore(&crashed.database(), &crashed.backup).await;
    let kept = crashed.named("usher.db.replaced-1");
    restore(&crashed.database(), &kept).await;
    assert_eq!(requests_in(&crashed.database()).await, 2);
    assert_eq!(requests_in(&crashed.named("usher.db.replaced-2")).await, 1);
}

#[tokio::test]
async fn where_there_is_no_database_nothing_has_to_be_kept() {
    let crashed = Crashed::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let database = elsewhere.path().join("usher.db");
    let restore = Restore::prepare(&database, &crashed.backup).await.unwrap();
    assert_eq!(restore.aside(), None);
    restore.carry_out().await.unwrap();
    assert_eq!(files_in(elsewhere.path()), ["usher.db", "usher.db.lock"]);
    assert_eq!(requests_in(&database).await, 1);
}

#[tokio::test]
async fn what_was_only_prepared_changes_nothing() {
    let crashed = Crashed::new().await;
    let read = |name| fs::read(crashed.named(name)).unwrap();
    let before = [read("usher.db"), read("usher.db-wal")];
    drop(Restore::prepare(&crashed.database(), &crashed.backup).await);
    assert!(before == [read("usher.db"), read("usher.db-wal")]);
    assert_eq!(requests_in(&crashed.database()).await, 2);
}

#[tokio::test]
async fn nothing_is_restored_while_a_store_is_open() {
    let crashed = Crashed::new().await;
    let store = Store::open(&crashed.database()).await.unwrap();
    let error = refused(&crashed.database(), &crashed.backup).await;
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    store.close().await;
}

/// What is done to a backup, and what is then said.
const UNUSABLE: [(&str, &str); 4] = [
    (
        "INSERT INTO seaql_migrations VALUES ('m9999_from_the_future', 0)",
        "cannot be restored: it was made by a newer release",
    ),
    (
        "UPDATE seaql_migrations SET version = 'm0001_device_request'",
        "cannot be restored: it was made by a development version",
    ),
    (
        "PRAGMA application_id = 77",
        "is another program's database",
    ),
    (
        "PRAGMA application_id = 0; ALTER TABLE device_request RENAME TO recipe",
        "is another program's database",
    ),
];

#[tokio::test]
async fn what_is_newer_older_than_the_first_release_or_not_ours_is_refused() {
    for (change, words) in UNUSABLE {
        let crashed = Crashed::new().await;
        tamper(&crashed.backup, change).await;
        let error = refused(&crashed.database(), &crashed.backup).await;
        let error = error.to_string();
        assert!(error.contains(words), "{error}");
        assert!(error.contains("backup.db"), "{error}");
        assert_eq!(requests_in(&crashed.database()).await, 2);
    }
}

#[tokio::test]
async fn what_is_no_database_damaged_or_empty_is_refused() {
    let crashed = Crashed::new().await;
    let whole = fs::read(&crashed.backup).unwrap();
    let mut flipped = whole.clone();
    for byte in flipped.iter_mut().skip(2 * 4096) {
        *byte ^= 0x5a;
    }
    let shopping = b"this is a shopping list, not a database\n".repeat(200);
    for bytes in [&whole[..3 * 4096], &flipped[..], &shopping[..]] {
        fs::write(&crashed.backup, bytes).unwrap();
        let error = refused(&crashed.database(), &crashed.backup).await;
        assert!(matches!(error, Error::NotRestorable { .. }), "{error}");
        assert!(error.to_string().contains("damaged"), "{error}");
    }
    fs::write(&crashed.backup, "").unwrap();
    let error = refused(&crashed.database(), &crashed.backup).await;
    assert!(error.to_string().contains("nothing in it"), "{error}");
    let error = refused(&crashed.database(), &crashed.named("nothing.db")).await;
    assert!(error.to_string().contains("nothing.db"), "{error}");
    let error = refused(&crashed.database(), crashed.dir.path()).await;
    assert!(error.to_string().contains("directory"), "{error}");
    assert_eq!(requests_in(&crashed.database()).await, 2);
}

/// What a restore does after the copy has its name, one after the other.
const MOVES: [(&str, &str); 3] = [
    ("usher.db-wal", "usher.db.replaced-1-wal"),
    ("usher.db", "usher.db.replaced-1"),
    ("usher.db.restored", "usher.db"),
];

#[tokio::test]
async fn a_restore_that_was_cut_off_anywhere_is_finished_by_the_next_start() {
    for cut in 0..=MOVES.len() {
        let crashed = Crashed::new().await;
        fs::copy(&crashed.backup, crashed.named("usher.db.restored")).unwrap();
        for (from, to) in &MOVES[..cut] {
            fs::rename(crashed.named(from), crashed.named(to)).unwrap();
        }
        crashed.assert_restored().await;
    }
}

#[tokio::test]
async fn a_restore_that_was_cut_off_before_its_copy_was_whole_has_not_happened() {
    let crashed = Crashed::new().await;
    fs::write(crashed.named("usher.db.restored.part"), "half a copy").unwrap();
    assert_eq!(requests_in(&crashed.database()).await, 2);
    restore(&crashed.database(), &crashed.backup).await;
    crashed.assert_restored().await;
}
