//! Taking a key back so that nobody can use it: list, expire, **list again**. Without the second look a device that
//! joined between the look and the expiry would be overlooked, and one approval would enrol two devices.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Event, HeadscaleUserId, IssuedKey, KeyId};
use crate::headscale::{self, PreAuthKey};

use super::{Trouble, Workflow};

/// How to know a key again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought {
    pub(super) id: Option<KeyId>,
    /// Its unique expiration: all there is when the answer to its creation was lost.
    pub(super) expires_at: Timestamp,
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Used(KeyId),
    /// It cannot be used any more, or it never was.
    Gone,
}

impl Sought {
    pub(super) fn issued(key: IssuedKey) -> Self {
        Self {
            id: Some(key.id),
            expires_at: key.expires_at,
        }
    }

    /// `slack`: by how much a key may end later than it was ordered to.
    fn is(&self, key: &PreAuthKey, owner: HeadscaleUserId, slack: Duration) -> bool {
        match self.id {
            Some(id) => key.id == id,
            None => key.user == Some(owner) && ends_at(key.expiration, self.expires_at, slack),
        }
    }
}

fn ends_at(theirs: Option<Timestamp>, ours: Timestamp, slack: Duration) -> bool {
    let latest = ours.saturating_add(slack).unwrap_or(Timestamp::MAX);
    let within = ours.as_millisecond()..=latest.as_millisecond();
    theirs.is_some_and(|theirs| within.contains(&theirs.as_millisecond()))
}

impl Fate {
    /// The event of an interrupted attempt whose key has this fate.
    pub(super) fn of_attempt(self) -> Event {
        match self {
            Self::Used(key) => Event::FoundUsed { key },
            Self::Gone => Event::Reclaimed,
        }
    }
}

impl Workflow {
    /// Repeatable: expiring an expired key changes nothing.
    pub(super) async fn retire(
        &self,
        sought: Sought,
        owner: HeadscaleUserId,
    ) -> Result<Fate, Trouble> {
        let headscale = &self.parts.headscale;
        let Some(key) = self.find_key(sought, owner).await? else {
            return Ok(Fate::Gone);
        };
        if key.used {
            return Ok(Fate::Used(key.id));
        }
        self.ask(headscale.expire_key(key.id, owner)).await?;
        let known = Sought {
            id: Some(key.id),
            ..sought
        };
        match self.find_key(known, owner).await? {
            Some(after) if after.used => Ok(Fate::Used(after.id)),
            Some(after) if self.still_lives(&key, &after) => {
                Err(headscale::Error::NotExpired.into())
            }
            _ => Ok(Fate::Gone),
        }
    }

    async fn find_key(
        &self,
        sought: Sought,
        owner: HeadscaleUserId,
    ) -> Result<Option<PreAuthKey>, Trouble> {
        let keys = self.ask(self.parts.headscale.list_keys(&[owner])).await?;
        let slack = self.parts.headscale.expiry_slack();
        Ok(keys.into_iter().find(|key| sought.is(key, owner, slack)))
    }

    /// Headscale 0.28 and 0.29 answer 200 to an expiry that did nothing, so the list has the last word. Only an
    /// unchanged expiration tells: Headscale's clock may be ahead of ours.
    fn still_lives(&self, before: &PreAuthKey, after: &PreAuthKey) -> bool {
        let now = self.parts.clock.now();
        after.expiration == before.expiration && after.expiration.is_some_and(|at| at > now)
    }
}
