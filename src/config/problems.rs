//! What is wrong with the settings: everything at once, each problem naming its key and the rule.
//!
//! No text here may hold a value: a value can be a secret in the wrong place.

use std::fmt;
use std::path::PathBuf;

use crate::i18n::text;

/// The settings cannot be used.
#[derive(Debug)]
pub struct Problems {
    file: Option<PathBuf>,
    found: Vec<Problem>,
}

/// One key, or one file, and the rule that it breaks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) subject: String,
    pub(super) rule: String,
}

/// Nothing that stops the bot, but something that its operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(pub(super) String);

impl Problems {
    /// No file, no environment: somebody runs the program for the first time.
    pub fn nothing_configured() -> Self {
        Self::of(None, Vec::new())
    }

    pub fn is_nothing_configured(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn of(file: Option<PathBuf>, found: Vec<Problem>) -> Self {
        Self { file, found }
    }

    fn source(&self) -> String {
        match &self.file {
            Some(file) => text!("settings-source-file", file = file.display().to_string()),
            None => text!("settings-source-environment"),
        }
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_nothing_configured() {
            return f.write_str(&text!("settings-first-steps"));
        }
        let (count, source) = (self.found.len(), self.source());
        f.write_str(&text!("settings-problems", count = count, source = source))?;
        self.found.iter().try_for_each(|p| write!(f, "\n  {p}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.rule)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
