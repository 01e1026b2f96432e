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
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::command::{Command, Reply};
use crate::domain::{Asker, DeviceRequest, MessageRef, RequestId, Rules};
use crate::headscale::Headscale;
use crate::operations::Health;
use crate::outbound::{Messenger, SentAnswer};
use crate::store::{self, Store};

pub(crate) use self::leases::Lease;

use self::calls::Calls;
use self::commands::Commands;
use self::leases::Leases;
use self::ledger::Ledger;
use self::messages::Messages;
use self::patrols::{ApiKeyPatrol, CardPatrol, MemberPatrol, NodePatrol};
use self::sign_in_links::SignInLinks;
use self::steps::Steps;
use self::worker::Worker;

/// How long the answer to a click waits for a card that is just being written.
const CARD_PATIENCE: Duration = Duration::from_millis(100);

/// Cheap to clone; all clones are one workflow.
#[derive(Clone)]
pub(crate) struct Workflow(Arc<Parts>);

struct Parts {
    ledger: Ledger,
    /// Whoever writes a card has it in hand meanwhile, so no older face comes after a newer one.
    drawn: Leases,
    commands: Commands,
    messages: Messages,
    steps: Arc<Steps>,
    worker: Arc<Worker>,
    api_key: ApiKeyPatrol,
    cards: CardPatrol,
    members: MemberPatrol,
    nodes: NodePatrol,
}

impl Workflow {
    pub(crate) fn new(
        store: Arc<Store>,
        headscale: Headscale,
        messenger: Messenger,
        clock: Clock,
        rules: Arc<Rules>,
        health: Health,
    ) -> Self {
        let ledger = Ledger::new(store, clock.clone(), health.metrics().clone());
        let calls = Calls::new(headscale.clone(), clock, health.clone());
        let messages = Messages::new(messenger, ledger.clone(), Arc::clone(&rules));
        let links = SignInLinks {
            rules: Arc::clone(&rules),
            release: Box::new(move || headscale.known_release()),
        };
        let steps = Arc::new(Steps::new(
            ledger.clone(),
            calls.clone(),
            messages.clone(),
            Arc::clone(&rules),
        ));
        let drawn = Leases::default();
        Self(Arc::new(Parts {
            commands: Commands::new(ledger.clone(), Arc::clone(&rules), links),
            worker: Arc::new(Worker::new(Arc::clone(&steps), drawn.clone(), health)),
            nodes: NodePatrol {
                ledger: ledger.clone(),
                calls: calls.clone(),
            },
            api_key: ApiKeyPatrol {
                ledger: ledger.clone(),
                calls,
                messages: messages.clone(),
            },
            cards: CardPatrol {
                ledger: ledger.clone(),
                messages: messages.clone(),
                rules: Arc::clone(&rules),
            },
            members: MemberPatrol {
                ledger: ledger.clone(),
                messages: messages.clone(),
                rules,
            },
            ledger,
            drawn,
            messages,
            steps,
        }))
    }

    /// Answers once the decision is committed, then lets the worker look for what is due. With [`Reply::Decided`] comes
    /// the card, which is nobody else's until the lease is given back.
    ///
    /// # Errors
    /// Only the store's: a rule that says no is a [`Reply`].
    pub(crate) async fn handle(
        &self,
        command: Command,
    ) -> Result<(Reply, Option<Lease>), store::Error> {
        let on = command.decides().and_then(|click| click.on);
        let mut reply = (self.0.commands.handle(command).await?, None);
        if let (Reply::Decided(request), _) = &reply {
            reply = self.card_to_answer(request.id, on).await;
        }
        if !matches!(reply.0, Reply::Refused(_)) {
            self.0.ledger.work.notify_one();
        }
        Ok(reply)
    }

    /// The card that was clicked, as it now is. If somebody has it in hand for longer, they bring it up to date.
    async fn card_to_answer(
        &self,
        id: RequestId,
        on: Option<MessageRef>,
    ) -> (Reply, Option<Lease>) {
        let Some(card) = self.0.drawn.wait_for(id, CARD_PATIENCE).await else {
            return (Reply::Seen, None);
        };
        match self.0.ledger.store.request(id).await {
            Ok(Some(request)) if on.is_some() && on == request.card.place => {
                (Reply::Decided(Box::new(request)), Some(card))
            }
            _ => (Reply::Seen, None),
        }
    }

    /// Discord has taken the answer to a click: the card as this request draws it.
    pub(crate) async fn card_clicked(&self, drawn: &DeviceRequest, answer: SentAnswer) {
        if let Err(error) = self.0.messages.card_clicked(drawn, answer).await {
            tracing::warn!(request = drawn.id.0, %error, "the card is shown again");
        }
    }

    /// Makes the key that [`Reply::Claiming`] promised, and shows it in this answer.
    pub(crate) async fn claim(&self, request: RequestId, asker: &Asker, answer: &SentAnswer) {
        self.0.steps.claim(request, asker, answer).await;
    }

    /// The answer to `/request-device` says what the card says, for as long as Discord lets it be edited.
    pub(crate) async fn follow_card(&self, shown: &DeviceRequest, answer: SentAnswer) {
        self.0.messages.follow_card(shown, answer).await;
    }

    /// Runs until stopped; then every request in hand finishes the step it is in.
    pub(crate) async fn work(&self, stop: CancellationToken) {
        Arc::clone(&self.0.worker).work(stop).await;
    }

    /// Runs until stopped.
    pub(crate) async fn watch_api_key(&self, stop: CancellationToken) {
        self.0.api_key.run(stop).await;
    }

    /// Runs until stopped.
    pub(crate) async fn watch_cards(&self, stop: CancellationToken) {
        self.0.cards.run(stop).await;
    }

    /// Runs until stopped.
    pub(crate) async fn watch_nodes(&self, stop: CancellationToken) {
        self.0.nodes.run(stop).await;
    }

    /// Runs until stopped.
    pub(crate) async fn watch_members(&self, stop: CancellationToken) {
        self.0.members.run(stop).await;
    }
}
