//! A directory with settings in it, to load them from as the program does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::config::{Problems, Settings, Warning};

/// The least that a bot needs.
pub(crate) const LEAST: &str = r#"
    [discord]
    token = "CHANGE-ME.this-is-not-a-real-token"
    guild_id = "100000000000000001"
    admin_channel_id = "100000000000000002"
    approver_role_ids = ["100000000000000003"]
    [headscale]
    url = "https://headscale.example.org"
    api_key = "CHANGE-ME.this-is-not-a-real-key"
"#;

/// A directory with a settings file and whatever else a story needs.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
}

impl Place {
    pub(crate) fn with(settings: &str) -> Self {
        let place = Self {
            dir: TempDir::new().expect("a temporary directory"),
        };
        place.write("config.toml", settings, 0o600);
        place
    }

    pub(crate) fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).expect("a writable directory");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("our own file");
        path
    }

    pub(crate) fn load_with(
        &self,
        env: &[(&str, &str)],
    ) -> Result<(Settings, Vec<Warning>), Problems> {
        Settings::load(Some(&self.dir.path().join("config.toml")), variables(env))
    }

    pub(crate) fn load(&self) -> Settings {
        self.load_with(&[]).expect("settings that are in order").0
    }

    /// The message to the operator, with the directory's name replaced.
    pub(crate) fn refusal_with(&self, env: &[(&str, &str)]) -> String {
        let problems = self.load_with(env).expect_err("settings that are refused");
        self.tell(&problems)
    }

    pub(crate) fn refusal(&self) -> String {
        self.refusal_with(&[])
    }

    pub(crate) fn warnings_with(&self, env: &[(&str, &str)]) -> String {
        let (_, warnings) = self.load_with(env).expect("settings that are in order");
        warnings
            .iter()
            .map(|warning| self.tell(warning))
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub(crate) fn tell(&self, message: &impl ToString) -> String {
        message
            .to_string()
            .replace(&format!("{}/", self.dir.path().display()), "")
    }
}

pub(crate) fn variables(env: &[(&str, &str)]) -> Vec<(String, String)> {
    env.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// [`LEAST`] without a line, and with more lines at the end of a section.
pub(crate) fn least_but(replace: &str, by: &str) -> String {
    assert!(LEAST.contains(replace), "{replace} is not in LEAST");
    LEAST.replacen(replace, by, 1)
}

pub(crate) fn extended(lines: &str) -> String {
    format!("{LEAST}\n{lines}")
}
