//! The composition root: settings in, a running bot out. The only place where every room meets.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::{self, Settings};
use crate::gateway::{self, Connection, DiscordSettings, Fatal};
use crate::headscale::{self, ApiKey, Headscale};
use crate::interaction::InteractionHandler;
use crate::operations::{self, Health};
use crate::outbound::Messenger;
use crate::store::Store;
use crate::workflow::Workflow;

/// How long a shutdown waits for answers and steps that are under way. Every call they make has a timeout of its own.
const DRAIN: Duration = Duration::from_secs(20);

/// The bot, ready to run.
pub struct App {
    settings: Settings,
    connection: Connection,
    store: Arc<Store>,
    workflow: Workflow,
    handler: InteractionHandler,
    health: Health,
    tasks: TaskTracker,
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    AsAsked,
    /// Starting again would not help.
    ForGood(Fatal),
}

impl App {
    /// Opens the store; neither Discord nor Headscale has to be up.
    ///
    /// # Errors
    /// A store that cannot be opened, or addresses that cannot be used.
    pub async fn build(settings: Settings) -> anyhow::Result<Self> {
        Self::build_with(settings, Clock::system()).await
    }

    /// With another clock: stories let days pass without waiting.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub async fn build_with(settings: Settings, clock: Clock) -> anyhow::Result<Self> {
        let database = &settings.database;
        let store = Store::open_with(&database.path, database.backups_kept).await;
        let store = Arc::new(store.context("the store cannot be opened")?);
        let health = Health::new();
        let connection = connection(&settings, health.clone())?;
        let headscale = headscale(&settings)?;
        let rules = Arc::new(settings.rules.clone());
        let workflow = Workflow::new(
            Arc::clone(&store),
            headscale,
            Messenger::new(connection.rest().clone(), Arc::clone(&rules)),
            clock,
            Arc::clone(&rules),
            health.clone(),
        );
        let tasks = TaskTracker::new();
        let handler = InteractionHandler {
            workflow: workflow.clone(),
            rules,
            guild: serenity_guild(&settings),
            health: health.clone(),
            tasks: tasks.clone(),
        };
        Ok(Self {
            settings,
            connection,
            store,
            workflow,
            handler,
            health,
            tasks,
        })
    }

    /// Runs until told to stop or until Discord refuses for good, then lets everything under way end.
    pub async fn run_until_stopped(self, stop: CancellationToken) -> Ended {
        let halt = CancellationToken::new();
        self.start_side_tasks(&halt);
        let worker = tokio::spawn({
            let (workflow, halt) = (self.workflow.clone(), halt.clone());
            async move { workflow.work(halt).await }
        });
        let ended = gateway::run(&self.connection, Arc::new(self.handler.clone()), stop).await;
        halt.cancel();
        self.tasks.close();
        let drained = tokio::time::timeout(DRAIN, async {
            self.tasks.wait().await;
            let _ = worker.await;
        });
        if drained.await.is_err() {
            tracing::warn!("not everything ended in time; the next start goes on with it");
        }
        self.store.close().await;
        ended.map_or_else(Ended::ForGood, |()| Ended::AsAsked)
    }

    fn start_side_tasks(&self, halt: &CancellationToken) {
        if let Some(listen) = self.settings.operations.listen {
            let (health, stop) = (self.health.clone(), halt.clone());
            self.tasks.spawn(async move {
                if let Err(error) = operations::serve(listen, health, stop).await {
                    tracing::error!(%error, "the operations endpoint is not available");
                }
            });
        }
        let (workflow, stop) = (self.workflow.clone(), halt.clone());
        self.tasks
            .spawn(async move { workflow.watch_api_key(stop).await });
        let (workflow, stop) = (self.workflow.clone(), halt.clone());
        self.tasks
            .spawn(async move { workflow.watch_cards(stop).await });
        let (workflow, stop) = (self.workflow.clone(), halt.clone());
        self.tasks
            .spawn(async move { workflow.watch_nodes(stop).await });
        let (workflow, stop) = (self.workflow.clone(), halt.clone());
        self.tasks
            .spawn(async move { workflow.watch_members(stop).await });
    }
}

/// SIGTERM and SIGINT stop the bot; what is under way ends first.
///
/// # Errors
/// If the handlers cannot be installed.
pub fn stop_on_signals(stop: &CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stop.cancel();
    });
    Ok(())
}

fn serenity_guild(settings: &Settings) -> serenity::all::GuildId {
    serenity::all::GuildId::new(settings.rules.discord.guild.0.cast_unsigned())
}

pub(crate) fn connection(settings: &Settings, health: Health) -> anyhow::Result<Connection> {
    let mut discord = DiscordSettings::new(settings.discord.token.value().clone());
    discord.request_timeout = settings.discord.timeout;
    discord.api_url.clone_from(&settings.discord.api_url);
    Connection::open(discord, health).context("the TLS library cannot be used")
}

pub(crate) fn headscale(settings: &Settings) -> Result<Headscale, headscale::Error> {
    let ours = &settings.headscale;
    match &ours.access {
        config::Access::Program { command } => {
            Ok(Headscale::through_program(command.clone(), ours.timeout))
        }
        config::Access::Api { url, key } => Headscale::over_http(url, api_key(key), ours.timeout),
    }
}

fn api_key(key: &config::Secret) -> ApiKey {
    match key.file() {
        Some(path) => ApiKey::File(path.to_owned()),
        None => ApiKey::Fixed(key.value().clone()),
    }
}
