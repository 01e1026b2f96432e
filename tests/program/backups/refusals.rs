//! What is refused: a sentence, exit code 1, and nothing changed.

use std::fs;
use std::path::PathBuf;

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
