//! The subject of a behaviour: a stand-in of its own, or one real program that several behaviours share.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use headscale_usher::domain::UserName;
use headscale_usher::headscale as usher;
use headscale_usher::headscale::{ApiKey, Headscale, NewUser, RegistrationId, User};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use stand_ins::headscale as stand_in;
use stand_ins::headscale::{RealHeadscale, Release};

/// A program named in `HEADSCALE_BIN`, started when it is first needed.
pub(crate) struct Program {
    path: PathBuf,
    running: OnceLock<RealHeadscale>,
}

impl Program {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            running: OnceLock::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    pub(crate) fn running(&self) -> &RealHeadscale {
        self.running.get_or_init(|| {
            RealHeadscale::start(&self.path).expect("the program named in HEADSCALE_BIN starts")
        })
    }
}

/// The client's way to Headscale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Http,
    Program,
}

pub(crate) struct Subject {
    server: Server,
    way: Way,
    client: OnceLock<Headscale>,
}

pub(crate) enum Server {
    StandIn(stand_in::Headscale),
    Real(Arc<Program>),
}

/// A device that has registered, as far as it can tell.
pub(crate) type Joined = Result<(), String>;

impl Subject {
    pub(crate) async fn stand_in(release: Release, way: Way) -> Self {
        Self::of(
            Server::StandIn(stand_in::Headscale::start(release).await),
            way,
        )
    }

    pub(crate) fn real(program: &Arc<Program>, way: Way) -> Self {
        Self::of(Server::Real(Arc::clone(program)), way)
    }

    fn of(server: Server, way: Way) -> Self {
        Self {
            server,
            way,
            client: OnceLock::new(),
        }
    }

    pub(crate) fn stand_in_itself(&self) -> Option<&stand_in::Headscale> {
        match &self.server {
            Server::StandIn(headscale) => Some(headscale),
            Server::Real(_) => None,
        }
    }

    pub(crate) fn url(&self) -> String {
        match &self.server {
            Server::StandIn(headscale) => headscale.url(),
            Server::Real(program) => program.running().url().to_owned(),
        }
    }

    pub(crate) fn api_key(&self) -> String {
        match &self.server {
            Server::StandIn(headscale) => headscale.api_key(),
            Server::Real(program) => program.running().api_key().to_owned(),
        }
    }

    pub(crate) fn client(&self) -> &Headscale {
        self.client.get_or_init(|| match self.way {
            Way::Http => client_of(&self.url(), &self.api_key()),
            Way::Program => client_through(self.command()),
        })
    }

    /// A user that nobody else in this run has.
    pub(crate) async fn user(&self, name: &str) -> User {
        let new = NewUser {
            name: unique(name),
            display_name: String::new(),
        };
        self.client()
            .create_user(&new)
            .await
            .expect("a user can be made")
    }

    /// The real program, or this one playing it.
    fn command(&self) -> Vec<String> {
        match &self.server {
            Server::StandIn(headscale) => played(headscale),
            Server::Real(program) => program.running().command(),
        }
    }

    pub(crate) fn has_devices(&self) -> bool {
        match &self.server {
            Server::StandIn(_) => true,
            Server::Real(_) => joiner().is_some(),
        }
    }

    /// A device registers with a key.
    pub(crate) fn join(&self, key: &str, hostname: &str) -> Joined {
        match &self.server {
            Server::StandIn(headscale) => headscale
                .join(key, hostname)
                .map(drop)
                .map_err(|error| error.to_string()),
            Server::Real(program) => join_with_program(program.running().url(), key, hostname),
        }
    }

    /// A device asks to be let in.
    pub(crate) async fn pending_sign_in(&self, user: &str, hostname: &str) -> RegistrationId {
        let release = self.client().release().await.expect("a release");
        let id = match &self.server {
            Server::StandIn(headscale) => {
                let link = headscale.pending_sign_in(hostname);
                link.rsplit('/')
                    .next()
                    .expect("a link ends in an id")
                    .to_owned()
            }
            Server::Real(program) => {
                aided_sign_in(program.running(), release, user, hostname).await
            }
        };
        RegistrationId::parse(&id, release).expect("an id of this release")
    }

    /// A device shows a link and waits. Without a real one for a real program, see [`Self::has_devices`].
    pub(crate) fn waiting_device(&self, hostname: &str) -> WaitingDevice {
        match &self.server {
            Server::StandIn(headscale) => WaitingDevice {
                link: headscale.pending_sign_in(hostname),
                program: None,
            },
            Server::Real(program) => WaitingDevice::start(program.running().url(), hostname),
        }
    }

    /// A careful client gives no cause for complaint.
    pub(crate) fn finish(&self) {
        if let Some(headscale) = self.stand_in_itself() {
            assert_eq!(headscale.complaints(), Vec::<String>::new());
            assert_eq!(headscale.faults_left(), 0, "every fault was met");
        }
    }
}

