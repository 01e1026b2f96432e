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
mod sources;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use problems::{Problems, Warning};
pub use secret::Secret;

use crate::domain::{Address, Rules};

/// Where a settings file is looked for when none is named.
pub const DEFAULT_FILES: [&str; 2] = ["config.toml", "/etc/headscale-usher/config.toml"];

/// Everything that an operator can set. [`Rules`] say what the bot does; the rest says how it reaches what it needs.
#[derive(Clone, Debug)]
pub struct Settings {
    pub rules: Rules,
    pub discord: Discord,
    pub headscale: Headscale,
    pub database: Database,
    pub operations: Operations,
    pub log: Log,
}

/// How Discord is reached.
#[derive(Clone, Debug)]
pub struct Discord {
    pub token: Secret,
    /// None: Discord itself. Otherwise a proxy or a stand-in.
    pub api_url: Option<Address>,
    /// For one call.
    pub timeout: Duration,
}

/// How Headscale is reached.
#[derive(Clone, Debug)]
pub struct Headscale {
    pub access: Access,
    /// For one call.
    pub timeout: Duration,
}

#[derive(Clone, Debug)]
pub enum Access {
    Api {
        url: Address,
        key: Secret,
    },
    /// Through its own program, which needs no API key.
    Program {
        /// The program and its first arguments; never empty.
        command: Vec<String>,
    },
}

impl Access {
    /// The address, or the program, as people know it.
    pub fn name(&self) -> String {
        match self {
            Self::Api { url, .. } => url.to_string(),
            Self::Program { command } => format!("`{}`", command.join(" ")),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Database {
    pub path: PathBuf,
}

#[derive(Clone, Debug)]
pub struct Operations {
    /// None: switched off.
    pub listen: Option<SocketAddr>,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    /// In the syntax of `tracing_subscriber::EnvFilter`, known to parse.
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

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
