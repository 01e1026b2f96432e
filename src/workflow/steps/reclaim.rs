//! Makes sure that nobody can use a key: list, expire, **list again**. Without the second look, a device that joined
//! between the first look and the expiry would be overlooked, and one approval would enrol two devices.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Attempt, DeviceRequest, Event, Handover, HeadscaleUserId, IssuedKey, KeyId};
use crate::headscale::{self, PreAuthKey};

use super::Steps;
use crate::workflow::step_error::StepError;

/// How to recognise a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyMatch {
    pub(super) id: Option<KeyId>,
    /// Its unique expiration: all there is when the answer to its creation was lost.
    pub(super) expires_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyFate {
    Used(KeyId),
    /// It cannot be used any more, or it never existed.
    Gone,
}

impl KeyMatch {
    pub(super) fn issued(key: IssuedKey) -> Self {
        Self {
            id: Some(key.id),
            expires_at: key.expires_at,
        }
    }

    /// `slack`: how much later than ordered a key may expire.
    fn matches(&self, key: &PreAuthKey, user: HeadscaleUserId, slack: Duration) -> bool {
        match self.id {
            Some(id) => key.id == id,
            None => key.user == Some(user) && expires_at(key, self.expires_at, slack),
        }
    }
}

fn expires_at(key: &PreAuthKey, ordered: Timestamp, slack: Duration) -> bool {
    let latest = ordered.saturating_add(slack).unwrap_or(Timestamp::MAX);
    let within = ordered.as_millisecond()..=latest.as_millisecond();
    key.expiration
        .is_some_and(|at| within.contains(&at.as_millisecond()))
}

impl Steps {
    pub(super) async fn clear_up(
        &self,
        request: &DeviceRequest,
        attempt: Attempt,
    ) -> Result<(), StepError> {
        if let Handover::SignIn { .. } = attempt.handover {
            return self.registrar.find_registered(request).await;
        }
        let key = KeyMatch {
            id: attempt.key,
            expires_at: attempt.key_expires_at,
        };
        self.reclaim(request, key).await?;
        Ok(())
    }

    /// The key's own end is not enough: a slow clock in Headscale would leave it usable.
    pub(super) async fn lapse_key(
        &self,
        request: &DeviceRequest,
        key: IssuedKey,
    ) -> Result<(), StepError> {
        let key = KeyMatch::issued(key);
        let user = self.accounts.of(&request.requester).await?;
        let event = match self.retire(key, user.id).await? {
            KeyFate::Used(_) => Event::KeyUsed,
            KeyFate::Gone => Event::KeyLapsed {
                claim_until: self.ledger.clock.later(self.rules.requests.claim_window),
            },
        };
        self.record(request, event).await
    }

    /// Whoever knew the plaintext is gone, so no key of this attempt may stay usable.
    pub(super) async fn reclaim(
        &self,
        request: &DeviceRequest,
        key: KeyMatch,
    ) -> Result<DeviceRequest, StepError> {
        let user = self.accounts.of(&request.requester).await?;
        let event = match self.retire(key, user.id).await? {
            KeyFate::Used(key) => Event::FoundUsed { key },
            KeyFate::Gone => Event::Reclaimed,
        };
        Ok(self.ledger.record(request, event).await?)
    }

    /// Repeatable: expiring an expired key changes nothing.
    pub(super) async fn retire(
        &self,
        sought: KeyMatch,
        user: HeadscaleUserId,
    ) -> Result<KeyFate, StepError> {
        let Some(key) = self.find_key(sought, user).await? else {
            return Ok(KeyFate::Gone);
        };
        if key.used {
            return Ok(KeyFate::Used(key.id));
        }
        self.calls.expire_key(key.id, user).await?;
        let known = KeyMatch {
            id: Some(key.id),
            ..sought
        };
        match self.find_key(known, user).await? {
            Some(after) if after.used => Ok(KeyFate::Used(after.id)),
            Some(after) if still_lives(&key, &after, self.ledger.clock.now()) => {
                Err(headscale::Error::NotExpired.into())
            }
            _ => Ok(KeyFate::Gone),
        }
    }

    async fn find_key(
        &self,
        sought: KeyMatch,
        user: HeadscaleUserId,
    ) -> Result<Option<PreAuthKey>, headscale::Error> {
        let keys = self.calls.list_keys(user).await?;
        let slack = self.calls.expiry_slack();
        Ok(keys
            .into_iter()
            .find(|key| sought.matches(key, user, slack)))
    }
}

/// Headscale 0.28 and 0.29 answer 200 to an expiry that did nothing, so the list has the last word. Only an unchanged
/// expiration proves anything: Headscale's clock may be ahead of ours.
fn still_lives(before: &PreAuthKey, after: &PreAuthKey, now: Timestamp) -> bool {
    after.expiration == before.expiration && after.expiration.is_some_and(|at| at > now)
}
