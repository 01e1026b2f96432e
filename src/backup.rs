//! `headscale-usher backup`.

use std::io::{self, Write as _};
use std::path::Path;

use crate::config::Settings;
use crate::i18n::text;
use crate::store;

/// # Errors
/// If there is no backup afterwards.
pub async fn back_up(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let database = &settings.database.path;
    store::back_up(database, file).await?;
    let (file, database) = (name(file), name(database));
    say(&text!("backup-made", file = file, database = database));
    Ok(())
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// It is done all the same if nobody listens any more.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
