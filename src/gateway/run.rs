//! Sessions, one after the other.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::{EventHandler, ShardManager};
use tokio::select;
use tokio::sync::Mutex;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::gate::Pacer;
use super::session::{End, Session, bury};
use super::{Connection, Entrance, Tempo};
use crate::outbound::Error;

/// Sessions that ended without a word are looked after for as long as there are not more than this.
const BURIED: usize = 8;

/// Discord has said no, and will go on saying it: the process should end and not be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    #[error(
        "Discord does not accept the bot's token. Put the present one (Developer Portal, Bot, Reset Token) into the settings"
    )]
    Token,
    #[error(
        "Discord does not allow the bot's gateway intents, although it asks for none. Check the application in the Developer Portal"
    )]
    Intents,
}

/// Runs until `stop` is cancelled, and returns within seconds of it. Discord's being down, hanging up or hanging is
/// no reason to end, only to wait for longer and longer.
pub async fn run<H: EventHandler + 'static>(
    connection: &Connection,
    handler: Arc<H>,
    stop: CancellationToken,
) -> Result<(), Fatal> {
    let mut life = Life {
        connection,
        handler,
        stop,
        pacer: Pacer::default(),
        failures: 0,
        sessions: 0,
        buried: Vec::new(),
    };
    while !life.stop.is_cancelled() {
        life.turn().await?;
    }
    connection.health().waiting();
    Ok(())
}

struct Life<'a, H> {
    connection: &'a Connection,
    handler: Arc<H>,
    stop: CancellationToken,
    pacer: Pacer,
    /// To get a session, in a row.
    failures: u32,
    /// Had until the last failure.
    sessions: u64,
    buried: Vec<Arc<ShardManager>>,
}

impl<H: EventHandler + 'static> Life<'_, H> {
    async fn turn(&mut self) -> Result<(), Fatal> {
        let entrance = select! {
            biased;
            () = self.stop.cancelled() => return Ok(()),
            entrance = self.connection.entrance() => entrance,
        };
        match entrance {
            Ok(entrance) if entrance.left > self.tempo().session_floor => {
                self.session(entrance).await
            }
            Ok(entrance) => {
                self.spare(&entrance).await;
                Ok(())
            }
            Err(Error::Unauthorised) => Err(Fatal::Token),
            Err(error) => {
                self.fail(&error, error.retry_after()).await;
                Ok(())
            }
        }
    }

    async fn session(&mut self, entrance: Entrance) -> Result<(), Fatal> {
        let address = Arc::new(Mutex::new(entrance.address));
        let handler = Arc::clone(&self.handler);
        let session = Session::new(self.connection, handler, Arc::clone(&address));
        let (end, manager) = session.run(address, &mut self.pacer, &self.stop).await;
        match end {
            End::Stopped => Ok(()),
            End::Fatal(fatal) => Err(fatal),
            End::Lost => {
                self.bury(manager).await;
                self.fail(&"the session was lost", None).await;
                Ok(())
            }
        }
    }

    /// A connection that hung may still come to life, and would then be a second session.
    async fn bury(&mut self, manager: Arc<ShardManager>) {
        for manager in &self.buried {
            bury(manager, self.connection.tempo().grace).await;
        }
        self.buried.truncate(BURIED - 1);
        self.buried.insert(0, manager);
    }

    async fn fail(&mut self, why: &impl std::fmt::Display, told: Option<Duration>) {
        let health = self.connection.health();
        health.waiting();
        let sessions = health.sessions();
        if sessions > mem::replace(&mut self.sessions, sessions) {
            self.failures = 0;
        }
        let pause = pause(self.tempo(), self.failures).max(told.unwrap_or_default());
        self.failures += 1;
        tracing::warn!(%why, next_in = ?pause, "no session with Discord");
        self.rest(pause).await;
    }

    /// Discord resets the token of a bot that has used up its session starts.
    async fn spare(&mut self, entrance: &Entrance) {
        let pause = entrance
            .reset_after
            .clamp(self.tempo().first_pause, self.tempo().longest_pause);
        tracing::error!(
            left = entrance.left,
            reset_after = ?entrance.reset_after,
            "too few session starts are left for today; waiting, because at zero Discord would reset the bot's token"
        );
        self.connection.health().waiting();
        self.rest(pause).await;
    }

    async fn rest(&self, pause: Duration) {
        select! {
            () = self.stop.cancelled() => {}
            () = sleep(pause) => {}
        }
    }

    fn tempo(&self) -> &Tempo {
        self.connection.tempo()
    }
}

fn pause(tempo: &Tempo, failures: u32) -> Duration {
    tempo
        .first_pause
        .saturating_mul(1 << failures.min(20))
        .min(tempo.longest_pause)
}
