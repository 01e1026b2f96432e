//! One session: serenity's shard from its first connection to its goodbye.

use std::sync::Arc;
use std::time::Duration;

use serenity::all::{EventHandler, GatewayError, GatewayIntents, ShardManager, ShardRunnerMessage};
use serenity::futures::StreamExt;
use serenity::gateway::ShardManagerOptions;
use serenity::http::Route;
use serenity::prelude::TypeMap;
use tokio::sync::{Mutex, RwLock};
use tokio::time::{Instant, sleep, timeout};
use tokio::{join, select};
use tokio_util::sync::CancellationToken;

use super::gate::{Gate, Pacer, Passed};
use super::watch::Watch;
use super::{Connection, Fatal};
use crate::outbound::Key;

/// How often the watchdog looks.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Stopped,
    Fatal(Fatal),
    /// Nothing came of it any more; another session may do better.
    Lost,
}

pub(super) struct Session<'a> {
    connection: &'a Connection,
    manager: Arc<ShardManager>,
    done: Done,
}

type Done = serenity::futures::channel::mpsc::UnboundedReceiver<Result<(), GatewayError>>;

impl<'a> Session<'a> {
    /// serenity's `Client` is passed over: when it cannot learn the gateway's address, it goes to the real Discord
    /// without a word. No intents: interactions need none.
    pub(super) fn new<H: EventHandler + 'static>(
        connection: &'a Connection,
        handler: Arc<H>,
        address: Arc<Mutex<String>>,
    ) -> Self {
        let (manager, done) = ShardManager::new(ShardManagerOptions {
            data: Arc::new(RwLock::new(TypeMap::new())),
            event_handlers: vec![handler],
            raw_event_handlers: vec![Arc::new(Watch(connection.health().clone()))],
            shard_index: 0,
            shard_init: 1,
            shard_total: 1,
            ws_url: address,
            http: Arc::clone(connection.http()),
            intents: GatewayIntents::empty(),
            presence: None,
        });
        Self {
            connection,
            manager,
            done,
        }
    }

    /// Always ends soon after `stop`. What may still be alive of it then is in the hands of the returned manager.
    pub(super) async fn run(
        mut self,
        address: Arc<Mutex<String>>,
        pacer: &mut Pacer,
        stop: &CancellationToken,
    ) -> (End, Arc<ShardManager>) {
        let closed = CancellationToken::new();
        let gate = Gate {
            address,
            health: self.connection.health(),
            tempo: self.connection.tempo(),
        };
        let life = async {
            let end = self.live(stop).await;
            closed.cancel();
            end
        };
        let (passed, end) = join!(gate.keep(pacer, &closed), life);
        self.part(passed).await;
        (end, self.manager)
    }

    async fn live(&mut self, stop: &CancellationToken) -> End {
        if self.manager.initialize().is_err() {
            return End::Lost;
        }
        let refused = self.connection.wire().refused();
        select! {
            biased;
            () = stop.cancelled() => End::Stopped,
            () = refused.cancelled() => End::Fatal(Fatal::Token),
            said = self.done.next() => verdict(said.as_ref()),
            () = watchdog(self.connection, &self.manager) => End::Lost,
            () = keep_warm(self.connection) => End::Lost,
        }
    }

    /// A shard that is not connected waits for somebody (at the gate, if nowhere else) and will not hear of it.
    async fn part(&self, passed: Passed) {
        let tempo = self.connection.tempo();
        let talking = self.connection.health().connected() && !passed.holding;
        let certain = passed.connections == 1 && is_running(&self.manager).await;
        let within = if talking { tempo.farewell } else { tempo.grace };
        let confirmed = timeout(within, dismiss(&self.manager)).await.is_ok();
        let until = Instant::now() + tempo.grace;
        while !(certain && confirmed) && passed.connections > 0 && Instant::now() < until {
            sleep(tempo.grace / 10).await;
            bury(&self.manager, tempo.grace).await;
        }
    }
}

/// Told directly as well: once a shard has been restarted, serenity takes an old confirmation for the new one and
/// forgets the shard before anybody has told it.
async fn dismiss(manager: &ShardManager) {
    for (shard, runner) in &*manager.runners.lock().await {
        let goodbye = ShardRunnerMessage::Shutdown(*shard, 1000);
        runner.runner_tx.send_to_shard(goodbye);
    }
    manager.shutdown_all().await;
}

fn verdict(said: Option<&Result<(), GatewayError>>) -> End {
    match said {
        Some(Err(GatewayError::InvalidAuthentication)) => End::Fatal(Fatal::Token),
        Some(Err(GatewayError::InvalidGatewayIntents | GatewayError::DisallowedGatewayIntents)) => {
            End::Fatal(Fatal::Intents)
        }
        _ => End::Lost,
    }
}

/// Ends a shard that turns up after its session is over.
pub(super) async fn bury(manager: &ShardManager, within: Duration) {
    if is_running(manager).await {
        let _ = timeout(within, dismiss(manager)).await;
    }
}

async fn is_running(manager: &ShardManager) -> bool {
    !manager.runners.lock().await.is_empty()
}

/// Returns when there has been no session for too long, whatever serenity is still trying.
async fn watchdog(connection: &Connection, manager: &ShardManager) {
    let health = connection.health();
    health.waiting();
    loop {
        sleep(LOOK.min(connection.tempo().patience)).await;
        let latency = manager
            .runners
            .lock()
            .await
            .values()
            .find_map(|it| it.latency);
        health.beat(latency);
        let waited = health.disconnected_for().unwrap_or_default();
        if waited > connection.tempo().patience {
            tracing::warn!(?waited, "no session with Discord; beginning a new one");
            return;
        }
    }
}

/// Never returns.
async fn keep_warm(connection: &Connection) {
    let key = Key {
        route: "warm",
        major: 0,
    };
    loop {
        sleep(connection.tempo().keep_warm).await;
        if let Err(error) = connection
            .wire()
            .get::<serde_json::Value>(key, Route::Gateway)
            .await
        {
            tracing::debug!(%error, "the connection for requests could not be kept warm");
        }
    }
}
