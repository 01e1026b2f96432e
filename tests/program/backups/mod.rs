//! `headscale-usher backup` and `restore`, as an operator uses them.

mod drill;
mod refusals;

use std::path::Path;
use std::process::{Output, Stdio};

use libtest_mimic::Trial;
use stage::aftermath::{self, Cast, Scan, Way};
use stage::{NO_CERTIFICATES, Stage};
use tokio::process::Command;

use crate::PROGRAM;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        a_backup_of_a_running_bot_is_restored_and_the_bot_goes_on_with_it,
        refusals::a_restore_is_refused_in_every_wrong_case,
        refusals::a_restore_is_never_carried_out_unasked,
        refusals::a_backup_is_refused_in_every_wrong_case,
        drill::whatever_was_acknowledged_before_a_backup_is_there_after_a_kill_and_a_restore,
    ]
}

/// The program with the settings of a bot that was started.
pub(crate) async fn usher(stage: &Stage, arguments: &[&str], file: &Path) -> Output {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .arg(file)
        .arg("--config")
        .arg(stage.dir().join("config.toml"))
        .env_clear()
        .envs(NO_CERTIFICATES)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command.output().await.expect("the program starts")
}

/// Its exit code and everything that it says, with the directory's name replaced.
pub(crate) async fn said(stage: &Stage, arguments: &[&str], file: &Path) -> String {
    let output = usher(stage, arguments, file).await;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("it speaks UTF-8");
    let text = text.replace(&stage.dir().display().to_string(), "DIR");
    format!("{text}exit code {}", output.status.code().expect("a code"))
}

async fn done(stage: &Stage, arguments: &[&str], file: &Path) {
    let said = said(stage, arguments, file).await;
    assert!(said.ends_with("exit code 0"), "{said}");
}

async fn a_backup_of_a_running_bot_is_restored_and_the_bot_goes_on_with_it() {
    let mut stage = Stage::set().await;
    stage.settings.text_value("retries.first", "20ms");
    stage.start_program(PROGRAM.as_ref()).await;
    let mut cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    cast.play(&stage).await;
    aftermath::nothing_is_due(&stage, stage.clock.now()).await;
    let file = stage.dir().join("backup.db");
    insta::assert_snapshot!(said(&stage, &["backup"], &file).await, @"
    Backed up DIR/usher.db to DIR/backup.db.
    exit code 0
    ");
    stage.kill().await;
    insta::assert_snapshot!(said(&stage, &["restore", "--yes"], &file).await, @"
    Restored DIR/usher.db from DIR/backup.db. You can start the bot.
    The database that it replaced is kept as DIR/usher.db.replaced-1.
    exit code 0
    ");
    stage.revive(PROGRAM.as_ref()).await;
    let mut cast = Cast::of(&stage, ("bob", "phone"), Way::Letter, Scan::AtOnce);
    cast.play(&stage).await;
    assert_eq!(aftermath::settled(stage).await.len(), 2);
}
