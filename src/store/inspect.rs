//! What a database file is, and a copy of what is in it. Nothing here changes the file, whoever has it open.

use std::io::{self, ErrorKind};
use std::path::Path;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TryGetable};

use super::Error;

/// "Ushr" in the header of the file, where `SQLite` keeps it and `file` looks for it.
pub(super) const OURS: i64 = 0x5573_6872;

/// A database of this program, by whatever release that it knows.
#[derive(Debug)]
pub(super) struct Identity {
    /// False if it is new, or older than the mark.
    pub(super) is_marked: bool,
    /// Nothing is in it yet.
    pub(super) is_new: bool,
    /// The first migration that is still to be applied.
    pub(super) pending: Option<String>,
}

/// # Errors
/// [`Error::Foreign`], [`Error::Unreleased`] or [`Error::Newer`] if it is none that this program can use.
pub(super) async fn identity(db: &DatabaseConnection, path: &Path) -> Result<Identity, Error> {
    let mark: i64 = value(db, "PRAGMA application_id").await?;
    // Before there was a mark, there was this table.
    let unmarked = "SELECT count(*) = 0 OR sum(name = 'device_request') > 0 FROM sqlite_schema \
        WHERE name NOT LIKE 'sqlite_%' AND name <> 'seaql_migrations'";
    if mark != OURS && (mark != 0 || !value::<bool>(db, unmarked).await?) {
        return Err(Error::Foreign {
            path: path.to_owned(),
        });
    }
    let new = "SELECT count(*) = 0 FROM sqlite_schema WHERE name = 'device_request'";
    Ok(Identity {
        is_marked: mark == OURS,
        is_new: value(db, new).await?,
        pending: first_pending(db).await?,
    })
}

async fn first_pending(db: &DatabaseConnection) -> Result<Option<String>, Error> {
    match Migrator::get_pending_migrations_read_only(db).await {
        Ok(pending) => Ok(pending.first().map(|it| it.name().to_owned())),
        // The migrator's only error of its own: the database has a migration that this program lacks.
        Err(DbErr::Custom(missing)) => Err(if begins_like_a_release(db).await? {
            Error::Newer(missing)
        } else {
            Error::Unreleased
        }),
        Err(error) => Err(error.into()),
    }
}

/// Every release begins with the same first migration; development versions did not.
async fn begins_like_a_release(db: &DatabaseConnection) -> Result<bool, Error> {
    let begun: String = value(db, "SELECT min(version) FROM seaql_migrations").await?;
    let migrations = Migrator::migrations();
    Ok(migrations.first().is_some_and(|it| it.name() == begun))
}

/// Reads all of it.
///
/// # Errors
/// Whatever keeps a bot from going on with this file.
pub(super) async fn look_through(db: &DatabaseConnection, path: &Path) -> Result<(), Error> {
    if identity(db, path).await?.is_new {
        return Err(Error::Unsound("there is nothing in it".to_owned()));
    }
    let found: String = value(db, "PRAGMA quick_check(1)").await?;
    if found == "ok" {
        return Ok(());
    }
    Err(Error::Unsound(found))
}

/// Writes everything as it is at this moment into a file that is empty.
pub(super) async fn copy_into(db: &DatabaseConnection, file: &Path) -> Result<(), Error> {
    let Some(name) = file.to_str() else {
        return Err(Error::Write {
            path: file.to_owned(),
            cause: io::Error::new(ErrorKind::InvalidInput, "SQLite takes names in UTF-8 only"),
        });
    };
    let copy = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "VACUUM INTO ?",
        [name.to_owned().into()],
    );
    db.execute_raw(copy).await?;
    Ok(())
}

async fn value<T: TryGetable>(db: &DatabaseConnection, query: &str) -> Result<T, Error> {
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, query))
        .await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(query.to_owned()))?;
    Ok(row.try_get_by_index(0)?)
}
