//! Decides and does: [`Workflow::handle`] answers commands, [`Workflow::work`] is the one worker that does what
//! requests are owed.
//!
//! A command only writes a row and returns; the worker talks to Headscale and writes to people. There is no job
//! queue and no recovery code: start-up, a timer, a retry and a click all lead to the same tick, which asks
//! [`owed`](crate::domain::owed()) what to do. Knows no serenity and holds no interaction token.

mod ask;
mod claim;
mod decide;
mod departure;
mod issue;
mod keeper;
mod leavers;
mod owner;
mod pace;
mod plan;
mod register;
mod rest;
mod retire;
mod revoke;
mod show;
mod steps;
mod submit;
mod trouble;
mod watch;
mod worker;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::command::{Command, Reply};
use crate::domain::{self, DeviceRequest, Event, Person, Refusal, Rules, Status};
use crate::headscale::Headscale;
use crate::operations::Health;
use crate::outbound::Messenger;
use crate::store::{self, AuditEntry, Store, Swap};

pub use claim::{Claim, ClaimError};
pub use trouble::Trouble;

/// What the workflow is made of.
pub struct Parts {
    pub store: Arc<Store>,
    pub headscale: Headscale,
    pub messenger: Messenger,
    pub clock: Clock,
    pub rules: Arc<Rules>,
    pub health: Health,
}

/// Cheap to clone; all clones are one workflow.
#[derive(Clone)]
pub struct Workflow {
    parts: Arc<Parts>,
    wake: Arc<Notify>,
    /// The same for what members who left are owed.
    departures: Arc<Notify>,
    leases: worker::Leases,
    rests: rest::Rests,
    /// Clicks on *Get my key* that are being answered.
    claims: worker::Leases,
    census: Arc<watch::Census>,
    barrier: Arc<ask::Barrier>,
    pace: Arc<pace::Pace>,
    /// One device is let in at a time, so that a new node can be told to be it.
    door: Arc<tokio::sync::Mutex<()>>,
}

/// Between reading a row and writing it, somebody else wrote it; the row, not the caller, knows what is next.
#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error("the request has moved on")]
    Overtaken,
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Workflow {
    pub fn new(parts: Parts) -> Self {
        Self {
            barrier: Arc::default(),
            pace: Arc::default(),
            door: Arc::default(),
            census: Arc::default(),
            wake: Arc::default(),
            departures: Arc::default(),
            leases: worker::Leases::default(),
            rests: rest::Rests::default(),
            claims: worker::Leases::default(),
            parts: Arc::new(parts),
        }
    }

    /// Answers once the decision is committed and before anybody else is called. Then the worker looks; it does so by
    /// itself after each of its own steps.
    ///
    /// # Errors
    /// Only the store's: a rule that says no is a [`Reply`].
    pub async fn handle(&self, command: Command) -> Result<Reply, store::Error> {
        let reply = self.decide_on(command).await;
        if !matches!(reply, Ok(Reply::Refused(_))) {
            self.wake.notify_one();
        }
        reply
    }

    async fn decide_on(&self, command: Command) -> Result<Reply, store::Error> {
        let (person, now) = (command.asker().person.id, self.parts.clock.now());
        let _turn = match self.pace.admit(person, now) {
            Ok(turn) => turn,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        match command {
            Command::RequestDevice(ask) => self.submit(ask).await,
            Command::Approve(click) => self.approve(click).await,
            Command::AskToDeny(click) => self.ask_to_deny(click).await,
            Command::Deny { click, reason } => self.deny(click, &reason).await,
            Command::Retry(click) => self.retry(click).await,
            Command::Cancel(click) => self.cancel(click).await,
            Command::Claim(click) => self.claim(click).await,
            Command::AskToRevoke(click) => self.ask_to_revoke(click).await,
            Command::Revoke(click) => self.decide_to_revoke(click).await,
            Command::DecideDeparture(click) => self.decide_departure(click).await,
            Command::Unknown(asker) => {
                let (person, refusal) = (&asker.person, Refusal::UnknownRequest);
                self.refuse(person, None, "unknown refused", refusal).await
            }
        }
    }

    /// Applies one event and commits it, with its audit entry, if nobody was faster.
    async fn record(
        &self,
        before: &DeviceRequest,
        event: Event,
        actor: Option<&Person>,
    ) -> Result<DeviceRequest, RecordError> {
        let audit = AuditEntry {
            actor: actor.cloned(),
            event: event.into_str(),
            detail: event.detail(),
        };
        let after = domain::apply(before, event, self.parts.clock.now())
            .map_err(|_| RecordError::Overtaken)?;
        match self.parts.store.swap(before, &after, &audit).await? {
            Swap::Lost => Err(RecordError::Overtaken),
            Swap::Done => {
                tracing::info!(
                    request = after.id.0,
                    version = after.version,
                    by = actor.map(|person| person.id.0),
                    "request.{} ({})",
                    audit.event,
                    after.status().into_str(),
                );
                self.parts
                    .health
                    .metrics()
                    .request_reached(after.status().into_str());
                if after.status() == Status::Revoked {
                    self.departures.notify_one();
                }
                Ok(after)
            }
        }
    }
}
