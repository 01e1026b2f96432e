//! *Get my key*: a fresh key for a requester who could not be written to, or whose key lapsed. Made on their click
//! and shown in the private answer to it. The same protocol as for a letter, with the answer in the letter's place.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::command::{Click, Reply};
use crate::domain::{DeviceRequest, Event, Handover, ProjectionKind, Refusal, RequestId, State};
use crate::store;

use super::decide::Stop;
use super::retire::Sought;
use super::worker::Lease;
use super::{RecordError, Trouble, Workflow};

/// Why a claim that was granted did not end with a key on the screen.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What is half done is taken back by the worker; the button works again after that.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// One click's right to make a request's key.
#[derive(Debug)]
pub struct Claim {
    request: RequestId,
    _click: Lease,
    _turn: Lease,
    /// The last to go: the worker looks at the request once it is free.
    _call: WakeUpCall,
}

#[derive(Debug)]
struct WakeUpCall(Arc<Notify>);

impl Drop for WakeUpCall {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl From<store::Error> for ClaimError {
    fn from(error: store::Error) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<RecordError> for ClaimError {
    fn from(error: RecordError) -> Self {
        Self::Trouble(error.into())
    }
}

impl Workflow {
    /// Whether this person may claim here and now; makes nothing yet, so that the click can be answered at once.
    pub(super) async fn claim(&self, click: Click) -> Result<Reply, store::Error> {
        let outcome = async {
            let request = self.own_request(&click).await?;
            if !is_reachable_from(&click, &request) {
                return Err(Stop::Refused(Refusal::StaleLetter));
            }
            self.adopt_notice(&click, &request).await?;
            self.is_claimable(&request)?;
            let now = self.parts.clock.now();
            self.pace.spend(click.asker.person.id, now)?;
            Ok(Reply::Claiming(request.id))
        };
        let outcome = outcome.await;
        self.conclude(&click, "claim refused", outcome).await
    }

    /// A notice whose posting was never written down is made known by whoever presses it, and kept true from then on.
    async fn adopt_notice(
        &self,
        click: &Click,
        request: &DeviceRequest,
    ) -> Result<(), store::Error> {
        let is_letter = request.letter.place == click.on;
        if request.notice.place.is_some() || click.privately || is_letter {
            return Ok(());
        }
        let mut notice = request.notice.clone();
        notice.place = click.on;
        notice.shown = 0;
        let store = &self.parts.store;
        store
            .shown(request.id, ProjectionKind::Notice, &notice)
            .await?;
        self.wake.notify_one();
        Ok(())
    }

    /// The right to make the key, for one click at a time: of two clicks at once the second is refused.
    ///
    /// # Errors
    /// What the person should read instead of the key.
    pub async fn begin_claim(&self, id: RequestId) -> Result<Claim, ClaimError> {
        let click = self.claims.take(id).ok_or(Refusal::Busy)?;
        let turn = self.leases.wait_for(id).await;
        Ok(Claim {
            request: id,
            _click: click,
            _turn: turn.ok_or(Refusal::Busy)?,
            _call: WakeUpCall(Arc::clone(&self.wake)),
        })
    }

    /// Makes the key and shows it in the private answer whose token `outbound` keeps.
    ///
    /// # Errors
    /// What the person should read instead of the key.
    pub async fn fulfil(&self, claim: &Claim) -> Result<(), ClaimError> {
        let request = self.parts.store.request(claim.request).await?;
        let request = request.ok_or(Refusal::UnknownRequest)?;
        self.is_claimable(&request)?;
        self.hand_over(request).await
    }

    async fn hand_over(&self, request: DeviceRequest) -> Result<(), ClaimError> {
        let request = self.without_old_key(request).await?;
        self.is_claimable(&request)?;
        let fresh = self.make_key(&request).await?;
        let messenger = &self.parts.messenger;
        let shown = messenger
            .show_key_privately(&fresh.request, &fresh.shown())
            .await;
        shown.map_err(Trouble::from)?;
        Ok(self.delivered(&fresh).await?)
    }

    /// A key that was already collected goes before there is another.
    async fn without_old_key(&self, request: DeviceRequest) -> Result<DeviceRequest, ClaimError> {
        let State::Delivered { key, .. } = &request.state else {
            return Ok(request);
        };
        let sought = Sought::issued(*key);
        let request = self.record(&request, Event::ClaimedAgain, None).await?;
        Ok(self.reclaim(&request, sought).await?)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "in every other state there is nothing to claim"
    )]
    fn is_claimable(&self, request: &DeviceRequest) -> Result<(), Refusal> {
        let until = match &request.state {
            State::Claimable { until, .. }
            | State::Delivered {
                handover: Handover::Claim { until, .. },
                used: false,
                revoking: None,
                ..
            } => *until,
            State::Issuing { .. } => return Err(Refusal::Busy),
            _ => {
                return Err(Refusal::NotNow {
                    status: request.status(),
                });
            }
        };
        (until > self.parts.clock.now())
            .then_some(())
            .ok_or(Refusal::ClaimOver)
    }
}

/// The letter, the notice, or the private answer: the last has no recorded id, but is where they asked.
fn is_reachable_from(click: &Click, request: &DeviceRequest) -> bool {
    click.on.is_some_and(|on| {
        request.letter.place == Some(on)
            || request.notice.place == Some(on)
            || (click.asker.guild.is_some() && on.channel == request.asked_in)
    })
}
