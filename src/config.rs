//! The settings: a TOML file, then the environment (`USHER__SECTION__KEY`), checked into types that cannot be wrong.
//!
//! Every problem is reported at once, with its key and the rule. A secret is given as a value, in the environment or
//! in a file of its own (`*_file`), exactly one of them. Keys and defaults are explained in `config.example.toml`, which
//! a test compares with this module. Of the rest of the program it knows only the domain, and it takes
//! the environment as an argument.

mod problems;
mod read;
mod secret;
mod section;
mod settings;
mod sources;
mod values;

use std::path::Path;

pub use problems::{Problems, Warning};
pub use secret::Secret;
pub use settings::{Access, Database, Discord, Headscale, Log, LogFormat, Operations, Settings};

/// Where a settings file is looked for when none is named.
pub const DEFAULT_FILES: [&str; 2] = ["config.toml", "/etc/headscale-usher/config.toml"];

impl Settings {
    /// Reads the file at `path`, else the first of [`DEFAULT_FILES`] that exists, else only the environment.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn load(
        path: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let sources = sources::gather(path, &DEFAULT_FILES, env)?;
        read::settings(sources)
    }

    /// Every key there is, as `section.key`.
    pub fn keys() -> Vec<String> {
        read::keys()
    }
}
