//! *Get my key*: a fresh key for a requester who could not be written to, or whose key lapsed. The same protocol as for
//! a letter, with the private answer to the click in the letter's place.

use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::{Asker, DeviceRequest, Event, Person, Refusal, RequestId, State};
use crate::outbound::SentAnswer;
use crate::view;

use super::Steps;
use super::reclaim::KeyMatch;
use crate::workflow::step_error::StepError;

/// Whoever asked so lately is still who they were.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(1);

/// How long a click waits for the worker to finish with its request.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a claim that was granted did not end with a key on the screen.
#[derive(Debug, thiserror::Error)]
enum ClaimError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The worker clears up what is half done; then the button works again.
    #[error(transparent)]
    Failed(#[from] StepError),
}

impl Steps {
    /// Replaces the answer by the key, or by the reason why there is none.
    pub(in crate::workflow) async fn claim(
        &self,
        id: RequestId,
        asker: &Asker,
        answer: &SentAnswer,
    ) {
        let Err(refused) = self.collect(id, asker, answer).await else {
            return;
        };
        tracing::warn!(request = id.0, %refused, "the claim was not fulfilled");
        let face = match &refused {
            ClaimError::Refused(refusal) => {
                let (by, event) = (&asker.person, "claim refused");
                let kept = self.ledger.refused(by, Some(id), event, refusal);
                let _ = kept
                    .await
                    .inspect_err(|error| tracing::error!(%error, "not kept"));
                view::refusal(refusal)
            }
            ClaimError::Failed(error) => view::not_claimed(&error.problem()),
        };
        if let Err(error) = self.messages.replace(answer, face).await {
            tracing::warn!(%error, "the claimant was not told");
        }
    }

    /// As Discord says at each attempt, unless they have only just asked.
    pub(super) async fn may_still_ask(&self, request: &DeviceRequest) -> Result<bool, StepError> {
        let now = self.ledger.clock.now();
        if now.duration_since(request.created_at).abs() <= JUST_NOW {
            return Ok(true);
        }
        let member = member(self, &request.requester).await?;
        Ok(member.is_some_and(|member| self.rules.may_ask(&member).is_ok()))
    }

    /// One click at a time makes the key: of two at once the second is refused.
    async fn collect(
        &self,
        id: RequestId,
        asker: &Asker,
        answer: &SentAnswer,
    ) -> Result<(), ClaimError> {
        let click = self.claims.take(id).ok_or(Refusal::Busy)?;
        may_collect(self, asker).await?;
        let lease = self
            .leases
            .wait_for(id, PATIENCE)
            .await
            .ok_or(Refusal::Busy)?;
        let outcome = self.hand_over(id, answer).await;
        drop((click, lease));
        self.ledger.work.notify_one();
        outcome
    }

    async fn hand_over(&self, id: RequestId, answer: &SentAnswer) -> Result<(), ClaimError> {
        let request = self.ledger.store.request(id).await;
        let request = request.map_err(StepError::from)?;
        let request = request.ok_or(Refusal::UnknownRequest)?;
        request.is_claimable(self.ledger.clock.now())?;
        let request = self.without_old_key(request).await?;
        request.is_claimable(self.ledger.clock.now())?;
        let user = self.accounts.of(&request.requester).await?;
        let key = self.make_key(&request, &user).await?;
        let messages = &self.messages;
        messages
            .show_key_privately(answer, &key.request, &key.shown())
            .await?;
        Ok(self.delivered(&key).await?)
    }

    /// A key that was collected before is retired before there is another.
    async fn without_old_key(&self, request: DeviceRequest) -> Result<DeviceRequest, StepError> {
        let State::Delivered { key, .. } = &request.state else {
            return Ok(request);
        };
        let old = KeyMatch::from(*key);
        let request = self.ledger.record(&request, Event::ClaimedAgain).await?;
        let request = self.reclaim(&request, old).await?;
        self.messages.scrub(&request).await;
        Ok(request)
    }
}

/// Whoever left, or lost the role since, gets no key. A click in a direct message says nothing about the member, so
/// Discord is asked; if it does not answer, no key is made either.
async fn may_collect(steps: &Steps, asker: &Asker) -> Result<(), ClaimError> {
    if asker.guild.is_some() {
        return Ok(steps.rules.may_ask(asker)?);
    }
    let member = member(steps, &asker.person).await?;
    Ok(steps.rules.may_ask(&member.ok_or(Refusal::NotAMember)?)?)
}

/// As Discord knows them now, if it does.
async fn member(steps: &Steps, person: &Person) -> Result<Option<Asker>, StepError> {
    let roles = steps.messages.roles_of(person.id).await?;
    Ok(roles.map(|roles| Asker {
        person: person.clone(),
        guild: Some(steps.rules.discord.guild),
        roles,
    }))
}
