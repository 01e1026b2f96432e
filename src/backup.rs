//! `headscale-usher backup` and `headscale-usher restore`: what they say, and what they ask before anything is replaced.

use std::io::{self, BufRead, IsTerminal as _};
use std::path::Path;

use anyhow::bail;

use crate::config::Settings;
use crate::i18n::text;
use crate::store::{self, Restore};
use crate::terminal::say;

/// # Errors
/// If there is no backup afterwards.
pub async fn back_up(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let database = &settings.database.path;
    store::back_up(database, file).await?;
    let (file, database) = (name(file), name(database));
    say(&text!("backup-made", file = file, database = database));
    Ok(())
}

/// `agreed`: without asking.
///
/// # Errors
/// If the database is not what the backup was afterwards.
pub async fn restore(settings: &Settings, file: &Path, agreed: bool) -> anyhow::Result<()> {
    let database = &settings.database.path;
    let restore = match Restore::prepare(database, file).await {
        Err(store::Error::InUse { .. }) => {
            bail!(text!("restore-in-use", database = name(database)))
        }
        prepared => prepared?,
    };
    let (file, database) = (name(file), name(database));
    let aside = restore.aside().map(|aside| name(&aside));
    if !agreed {
        say(&text!(
            "restore-question",
            file = file.clone(),
            database = database.clone()
        ));
        if let Some(aside) = &aside {
            say(&text!("restore-aside", aside = aside.clone()));
        }
        ask()?;
    }
    restore.carry_out().await?;
    say(&text!("restore-done", file = file, database = database));
    if let Some(aside) = aside {
        say(&text!("restore-kept", aside = aside));
    }
    Ok(())
}

fn ask() -> anyhow::Result<()> {
    let mut stdin = io::stdin().lock();
    if !stdin.is_terminal() {
        bail!(text!("restore-needs-yes"));
    }
    say(&text!("restore-choices"));
    if !is_yes(&mut stdin)? {
        bail!(text!("restore-declined"));
    }
    Ok(())
}

fn is_yes(answer: &mut impl BufRead) -> io::Result<bool> {
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let line = line.trim().to_lowercase();
    Ok(line == "y" || line == "yes")
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
#[path = "../tests/rooms/backup.rs"]
mod tests;
