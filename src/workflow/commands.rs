//! Answers people. Holds neither the calls to Headscale nor the messages: nothing is called before the answer, because
//! nothing can be.

mod access;
mod claim;
mod decide;
mod departed;
mod list;
mod outcome;
mod submit;
mod throttle;

use std::sync::Arc;

use crate::command::{Command, Reply};
use crate::domain::{Choice, Event, Person, Refusal, RequestId, Rules};
use crate::store;

use super::ledger::Ledger;
use super::sign_in_links::SignInLinks;
use outcome::ClickOutcome;
use throttle::Throttle;

/// A command becomes a row and a reply.
pub(super) struct Commands {
    ledger: Ledger,
    rules: Arc<Rules>,
    links: SignInLinks,
    throttle: Throttle,
}

impl Commands {
    pub(super) fn new(ledger: Ledger, rules: Arc<Rules>, links: SignInLinks) -> Self {
        Self {
            ledger,
            rules,
            links,
            throttle: Throttle::default(),
        }
    }

    /// Every refusal of a rule is kept in the audit log, and counts against the person.
    ///
    /// # Errors
    /// Only the store's: a rule that says no is a [`Reply`].
    pub(super) async fn handle(&self, command: Command) -> Result<Reply, store::Error> {
        let person = command.asker().person.clone();
        if let Err(refusal) = self.throttle.admit(person.id, self.ledger.clock.now()) {
            return Ok(Reply::Refused(refusal));
        }
        let (request, event) = audited_as(&command);
        match self.answer(command).await {
            Ok(reply) | Err(ClickOutcome::Answered(reply)) => Ok(reply),
            Err(ClickOutcome::Store(error)) => Err(error),
            Err(ClickOutcome::Refused(refusal)) => {
                self.refuse(&person, request, event, refusal).await
            }
        }
    }

    async fn answer(&self, command: Command) -> Result<Reply, ClickOutcome> {
        match command {
            Command::RequestDevice(form) => self.submit(form).await,
            Command::Approve(click) => self.grant(&click, |by| Event::Approved { by }).await,
            Command::Retry(click) => self.grant(&click, |by| Event::Retried { by }).await,
            Command::AskToDeny(click) => self.ask_to_deny(&click).await,
            Command::Deny { click, reason } => self.deny(&click, &reason).await,
            Command::Cancel(click) => self.cancel(&click).await,
            Command::Claim(click) => self.permit_claim(&click).await,
            Command::AskToRevoke(click) => self.ask_to_revoke(&click).await,
            Command::Revoke(click) => self.revoke(&click).await,
            Command::List(ask) => self.list(&ask).await,
            Command::PostAgain(click) => self.post_again(&click).await,
            Command::DecideDeparture(click) => self.decide_departure(&click).await,
            Command::Unknown(_) => Err(Refusal::UnknownRequest.into()),
        }
    }

    async fn refuse(
        &self,
        person: &Person,
        request: Option<RequestId>,
        event: &'static str,
        refusal: Refusal,
    ) -> Result<Reply, store::Error> {
        if let Err(too_fast) = self.throttle.spend(person.id, self.ledger.clock.now()) {
            return Ok(Reply::Refused(too_fast));
        }
        self.ledger
            .refused(person, request, event, &refusal)
            .await?;
        Ok(Reply::Refused(refusal))
    }
}

/// What the audit log says if the command is refused.
fn audited_as(command: &Command) -> (Option<RequestId>, &'static str) {
    let (click, event) = match command {
        Command::RequestDevice(_) => return (None, "request refused"),
        Command::List(_) => return (None, "list refused"),
        Command::Unknown(_) => return (None, "unknown refused"),
        Command::DecideDeparture(click) => {
            return match click.choice {
                Choice::ExpireAll => (None, "expire all refused"),
                Choice::Keep => (None, "keep refused"),
            };
        }
        Command::Approve(click) => (click, "approve refused"),
        Command::Retry(click) => (click, "retry refused"),
        Command::AskToDeny(click) | Command::Deny { click, .. } => (click, "deny refused"),
        Command::Cancel(click) => (click, "cancel refused"),
        Command::Claim(click) => (click, "claim refused"),
        Command::AskToRevoke(click) | Command::Revoke(click) => (click, "revoke refused"),
        Command::PostAgain(click) => (click, "post again refused"),
    };
    (Some(click.request), event)
}
