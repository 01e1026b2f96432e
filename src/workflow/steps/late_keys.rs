//! A call that timed out, or whose caller died, can take effect long after Headscale was asked what it has made. Nobody
//! holds such a key, so it is taken back wherever the request has got to meanwhile.

use jiff::Timestamp;

use crate::domain::{Abandoned, DeviceRequest};

use super::Steps;
use super::reclaim::KeyFate;
use crate::workflow::step_error::StepError;

impl Steps {
    pub(super) async fn look_for_late_keys(
        &self,
        request: &DeviceRequest,
    ) -> Result<(), StepError> {
        // What the worker found due is due, even if the clock was set back.
        let now = self.ledger.clock.now().max(request.updated_at);
        for abandoned in request.abandoned.iter().filter(|key| key.look_at <= now) {
            let next = look_for(self, *abandoned, now).await;
            let store = &self.ledger.store;
            store.looked_for(request.id, abandoned, next).await?;
        }
        Ok(())
    }
}

/// Returns when to look again, if at all.
async fn look_for(steps: &Steps, abandoned: Abandoned, now: Timestamp) -> Option<Abandoned> {
    match steps.retire(abandoned.into()).await {
        Ok(KeyFate::Unseen) => abandoned.looked(now),
        Ok(KeyFate::Gone | KeyFate::Used(_)) => {
            tracing::warn!("a key that was made late is taken back");
            None
        }
        Err(trouble) => {
            tracing::warn!(%trouble, "not looked for a late key");
            abandoned.postponed(now)
        }
    }
}
