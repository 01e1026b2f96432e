//! Makes a key and hands it over. The order is the point: the letter exists before the key, the fingerprint is on
//! disk before the call, the key's number is on disk before the key is shown. Every `?` leaves a row that the next step
//! understands: a row found `issuing` has lost its plaintext, and is reclaimed first.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::domain::{DeviceRequest, Event};
use crate::headscale::KeyOrder;
use crate::store::HeadscaleUser;
use crate::view::ShownKey;

use super::Steps;
use super::claim::member;
use crate::workflow::step_error::StepError;

/// Most keys are made within this time of the approval.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(1);

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
    /// A letter that was just posted shows that its reader is still a member. Later Discord is asked, once Headscale
    /// answers: whoever left, or lost the role, has to come for the key.
    pub(super) async fn issue(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let user = self.accounts.of(&request.requester).await?;
        if has_waited(request, self.ledger.clock.now()) {
            let member = member(self, &request.requester).await?;
            if member.is_none_or(|member| self.rules.may_ask(&member).is_err()) {
                let claim_until = self.claim_until();
                let lost = Event::MembershipLost { claim_until };
                return self.record(request, lost).await;
            }
        }
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

fn has_waited(request: &DeviceRequest, now: Timestamp) -> bool {
    let approval = request.state.approval();
    approval.is_some_and(|approval| now.duration_since(approval.at) > AT_ONCE)
}
