//! Backups: the whole database in a file of its own, copied beside a running bot or before a migration. A file with the
//! name of a backup is whole; until then it has another name.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use migration::{Migrator, MigratorTrait};
use sea_orm::DatabaseConnection;

use super::files::{self, beside, cannot_write};
use super::{Error, inspect, open};

/// Copies the database, whether or not a bot is using it.
///
/// # Errors
/// [`Error::NotBackedUp`], also if the file exists already.
pub(crate) async fn back_up(database: &Path, file: &Path) -> Result<(), Error> {
    let db = open::connect_to_read(database).await?;
    let made = make(&db, database, file).await;
    open::let_go(db).await;
    made
}

async fn make(db: &DatabaseConnection, database: &Path, file: &Path) -> Result<(), Error> {
    inspect::identity(db, database).await?;
    let copied = copy(db, file).await;
    copied.map_err(|error| not_made(file, &error))
}

/// The way back to the previous release. It is named after the migration: one that fails at every start replaces its own
/// backup and no other.
pub(super) async fn before_migration(
    db: &DatabaseConnection,
    database: &Path,
    migration: &str,
    kept: usize,
) -> Result<(), Error> {
    if kept == 0 {
        return Ok(());
    }
    let file = named_by(migration, database);
    files::remove(&file)?;
    let copied = copy(db, &file).await;
    copied.map_err(|error| not_made(&file, &error))?;
    tracing::info!(path = %file.display(), "made a backup before a migration");
    let migrations = Migrator::migrations();
    let names: Vec<&str> = migrations.iter().map(|it| it.name()).collect();
    remove_oldest(database, &names, kept)
}

fn named_by(migration: &str, database: &Path) -> PathBuf {
    beside(database, &format!("before-{migration}"))
}

fn remove_oldest(database: &Path, migrations: &[&str], kept: usize) -> Result<(), Error> {
    let newest_first = migrations.iter().rev();
    let backups = newest_first.map(|migration| named_by(migration, database));
    let mut old = backups.filter(|file| files::is_there(file)).skip(kept);
    old.try_for_each(|file| files::remove(&file))
}

/// The copy at this moment, whole and on disk, or nothing.
pub(super) async fn copy(db: &DatabaseConnection, file: &Path) -> Result<(), Error> {
    let part = beside(file, "part");
    let half = claim(&part)?;
    let filled = fill(db, &half, &part, file).await;
    if filled.is_err() {
        files::remove(&part)?;
    }
    filled
}

/// A kill may have left the file behind; nobody but its writer locks it.
fn claim(part: &Path) -> Result<File, Error> {
    let half = files::create(part)?;
    let claimed = half.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::new(
            ErrorKind::ResourceBusy,
            "another backup with this name is being made",
        ),
        TryLockError::Error(error) => error,
    });
    claimed.map_err(|error| cannot_write(part, error))?;
    Ok(half)
}

async fn fill(db: &DatabaseConnection, half: &File, part: &Path, file: &Path) -> Result<(), Error> {
    // Not before the lock: another writer may just have given the file its name.
    if files::is_there(file) {
        let taken = "there is a file of this name, which a backup never overwrites";
        let taken = io::Error::new(ErrorKind::AlreadyExists, taken);
        return Err(cannot_write(file, taken));
    }
    half.set_len(0).map_err(|error| cannot_write(part, error))?;
    inspect::copy_into(db, part).await?;
    look_through(part).await?;
    half.sync_all().map_err(|error| cannot_write(part, error))?;
    files::rename(part, file)?;
    files::sync_directory(file)
}

/// A backup that cannot be restored would be worse than none.
async fn look_through(part: &Path) -> Result<(), Error> {
    let copy = open::connect_to_read(part).await?;
    let found = inspect::look_through(&copy, part).await;
    open::let_go(copy).await;
    found
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other errors say it themselves"
)]
fn not_made(file: &Path, error: &Error) -> Error {
    let because = match error {
        Error::Open { cause, .. } | Error::Write { cause, .. } => cause.to_string(),
        Error::Full => "the disk is full".to_owned(),
        Error::ReadOnly => "its place is read-only".to_owned(),
        error => error.to_string(),
    };
    Error::NotBackedUp {
        path: file.to_owned(),
        because,
    }
}

#[cfg(test)]
#[path = "../../tests/rooms/store/backups_kept.rs"]
mod tests;
