//! What the worker does for a request, one step at a time, and what happens when a step fails. Every step can be
//! repeated. Only here do facts, Headscale and messages meet.

mod account;
mod claim;
mod find_node;
mod interval;
mod issue;
mod late_keys;
mod nodes;
mod reclaim;
mod register;
mod revoke;

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{DeviceRequest, Event, Problem, Rules, State, Status, Step, owed};
use crate::operations::Outcome;

use super::calls::Calls;
use super::leases::Leases;
use super::ledger::Ledger;
use super::messages::Messages;
use super::retry;
use super::step_error::StepError;
use account::Accounts;
use interval::WatchInterval;
use nodes::NodeCache;
use register::Registrar;

/// The steps that [`owed`](crate::domain::owed()) names.
pub(super) struct Steps {
    pub(super) ledger: Ledger,
    pub(super) messages: Messages,
    pub(super) rules: Arc<Rules>,
    /// Shared between the worker and claims.
    pub(super) leases: Leases,
    calls: Calls,
    accounts: Accounts,
    registrar: Registrar,
    nodes: NodeCache,
    interval: WatchInterval,
    /// Clicks on *Get my key* that are being answered.
    claims: Leases,
}

impl Steps {
    pub(super) fn new(ledger: Ledger, calls: Calls, messages: Messages, rules: Arc<Rules>) -> Self {
        let accounts = Accounts {
            ledger: ledger.clone(),
            calls: calls.clone(),
            rules: Arc::clone(&rules),
        };
        let interval = WatchInterval::new(rules.headscale.watch_interval);
        Self {
            nodes: NodeCache::new(calls.clone(), ledger.clock.clone(), interval),
            interval,
            ledger,
            calls,
            messages,
            leases: Leases::default(),
            claims: Leases::default(),
            registrar: Registrar::new(accounts.clone()),
            accounts,
            rules,
        }
    }

    /// Does one step, or without one looks for late keys. A failure is recorded and tried again later, or given up
    /// where no key can be live.
    pub(super) async fn run(
        &self,
        request: &DeviceRequest,
        step: Option<Step>,
    ) -> Result<(), StepError> {
        let Some(step) = step else {
            return self.look_for_late_keys(request).await;
        };
        if request.status() == Status::Approved
            && step != Step::Lapse
            && self.rules.retries.are_spent(request.backoff.attempts)
            && let Some(cause) = request.backoff.last_error.clone()
        {
            return self.give_up(request, step, cause).await;
        }
        match self.take(request, step).await {
            Ok(()) | Err(StepError::Overtaken) => {
                self.count(step, Outcome::Done);
                Ok(())
            }
            Err(error) => self.failed(request, step, error).await,
        }
    }

    async fn take(&self, request: &DeviceRequest, step: Step) -> Result<(), StepError> {
        match (step, &request.state) {
            (Step::OpenLetter, _) => self.open_letter(request).await,
            (Step::Register, _) if !self.may_still_ask(request).await? => {
                Err(StepError::Permanent(Problem::MayNotAsk))
            }
            (Step::Register, _) => self.registrar.register(request).await,
            (Step::Issue, _) => self.issue(request).await,
            (Step::Reclaim, State::Issuing { attempt, .. }) => {
                self.clear_up(request, *attempt).await
            }
            (Step::CallApprovers, _) => {
                self.messages.call_approvers(request).await?;
                self.record(request, Event::Called).await
            }
            (Step::Lapse, _) => self.record(request, Event::Lapsed).await,
            (Step::LookForNode, _) => self.look_for_node(request).await,
            (Step::LapseKey, State::Delivered { key, .. }) => self.lapse_key(request, *key).await,
            (Step::RenameNode, _) => self.rename_node(request).await,
            (Step::Revoke, _) => self.revoke(request).await,
            // `owed` names these steps in those states only.
            (Step::Reclaim | Step::LapseKey, _) => Ok(()),
        }
    }

    async fn record(&self, request: &DeviceRequest, event: Event) -> Result<(), StepError> {
        self.ledger.record(request, event).await?;
        Ok(())
    }

    /// Closed direct messages show here, before any key exists.
    async fn open_letter(&self, request: &DeviceRequest) -> Result<(), StepError> {
        if self.messages.open_letter(request).await? {
            return Ok(());
        }
        let claim_until = claim_until(self);
        self.record(request, Event::LetterRefused { claim_until })
            .await
    }

    /// The one place that logs a failed step.
    async fn failed(
        &self,
        before: &DeviceRequest,
        step: Step,
        trouble: StepError,
    ) -> Result<(), StepError> {
        let store = &self.ledger.store;
        // Whoever revoked or cancelled it meanwhile has ended the trouble, too.
        let today = store.request(before.id).await?;
        let Some(request) = today.filter(|today| owed(today).step.is_some()) else {
            return Ok(());
        };
        let (rules, clock) = (&self.rules.retries, &self.ledger.clock);
        let backoff = retry::backoff(rules, clock, request.backoff.attempts, &trouble);
        let hopeless = matches!(trouble, StepError::Permanent(_))
            || self.rules.retries.are_spent(backoff.attempts);
        if hopeless && !trouble.is_refused_key() && request.status() == Status::Approved {
            return self.give_up(&request, step, trouble.problem()).await;
        }
        self.count(step, Outcome::Retried);
        tracing::warn!(
            request = request.id.0, step = step.into_str(), attempt = backoff.attempts, %trouble,
            retry_at = backoff.retry_at.map(|at| at.to_string()), "step failed"
        );
        let is_news = backoff.last_error != request.backoff.last_error;
        // A lost swap means that the row has moved on, and with it the reason to wait.
        let _ = store
            .postpone(request.id, request.version, &backoff)
            .await?;
        // Card and letter say why nothing happens.
        if is_news {
            store.repaint(request.id).await?;
        }
        Ok(())
    }

    /// Only while the request is approved: in no other state is it certain that no key is live.
    async fn give_up(
        &self,
        request: &DeviceRequest,
        step: Step,
        cause: Problem,
    ) -> Result<(), StepError> {
        self.count(step, Outcome::GaveUp);
        if cause.is_of_link() {
            tracing::info!(request = request.id.0, %cause, "the device was not let in");
        } else {
            tracing::error!(request = request.id.0, %cause, "given up");
        }
        let lapses_at = self.ledger.clock.later(self.rules.requests.ttl);
        let event = match request.sign_in_ends_at() {
            Some(end) if end <= self.ledger.clock.now() => Event::Lapsed,
            Some(end) => Event::GivenUp {
                cause,
                lapses_at: end.min(lapses_at),
            },
            None => Event::GivenUp { cause, lapses_at },
        };
        self.record(request, event).await
    }

    fn count(&self, step: Step, outcome: Outcome) {
        self.ledger.metrics.step(step.into_str(), outcome);
    }
}

/// For a requester who has to come for the key.
fn claim_until(steps: &Steps) -> Timestamp {
    let claim_window = steps.rules.requests.claim_window;
    steps.ledger.clock.later(claim_window)
}
