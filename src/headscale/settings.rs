//! Where Headscale is and how to be let in.

use std::path::PathBuf;
use std::time::Duration;

use super::Release;
use crate::domain::Address;
use secrecy::SecretString;

#[derive(Clone, Debug)]
pub struct Settings {
    /// Checked where the settings are read, also for plain `http://`.
    pub url: Address,
    pub api_key: ApiKey,
    /// For one whole call; connecting may take half of it.
    pub timeout: Duration,
    /// Which release it is, if it is not to be found out.
    pub release: Option<Release>,
}

/// For the way through Headscale's own program.
#[derive(Clone, Debug)]
pub struct ProgramSettings {
    /// The program and its first arguments: `headscale`, or `docker exec headscale headscale`. No shell reads it.
    pub command: Vec<String>,
    /// For one run.
    pub timeout: Duration,
    /// Which release it is, if it is not to be found out.
    pub release: Option<Release>,
}

impl ProgramSettings {
    pub fn new(command: Vec<String>) -> Self {
        Self {
            command,
            timeout: Settings::TIMEOUT,
            release: None,
        }
    }
}

/// Where the API key comes from.
#[derive(Clone, Debug)]
pub enum ApiKey {
    Fixed(SecretString),
    /// Read at the first call, and again when Headscale refuses what was in it before.
    File(PathBuf),
}

impl Settings {
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    pub fn new(url: Address, api_key: ApiKey) -> Self {
        Self {
            url,
            api_key,
            timeout: Self::TIMEOUT,
            release: None,
        }
    }
}
