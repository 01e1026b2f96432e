//! Files that cannot be used, and a disk that is full: a sentence, an exit code, and nothing half written.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use headscale_usher::store::Store;
use libtest_mimic::Trial;
use sea_orm::ConnectionTrait as _;
use stage::Stage;
use stage::aftermath::{self, Cast, PATIENCE, Scan, Way};
use stand_ins::headscale::{Hold, When};

use crate::{PROGRAM, backups};

/// Something failed that somebody can put right; the supervisor may try again.
const FAILED: Option<i32> = Some(1);

/// The cases that fill a disk are ignored where no disk can be made: only a superuser can mount one.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = trials![
        a_read_only_file_is_refused,
        a_file_that_is_no_database_is_refused,
        a_database_cut_short_is_refused,
        a_database_in_use_is_refused,
        a_database_that_takes_no_writes_does_not_make_the_bot_spin,
    ];
    let on_disk = trials![
        a_disk_without_room_at_the_start_is_refused,
        a_click_that_a_full_disk_cannot_take_changes_nothing,
        a_key_made_while_the_disk_is_full_is_taken_back,
        a_backup_that_does_not_fit_leaves_nothing_behind,
        a_restore_that_does_not_fit_changes_nothing,
    ];
    let place = tempfile::tempdir().expect("a directory can be made");
    if Disk::mount(&place.path().join("disk")).is_some() {
        trials.extend(on_disk);
    } else {
        let ignored = on_disk
            .into_iter()
            .map(|trial| trial.with_kind("needs a superuser").with_ignored_flag(true));
        trials.extend(ignored);
    }
    trials
}

/// A stage whose bot has run once, so its files are there.
async fn used() -> Stage {
    let mut stage = Stage::set().await;
    stage.start_program(PROGRAM.as_ref()).await;
    let mut cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    cast.play(&stage).await;
    stage.stop().await;
    stage
}

/// The bot does not start: what it says about it.
async fn refuses_to_start(stage: &mut Stage) -> String {
    let before = stage.log().len();
    stage.launch(PROGRAM.as_ref());
    assert_eq!(stage.ended().await.code(), FAILED, "{}", stage.log());
    let said = stage.log().split_off(before);
    said.lines().last().expect("it says something").to_owned()
}

