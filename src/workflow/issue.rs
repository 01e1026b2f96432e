//! Handing over a key. The order is the point: the letter exists before the key, the fingerprint is on disk before
//! the call, the key's id is on disk before the key is shown. Every `?` leaves a row that the next tick understands:
//! a row found `issuing` has lost its plaintext and is reclaimed first.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::domain::{DeviceRequest, Event};
use crate::headscale::KeyOrder;
use crate::store::Account;
use crate::view::ShownKey;

use super::retire::Sought;
use super::{RecordError, Trouble, Workflow};

/// A key that has been made and not yet been shown. The only place where its plaintext lives.
pub(super) struct Fresh {
    pub(super) request: DeviceRequest,
    secret: SecretString,
    expires_at: Timestamp,
}

impl Fresh {
    pub(super) fn shown(&self) -> ShownKey<'_> {
        ShownKey {
            secret: &self.secret,
            expires_at: self.expires_at,
        }
    }
}

impl Workflow {
    pub(super) async fn issue(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let fresh = self.make_key(request).await?;
        self.show_letter_with_key(&fresh).await?;
        Ok(self.delivered(&fresh).await?)
    }

    /// The key has been shown; the node that uses it is looked for from the next interval on.
    pub(super) async fn delivered(&self, fresh: &Fresh) -> Result<(), RecordError> {
        let look_at = self.next_look(self.parts.clock.now());
        let look_at = look_at.min(fresh.expires_at);
        let event = Event::Delivered { look_at };
        self.record(&fresh.request, event, None).await?;
        Ok(())
    }

    /// From a decision to a key that nobody has seen.
    pub(super) async fn make_key(&self, request: &DeviceRequest) -> Result<Fresh, Trouble> {
        let owner = self.owner_of(&request.requester).await?;
        let key_expires_at = self.unique_expiry().await?;
        let request = self
            .record(request, Event::IssueBegun { key_expires_at }, None)
            .await?;
        let order = self.order(&owner, key_expires_at);
        let key = self.ask(self.parts.headscale.create_key(&order)).await?;
        let request = self
            .record(&request, Event::KeyCreated { key: key.id }, None)
            .await?;
        Ok(Fresh {
            request,
            secret: key.secret,
            expires_at: key_expires_at,
        })
    }

    /// The fingerprint of one attempt. Where Headscale keeps keys longer than it was told to, fingerprints lie further
    /// apart.
    pub(super) async fn unique_expiry(&self) -> Result<Timestamp, Trouble> {
        let wanted = self.later(self.parts.rules.keys.expiration);
        let apart = self.parts.headscale.expiry_slack();
        Ok(self.parts.store.unique_key_expiry(wanted, apart).await?)
    }

    fn order(&self, owner: &Account, expiration: Timestamp) -> KeyOrder {
        KeyOrder {
            user: owner.owner,
            expiration,
            ephemeral: self.parts.rules.keys.ephemeral,
            tags: self.parts.rules.keys.tags.clone(),
        }
    }

    /// Whoever knew the plaintext is gone: no key of this attempt may stay usable.
    pub(super) async fn reclaim(
        &self,
        request: &DeviceRequest,
        sought: Sought,
    ) -> Result<DeviceRequest, Trouble> {
        let owner = self.owner_of(&request.requester).await?;
        let fate = self.retire(sought, owner.owner).await?;
        Ok(self.record(request, fate.of_attempt(), None).await?)
    }
}
