//! The worker's verbs: one step for one request, and what happens when it fails.

use jiff::Timestamp;

use crate::domain::{
    Attempt, DeviceRequest, Event, Handover, Problem, ProjectionKind, State, Status, Step,
};
use crate::operations::Outcome;
use crate::outbound::{self, Missing};

use super::retire::{Fate, Sought};
use super::{Trouble, Workflow};

impl Workflow {
    /// Does one step; a failure is written down and tried again later, or given up where no key can be live.
    pub(super) async fn step(&self, request: &DeviceRequest, step: Step) -> Result<(), Trouble> {
        if let Some(cause) = self.exhausted(request) {
            self.count(step, Outcome::GaveUp);
            return self.give_up(request, cause).await;
        }
        match self.do_step(request, step).await {
            Ok(()) | Err(Trouble::Overtaken) => {
                self.count(step, Outcome::Done);
                Ok(())
            }
            Err(trouble) => self.after(request, step, trouble).await,
        }
    }

    async fn do_step(&self, request: &DeviceRequest, step: Step) -> Result<(), Trouble> {
        match (step, &request.state) {
            (Step::OpenLetter, _) => self.open_letter(request).await,
            (Step::Register, _) => self.register(request).await,
            (Step::Issue, _) => self.issue(request).await,
            (Step::Reclaim, State::Issuing { attempt, .. }) => {
                self.take_back(request, *attempt).await
            }
            (Step::Lapse, _) => self.told(request, Event::Lapsed).await,
            (Step::LookForNode, _) => self.look_for_node(request).await,
            (Step::LapseKey, State::Delivered { key, .. }) => {
                self.lapse_key(request, Sought::issued(*key)).await
            }
            (Step::RenameNode, _) => self.rename_node(request).await,
            (Step::Revoke, _) => self.revoke(request).await,
            // `owed` names these steps for those states only.
            (Step::Reclaim | Step::LapseKey, _) => Ok(()),
        }
    }

    async fn take_back(&self, request: &DeviceRequest, attempt: Attempt) -> Result<(), Trouble> {
        if let Handover::SignIn { .. } = attempt.handover {
            return self.find_registered(request).await;
        }
        let sought = Sought {
            id: attempt.key,
            expires_at: attempt.key_expires_at,
        };
        self.reclaim(request, sought).await?;
        Ok(())
    }

    async fn told(&self, request: &DeviceRequest, event: Event) -> Result<(), Trouble> {
        self.record(request, event, None).await?;
        Ok(())
    }

    /// Closed direct messages are learnt here, before any key exists.
    async fn open_letter(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        match self.parts.messenger.open_letter(request).await {
            Ok(place) => {
                self.was_shown(request, ProjectionKind::Letter, place)
                    .await?;
                Ok(())
            }
            Err(outbound::Error::Closed | outbound::Error::Gone(Missing::Member)) => {
                self.is_closed(request, ProjectionKind::Letter).await?;
                let claim_until = self.later(self.parts.rules.requests.claim_window);
                self.told(request, Event::LetterRefused { claim_until })
                    .await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Not merely expired by the clock: taken back, so that a slow clock in Headscale leaves nothing usable.
    async fn lapse_key(&self, request: &DeviceRequest, sought: Sought) -> Result<(), Trouble> {
        let owner = self.owner_of(&request.requester).await?;
        let event = match self.retire(sought, owner.owner).await? {
            Fate::Used(_) => Event::KeyUsed,
            Fate::Gone => Event::KeyLapsed {
                claim_until: self.later(self.parts.rules.requests.claim_window),
            },
        };
        self.told(request, event).await
    }

    fn count(&self, step: Step, outcome: Outcome) {
        self.parts.health.metrics().step(step.into_str(), outcome);
    }

    /// One place logs a failed step, once.
    async fn after(
        &self,
        before: &DeviceRequest,
        step: Step,
        trouble: Trouble,
    ) -> Result<(), Trouble> {
        let Some(request) = self.parts.store.request(before.id).await? else {
            return Ok(());
        };
        let attempts = request.backoff.attempts + u32::from(!trouble.is_refused_key());
        let hopeless = matches!(trouble, Trouble::Unmendable(_)) || self.is_spent(attempts);
        if hopeless && !trouble.is_refused_key() && request.status() == Status::Approved {
            self.count(step, Outcome::GaveUp);
            return self.give_up(&request, trouble.problem()).await;
        }
        self.count(step, Outcome::Retried);
        let backoff = self.backoff(request.backoff.attempts, &trouble);
        tracing::warn!(
            request = request.id.0, step = step.into_str(), attempt = backoff.attempts, %trouble,
            retry_at = backoff.retry_at.map(|at| at.to_string()), "step failed"
        );
        let news = backoff.last_error != request.backoff.last_error;
        // A lost swap means that the row has moved on, and with it the reason to wait.
        let _ = self
            .parts
            .store
            .postpone(request.id, request.version, &backoff)
            .await?;
        // Shown on the card, so that nobody wonders why nothing happens.
        if news {
            self.repaint_card(&request).await?;
        }
        Ok(())
    }

    /// Why an approved request is given up: it has failed often enough. Only here, because nowhere else can we be sure
    /// that no key is live.
    fn exhausted(&self, request: &DeviceRequest) -> Option<Problem> {
        let spent = self.is_spent(request.backoff.attempts);
        let cause = request.backoff.last_error.clone();
        (spent && request.status() == Status::Approved)
            .then_some(cause)
            .flatten()
    }

    fn is_spent(&self, attempts: u32) -> bool {
        attempts >= self.parts.rules.retries.attempts
    }

    async fn give_up(&self, request: &DeviceRequest, cause: Problem) -> Result<(), Trouble> {
        tracing::error!(request = request.id.0, %cause, "given up");
        let event = Event::GivenUp {
            cause,
            lapses_at: self.later(self.parts.rules.requests.ttl),
        };
        self.told(request, event).await
    }

    pub(super) fn later(&self, after: std::time::Duration) -> Timestamp {
        let now = self.parts.clock.now();
        now.saturating_add(after).unwrap_or(Timestamp::MAX)
    }
}