async fn refuses_and_leaves_alone(stage: &mut Stage, words: &str) {
    let before = fs::read(stage.database()).expect("the file is there");
    let said = refuses_to_start(stage).await;
    assert!(said.contains(words), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    let after = fs::read(stage.database()).expect("the file is there");
    assert!(before == after, "the file was changed");
    assert_eq!(
        stage.discord.gateway().identifies(),
        1,
        "Discord was called"
    );
}

async fn a_read_only_file_is_refused() {
    let mut stage = used().await;
    let mode = |mode| fs::set_permissions(stage.database(), Permissions::from_mode(mode));
    mode(0o400).expect("the mode can be set");
    refuses_and_leaves_alone(&mut stage, "the database is read-only").await;
    let mode = |mode| fs::set_permissions(stage.database(), Permissions::from_mode(mode));
    mode(0o600).expect("the mode can be set");
    stage.start_program(PROGRAM.as_ref()).await;
    aftermath::settled(stage).await;
}

async fn a_file_that_is_no_database_is_refused() {
    let mut stage = used().await;
    fs::write(
        stage.database(),
        "These are the accounts of 1984. ".repeat(500),
    )
    .unwrap();
    refuses_and_leaves_alone(&mut stage, "not a database or is damaged").await;
}

async fn a_database_cut_short_is_refused() {
    let mut stage = used().await;
    let file = OpenOptions::new().write(true).open(stage.database());
    file.unwrap().set_len(3 * 4096).unwrap();
    refuses_and_leaves_alone(&mut stage, "damaged").await;
}

async fn a_database_in_use_is_refused() {
    let mut stage = used().await;
    let other = Store::open(&stage.database()).await.unwrap();
    refuses_and_leaves_alone(&mut stage, "another process is using the database").await;
    other.close().await;
    stage.start_program(PROGRAM.as_ref()).await;
    aftermath::settled(stage).await;
}

/// A small disk of its own, which takes a superuser to make.
struct Disk {
    place: PathBuf,
    filler: PathBuf,
}

impl Disk {
    fn mount(place: &Path) -> Option<Self> {
        fs::create_dir(place).ok()?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(place);
        let mounted = mount.stderr(std::process::Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self {
            place: place.to_owned(),
            filler: place.join("filler"),
        })
    }

    /// Until not one byte more can be written.
    fn fill(&self) {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.filler);
        let mut file = file.expect("a file can be made");
        for size in [64 * 1024, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(&self.filler).expect("the filler is there");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}

async fn with_small_disk() -> (Stage, Disk) {
    let mut stage = Stage::set().await;
    let disk = Disk::mount(&stage.dir().join("disk")).expect("a disk could be made before");
    let database = format!("sqlite://{}/usher.db", disk.place.display());
    stage
        .settings
        .text_value("database.url", &database)
        .text_value("retries.first", "100ms")
        .text_value("headscale.watch_interval", "100ms");
    (stage, disk)
}

async fn a_disk_without_room_at_the_start_is_refused() {
    let (mut stage, disk) = with_small_disk().await;
    disk.fill();
    let said = refuses_to_start(&mut stage).await;
    assert!(said.contains("the disk is full"), "{said}");
    disk.free();
    stage.start_program(PROGRAM.as_ref()).await;
    let mut cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    cast.play(&stage).await;
    conclude(stage, &disk).await;
}

async fn a_click_that_a_full_disk_cannot_take_changes_nothing() {
    let (mut stage, disk) = with_small_disk().await;
    stage.start_program(PROGRAM.as_ref()).await;
    let (alice, carol) = (stage.alice(), stage.carol());
    alice
        .request_device("laptop", "linux", None)
        .await
        .answer()
        .await;
    let card = stage.discord.card().await;
    settle(&stage).await;
    disk.fill();
    let refused = carol.press(&card, "Approve").await.answer().await;
    assert!(
        refused.ephemeral && refused.text().contains("went wrong"),
        "{}",
        refused.text()
    );
    assert!(card.again().unwrap().button("Approve").is_some());
    assert_eq!(stage.headscale.keys().len(), 0);
    disk.free();
    let mut cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    cast.play(&stage).await;
    conclude(stage, &disk).await;
}

async fn a_backup_that_does_not_fit_leaves_nothing_behind() {
    let mut stage = used().await;
    let disk = Disk::mount(&stage.dir().join("disk")).expect("a disk could be made before");
    stage.start_program(PROGRAM.as_ref()).await;
    disk.fill();
    let file = disk.place.join("backup.db");
    let said = backups::said(&stage, &["backup"], &file).await;
    assert!(said.contains("was not made: the disk is full"), "{said}");
    assert!(said.ends_with("exit code 1"), "{said}");
    let left = fs::read_dir(&disk.place).expect("the disk can be read");
    assert_eq!(left.count(), 1, "only the filler");
    disk.free();
    let said = backups::said(&stage, &["backup"], &file).await;
    assert!(said.ends_with("exit code 0"), "{said}");
    aftermath::settled(stage).await;
}

async fn a_restore_that_does_not_fit_changes_nothing() {
    let (mut stage, disk) = with_small_disk().await;
    stage.start_program(PROGRAM.as_ref()).await;
    let file = stage.dir().join("backup.db");
    let said = backups::said(&stage, &["backup"], &file).await;
    assert!(said.ends_with("exit code 0"), "{said}");
    stage.stop().await;
    let names = || {
        let files = fs::read_dir(&disk.place).expect("the disk can be read");
        let mut names: Vec<_> = files
            .map(|file| file.expect("a file").file_name())
            .collect();
        names.sort();
        names
    };
    disk.fill();
    let before = names();
    let said = backups::said(&stage, &["restore", "--yes"], &file).await;
    assert!(said.contains("the disk is full"), "{said}");
    assert!(said.ends_with("exit code 1"), "{said}");
    assert_eq!(names(), before);
    disk.free();
    stage.revive(PROGRAM.as_ref()).await;
    conclude(stage, &disk).await;
}

/// Waits until the card has been written down.
async fn settle(stage: &Stage) {
    let answers = |calls: &[stand_ins::discord::Call]| {
        let posted = calls
            .iter()
            .any(|call| call.route == "POST /channels/{}/messages" && call.delivered);
        posted.then_some(())
    };
    stage.discord.wait_for_call(answers, "the card").await;
}

/// The key is made and its number cannot be stored: the bot reclaims it once there is room.
async fn a_key_made_while_the_disk_is_full_is_taken_back() {
    let (mut stage, disk) = with_small_disk().await;
    stage.start_program(PROGRAM.as_ref()).await;
    let mut cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    let making = until_a_key_is_made(&stage, &mut cast).await;
    disk.fill();
    making.release();
    complaints(&stage, 1).await;
    disk.free();
    cast.play(&stage).await;
    assert_eq!(stage.headscale.issued_secrets().len(), 2);
    conclude(stage, &disk).await;
}

async fn until_a_key_is_made(stage: &Stage, cast: &mut Cast) -> Hold {
    let making = stage
        .headscale
        .hold("POST", "/api/v1/preauthkey", When::After);
    tokio::select! {
        biased;
        () = making.arrived() => {}
        () = cast.play(stage) => panic!("a key is made"),
    }
    making
}

/// Everything can be read and nothing can be written: the worker must not try again and again without a pause, for
/// with each try it calls Headscale and Discord.
async fn a_database_that_takes_no_writes_does_not_make_the_bot_spin() {
    let mut stage = Stage::set().await;
    stage.settings.text_value("retries.first", "100ms");
    stage.start_program(PROGRAM.as_ref()).await;
    let mut cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    let making = until_a_key_is_made(&stage, &mut cast).await;
    let database = sea_orm::Database::connect(format!("sqlite://{}", stage.database().display()));
    let database = database.await.expect("the database can be opened");
    let refusing = "CREATE TRIGGER refusal BEFORE UPDATE ON device_request \
        BEGIN SELECT RAISE(ABORT, 'no writes today'); END";
    database
        .execute_unprepared(refusing)
        .await
        .expect("a trigger can be made");
    let (discord, headscale) = calls(&stage);
    let begun = Instant::now();
    making.release();
    // Of each turn one or two: the card's and the step's.
    complaints(&stage, 8).await;
    assert!(
        begun.elapsed() > Duration::from_millis(600),
        "no pause: {:?}",
        begun.elapsed()
    );
    let (discord, headscale) = (calls(&stage).0 - discord, calls(&stage).1 - headscale);
    assert!(
        discord <= 8 && headscale <= 24,
        "{discord} and {headscale} calls"
    );
    database
        .execute_unprepared("DROP TRIGGER refusal")
        .await
        .expect("it can be dropped");
    database.close().await.expect("it can be closed");
    cast.play(&stage).await;
    aftermath::settled(stage).await;
}

fn calls(stage: &Stage) -> (usize, usize) {
    (stage.discord.calls().len(), stage.headscale.calls().len())
}

/// Waits until the log has said so often that something could not be written down.
async fn complaints(stage: &Stage, times: usize) {
    let waiting = async {
        while stage.log().matches("could not be written down").count() < times {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{}", aftermath::tail(&stage.log()));
}

/// As [`aftermath::settled`]: the file is brought from the small disk to where it is looked for.
async fn conclude(mut stage: Stage, disk: &Disk) {
    assert_eq!(stage.stop().await.code(), Some(0));
    fs::copy(disk.place.join("usher.db"), stage.database()).expect("a file can be copied");
    let found = aftermath::violations(&stage).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    stage.finish().await;
}
