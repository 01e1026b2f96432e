//! The command line: which commands and flags a release has.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::headscale::Release;

#[derive(Debug, Default)]
pub(super) struct Line {
    words: Vec<String>,
    flags: BTreeMap<String, String>,
    /// Printed instead of an answer.
    pub(super) help: Option<String>,
}

/// Flags, those that stand alone with a `!`.
fn flags(release: Release, command: &[&str]) -> Option<&'static [&'static str]> {
    let by_id = release.masks_keys();
    Some(match command {
        ["version", ..] | ["nodes", "list", ..] => &[],
        ["users", "list", ..] => &["--name", "--identifier"],
        ["users", "create", ..] => &["--display-name"],
        ["preauthkeys", "list", ..] if by_id => &[],
        ["preauthkeys", "expire" | "delete", ..] if by_id => &["--id"],
        ["preauthkeys", "list" | "expire", ..] => &["--user"],
        ["preauthkeys", "create", ..] => &["--user", "--expiration", "--ephemeral!", "--tags"],
        ["nodes", "rename" | "expire" | "delete", ..] => &["--identifier"],
        ["nodes", "tag", ..] => &["--identifier", "--tags"],
        ["nodes", "register", ..] => &["--user", "--key"],
        ["auth", "register", ..] if release.has_auth_calls() => &["--user", "--auth-id"],
        ["auth", ..] if release.has_auth_calls() => &[],
        ["oauth-clients", ..] if release == Release::V0_30 => &[],
        ["health", ..] if release >= Release::V0_27 => &[],
        _ => return None,
    })
}

impl Line {
    pub(super) fn read(release: Release, arguments: &[String]) -> Result<Self, String> {
        let mut line = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                line.words.extend(rest.by_ref().cloned());
            } else if argument.starts_with("--") {
                let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
                let alone =
                    ["--help", "--force", "--ephemeral"].contains(&name) || argument.contains('=');
                let value = if alone {
                    value
                } else {
                    rest.next().ok_or("a flag without a value")?
                };
                line.flags.insert(name.to_owned(), value.to_owned());
            } else {
                line.words.push(argument.clone());
            }
        }
        let command = line.command();
        let Some(known) = flags(release, &command) else {
            return Err(format!(
                "unknown command {:?} for \"headscale\"",
                line.words.join(" ")
            ));
        };
        let everywhere = ["--output", "--force", "--help"];
        let is_known = |flag: &str| {
            everywhere.contains(&flag)
                || known
                    .iter()
                    .any(|known| known.trim_end_matches('!') == flag)
        };
        if let Some(unknown) = line.flags.keys().find(|flag| !is_known(flag)) {
            return Err(format!("unknown flag: {unknown}"));
        }
        line.help = line
            .has("--help")
            .then(|| format!("Flags:\n{}\n", known.join("\n")));
        Ok(line)
    }

    pub(super) fn command(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    pub(super) fn flag(&self, name: &str) -> &str {
        self.flags.get(name).map_or("", String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.flags.contains_key(name)
    }

    /// One hour if nothing is said; only milliseconds are understood here.
    pub(super) fn expiration(&self) -> Timestamp {
        let said = self.flag("--expiration").strip_suffix("ms");
        let millis = said.and_then(|text| text.parse().ok()).unwrap_or(3_600_000);
        Timestamp::now() + SignedDuration::from_millis(millis)
    }
}
