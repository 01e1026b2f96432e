//! Makes sure that nobody can use a key: list, expire, **list again**. Without the second look, a device that joined
//! between the first look and the expiry would be overlooked, and one approval would enrol two devices.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{
    Abandoned, Attempt, DeviceRequest, Event, Handover, HeadscaleUserId, IssuedKey, KeyId,
};
use crate::headscale::{self, PreAuthKey};
use crate::store::Store;

use super::{Steps, claim_until};
use crate::workflow::step_error::StepError;

/// How to recognise a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyMatch {
    id: Option<KeyId>,
    /// Its owner.
    user: HeadscaleUserId,
    /// Its unique expiration: all there is when the answer to its creation was lost.
    expires_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyFate {
    Used(KeyId),
    /// It cannot be used any more.
    Gone,
    /// Its number is not known, and no list has it: it was never made, or is still to be made.
    Unseen,
}

impl From<IssuedKey> for KeyMatch {
    fn from(key: IssuedKey) -> Self {
        Self {
            id: Some(key.id),
            user: key.user,
            expires_at: key.expires_at,
        }
    }
}

impl From<Attempt> for KeyMatch {
    fn from(attempt: Attempt) -> Self {
        Self {
            id: attempt.key,
            user: attempt.user,
            expires_at: attempt.key_expires_at,
        }
    }
}

impl From<Abandoned> for KeyMatch {
    fn from(key: Abandoned) -> Self {
        Self {
            id: None,
            user: key.user,
            expires_at: key.key_expires_at,
        }
    }
}

impl KeyMatch {
    /// `slack`: how much later than ordered a key may expire.
    fn matches(&self, key: &PreAuthKey, slack: Duration) -> bool {
        match self.id {
            Some(id) => key.id == id,
            None => key.user == Some(self.user) && expires_at(key, self.expires_at, slack),
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
        self.reclaim(request, attempt.into()).await?;
        Ok(())
    }

    /// The key's own end is not enough: a slow clock in Headscale would leave it usable.
    pub(super) async fn lapse_key(
        &self,
        request: &DeviceRequest,
        key: IssuedKey,
    ) -> Result<(), StepError> {
        let event = match self.retire(key.into()).await? {
            KeyFate::Used(_) => Event::KeyUsed,
            KeyFate::Gone | KeyFate::Unseen => Event::KeyLapsed {
                claim_until: claim_until(self),
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
        let event = match self.retire(key).await? {
            KeyFate::Used(key) => Event::FoundUsed { key },
            KeyFate::Gone | KeyFate::Unseen => Event::Reclaimed,
        };
        Ok(self.ledger.record(request, event).await?)
    }

    /// Repeatable: expiring an expired key changes nothing. A key known by its number is expired even if the list leaves
    /// it out: one list that lacks it does not prove that it is gone.
    pub(super) async fn retire(&self, sought: KeyMatch) -> Result<KeyFate, StepError> {
        let before = self.find_key(sought).await?;
        let Some(id) = before.as_ref().map(|key| key.id).or(sought.id) else {
            return Ok(KeyFate::Unseen);
        };
        if before.as_ref().is_some_and(|key| key.used) {
            return Ok(KeyFate::Used(id));
        }
        let now = self.ledger.clock.now();
        match self.calls.expire_key(id, sought.user).await {
            // Up to 0.27 a key that is not listed cannot be expired, only waited for.
            Err(error) if error.is_not_found() && sought.expires_at < now => {}
            expired => expired?,
        }
        let known = KeyMatch {
            id: Some(id),
            ..sought
        };
        match self.find_key(known).await? {
            Some(after) if after.used => Ok(KeyFate::Used(id)),
            Some(after) if still_lives(before.as_ref(), &after, now) => {
                Err(headscale::Error::NotExpired.into())
            }
            Some(_) => {
                self.delete(id).await;
                Ok(KeyFate::Gone)
            }
            None => self.fate_of_missing(id).await,
        }
    }

    /// Headscale would list the dead key for ever, and nobody has used it.
    async fn delete(&self, key: KeyId) {
        if let Err(error) = self.calls.delete_key(key).await {
            tracing::warn!(key = key.0, %error, "a dead key was not deleted");
        }
    }

    /// It is in no list, and can no longer be used. A device that has used it still shows it.
    async fn fate_of_missing(&self, key: KeyId) -> Result<KeyFate, StepError> {
        let nodes = self.calls.list_nodes().await?;
        let used = nodes.iter().any(|node| node.preauth_key == Some(key));
        Ok(if used {
            KeyFate::Used(key)
        } else {
            KeyFate::Gone
        })
    }

    async fn find_key(&self, sought: KeyMatch) -> Result<Option<PreAuthKey>, StepError> {
        let keys = self.calls.list_keys(sought.user).await?;
        let slack = self.calls.expiry_slack();
        for key in keys.into_iter().filter(|key| sought.matches(key, slack)) {
            if sought.id.is_some() || !is_known(&self.ledger.store, &key, slack).await? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}

/// A number is surer than a fingerprint, and ends may come to lie close together, or be the same again.
async fn is_known(store: &Store, key: &PreAuthKey, slack: Duration) -> Result<bool, StepError> {
    let Some(to) = key.expiration else {
        return Ok(false);
    };
    let from = to.saturating_sub(slack).unwrap_or(Timestamp::MIN);
    Ok(store.held().knows_key(key.id, (from, to)).await?)
}

/// Headscale 0.28 and 0.29 answer 200 to an expiry that did nothing, so the list has the last word. Only an unchanged
/// expiration proves anything: Headscale's clock may be ahead of ours.
fn still_lives(before: Option<&PreAuthKey>, after: &PreAuthKey, now: Timestamp) -> bool {
    before.is_none_or(|before| after.expiration == before.expiration)
        && after.expiration.is_some_and(|at| at > now)
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/reclaim.rs"]
mod tests;
