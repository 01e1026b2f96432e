//! The settings, read and checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::secret::Secret;
use crate::domain::{Address, Rules};

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
    /// How many backups from before a migration are kept beside the database; 0 makes none.
    pub backups_kept: usize,
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
