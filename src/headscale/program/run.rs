//! One run of the program: no shell, bounded in time and output, killed when nobody waits any more.

use std::process::{Output, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::process::Command;
use zeroize::Zeroizing;

use crate::headscale::error::{Unreachable, Words};
use crate::headscale::{Error, ProgramSettings};

#[derive(Debug)]
pub(super) struct Runner {
    program: String,
    leading: Vec<String>,
    timeout: Duration,
}

/// What the program printed. It may hold a key: wiped when dropped, and without `Debug`.
pub(super) struct Printed(Zeroizing<Vec<u8>>);

impl Printed {
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.0)
            .map_err(|_| Error::Unreadable("it has another shape than expected"))
    }

    pub(super) fn mentions(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.0).contains(text)
    }
}

impl Runner {
    pub(super) fn new(settings: &ProgramSettings) -> Result<Self, Error> {
        let (program, leading) = settings.command.split_first().ok_or(Error::NoProgram)?;
        Ok(Self {
            program: program.clone(),
            leading: leading.to_vec(),
            timeout: settings.timeout,
        })
    }

    pub(super) async fn run(&self, arguments: &[&str]) -> Result<Printed, Error> {
        let ran = tokio::time::timeout(self.timeout, self.command(arguments).output()).await;
        let output = ran.map_err(|_| Error::TimedOut(self.timeout))?;
        let output = output.map_err(|error| Error::ProgramMissing(error.kind()))?;
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        let printed = Printed(Zeroizing::new(stdout));
        if status.success() {
            return Ok(printed);
        }
        Err(self.trouble(&String::from_utf8_lossy(&stderr)))
    }

    /// An empty list is `null` until 0.29.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        arguments: &[&str],
    ) -> Result<Vec<T>, Error> {
        let printed = self.run(arguments).await?;
        Ok(printed.json::<Option<Vec<T>>>()?.unwrap_or_default())
    }

    /// `--` ends the flags, so the output is asked for first.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.leading)
            .args(["--output", "json-line"])
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        // The program has no use for our secrets.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("USHER__") {
                command.env_remove(name);
            }
        }
        command
    }

    fn trouble(&self, stderr: &str) -> Error {
        let Some(said) = stderr.lines().rev().find_map(said_in_json) else {
            return plain_trouble(stderr);
        };
        let words = Words::of(without_wrapping(&said));
        if is_about_connecting(&said) {
            return Error::Unreachable(Unreachable::Other);
        }
        if words.mention("deadline exceeded") {
            return Error::TimedOut(self.timeout);
        }
        if ["unauthorized", "unauthenticated", "invalid token"]
            .iter()
            .any(|word| words.mention(word))
        {
            return Error::Unauthorised;
        }
        let refused = said.contains("code = InvalidArgument") || said.contains("code = NotFound");
        Error::of_words(if refused { 400 } else { 500 }, words)
    }
}

#[derive(Deserialize)]
struct Said {
    error: String,
}

fn said_in_json(line: &str) -> Option<String> {
    Some(serde_json::from_str::<Said>(line.trim()).ok()?.error)
}

/// `creating user: rpc error: code = Internal desc = no room` → `no room`.
fn without_wrapping(said: &str) -> &str {
    let wrappings = [" desc = ", "unexpected response status: "];
    let last = wrappings
        .iter()
        .find_map(|wrapping| said.rsplit_once(wrapping));
    last.map_or(said, |(_, words)| words)
}

fn is_about_connecting(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    [
        "could not connect",
        "connecting to headscale",
        "dial unix",
        "dial tcp",
    ]
    .iter()
    .any(|words| said.contains(words))
}

/// Not the program's own manner: a flag that it does not know, or whoever runs it (`docker exec`) has trouble.
fn plain_trouble(stderr: &str) -> Error {
    if is_about_connecting(stderr) {
        return Error::Unreachable(Unreachable::Other);
    }
    let last = stderr.lines().rev().find(|line| !line.trim().is_empty());
    Error::Program(Words::of(last.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stderr: &str) -> Error {
        let command = vec!["headscale".to_owned()];
        let runner = Runner::new(&ProgramSettings::new(command)).expect("a command");
        runner.trouble(stderr)
    }

    /// As measured on 0.26, 0.29 and 0.30-dev.
    #[test]
    fn what_the_program_says_is_understood() {
        for (said, error) in [
            (
                r#"{"error":"rpc error: code = Unknown desc = user not found"}"#,
                "Headscale did not find it: user not found",
            ),
            (
                r#"{"error":"creating user: rpc error: code = Internal desc = UNIQUE constraint failed"}"#,
                "Headscale already has one by this name: UNIQUE constraint failed",
            ),
            (
                r#"{"error":"unexpected response status: expiring pre-auth key: auth-key not found"}"#,
                "Headscale did not find it: expiring pre-auth key: auth-key not found",
            ),
            (
                r#"{"error":"rpc error: code = InvalidArgument desc = tag should be lowercase"}"#,
                "Headscale refused the request: tag should be lowercase",
            ),
            (
                r#"{"error":"connecting to headscale: connecting to ./hs.sock: context deadline exceeded"}"#,
                "Headscale cannot be reached: no connection",
            ),
            (
                r#"{"error":"listing users: Get \"http://local/api/v1/user\": context deadline exceeded"}"#,
                "Headscale did not answer within 10 s",
            ),
            (
                "2026 FTL utils.go:124 > Could not connect: context deadline exceeded",
                "Headscale cannot be reached: no connection",
            ),
            (
                "Error: unknown flag: --id\nunknown flag: --id",
                "the headscale program failed: unknown flag: --id",
            ),
            (
                "Error response from daemon: container headscale is not running",
                "the headscale program failed: Error response from daemon: container headscale is not running",
            ),
            ("", "the headscale program failed"),
        ] {
            assert_eq!(read(said).to_string(), error);
        }
    }

    #[test]
    fn a_warning_before_the_error_is_passed_over() {
        let said = "Command \"register\" is deprecated\n{\"error\":\"rpc error: code = Unknown desc = node not found\"}\n";
        assert!(read(said).is_not_found());
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_said_so() {
        let command = vec!["/nowhere/headscale".to_owned()];
        let runner = Runner::new(&ProgramSettings::new(command)).expect("a command");
        let error = runner.run(&["version"]).await.err().expect("an error");
        assert_eq!(
            error.to_string(),
            "the headscale program cannot be started: entity not found"
        );
        assert!(!error.outcome_unknown() && !error.is_transient());
        assert_eq!(
            Runner::new(&ProgramSettings::new(Vec::new())).err(),
            Some(Error::NoProgram)
        );
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_given_up() {
        let mut settings =
            ProgramSettings::new(vec!["sleep".to_owned(), "60".to_owned(), "--".to_owned()]);
        settings.command = ["sh", "-c", "exec sleep 60"].map(str::to_owned).to_vec();
        settings.timeout = Duration::from_millis(50);
        let runner = Runner::new(&settings).expect("a command");
        let error = runner.run(&[]).await.err().expect("an error");
        assert_eq!(error, Error::TimedOut(settings.timeout));
        assert!(error.outcome_unknown());
    }
}
