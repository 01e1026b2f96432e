//! *Get my key*: when a request's key can be collected.

use jiff::{SignedDuration, Timestamp};

use super::{DeviceRequest, Handover, Refusal, State};

/// Headscale keeps every key that it makes, and nobody needs so many for one device.
const MOST: u32 = 10;

/// How long before its end a requester is reminded of an offer; of a short one, halfway.
const REMINDER: SignedDuration = SignedDuration::from_hours(24);

impl DeviceRequest {
    /// When a requester who cannot be written to is called once more. None while there is nothing to collect.
    pub(crate) fn reminded_at(&self) -> Option<Timestamp> {
        let State::Claimable { until, .. } = &self.state else {
            return None;
        };
        let half = until.duration_since(self.updated_at) / 2;
        let at = until.checked_sub(half.min(REMINDER)).ok();
        at.filter(|_| self.claims < MOST)
    }

    /// # Errors
    /// [`Refusal::Busy`], [`Refusal::TooManyKeys`], [`Refusal::ClaimOver`], or [`Refusal::NotNow`] in a state with nothing
    /// to collect.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "no other state has anything to collect"
    )]
    pub fn is_claimable(&self, now: Timestamp) -> Result<(), Refusal> {
        let status = self.status();
        let until = match &self.state {
            State::Claimable { until, .. }
            | State::Delivered {
                handover: Handover::Claim { until, .. },
                used: false,
                revoking: None,
                ..
            } => *until,
            State::Issuing { .. } => return Err(Refusal::Busy),
            _ => return Err(Refusal::NotNow { status }),
        };
        if self.claims >= MOST {
            return Err(Refusal::TooManyKeys { limit: MOST });
        }
        (until > now).then_some(()).ok_or(Refusal::ClaimOver)
    }
}
