//! One attempt at making a key, how it is stopped, and what is kept of it if Headscale may yet make its key.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{HeadscaleUserId, KeyId, NodeId, Person};

/// How an attempt ends that somebody no longer wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// An approver takes everything back, also a key that exists by now.
    Revoke { by: Person },
    /// The requester wants none, unless there is one by now.
    Cancel,
}

impl Stop {
    pub(crate) fn revoker(&self) -> Option<&Person> {
        match self {
            Self::Revoke { by } => Some(by),
            Self::Cancel => None,
        }
    }
}

/// One attempt at making and showing a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// Whose key or device it is in Headscale, whatever the settings say later.
    pub user: HeadscaleUserId,
    /// Unique to the millisecond among all attempts. If Headscale's answer is lost, the key is found by it.
    pub key_expires_at: Timestamp,
    /// Known once Headscale's answer has been committed.
    pub key: Option<KeyId>,
    pub handover: Handover,
}

/// How a key reaches its requester.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handover {
    /// In the direct message.
    Letter,
    /// In the private answer to *Get my key*.
    Claim {
        because: ClaimReason,
        until: Timestamp,
    },
    /// No key at all: the waiting device is registered.
    SignIn {
        /// The newest node beforehand. If Headscale's answer is lost, a newer node may be the device.
        newest: NodeId,
        /// Once it is known that the device is in, and while it has to get its tags.
        node: Option<NodeId>,
    },
}

/// A key that Headscale has made. The secret itself is never here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IssuedKey {
    pub id: KeyId,
    /// Its owner in Headscale.
    pub user: HeadscaleUserId,
    pub expires_at: Timestamp,
}

impl IssuedKey {
    /// A device that has used the key is looked for at least until then.
    pub(crate) fn looked_for_until(self) -> Timestamp {
        const AFTER_ITS_END: SignedDuration = SignedDuration::from_hours(24);
        let end = self.expires_at.saturating_add(AFTER_ITS_END);
        end.unwrap_or(Timestamp::MAX)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimReason {
    DirectMessagesClosed,
    /// For a time, or for good: whoever presses the button is asked about again.
    MembershipLost,
    KeyLapsed,
}

/// The fingerprint of a key that was ordered and not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Abandoned {
    pub user: HeadscaleUserId,
    pub key_expires_at: Timestamp,
    pub since: Timestamp,
    pub look_at: Timestamp,
}

impl Attempt {
    /// None if it was not to let in a device, or has done so already.
    pub(super) fn registered(self, found: NodeId) -> Option<Self> {
        let Handover::SignIn { newest, node: None } = self.handover else {
            return None;
        };
        let node = Some(found);
        let handover = Handover::SignIn { newest, node };
        Some(Self { handover, ..self })
    }

    /// None if Headscale has answered, or makes no key.
    pub(super) fn abandoned(self, since: Timestamp) -> Option<Abandoned> {
        let is_key = !matches!(self.handover, Handover::SignIn { .. });
        (is_key && self.key.is_none()).then(|| Abandoned {
            user: self.user,
            key_expires_at: self.key_expires_at,
            since,
            look_at: since.saturating_add(Abandoned::PATIENCE).unwrap_or(since),
        })
    }
}

impl Abandoned {
    /// How long Headscale may hang and then still do what it was told. Longer hangs are met by the later looks.
    pub(crate) const PATIENCE: SignedDuration = SignedDuration::from_mins(1);

    /// Looks again after as long as has passed already, and for the last time shortly before the key's end.
    pub(crate) fn looked(self, now: Timestamp) -> Option<Self> {
        let last = self.key_expires_at.saturating_sub(Self::PATIENCE);
        let last = last.unwrap_or(self.key_expires_at);
        let passed = now.duration_since(self.since).max(Self::PATIENCE);
        let next = now.saturating_add(passed).unwrap_or(last);
        (now < last).then_some(Self {
            look_at: next.min(last),
            ..self
        })
    }

    /// The look failed.
    pub(crate) fn postponed(self, now: Timestamp) -> Option<Self> {
        let look_at = now.saturating_add(Self::PATIENCE).ok()?;
        (now < self.key_expires_at).then_some(Self { look_at, ..self })
    }
}
