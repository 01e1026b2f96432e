//! The database's files: beside it by name, private, locked, and moved so that a power cut cannot undo it.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::Error;

/// Readable and writable by the owner alone.
const PRIVATE: u32 = 0o600;

/// Held as long as the store is open. The system releases it with the process.
pub(super) fn lock(database: &Path) -> Result<File, Error> {
    let path = beside(database, "lock");
    let file = create(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            path: database.to_owned(),
        }),
        Err(TryLockError::Error(cause)) => Err(Error::Open { path, cause }),
    }
}

/// Creates the file if there is none, and closes it and its companions to other users. `SQLite` gives new companions
/// the mode of the file.
pub(super) fn make_private(database: &Path) -> Result<(), Error> {
    create(database)?;
    for path in [
        database.to_owned(),
        beside(database, "-wal"),
        beside(database, "-shm"),
    ] {
        tighten(&path).map_err(|cause| cannot_open(&path, cause))?;
    }
    Ok(())
}

pub(super) fn create(path: &Path) -> Result<File, Error> {
    // Root may write to anything, so the mode decides.
    if fs::metadata(path).is_ok_and(|found| found.permissions().readonly()) {
        return Err(Error::ReadOnly);
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(path)
        .map_err(|cause| cannot_open(path, cause))
}

fn cannot_open(path: &Path, cause: io::Error) -> Error {
    let kind = cause.kind();
    if kind == ErrorKind::ReadOnlyFilesystem {
        return Error::ReadOnly;
    }
    if kind == ErrorKind::StorageFull {
        return Error::Full;
    }
    Error::Open {
        path: path.to_owned(),
        cause,
    }
}

/// The system says better than `SQLite` why a file cannot be read. To be asked only when no connection is open: whoever
/// closes a file gives up all locks of its process on it.
pub(super) fn unreadable(path: &Path) -> Option<Error> {
    let read = File::open(path).and_then(|mut file| file.read(&mut [0]));
    let cause = read.err()?;
    Some(Error::Open {
        path: path.to_owned(),
        cause,
    })
}

fn tighten(path: &Path) -> io::Result<()> {
    let mode = match fs::metadata(path) {
        Ok(found) => found.permissions().mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if mode & !PRIVATE != 0 {
        tracing::warn!(path = %path.display(), mode = format!("{mode:o}"), "file was open to other users; now it is private");
    }
    if mode != PRIVATE {
        fs::set_permissions(path, Permissions::from_mode(PRIVATE))?;
    }
    Ok(())
}

pub(super) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(if ending.starts_with('-') { "" } else { "." });
    name.push(ending);
    name.into()
}

pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot_write(path, error)),
    }
}

/// Moves a file that may not be there.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    match fs::rename(from, to) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot_write(to, error)),
    }
}

/// An operator may restore as root what the bot's own user has to open.
pub(super) fn give_to_owner_of(model: &Path, file: &Path) -> Result<(), Error> {
    let (Ok(wanted), Ok(found)) = (fs::metadata(model), fs::metadata(file)) else {
        return Ok(());
    };
    if (wanted.uid(), wanted.gid()) == (found.uid(), found.gid()) {
        return Ok(());
    }
    let given = chown(file, Some(wanted.uid()), Some(wanted.gid()));
    given.map_err(|error| cannot_write(file, error))
}

/// What was moved in the directory of this file is on disk.
pub(super) fn sync_directory(of: &Path) -> Result<(), Error> {
    let directory = match of.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(|error| cannot_write(directory, error))
}

pub(super) fn cannot_write(path: &Path, cause: io::Error) -> Error {
    if cause.kind() == ErrorKind::StorageFull {
        return Error::Full;
    }
    Error::Write {
        path: path.to_owned(),
        cause,
    }
}
