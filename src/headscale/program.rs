//! Headscale through its own program, for operators who would rather not hand out an API key. Each run is bounded in
//! time, goes through no shell, and is killed when nobody waits for it any more.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use zeroize::Zeroizing;

use super::http::MAX_BODY;
use super::wire::Body;
use super::{Error, ServerMessage, Unreachable};

/// How long the program may go on after the bot that ran it has died.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Program {
    /// The program and its first arguments.
    command: Vec<String>,
    timeout: Duration,
}

impl Program {
    pub(super) fn new(command: Vec<String>, timeout: Duration) -> Self {
        Self { command, timeout }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns what the program printed.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<Body, Error> {
        let output = tokio::time::timeout(self.timeout, output(self.command(arguments))).await;
        let (status, printed, said) = output.map_err(|_| Error::TimedOut(self.timeout))??;
        if status.success() {
            Ok(Body::new(printed))
        } else {
            Err(self.error(&String::from_utf8_lossy(&said)))
        }
    }

    /// `--output` stands first, because `--` ends the flags.
    fn command(&self, arguments: &[&str]) -> Command {
        let (program, leading) = self.command.split_first().unzip();
        let mut command = Command::new(program.map_or("", String::as_str));
        command
            .args(leading.unwrap_or_default())
            .args(["--output", "json-line"])
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        // The program has no use for our secrets.
        for (name, _) in std::env::vars_os() {
            if is_setting(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command
    }

    fn error(&self, stderr: &str) -> Error {
        let Some(error) = stderr.lines().rev().find_map(reported) else {
            return not_reported(stderr);
        };
        let message = ServerMessage::new(unwrapped(&error));
        let mentions = |texts: &[&str]| texts.iter().any(|text| message.mentions(text));
        if is_about_connecting(&error) {
            Error::Unreachable(Unreachable::Other)
        } else if mentions(&["deadline exceeded"]) {
            Error::TimedOut(self.timeout)
        } else if mentions(&["unauthorized", "unauthenticated", "invalid token"]) {
            Error::Unauthorised
        } else if mentions(&["unknown flag", "unknown command"]) {
            Error::Program(message)
        } else if error.contains("code = InvalidArgument") || error.contains("code = NotFound") {
            Error::of_message(400, message)
        } else {
            Error::of_message(500, message)
        }
    }
}

/// The settings are read from the environment whatever their case.
fn is_setting(variable: &str) -> bool {
    variable.to_ascii_uppercase().starts_with("USHER__")
}

type Printed = Zeroizing<Vec<u8>>;

/// What is printed to standard output and to standard error is as bounded as an answer over HTTP.
async fn output(mut command: Command) -> Result<(ExitStatus, Printed, Printed), Error> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| Error::ProgramMissing(error.kind()))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (printed, said) = tokio::try_join!(read(out), read(err))?;
    let status = child.wait().await.map_err(|_| Error::Interrupted)?;
    Ok((status, printed, said))
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> Result<Printed, Error> {
    let mut text = Zeroizing::new(Vec::new());
    if let Some(pipe) = pipe {
        let bound = MAX_BODY as u64 + 1;
        let read = pipe.take(bound).read_to_end(&mut text).await;
        read.map_err(|_| Error::Interrupted)?;
    }
    if text.len() > MAX_BODY {
        return Err(Error::Unreadable("too long"));
    }
    Ok(text)
}

/// The program reports errors as JSON; other lines are warnings.
fn reported(line: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Report {
        error: String,
    }
    Some(serde_json::from_str::<Report>(line.trim()).ok()?.error)
}

/// `creating user: rpc error: code = Internal desc = no room` → `no room`.
fn unwrapped(error: &str) -> &str {
    let wrappings = [" desc = ", "unexpected response status: "];
    let mut inner = wrappings
        .iter()
        .filter_map(|wrapping| error.rsplit_once(wrapping));
    inner.next().map_or(error, |(_, message)| message)
}

fn is_about_connecting(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    [
        "could not connect",
        "connecting to headscale",
        "dial unix",
        "dial tcp",
    ]
    .iter()
    .any(|text| error.contains(text))
}

/// Not the program's own report: it does not know a flag, or whatever runs it, such as `docker exec`, failed.
fn not_reported(stderr: &str) -> Error {
    if is_about_connecting(stderr) {
        return Error::Unreachable(Unreachable::Other);
    }
    let last = stderr.lines().rev().find(|line| !line.trim().is_empty());
    Error::Program(ServerMessage::new(last.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stderr: &str) -> Error {
        Program::new(Vec::new(), Duration::from_secs(10)).error(stderr)
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
                "Headscale already has one with this name: UNIQUE constraint failed",
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
                r#"{"error":"unknown flag: --user"}"#,
                "the headscale program failed: unknown flag: --user",
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
        let program = Program::new(command, Duration::from_secs(10));
        let error = program.run(&["version"]).await.err().expect("an error");
        assert_eq!(
            error.to_string(),
            "the headscale program cannot be started: entity not found"
        );
        assert!(!error.outcome_unknown() && !error.is_transient());
    }

    #[tokio::test]
    async fn a_program_that_prints_without_end_is_stopped() {
        let command = ["sh", "-c", "yes 1>&2 & exec yes"].map(str::to_owned);
        let program = Program::new(command.to_vec(), Duration::from_mins(1));
        let error = program.run(&[]).await.err().expect("an error");
        assert_eq!(error, Error::Unreadable("too long"));
    }

    #[test]
    fn no_setting_reaches_the_program_in_any_case() {
        for variable in ["USHER__DISCORD__TOKEN", "usher__discord__token", "Usher__x"] {
            assert!(is_setting(variable), "{variable}");
        }
        assert!(!is_setting("HEADSCALE_CLI_ADDRESS"));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_given_up() {
        let command = ["sh", "-c", "exec sleep 60"].map(str::to_owned);
        let timeout = Duration::from_millis(50);
        let program = Program::new(command.to_vec(), timeout);
        let error = program.run(&[]).await.err().expect("an error");
        assert_eq!(error, Error::TimedOut(timeout));
        assert!(error.outcome_unknown());
    }
}
