//! A backup in the place of the database.
//!
//! The new database is whole and on disk, under a name of its own, before anything is moved. With that name the restore
//! is decided: whoever opens the database next, be it the bot or another restore, first finishes what a kill or a power cut
//! left undone ([`finish`]). So the bot never starts with half of the old database, with the log of one beside the other,
//! or with none at all, which it would take for a first start.

use std::fs::File;
use std::path::{Path, PathBuf};

use sea_orm::DatabaseConnection;

use super::files::{self, beside};
use super::{Error, backup, inspect, open};

/// A backup that can be restored, and a database that nobody uses until then.
pub(crate) struct Restore {
    database: PathBuf,
    backup: DatabaseConnection,
    /// Held until the end.
    _lock: File,
}

impl Restore {
    /// Looks at everything and moves nothing.
    ///
    /// # Errors
    /// [`Error::InUse`] while a bot has the database; [`Error::NotRestorable`] and [`Error::Foreign`].
    pub(crate) async fn prepare(database: &Path, file: &Path) -> Result<Self, Error> {
        let lock = files::lock(database)?;
        finish(database)?;
        let backup = open::connect_to_read(file).await?;
        if let Err(error) = inspect::look_through(&backup, file).await {
            open::let_go(backup).await;
            return Err(not_restorable(file, error));
        }
        Ok(Self {
            database: database.to_owned(),
            backup,
            _lock: lock,
        })
    }

    /// Where the database that is there now will be kept.
    pub(crate) fn aside(&self) -> Option<PathBuf> {
        files::is_there(&self.database).then(|| free_name(&self.database))
    }

    pub(crate) async fn carry_out(self) -> Result<(), Error> {
        let copied = backup::copy(&self.backup, &decided(&self.database)).await;
        open::let_go(self.backup).await;
        copied?;
        finish(&self.database)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other errors say it themselves"
)]
fn not_restorable(file: &Path, error: Error) -> Error {
    let because = match error {
        Error::Foreign { .. } => return error,
        Error::Damaged(cause) => format!("it is not a database or is damaged: {cause}"),
        Error::Unsound(found) => format!("it is damaged: {found}"),
        Error::Newer(_) => {
            "it was made by a newer release of this program; that release can restore it".to_owned()
        }
        Error::Unreleased => {
            "it was made by a development version from before the first release".to_owned()
        }
        error => error.to_string(),
    };
    Error::NotRestorable {
        path: file.to_owned(),
        because,
    }
}

fn decided(database: &Path) -> PathBuf {
    beside(database, "restored")
}

/// The first that no earlier restore has taken.
fn free_name(database: &Path) -> PathBuf {
    let mut number = 1_u32;
    loop {
        let name = beside(database, &format!("replaced-{number}"));
        if !files::is_there(&name) {
            return name;
        }
        number += 1;
    }
}

/// Finishes a restore that is decided, from wherever it stopped. To be called under the database's lock.
pub(super) fn finish(database: &Path) -> Result<(), Error> {
    let restored = decided(database);
    if !files::is_there(&restored) {
        return Ok(());
    }
    files::give_to_owner_of(database, &restored)?;
    // The database moves after its companions: as long as it is there, a second call finds the same name free.
    let aside = free_name(database);
    for companion in ["-wal", "-shm", "-journal"] {
        files::rename(&beside(database, companion), &beside(&aside, companion))?;
    }
    files::rename(database, &aside)?;
    // If this were lost and what follows were not, SQLite would play the old log into the new database.
    files::sync_directory(database)?;
    files::rename(&restored, database)?;
    files::sync_directory(database)?;
    tracing::info!(kept = %aside.display(), "a backup was put in the database's place");
    Ok(())
}
