//! The `headscale` program, played in front of a stand-in: its commands, its flags release by release, its JSON and
//! its way of failing. A test starts it as a process of its own and says where the stand-in is.

mod line;
mod shape;

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Value, json};

use self::line::Line;
use super::Release;

/// The output of a run, and its success.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    stdout: String,
    stderr: String,
    good: bool,
}

/// Plays one run. The arguments are the stand-in's address, an API key, a release, and then the program's own.
///
/// # Panics
/// If the first three are not what they should be.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program prints"
)]
pub async fn play_program(arguments: &[String]) -> ExitCode {
    let [url, api_key, release, arguments @ ..] = arguments else {
        panic!("an address, a key and a release");
    };
    let release = Release::ALL
        .into_iter()
        .find(|known| known.to_string() == *release);
    let run = Run {
        url: url.clone(),
        api_key: api_key.clone(),
        release: release.expect("a known release"),
    };
    let outcome = run.outcome(arguments).await;
    print!("{}", outcome.stdout);
    eprint!("{}", outcome.stderr);
    if outcome.good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

struct Run {
    url: String,
    api_key: String,
    release: Release,
}

/// Words on stderr.
type Failure = String;

impl Run {
    async fn outcome(&self, arguments: &[String]) -> Outcome {
        let outcome = match Line::read(self.release, arguments) {
            Ok(Line {
                help: Some(help), ..
            }) => Ok(help),
            Ok(line) => self.answer(&line).await,
            Err(words) => Err(format!("Error: {words}\n{words}\n")),
        };
        match outcome {
            Ok(stdout) => Outcome {
                stdout,
                stderr: String::new(),
                good: true,
            },
            Err(stderr) => Outcome {
                stdout: String::new(),
                stderr,
                good: false,
            },
        }
    }

    async fn answer(&self, line: &Line) -> Result<String, Failure> {
        let value = self.value(line).await?;
        let printed = shape::printed(self.release, value);
        Ok(format!("{printed}\n"))
    }

    async fn value(&self, line: &Line) -> Result<Value, Failure> {
        match line.command().as_slice() {
            ["version"] => Ok(json!({ "version": self.release.version() })),
            ["users", "list"] => {
                let (name, id) = (line.flag("--name"), line.flag("--identifier"));
                self.get("user", &[("name", name), ("id", id)], "users")
                    .await
            }
            ["users", "create", name] => self.post("user", &new_user(line, name), "user").await,
            ["preauthkeys", "list"] => {
                let user = [("user", line.flag("--user"))];
                let query = if self.release.masks_keys() {
                    &[][..]
                } else {
                    &user
                };
                self.get("preauthkey", query, "preAuthKeys").await
            }
            ["preauthkeys", "create"] => {
                self.connect().await?;
                self.post("preauthkey", &new_key(line), "preAuthKey").await
            }
            ["preauthkeys", "delete"] => {
                let id = [("id", line.flag("--id"))];
                self.call(Method::DELETE, &["preauthkey"], &id, None, "")
                    .await
            }
            ["preauthkeys", "expire"] => {
                self.post("preauthkey/expire", &json!({ "id": line.flag("--id") }), "")
                    .await
            }
            ["preauthkeys", "expire", key] => {
                let body = json!({ "user": line.flag("--user"), "key": key });
                self.post("preauthkey/expire", &body, "").await
            }
            ["nodes", rest @ ..] => self.nodes(line, rest).await,
            ["auth", "register"] => {
                let body = json!({ "user": line.flag("--user"), "authId": line.flag("--auth-id") });
                self.post("auth/register", &body, "node").await
            }
            unknown => Err(format!(
                "Error: unknown command {unknown:?} for \"headscale\"\n"
            )),
        }
    }

    /// Up to 0.29 it waits for its server, and only then reckons when the key ends.
    async fn connect(&self) -> Result<(), Failure> {
        if self.release.is_grpc() {
            let connected = reqwest::get(format!("{}/version", self.url)).await;
            connected.map_err(|_| self.unreachable())?;
        }
        Ok(())
    }

    async fn nodes(&self, line: &Line, command: &[&str]) -> Result<Value, Failure> {
        match command {
            ["list"] => self.get("node", &[], "nodes").await,
            ["rename", name] => {
                let id = line.flag("--identifier");
                self.call(
                    Method::POST,
                    &["node", id, "rename", name],
                    &[],
                    None,
                    "node",
                )
                .await
            }
            ["expire"] => {
                let id = line.flag("--identifier");
                self.call(Method::POST, &["node", id, "expire"], &[], None, "node")
                    .await
            }
            ["tag"] => {
                let tags: Vec<&str> = line.flag("--tags").split(',').collect();
                let id = line.flag("--identifier");
                self.post(&format!("node/{id}/tags"), &json!({ "tags": tags }), "node")
                    .await
            }
            ["delete"] => {
                let id = line.flag("--identifier");
                self.call(Method::DELETE, &["node", id], &[], None, "")
                    .await
            }
            ["register"] => {
                let query = [("user", line.flag("--user")), ("key", line.flag("--key"))];
                self.call(Method::POST, &["node", "register"], &query, None, "node")
                    .await
            }
            unknown => Err(format!(
                "Error: unknown command {unknown:?} for \"headscale nodes\"\n"
            )),
        }
    }

    async fn get(&self, path: &str, query: &[(&str, &str)], field: &str) -> Result<Value, Failure> {
        self.call(Method::GET, &[path], query, None, field).await
    }

    async fn post(&self, path: &str, body: &Value, field: &str) -> Result<Value, Failure> {
        let path: Vec<&str> = path.split('/').collect();
        self.call(Method::POST, &path, &[], Some(body), field).await
    }

    /// The API's answer, without the field that it is wrapped in.
    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
        field: &str,
    ) -> Result<Value, Failure> {
        let mut url: url::Url = self.url.parse().expect("an address");
        url.path_segments_mut()
            .expect("a base")
            .extend(["api", "v1"])
            .extend(path);
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("an HTTP client");
        let mut request = http
            .request(method, url)
            .bearer_auth(&self.api_key)
            .query(query);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|_| self.unreachable())?;
        let good = answer.status().is_success();
        let mut value: Value = answer.json().await.map_err(|_| self.unreachable())?;
        if !good {
            return Err(self.said(&value));
        }
        Ok(if field.is_empty() {
            value
        } else {
            value[field].take()
        })
    }

    fn unreachable(&self) -> Failure {
        match self.release {
            Release::V0_26 | Release::V0_27 | Release::V0_28 => {
                "2026-01-01T00:00:00Z FTL utils.go:124 > Could not connect: context deadline exceeded\n".to_owned()
            }
            Release::V0_29 => error("connecting to headscale: connecting to hs.sock: context deadline exceeded"),
            Release::V0_30 => error("listing users: Get \"http://local/api/v1/user\": context deadline exceeded"),
        }
    }

    fn said(&self, problem: &Value) -> Failure {
        if !self.release.is_grpc() {
            let detail = problem["detail"].as_str().unwrap_or_default();
            let more = problem.pointer("/errors/0/message").and_then(Value::as_str);
            let more = more.map(|more| format!(": {more}")).unwrap_or_default();
            return error(&format!("unexpected response status: {detail}{more}"));
        }
        let code = match problem["code"].as_u64() {
            Some(3) => "InvalidArgument",
            Some(5) => "NotFound",
            Some(13) => "Internal",
            _ => "Unknown",
        };
        let message = problem["message"].as_str().unwrap_or_default();
        let lead = if self.release == Release::V0_29 {
            "doing it: "
        } else {
            ""
        };
        error(&format!("{lead}rpc error: code = {code} desc = {message}"))
    }
}

fn error(words: &str) -> Failure {
    json!({ "error": words }).to_string() + "\n"
}

fn new_user(line: &Line, name: &str) -> Value {
    json!({ "name": name, "displayName": line.flag("--display-name") })
}

fn new_key(line: &Line) -> Value {
    let tags: Vec<&str> = line
        .flag("--tags")
        .split(',')
        .filter(|tag| !tag.is_empty())
        .collect();
    json!({
        "user": line.flag("--user"),
        "reusable": false,
        "ephemeral": line.has("--ephemeral"),
        "expiration": line.expiration(),
        "aclTags": tags,
    })
}
