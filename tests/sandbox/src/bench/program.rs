//! The program under test: built, started, stopped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::process::{Child, Command};

/// Longer than any shutdown may take.
const PATIENCE: Duration = Duration::from_secs(40);

pub(super) struct Program {
    path: PathBuf,
    settings: PathBuf,
    log: File,
    child: Option<Child>,
}

impl Program {
    pub(super) fn new(path: PathBuf, dir: &Path, settings: &str) -> anyhow::Result<Self> {
        let file = dir.join("config.toml");
        std::fs::write(&file, settings).context("the settings cannot be written")?;
        let log = File::create(dir.join("usher.log")).context("the log cannot be written")?;
        Ok(Self {
            path,
            settings: file,
            log,
            child: None,
        })
    }

    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new(&self.path);
        command.arg("--config").arg(&self.settings).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(self.log.try_clone()?).kill_on_drop(true);
        let child = command.spawn();
        self.child =
            Some(child.with_context(|| format!("{} does not start", self.path.display()))?);
        Ok(())
    }

    pub(super) fn id(&self) -> anyhow::Result<u32> {
        let id = self.child.as_ref().and_then(Child::id);
        id.context("the bot does not run")
    }

    /// SIGTERM; it has to end well.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("the bot does not run")?;
        let id = child.id().context("the bot has ended by itself")?;
        let sent = Command::new("kill").arg(id.to_string()).status().await?;
        ensure!(sent.success(), "the signal was not sent");
        let status = tokio::time::timeout(PATIENCE, child.wait()).await;
        let status = status.context("the bot does not end")??;
        ensure!(status.success(), "the bot ended with {status}");
        Ok(())
    }
}

/// Builds the program for release, beside this one.
pub(super) async fn build() -> anyhow::Result<PathBuf> {
    let Some(cargo) = std::env::var_os("CARGO") else {
        bail!("start this with `cargo run`, or name the program with --program");
    };
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "-p", "headscale-usher"]);
    let status = command.status().await.context("cargo does not start")?;
    ensure!(status.success(), "the program could not be built");
    let here = std::env::current_exe()?;
    let target = here.parent().and_then(Path::parent);
    let path = target.context("nowhere")?.join("release/headscale-usher");
    ensure!(
        path.exists(),
        "{} is not there; use --program",
        path.display()
    );
    Ok(path)
}
