//! A call that timed out, or whose caller died, can take effect long after Headscale was asked what it has made. Nobody
//! holds such a key, so it is taken back wherever the request has got to meanwhile.

use crate::domain::{Abandoned, DeviceRequest};

use super::Steps;
use super::reclaim::KeyFate;
use crate::workflow::step_error::StepError;

impl Steps {
    pub(in crate::workflow) async fn look_for_late_keys(
        &self,
        request: &DeviceRequest,
    ) -> Result<(), StepError> {
        let now = self.ledger.clock.now();
        for abandoned in request.abandoned.iter().filter(|key| key.look_at <= now) {
            let next = self.look_for_late_key(request, *abandoned).await;
            let store = &self.ledger.store;
            store.looked_for(request.id, abandoned, next).await?;
        }
        Ok(())
    }

    /// Returns when to look again, if at all.
    async fn look_for_late_key(
        &self,
        request: &DeviceRequest,
        abandoned: Abandoned,
    ) -> Option<Abandoned> {
        let (request, now) = (request.id.0, self.ledger.clock.now());
        match self.retire(abandoned.into()).await {
            Ok(KeyFate::Unseen) => abandoned.looked(now),
            Ok(KeyFate::Gone | KeyFate::Used(_)) => {
                tracing::warn!(request, "a key that was made late is taken back");
                None
            }
            Err(trouble) => {
                tracing::warn!(request, %trouble, "not looked for a late key");
                abandoned.postponed(now)
            }
        }
    }
}
