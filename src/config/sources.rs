//! From a file and the environment to one tree of values. Knows no key by name.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use config::{Config, ConfigError, Environment, File, FileFormat, Value};

use super::problems::{Problem, Problems};
use crate::i18n::text;

/// What a variable must begin with to be a setting.
const PREFIX: &str = "USHER__";

/// What the environment's values name as their origin, set by the `config` crate.
pub(super) const FROM_ENVIRONMENT: &str = "the environment";

pub(super) type Tree = HashMap<String, Value>;

/// Everything that was said, the environment over the file. Without `Debug`: there may be secrets in it.
pub(super) struct Sources {
    pub(super) file: Option<PathBuf>,
    pub(super) tree: Tree,
}

/// Reads `path`, else the first of `defaults` that exists, else only the environment.
pub(super) fn gather(
    path: Option<&Path>,
    defaults: &[&str],
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<Sources, Problems> {
    let env = ours(env);
    let found = defaults.iter().map(Path::new).find(|path| path.exists());
    let file = path.or(found).map(Path::to_owned);
    if file.is_none() && env.is_empty() {
        return Err(Problems::nothing_configured());
    }
    let tree = merge(file.as_deref(), env).map_err(|problem| {
        // The subject names the file already.
        Problems::of(file.clone(), vec![problem])
    })?;
    Ok(Sources { file, tree })
}

/// An empty variable counts as unset: compose files pass those on.
fn ours(env: impl IntoIterator<Item = (String, String)>) -> HashMap<String, String> {
    env.into_iter()
        .filter(|(name, value)| path_of(name).is_some() && !value.is_empty())
        .collect()
}

/// `DISCORD__TOKEN` of `USHER__DISCORD__TOKEN`.
fn path_of(name: &str) -> Option<&str> {
    let (prefix, path) = name.split_at_checked(PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then_some(path)
}

/// The variable that sets a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

fn merge(file: Option<&Path>, env: HashMap<String, String>) -> Result<Tree, Problem> {
    let names_no_key = |name: &&String| path_of(name).is_some_and(|path| !path.contains("__"));
    if let Some(name) = env.keys().find(names_no_key) {
        return Err(problem(name.clone(), text!("settings-needs-section")));
    }
    let text = file.map_or(Ok(String::new()), read)?;
    let environment = Environment::with_prefix("USHER")
        .prefix_separator("__")
        .separator("__")
        .source(Some(env));
    Config::builder()
        .add_source(File::from_str(&text, FileFormat::Toml))
        .add_source(environment)
        .build()
        .and_then(|built| built.cache.into_table())
        .map_err(|error| refuse(file, &text, error))
}

fn read(file: &Path) -> Result<String, Problem> {
    fs::read_to_string(file).map_err(|error| {
        let cause = error.to_string();
        problem(
            file.display().to_string(),
            text!("settings-unreadable-file", cause = cause),
        )
    })
}

/// The parser's own message prints the line, and the line may hold a token: only its place and the rule are kept.
fn refuse(file: Option<&Path>, text: &str, error: ConfigError) -> Problem {
    let name = file.map_or_else(
        || "the environment".to_owned(),
        |file| file.display().to_string(),
    );
    let ConfigError::FileParse { cause, .. } = error else {
        return problem(name, text!("settings-unclear"));
    };
    match cause.downcast_ref::<toml::de::Error>() {
        Some(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let line = text
                .bytes()
                .take(start)
                .filter(|byte| *byte == b'\n')
                .count()
                + 1;
            let cause = error.message().to_owned();
            problem(
                name,
                text!("settings-not-toml-line", line = line, cause = cause),
            )
        }
        None => problem(name, text!("settings-not-toml", cause = cause.to_string())),
    }
}

fn problem(subject: String, rule: String) -> Problem {
    Problem { subject, rule }
}
