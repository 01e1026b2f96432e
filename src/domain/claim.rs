//! *Get my key*: when a request's key can be collected.

use jiff::Timestamp;

use super::{DeviceRequest, Handover, Refusal, State};

/// Headscale keeps every key that it makes, and nobody needs so many for one device.
const MOST: u32 = 10;

impl DeviceRequest {
    /// # Errors
    /// [`Refusal::Busy`], [`Refusal::ClaimOver`], [`Refusal::TooManyKeys`], or [`Refusal::NotNow`] in a state with nothing to collect.
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
