//! Makes a key and hands it over. The order is the point: the letter exists before the key, the fingerprint is on
//! disk before the call, the key's number is on disk before the key is shown. Every `?` leaves a row that the next step
//! understands: a row found `issuing` has lost its plaintext, and is reclaimed first.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::domain::{DeviceRequest, Event};
use crate::headscale::KeyOrder;
use crate::store::HeadscaleUser;
use crate::view::ShownKey;

use super::{Steps, claim_until};
use crate::workflow::step_error::StepError;

/// A key that nobody has seen yet. The only place where its plaintext lives.
pub(super) struct UnshownKey {
    pub(super) request: DeviceRequest,
    secret: SecretString,
    expires_at: Timestamp,
}

impl UnshownKey {
    pub(super) fn shown(&self) -> ShownKey<'_> {
        ShownKey {
            secret: &self.secret,
            expires_at: self.expires_at,
        }
    }
}

impl Steps {
    /// Whoever left, or lost the role, has to come for the key.
    pub(super) async fn issue(&self, request: &DeviceRequest) -> Result<(), StepError> {
        if !self.may_still_ask(request).await? {
            let claim_until = claim_until(self);
            let lost = Event::MembershipLost { claim_until };
            return self.record(request, lost).await;
        }
        let user = self.accounts.of(&request.requester).await?;
        let key = self.make_key(request, &user).await?;
        self.messages.show_key(&key.request, &key.shown()).await?;
        self.delivered(&key).await
    }

    pub(super) async fn make_key(
        &self,
        request: &DeviceRequest,
        user: &HeadscaleUser,
    ) -> Result<UnshownKey, StepError> {
        let (life, apart) = (self.rules.keys.expiration, self.calls.expiry_slack());
        let expiration = self.ledger.unique_expiry(life, apart).await?;
        let begun = Event::IssueBegun {
            user: user.id,
            key_expires_at: expiration,
        };
        let request = self.ledger.record(request, begun).await?;
        let order = KeyOrder {
            user: user.id,
            expiration,
            ephemeral: self.rules.keys.ephemeral,
            tags: self.rules.keys.tags.clone(),
        };
        let key = self.calls.create_key(&order).await?;
        let created = Event::KeyCreated { key: key.id };
        Ok(UnshownKey {
            request: self.ledger.record(&request, created).await?,
            secret: key.secret,
            expires_at: expiration,
        })
    }

    /// The key has been shown. From the next interval on, the node that uses it is looked for.
    pub(super) async fn delivered(&self, key: &UnshownKey) -> Result<(), StepError> {
        let now = self.ledger.clock.now();
        let look_at = self.interval.next_look(now, now).min(key.expires_at);
        let event = Event::Delivered { look_at };
        self.record(&key.request, event).await
    }
}
