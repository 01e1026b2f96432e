//! What the bot remembers: requests, what was shown of them, the audit log, and members' Headscale users. There is one
//! `SQLite` file, one connection and one process.
//!
//! The store keeps and finds; it does not decide. Every writing method of [`Store`] hands the writer one write, which is
//! given its transaction and nothing else, so no write can escape it.
//!
//! - [`entity`]: the tables as sea-orm sees them
//! - `row`: requests to rows and back
//! - `files`: the file and those beside it: locked, private, moved
//! - `inspect`, `open`: what a file is; opened and migrated
//! - `backup`, `restore`: a copy of it, and back again
//! - `writer`: what waits together is committed together
//! - `submit`: new requests
//! - `request`: queries, compare-and-set, what was shown
//! - `due`: which requests are due
//! - `held`: what members hold
//! - `cards`: where the approvers' messages are; `list`: what approvers look through
//! - `departure`: members who left
//! - `audit`, `headscale_user`, `announcement`: the rest

mod announcement;
mod audit;
mod backup;
mod cards;
mod departure;
mod due;
pub mod entity;
mod error;
mod files;
mod headscale_user;
mod held;
mod inspect;
mod list;
mod open;
mod request;
mod restore;
mod row;
mod submit;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicI64;

use sea_orm::{DatabaseConnection, DatabaseTransaction};

pub use audit::AuditEntry;
pub(crate) use backup::back_up;
pub(crate) use cards::{cards, post_again};
pub(crate) use departure::missing;
pub(crate) use due::DueRequests;
pub use error::Error;
pub(crate) use headscale_user::{HeadscaleUser, Remembered};
pub(crate) use held::KnownNode;
pub(crate) use list::listed;
pub use request::Swap;
pub(crate) use restore::Restore;
pub(crate) use submit::{NewRequest, Submission};

use writer::{Running, Writer};

/// The database, open. Share it in an `Arc`.
pub struct Store {
    db: DatabaseConnection,
    writer: Writer,
    /// The latest key expiry that this process has handed out, in milliseconds.
    last_expiry: AtomicI64,
    lock: File,
}

impl Store {
    /// Opens the database, creates it if there is none, and brings its schema up to date without a backup.
    ///
    /// # Errors
    /// [`Error::InUse`] while another process, or another store of this one, has it.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, 0).await
    }

    /// As [`Self::open`], but with a backup before a database is migrated. So many of these are kept.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(path: &Path, backups_kept: usize) -> Result<Self, Error> {
        let lock = files::lock(path)?;
        restore::finish(path)?;
        files::make_private(path)?;
        let db = open::connect(path).await?;
        let identity = inspect::identity(&db, path).await?;
        if let Some(migration) = &identity.pending
            && !identity.is_new
        {
            backup::before_migration(&db, path, migration, backups_kept).await?;
        }
        open::migrate(&db, &identity).await?;
        Ok(Self {
            writer: Writer::start(db.clone()),
            db,
            last_expiry: AtomicI64::new(0),
            lock,
        })
    }

    /// Finishes what is being written and lets go of the file. Calls after this one fail.
    pub async fn close(&self) {
        self.writer.finish().await;
        if let Err(error) = self.db.close_by_ref().await {
            tracing::warn!(%error, "store did not close cleanly");
        }
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "store's lock was not released");
        }
    }

    /// Finds out by writing whether the database takes writes now.
    pub(crate) async fn writable(&self) -> Result<(), Error> {
        self.write(|tx| Box::pin(open::touch(tx))).await
    }

    /// Tells every statement from now on, as it is sent.
    #[cfg(test)]
    pub(crate) fn tell(&mut self, told: impl Fn(&str) + Send + Sync + 'static) {
        self.db
            .set_metric_callback(move |info| told(&info.statement.sql));
        self.writer = Writer::start(self.db.clone());
    }

    /// One transaction, as far as the caller can see.
    async fn write<T, W>(&self, write: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a DatabaseTransaction) -> Running<'a, Result<T, Error>>,
        W: Send + 'static,
    {
        self.writer.write(write).await
    }
}
