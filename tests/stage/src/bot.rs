//! The bot, as a task of this process or as the real program.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use headscale_usher::app::{App, Ended};
use headscale_usher::clock::Clock;
use headscale_usher::config;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nobody here speaks TLS, and reading the machine's certificates is half of the work of a bot's start. A path that
/// does not exist would be passed over.
pub const NO_CERTIFICATES: [(&str, &str); 2] = [
    ("SSL_CERT_FILE", "/dev/null"),
    ("SSL_CERT_DIR", "/dev/null"),
];

/// Longer than any shutdown may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// A running bot.
pub enum Bot {
    Inside {
        stop: CancellationToken,
        task: JoinHandle<Ended>,
    },
    Program(Box<Child>),
}

/// The end of a bot.
#[derive(Debug)]
pub enum Ending {
    Inside(Ended),
    Program(ExitStatus),
}

impl Ending {
    /// The exit code that a supervisor sees; the bot inside this process has the same.
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Inside(Ended::AsAsked) => Some(0),
            Self::Inside(Ended::ForGood(_)) => Some(78),
            Self::Program(status) => status.code(),
        }
    }
}

impl Bot {
    pub(super) async fn inside(settings: &str, dir: &Path, clock: Clock) -> Self {
        let path = dir.join("config.toml");
        std::fs::write(&path, settings).expect("the settings can be written");
        let loaded = config::Settings::load(Some(&path), std::iter::empty());
        let (settings, _) = loaded.unwrap_or_else(|problems| panic!("{problems}"));
        let app = App::build_with(settings, clock)
            .await
            .expect("the bot can be built");
        let stop = CancellationToken::new();
        let task = tokio::spawn(app.run_until_stopped(stop.clone()));
        Self::Inside { stop, task }
    }

    pub(super) fn program(program: &Path, settings: &str, dir: &Path) -> Self {
        let path = dir.join("config.toml");
        std::fs::write(&path, settings).expect("the settings can be written");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(dir.join("usher.log"));
        let log = log.expect("the log can be written");
        let child = Command::new(program)
            .arg("--config")
            .arg(&path)
            .env_clear()
            .envs(NO_CERTIFICATES)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn();
        Self::Program(Box::new(child.expect("the program starts")))
    }

    pub fn process_id(&self) -> Option<u32> {
        match self {
            Self::Inside { .. } => None,
            Self::Program(child) => child.id(),
        }
    }

    pub(super) async fn stop(self) -> Ending {
        match &self {
            Self::Inside { stop, .. } => stop.cancel(),
            Self::Program(child) => terminate(child).await,
        }
        self.ended().await
    }

    pub(super) async fn kill(self) {
        let Self::Program(mut child) = self else {
            panic!("only a program can be killed");
        };
        child.kill().await.expect("the program can be killed");
    }

    pub(super) async fn ended(self) -> Ending {
        let ending = async {
            match self {
                Self::Inside { task, .. } => {
                    Ending::Inside(task.await.expect("the bot does not panic"))
                }
                Self::Program(mut child) => {
                    Ending::Program(child.wait().await.expect("the program can be waited for"))
                }
            }
        };
        let ending = tokio::time::timeout(PATIENCE, ending).await;
        ending.expect("the bot ends in time")
    }
}

/// Without `unsafe`, signals are sent by the program made for it.
async fn terminate(child: &Child) {
    let Some(id) = child.id() else { return };
    let sent = Command::new("kill")
        .arg("-TERM")
        .arg(id.to_string())
        .status()
        .await;
    assert!(
        sent.is_ok_and(|status| status.success()),
        "the signal can be sent"
    );
}
