//! What is refused: a sentence, exit code 1, and nothing changed.

use std::fs;
use std::path::{Path, PathBuf};

use sea_orm::ConnectionTrait as _;
use stage::Stage;

use super::{done, said};
use crate::PROGRAM;

/// A bot has run, and there is a backup of its database.
async fn backed_up() -> (Stage, PathBuf) {
    let mut stage = Stage::set().await;
    stage.start_program(PROGRAM.as_ref()).await;
    let file = stage.dir().join("backup.db");
    done(&stage, &["backup"], &file).await;
    (stage, file)
}

async fn change(database: &Path, sql: &str) {
    let url = format!("sqlite://{}", database.display());
    let db = sea_orm::Database::connect(url).await.expect("a database");
    db.execute_unprepared(sql).await.expect("it can be changed");
    db.close().await.expect("it can be closed");
}

pub(super) async fn a_restore_is_refused_in_every_wrong_case() {
    let (mut stage, file) = backed_up().await;
    let mut told = vec![said(&stage, &["restore", "--yes"], &file).await];
    stage.stop().await;
    let before = fs::read(stage.database()).expect("the file is there");
    for sql in [
        "INSERT INTO seaql_migrations VALUES ('m9999_from_the_future', 0)",
        "UPDATE seaql_migrations SET version = 'm0001_device_request'",
        "PRAGMA application_id = 77",
    ] {
        let wrong = stage.dir().join("wrong.db");
        fs::copy(&file, &wrong).expect("a file can be copied");
        change(&wrong, sql).await;
        told.push(said(&stage, &["restore", "--yes"], &wrong).await);
    }
    let list = stage.dir().join("list.txt");
    fs::write(&list, "eggs, milk, a database\n".repeat(300)).expect("it can be written");
    told.push(said(&stage, &["restore", "--yes"], &list).await);
    let nothing = stage.dir().join("nothing.db");
    told.push(said(&stage, &["restore", "--yes"], &nothing).await);
    insta::assert_snapshot!(told.join("\n"), @"
    headscale-usher: a bot is using DIR/usher.db: stop it first
    exit code 1
    headscale-usher: DIR/wrong.db cannot be restored: it was made by a newer release of this program; that release can restore it
    exit code 1
    headscale-usher: DIR/wrong.db cannot be restored: it was made by a development version from before the first release
    exit code 1
    headscale-usher: DIR/wrong.db is another program's database
    exit code 1
    headscale-usher: DIR/list.txt cannot be restored: it is not a database or is damaged: Query Error: error returned from database: (code: 26) file is not a database
    exit code 1
    headscale-usher: cannot open DIR/nothing.db: No such file or directory (os error 2)
    exit code 1
    ");
    let after = fs::read(stage.database()).expect("the file is there");
    assert!(before == after, "the database was changed");
}

pub(super) async fn a_restore_is_never_carried_out_unasked() {
    let (mut stage, file) = backed_up().await;
    stage.stop().await;
    insta::assert_snapshot!(said(&stage, &["restore"], &file).await, @"
    Restore DIR/usher.db from DIR/backup.db? The bot forgets whatever happened after that backup.
    The database as it is now will be kept as DIR/usher.db.replaced-1.
    headscale-usher: there is no terminal to ask on: add --yes to restore without asking
    exit code 1
    ");
    assert!(!stage.dir().join("usher.db.replaced-1").exists());
}

pub(super) async fn a_backup_is_refused_in_every_wrong_case() {
    let (mut stage, file) = backed_up().await;
    let mut told = vec![
        said(&stage, &["backup"], &file).await,
        said(&stage, &["backup"], &stage.dir().join("nowhere/backup.db")).await,
    ];
    stage.stop().await;
    fs::remove_file(stage.database()).expect("the file is there");
    let another = stage.dir().join("another.db");
    told.push(said(&stage, &["backup"], &another).await);
    insta::assert_snapshot!(told.join("\n"), @"
    headscale-usher: the backup DIR/backup.db was not made: there is a file of this name, which a backup never overwrites
    exit code 1
    headscale-usher: the backup DIR/nowhere/backup.db was not made: No such file or directory (os error 2)
    exit code 1
    headscale-usher: cannot open DIR/usher.db: No such file or directory (os error 2)
    exit code 1
    ");
    assert!(!another.exists());
}
