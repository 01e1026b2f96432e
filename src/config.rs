//! The settings: a TOML file, then the environment (`USHER__SECTION__KEY`), checked into types that cannot be wrong.
//!
//! Every problem is reported at once, with its key and the rule. A secret is given as a value, in the environment or
//! in a file of its own (`*_file`), exactly one of them. Keys and defaults are explained in `config.example.toml`, which
//! a test compares with this module. It knows nothing of the rest of the program and takes the environment as an
//! argument.

mod address;
mod problems;
mod read;
mod secret;
mod section;
mod sources;
mod user_rule;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use address::Address;
pub use problems::{Problems, Warning};
pub use secret::Secret;
pub use user_rule::UserRule;

/// Where a settings file is looked for when none is named.
pub const DEFAULT_FILES: [&str; 2] = ["config.toml", "/etc/headscale-usher/config.toml"];

/// Everything an operator can decide.
#[derive(Clone, Debug)]
pub struct Settings {
    pub discord: Discord,
    pub headscale: Headscale,
    pub keys: Keys,
    pub requests: Requests,
    pub retries: Retries,
    pub database: Database,
    pub operations: Operations,
    pub log: Log,
}

/// How Headscale is spoken to.
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
    /// What people call it: the address, or the program.
    pub fn name(&self) -> String {
        match self {
            Self::Api { url, .. } => url.to_string(),
            Self::Program { command } => format!("`{}`", command.join(" ")),
        }
    }
}

/// What revoking does to a device that has joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRevoke {
    /// Its user is signed out and needs a new key.
    Expire,
    /// It is removed from the network.
    Delete,
}

/// What becomes of the devices of a member who left the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMemberLeft {
    /// The approvers decide.
    Ask,
    /// They are revoked without asking.
    Expire,
    /// Nobody looks.
    Nothing,
}

/// The server that the bot serves, and who decides there. Ids are snowflakes, positive.
#[derive(Clone, Debug)]
pub struct Discord {
    pub token: Secret,
    pub guild_id: i64,
    pub admin_channel_id: i64,
    /// Never empty.
    pub approver_role_ids: Vec<i64>,
    /// Empty: everyone in the guild may ask.
    pub requester_role_ids: Vec<i64>,
    /// None: Discord itself. Otherwise a proxy or a stand-in.
    pub api_url: Option<Address>,
    /// For one call.
    pub timeout: Duration,
    /// The role that a new card mentions.
    pub mention_role_id: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct Headscale {
    pub access: Access,
    pub login_server: Address,
    pub user: UserRule,
    pub create_users: bool,
    /// Whether a Headscale user that the bot did not make may become a member's, where names alone tell members apart.
    pub adopt_existing_users: bool,
    /// Whether a node that joined gets the name that was requested.
    pub rename_node: bool,
    pub on_revoke: OnRevoke,
    /// For one call.
    pub timeout: Duration,
    /// Between two looks for joined devices.
    pub watch_interval: Duration,
}

/// What a pre-auth key is good for.
#[derive(Clone, Debug)]
pub struct Keys {
    pub expiration: Duration,
    pub ephemeral: bool,
    pub tags: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Requests {
    /// How long a request waits for a decision.
    pub ttl: Duration,
    /// How long an approved member may collect a key.
    pub claim_window: Duration,
    pub max_open_per_member: u32,
    pub max_per_day: u32,
    pub allow_self_approval: bool,
    /// Zero: a denied member may ask again at once.
    pub cooldown_after_denial: Duration,
    pub on_member_left: OnMemberLeft,
    /// Between two looks whether one and the same member is still there.
    pub member_check_interval: Duration,
}

/// How failed steps are tried again: `first`, doubled each time up to `longest`.
#[derive(Clone, Debug)]
pub struct Retries {
    pub first: Duration,
    pub longest: Duration,
    pub attempts: u32,
    /// Requests worked on side by side.
    pub parallel: usize,
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
