//! One section of the settings while it is read: values are taken out key by key, what is left over is unknown.
//!
//! Not serde's derive: that stops at the first problem, and people want them all at once.

use config::{Value, ValueKind};

use super::problems::{Problem, Warning};
use super::secret::{Secret, is_readable_by_all};
use super::sources::{FROM_ENVIRONMENT, Tree, variable};
use crate::i18n::text;

/// What the reading has found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Warning>,
    /// Every key that was asked for, as `section.key`.
    pub(super) keys: Vec<String>,
    /// Secrets that stand in the settings file itself.
    pub(super) secrets_in_file: Vec<String>,
}

/// Without `Debug`: its values may be secrets.
pub(super) struct Section<'f> {
    path: String,
    values: Tree,
    known: Vec<&'static str>,
    from_environment: Vec<&'static str>,
    findings: &'f mut Findings,
}

impl<'f> Section<'f> {
    /// Takes a section out of the tree; one that is not there is empty.
    pub(super) fn open(tree: &mut Tree, name: &str, findings: &'f mut Findings) -> Self {
        Self::over(tree.remove(name), name.to_owned(), findings)
    }

    /// A table inside this section.
    pub(super) fn inner(&mut self, key: &'static str) -> Section<'_> {
        self.known.push(key);
        let path = self.path_to(key);
        Section::over(self.values.remove(key), path, self.findings)
    }

    fn over(value: Option<Value>, path: String, findings: &'f mut Findings) -> Self {
        let values = match value.map(|value| value.kind) {
            None | Some(ValueKind::Nil) => Tree::new(),
            Some(ValueKind::Table(values)) => values,
            Some(_) => {
                findings.report(&path, text!("settings-not-a-table"));
                Tree::new()
            }
        };
        Self {
            path,
            values,
            known: Vec::new(),
            from_environment: Vec::new(),
            findings,
        }
    }

    fn path_to(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// Notes a problem with one of this section's keys.
    pub(super) fn refuse(&mut self, key: &str, rule: String) {
        let path = self.path_to(key);
        if self.from_environment.contains(&key) {
            let variable = variable(&path);
            let subject = text!("settings-from-variable", key = path, variable = variable);
            self.findings.report(&subject, rule);
        } else {
            self.findings.report(&path, rule);
        }
    }

    pub(super) fn warn(&mut self, sentence: String) {
        self.findings.warnings.push(Warning(sentence));
    }

    fn take(&mut self, key: &'static str) -> Option<ValueKind> {
        self.known.push(key);
        self.findings.keys.push(self.path_to(key));
        let value = self.values.remove(key)?;
        if value.origin() == Some(FROM_ENVIRONMENT) {
            self.from_environment.push(key);
        }
        Some(value.kind)
    }

    /// The value under a key, or nothing if it is not set or breaks its rule.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let given = self.take(key)?;
        let parsed = word(&given).and_then(|word| parse(&word));
        parsed.map_err(|rule| self.refuse(key, rule)).ok()
    }

    pub(super) fn or<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional(key, parse).unwrap_or(default)
    }

    /// As [`Self::optional`], but not setting it is a problem; `what` tells people what is wanted.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        what: String,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if !self.values.contains_key(key) {
            self.refuse(key, text!("settings-missing", what = what));
        }
        self.optional(key, parse)
    }

    /// Several values: a TOML list, or words with commas between them. None if one breaks the rule.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let words = self.take(key).map(words).unwrap_or_default();
        let parsed: Result<Vec<T>, String> = words.into_iter().map(|word| parse(&word?)).collect();
        parsed.map_err(|rule| self.refuse(key, rule)).ok()
    }

    /// A secret under `key`, or in the file that `in_file` names: exactly one of them.
    pub(super) fn secret(
        &mut self,
        key: &'static str,
        in_file: &'static str,
        what: String,
    ) -> Option<Secret> {
        let given = self.optional(key, |word| Ok(word.to_owned()));
        let file = self.optional(in_file, |word| Ok(word.to_owned()));
        match (given, file) {
            (Some(given), None) => self.secret_here(key, &given),
            (None, Some(file)) => self.secret_in(in_file, &file),
            (Some(_), Some(_)) => {
                let other = self.path_to(in_file);
                self.refuse(key, text!("settings-both-set", other = other));
                None
            }
            (None, None) => {
                let (file_key, variable) = (self.path_to(in_file), variable(&self.path_to(key)));
                let rule = text!(
                    "settings-missing-secret",
                    what = what,
                    file = file_key,
                    variable = variable
                );
                self.refuse(key, rule);
                None
            }
        }
    }

    fn secret_here(&mut self, key: &'static str, given: &str) -> Option<Secret> {
        if !self.from_environment.contains(&key) {
            let path = self.path_to(key);
            self.findings.secrets_in_file.push(path);
        }
        Secret::from_text(given)
            .map_err(|rule| self.refuse(key, rule))
            .ok()
    }

    fn secret_in(&mut self, key: &'static str, file: &str) -> Option<Secret> {
        let secret = Secret::from_file(file)
            .map_err(|rule| self.refuse(key, rule))
            .ok()?;
        if secret.file().is_some_and(is_readable_by_all) {
            let path = self.path_to(key);
            self.warn(text!(
                "settings-warn-readable",
                key = path,
                file = file.to_owned()
            ));
        }
        Some(secret)
    }

    /// Whatever was not asked for is unknown.
    pub(super) fn close(mut self) {
        let mut strays: Vec<_> = std::mem::take(&mut self.values).into_keys().collect();
        strays.sort_unstable();
        let (section, known) = (self.path.clone(), self.known.join(", "));
        let rule = text!("settings-unknown-key", section = section, known = known);
        for stray in &strays {
            self.refuse(stray, rule.clone());
        }
    }
}

impl Findings {
    pub(super) fn report(&mut self, subject: &str, rule: String) {
        let subject = subject.to_owned();
        self.problems.push(Problem { subject, rule });
    }
}

/// A single value as people would write it; the environment has nothing but words.
fn word(given: &ValueKind) -> Result<String, String> {
    match given {
        ValueKind::Table(_) | ValueKind::Array(_) => Err(text!("settings-not-a-value")),
        ValueKind::Nil
        | ValueKind::Boolean(_)
        | ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_)
        | ValueKind::String(_) => Ok(given.to_string().trim().to_owned()),
    }
}

fn words(given: ValueKind) -> Vec<Result<String, String>> {
    if let ValueKind::Array(values) = given {
        return values.iter().map(|value| word(&value.kind)).collect();
    }
    let text = match word(&given) {
        Ok(text) => text,
        Err(rule) => return vec![Err(rule)],
    };
    let words = text.split(',').map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(|word| Ok(word.to_owned()))
        .collect()
}
