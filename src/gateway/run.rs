//! One session after the other.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::{EventHandler, ShardManager};
use tokio::select;
use tokio::sync::Mutex;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::gate::Pacer;
use super::session::{End, Fatal, Session, shut_down_stale};
use super::{Connection, GatewayInfo};
use crate::outbound::Error;

/// How many lost sessions are remembered.
const MAX_STALE: usize = 8;

/// Runs until `stop` is cancelled, and returns within seconds of it. When Discord is down, hangs up or hangs, it keeps
/// trying, with longer and longer pauses.
pub(crate) async fn run<H: EventHandler + 'static>(
    connection: &Connection,
    handler: Arc<H>,
    stop: CancellationToken,
) -> Result<(), Fatal> {
    let mut sessions = SessionLoop {
        connection,
        handler,
        stop,
        pacer: Pacer::default(),
        failures: 0,
        sessions: 0,
        stale: Vec::new(),
    };
    while !sessions.stop.is_cancelled() {
        sessions.next().await?;
    }
    connection.health().gateway_disconnected();
    Ok(())
}

struct SessionLoop<'a, H> {
    connection: &'a Connection,
    handler: Arc<H>,
    stop: CancellationToken,
    pacer: Pacer,
    /// Failures in a row to get a session.
    failures: u32,
    /// The number of sessions at the last failure.
    sessions: u64,
    /// The shards of lost sessions.
    stale: Vec<Arc<ShardManager>>,
}

impl<H: EventHandler + 'static> SessionLoop<'_, H> {
    async fn next(&mut self) -> Result<(), Fatal> {
        let info = select! {
            biased;
            () = self.stop.cancelled() => return Ok(()),
            info = self.connection.gateway_info() => info,
        };
        match info {
            Ok(info) if info.starts_left > self.connection.policy().reserved_starts => {
                return self.session(info).await;
            }
            Ok(info) => self.wait_for_quota(&info).await,
            Err(Error::Unauthorised) => return Err(Fatal::Token),
            Err(error) => self.back_off(&error, error.retry_after()).await,
        }
        Ok(())
    }

    async fn session(&mut self, info: GatewayInfo) -> Result<(), Fatal> {
        let url = Arc::new(Mutex::new(info.url));
        let session = Session::new(self.connection, Arc::clone(&self.handler), url);
        let (end, manager) = session.run(&mut self.pacer, &self.stop).await;
        match end {
            End::Stopped => Ok(()),
            End::Fatal(fatal) => Err(fatal),
            End::Lost => {
                self.shut_down_stale(manager).await;
                self.back_off(&"the session was lost", None).await;
                Ok(())
            }
        }
    }

    /// A connection that hung may still come to life, and would then be a second session.
    async fn shut_down_stale(&mut self, newest: Arc<ShardManager>) {
        for manager in &self.stale {
            shut_down_stale(manager, self.connection.policy().grace).await;
        }
        self.stale.truncate(MAX_STALE - 1);
        self.stale.insert(0, newest);
    }

    async fn back_off(&mut self, cause: &impl std::fmt::Display, asked: Option<Duration>) {
        let health = self.connection.health();
        health.gateway_disconnected();
        let sessions = health.gateway().sessions;
        if sessions > mem::replace(&mut self.sessions, sessions) {
            self.failures = 0;
        }
        let pause = self.connection.policy().pause(self.failures);
        let pause = pause.max(asked.unwrap_or_default());
        self.failures += 1;
        tracing::warn!(%cause, next_in = ?pause, "no session with Discord");
        self.sleep(pause).await;
    }

    /// Discord resets the token of a bot that has used up its session starts.
    async fn wait_for_quota(&mut self, info: &GatewayInfo) {
        let policy = self.connection.policy();
        tracing::error!(
            left = info.starts_left,
            reset_after = ?info.reset_after,
            "too few session starts are left for today; waiting, because at zero Discord would reset the bot's token"
        );
        self.connection.health().gateway_disconnected();
        self.sleep(
            info.reset_after
                .clamp(policy.first_pause, policy.longest_pause),
        )
        .await;
    }

    async fn sleep(&self, pause: Duration) {
        select! {
            () = self.stop.cancelled() => {}
            () = sleep(pause) => {}
        }
    }
}
