//! Decides and does. A command writes a row and is answered; the worker then does what the row is owed: it calls
//! Headscale and writes to people. Knows no serenity and reads no interaction token.
//!
//! - `ledger`: the only writer of facts; `calls`: the only way to Headscale; `messages`: the only way to people
//! - `commands`: answers people, and holds neither `calls` nor `messages`
//! - `steps`: what a request can be owed; `worker`: what is due, and who has it in hand
//! - `patrols`: loops beside the worker
//!
//! Only this file sees all parts.

mod calls;
mod commands;
mod leases;
mod ledger;
mod messages;
mod patrols;
mod retry;
mod sign_in_links;
mod step_error;
mod steps;
mod worker;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::command::{Command, Reply};
use crate::domain::{RequestId, Rules};
use crate::headscale::Headscale;
use crate::operations::Health;
use crate::outbound::{Messenger, PrivateAnswer};
use crate::store::{self, Store};

use self::calls::Calls;
use self::commands::Commands;
use self::leases::Leases;
use self::ledger::Ledger;
use self::messages::Messages;
use self::patrols::Patrols;
use self::retry::RetryPolicy;
use self::sign_in_links::SignInLinks;
use self::steps::Steps;
use self::worker::Worker;

/// What the workflow needs from other rooms.
pub(crate) struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) headscale: Headscale,
    pub(crate) messenger: Messenger,
    pub(crate) clock: Clock,
    pub(crate) rules: Arc<Rules>,
    pub(crate) health: Health,
}

/// Cheap to clone; all clones are one workflow.
#[derive(Clone)]
pub(crate) struct Workflow(Arc<Inner>);

struct Inner {
    ledger: Ledger,
    commands: Commands,
    messages: Messages,
    steps: Arc<Steps>,
    worker: Arc<Worker>,
    patrols: Patrols,
}

impl Workflow {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            store,
            headscale,
            messenger,
            clock,
            rules,
            health,
        } = parts;
        let ledger = Ledger::new(store, clock.clone(), health.metrics().clone());
        let calls = Calls::new(headscale.clone(), clock.clone(), health.clone());
        let retry = RetryPolicy {
            rules: rules.retries.clone(),
            clock,
        };
        let messages = Messages::new(messenger, ledger.clone(), retry.clone());
        let links = SignInLinks {
            rules: Arc::clone(&rules),
            release: Box::new(move || headscale.known_release()),
        };
        let leases = Leases::default();
        let steps = Arc::new(Steps::new(
            ledger.clone(),
            calls.clone(),
            messages.clone(),
            Arc::clone(&rules),
            retry.clone(),
            leases.clone(),
        ));
        Self(Arc::new(Inner {
            commands: Commands::new(ledger.clone(), Arc::clone(&rules), links),
            worker: Arc::new(Worker::new(
                ledger.clone(),
                messages.clone(),
                Arc::clone(&steps),
                retry,
                leases,
                health,
            )),
            patrols: Patrols::new(ledger.clone(), calls, messages.clone(), rules),
            ledger,
            messages,
            steps,
        }))
    }

    /// Answers once the decision is committed, then lets the worker look for what is due.
    ///
    /// # Errors
    /// Only the store's: a rule that says no is a [`Reply`].
    pub(crate) async fn handle(&self, command: Command) -> Result<Reply, store::Error> {
        let reply = self.0.commands.handle(command).await;
        if !matches!(reply, Ok(Reply::Refused(_))) {
            self.0.ledger.work.notify_one();
        }
        reply
    }

    /// Makes the key that [`Reply::Claiming`] promised, and shows it in this answer.
    pub(crate) async fn claim(&self, request: RequestId, answer: &PrivateAnswer) {
        self.0.steps.claim(request, answer).await;
    }

    /// The answer to `/request-device` says what the card says, for as long as Discord lets it be edited.
    pub(crate) async fn follow_card(&self, request: RequestId, answer: PrivateAnswer) {
        self.0.messages.follow_card(request, answer).await;
    }

    /// Runs until stopped; then every request in hand finishes the step it is in.
    pub(crate) async fn work(&self, stop: CancellationToken) {
        Arc::clone(&self.0.worker).work(stop).await;
    }

    /// Runs until stopped.
    pub(crate) async fn watch_api_key(&self, stop: CancellationToken) {
        self.0.patrols.watch_api_key(stop).await;
    }

    /// Runs until stopped.
    pub(crate) async fn watch_members(&self, stop: CancellationToken) {
        self.0.patrols.watch_members(stop).await;
    }
}
