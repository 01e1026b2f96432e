//! One session: serenity's shard, from its first connection until it has shut down.

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

use super::Connection;
use super::events::Events;
use super::gate::{Gate, Pacer, Passage};

const WATCHDOG_INTERVAL: Duration = Duration::from_secs(1);

/// Discord refuses, and will go on refusing: the process should end and not be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    #[error(
        "Discord does not accept the bot's token. Put the current one (Developer Portal, Bot, Reset Token) into the settings"
    )]
    Token,
    #[error(
        "Discord does not allow the bot's gateway intents, although it asks for none. Check the application in the Developer Portal"
    )]
    Intents,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Stopped,
    Fatal(Fatal),
    /// Another session may do better.
    Lost,
}

pub(super) struct Session<'a> {
    connection: &'a Connection,
    manager: Arc<ShardManager>,
    /// serenity reads it before each connection.
    url: Arc<Mutex<String>>,
    ended: serenity::futures::channel::mpsc::UnboundedReceiver<Result<(), GatewayError>>,
}

impl<'a> Session<'a> {
    /// Does without serenity's `Client`, which turns to the real Discord without a word when it cannot find out the
    /// gateway's URL. Asks for no intents: interactions need none.
    pub(super) fn new<H: EventHandler + 'static>(
        connection: &'a Connection,
        handler: Arc<H>,
        url: Arc<Mutex<String>>,
    ) -> Self {
        let (manager, ended) = ShardManager::new(ShardManagerOptions {
            data: Arc::new(RwLock::new(TypeMap::new())),
            event_handlers: vec![handler],
            raw_event_handlers: vec![Arc::new(Events(connection.health().clone()))],
            shard_index: 0,
            shard_init: 1,
            shard_total: 1,
            ws_url: Arc::clone(&url),
            http: Arc::clone(connection.http()),
            intents: GatewayIntents::empty(),
            presence: None,
        });
        Self {
            connection,
            manager,
            url,
            ended,
        }
    }

    /// Always returns soon after `stop`. The returned manager holds whatever is still alive by then.
    pub(super) async fn run(
        mut self,
        pacer: &mut Pacer,
        stop: &CancellationToken,
    ) -> (End, Arc<ShardManager>) {
        let closed = CancellationToken::new();
        let gate = Gate {
            url: Arc::clone(&self.url),
            health: self.connection.health(),
            policy: self.connection.policy(),
        };
        let session = async {
            let end = self.end(stop).await;
            closed.cancel();
            end
        };
        let (passage, end) = join!(gate.keep(pacer, &closed), session);
        self.shut_down(passage).await;
        (end, self.manager)
    }

    async fn end(&mut self, stop: &CancellationToken) -> End {
        if self.manager.initialize().is_err() {
            return End::Lost;
        }
        let refused = self.connection.rest().refused();
        select! {
            biased;
            () = stop.cancelled() => End::Stopped,
            () = refused.cancelled() => End::Fatal(Fatal::Token),
            ended = self.ended.next() => verdict(ended.as_ref()),
            () = watchdog(self.connection) => End::Lost,
            () = keep_alive(self.connection) => End::Lost,
        }
    }

    /// A shard that is not connected waits for something (for the gate, if for nothing else) and does not hear of it.
    async fn shut_down(&self, passage: Passage) {
        let policy = self.connection.policy();
        let is_connected = self.connection.health().gateway().connected && !passage.holding;
        let is_certain = passage.connections == 1 && is_running(&self.manager).await;
        let limit = if is_connected {
            policy.close_timeout
        } else {
            policy.grace
        };
        let is_confirmed = timeout(limit, shut_down(&self.manager)).await.is_ok();
        let until = Instant::now() + policy.grace;
        while !(is_certain && is_confirmed) && passage.connections > 0 && Instant::now() < until {
            sleep(policy.grace / 10).await;
            shut_down_stale(&self.manager, policy.grace).await;
        }
    }
}

/// Also messages the shards directly: after a restart of the shard, serenity mistakes the old shard's confirmation for
/// the new one's, and forgets the new shard before anybody has told it to close.
async fn shut_down(manager: &ShardManager) {
    for (shard, runner) in &*manager.runners.lock().await {
        let normal_closure = ShardRunnerMessage::Shutdown(*shard, 1000);
        runner.runner_tx.send_to_shard(normal_closure);
    }
    manager.shutdown_all().await;
}

/// Shuts down a shard that turns up after its session is over.
pub(super) async fn shut_down_stale(manager: &ShardManager, limit: Duration) {
    if is_running(manager).await {
        let _ = timeout(limit, shut_down(manager)).await;
    }
}

async fn is_running(manager: &ShardManager) -> bool {
    !manager.runners.lock().await.is_empty()
}

fn verdict(ended: Option<&Result<(), GatewayError>>) -> End {
    match ended {
        Some(Err(GatewayError::InvalidAuthentication)) => End::Fatal(Fatal::Token),
        Some(Err(GatewayError::InvalidGatewayIntents | GatewayError::DisallowedGatewayIntents)) => {
            End::Fatal(Fatal::Intents)
        }
        _ => End::Lost,
    }
}

/// Returns when the shard has been disconnected for too long, whatever serenity is still trying.
async fn watchdog(connection: &Connection) {
    let (health, limit) = (connection.health(), connection.policy().session_timeout);
    health.gateway_disconnected();
    loop {
        sleep(WATCHDOG_INTERVAL.min(limit)).await;
        let waited = health.gateway().disconnected_for();
        if waited > limit {
            tracing::warn!(?waited, "no session with Discord; beginning a new one");
            return;
        }
    }
}

/// Never returns.
async fn keep_alive(connection: &Connection) {
    loop {
        sleep(connection.policy().keep_alive).await;
        let called = connection
            .rest()
            .get::<serde_json::Value>(Route::Gateway)
            .await;
        if let Err(error) = called {
            tracing::debug!(%error, "the connection for requests could not be kept alive");
        }
    }
}
