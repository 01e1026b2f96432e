//! The stand-ins kept up for anybody who wants to drive the real program from outside: settings ready to use, and a
//! small JSON API on loopback with the verbs that tests have. `tests/sandbox/README.md` lists them.

mod body;
mod control;
mod discord;
mod faults;
mod floor;
mod headscale;
mod people;
mod shown;
mod story;
mod trouble;

use std::future::IntoFuture as _;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::AbortHandle;

use floor::Floor;
use stage::Settings;
use stand_ins::ReservedPort;
use stand_ins::discord::{Discord, Layout};
use stand_ins::headscale::{Headscale, Release};

/// Ports and places. Port 0 takes a free one.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The port of the control API; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub control: u16,
    /// The port of the stand-in for Discord; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub discord: u16,
    /// The port of the stand-in for Headscale; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub headscale: u16,
    /// The release that Headscale speaks as: 0.26, 0.27, 0.28, 0.29 or 0.30.
    #[arg(long, default_value = "0.29", value_parser = release)]
    pub release: Option<Release>,
    /// Where the settings and the bot's database are kept; otherwise a directory that goes away at the end.
    #[arg(long, value_name = "DIRECTORY")]
    pub dir: Option<PathBuf>,
}

fn release(text: &str) -> Result<Release, String> {
    let known = Release::ALL
        .into_iter()
        .find(|release| release.to_string() == text);
    known.ok_or_else(|| {
        format!(
            "is none of {}",
            Release::ALL.map(|it| it.to_string()).join(", ")
        )
    })
}

/// Stand-ins that are up, with their control API. Everything closes when this is dropped.
pub struct Served {
    pub discord: Discord,
    pub headscale: Headscale,
    control: SocketAddr,
    operations: ReservedPort,
    settings: PathBuf,
    server: AbortHandle,
    _kept: Option<TempDir>,
}

impl Served {
    /// # Errors
    /// If a port is taken or the settings cannot be written.
    pub async fn start(options: &Options) -> anyhow::Result<Self> {
        let bind = local(options.discord);
        let discord = Discord::try_start_with(Layout {
            bind,
            ..Layout::default()
        })
        .await;
        let discord = discord.with_context(|| format!("port {} for Discord", options.discord))?;
        let release = options.release.unwrap_or(Release::V0_29);
        let headscale = Headscale::start_at(options.headscale, release);
        let headscale =
            headscale.with_context(|| format!("port {} for Headscale", options.headscale))?;
        let (dir, kept) = directory(options.dir.as_deref())?;
        let operations = ReservedPort::any().context("no port is free")?;
        let mut ready = Settings::for_stand_ins(&discord, &headscale, &dir);
        ready
            .text_value("headscale.login_server", &headscale.url())
            .text_value("operations.listen", &local(operations.number()).to_string());
        let settings = dir.join("config.toml");
        write_private(&settings, &ready.text()).context("the settings cannot be written")?;
        let floor = Arc::new(Floor::new(
            discord.clone(),
            headscale.clone(),
            settings.clone(),
        ));
        let listener = TcpListener::bind(local(options.control)).await;
        let listener =
            listener.with_context(|| format!("port {} for the control API", options.control))?;
        let control = listener.local_addr()?;
        let server = tokio::spawn(axum::serve(listener, control::router(floor)).into_future());
        Ok(Self {
            discord,
            headscale,
            control,
            operations,
            settings,
            server: server.abort_handle(),
            _kept: kept,
        })
    }

    /// `http://127.0.0.1:port`, without a trailing slash.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The settings file that leads the bot here.
    pub fn settings(&self) -> &Path {
        &self.settings
    }

    /// Everything that the person who started this needs to know.
    pub fn welcome(&self) -> String {
        let (settings, control) = (self.settings.display(), self.control_url());
        format!(
            "The stand-ins are up, on loopback only. Ctrl-C ends them.

  settings    {settings}
  control     {control}
  Discord     {discord}
  Headscale   {headscale} (speaks {release})
  operations  http://127.0.0.1:{operations} (the bot's own, once it runs)

Start the bot in another terminal:

  cargo run -- --config {settings}

Then ask for a device and look at the approvers' card; `curl {control}` lists what else can be done:

  curl -sd '{{\"device\": \"laptop\", \"platform\": \"linux\"}}' {control}/people/alice/request-device
  curl -s '{control}/cards?says=laptop'
",
            discord = self.discord.api_url(),
            headscale = self.headscale.url(),
            release = self.headscale.release(),
            operations = self.operations.number(),
        )
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// `serve` from beginning to end: until SIGINT or SIGTERM.
///
/// # Errors
/// If the stand-ins cannot be brought up.
pub async fn run(options: &Options, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let served = Served::start(options).await?;
    say(&served.welcome());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    say("The stand-ins are gone.");
    Ok(())
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn directory(chosen: Option<&Path>) -> anyhow::Result<(PathBuf, Option<TempDir>)> {
    if let Some(chosen) = chosen {
        std::fs::create_dir_all(chosen)
            .with_context(|| format!("{} cannot be made", chosen.display()))?;
        return Ok((chosen.canonicalize()?, None));
    }
    let made = tempfile::Builder::new().prefix("usher-sandbox-").tempdir();
    let made = made.context("no temporary directory can be made")?;
    Ok((made.path().to_owned(), Some(made)))
}

/// The settings hold a token and an API key, even if both open nothing but stand-ins.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::options();
    file.write(true).create(true).truncate(true).mode(0o600);
    file.open(path)?.write_all(text.as_bytes())
}