/// With Headscale's own aid for tests, in the place of a device.
async fn aided_sign_in(
    headscale: &RealHeadscale,
    release: usher::Release,
    user: &str,
    hostname: &str,
) -> String {
    let prefix = if release >= usher::Release::V0_29 {
        "hskey-authreq-"
    } else {
        ""
    };
    let id = format!("{prefix}{:024x}", unique_number());
    let body = serde_json::json!({ "user": user, "key": id, "name": hostname, "routes": [] });
    let url = format!("{}/api/v1/debug/node", headscale.url());
    let request = plain_client()
        .post(url)
        .bearer_auth(headscale.api_key())
        .json(&body);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200, "a pending sign-in");
    id
}

/// This program in the place of `headscale`.
pub(crate) fn played(headscale: &stand_in::Headscale) -> Vec<String> {
    let this = std::env::current_exe().expect("this program has a path");
    let this = this.to_str().expect("a path that is text").to_owned();
    let release = headscale.release().to_string();
    vec![
        this,
        AS_HEADSCALE.to_owned(),
        headscale.url(),
        headscale.api_key(),
        release,
    ]
}

/// Makes this program play the `headscale` program.
pub(crate) const AS_HEADSCALE: &str = "--as-headscale";

fn client_through(command: Vec<String>) -> Headscale {
    Headscale::through_program(command, Duration::from_secs(30))
}

pub(crate) fn client_of(url: &str, api_key: &str) -> Headscale {
    client_with(url, ApiKey::Fixed(SecretString::from(api_key)))
}

pub(crate) fn client_with(url: &str, api_key: ApiKey) -> Headscale {
    let url = url.parse().expect("a URL");
    Headscale::over_http(&url, api_key, Duration::from_secs(30)).expect("a client")
}

/// For what the product's client would not ask.
pub(crate) fn plain_client() -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30));
    builder.build().expect("an HTTP client")
}

pub(crate) fn unique(name: &str) -> UserName {
    let number = unique_number() % 0xffff_ffff;
    format!("{name}-{number:x}").parse().expect("a user's name")
}

fn unique_number() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

/// To the millisecond, as the workflow asks for it.
pub(crate) fn in_an_hour() -> Timestamp {
    let at = headscale_usher::clock::Clock::system().now() + SignedDuration::from_hours(1);
    Timestamp::from_millisecond(at.as_millisecond()).expect("a time")
}

/// A device that shows a link until it is let in.
pub(crate) struct WaitingDevice {
    pub(crate) link: String,
    /// With what it prints: a program whose output nobody takes may stumble.
    program: Option<(Child, BufReader<ChildStdout>)>,
}

impl WaitingDevice {
    fn start(url: &str, hostname: &str) -> Self {
        let program = joiner().expect("HEADSCALE_JOIN is set");
        let mut command = Command::new(program);
        command.args([url, "-", hostname]).stdout(Stdio::piped());
        let mut program = command
            .spawn()
            .expect("the program named in HEADSCALE_JOIN starts");
        let mut printed = BufReader::new(program.stdout.take().expect("it has a stdout"));
        let mut link = String::new();
        printed.read_line(&mut link).expect("it prints its link");
        Self {
            link: link.trim().to_owned(),
            program: Some((program, printed)),
        }
    }

    /// Waits for the device; true if it takes itself for registered.
    pub(crate) fn comes_in(mut self) -> bool {
        let ended = self.program.take().map(|(mut program, _)| program.wait());
        ended.is_none_or(|status| status.is_ok_and(|status| status.success()))
    }
}

impl Drop for WaitingDevice {
    fn drop(&mut self) {
        if let Some((mut program, _)) = self.program.take()
            && program.kill().is_ok()
        {
            program.wait().expect("a killed program ends");
        }
    }
}

pub(crate) fn joiner() -> Option<PathBuf> {
    std::env::var_os("HEADSCALE_JOIN").map(PathBuf::from)
}

pub(crate) fn join_with_program(url: &str, key: &str, hostname: &str) -> Joined {
    joined_by(joining(url, key, hostname))
}

/// The device keeps what it is in this file, and is the same device the next time.
pub(crate) fn join_again_with_program(
    url: &str,
    key: &str,
    hostname: &str,
    state: &Path,
) -> Joined {
    let mut program = joining(url, key, hostname);
    program.env("JOIN_STATE", state);
    joined_by(program)
}

fn joining(url: &str, key: &str, hostname: &str) -> Command {
    let program = joiner().expect("HEADSCALE_JOIN is set");
    let mut command = Command::new(program);
    command.args([url, key, hostname]);
    command
}

fn joined_by(mut program: Command) -> Joined {
    let output = program.output();
    let output = output.expect("the program named in HEADSCALE_JOIN starts");
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() {
        Ok(())
    } else {
        Err(words)
    }
}
