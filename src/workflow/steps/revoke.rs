//! Ends what a request gave: first the key, then the node that used it. Recorded only when it is done.

use crate::domain::{DeviceRequest, Event, IssuedKey, JoinedNode, OnRevoke, State};

use super::Steps;
use super::nodes::joined;
use super::reclaim::KeyFate;
use crate::workflow::step_error::StepError;

impl Steps {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`owed` names this step in these states only"
    )]
    pub(super) async fn revoke(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let event = match &request.state {
            State::Joined { node, .. } => revoke_node(self, node).await?,
            State::Delivered { key, .. } => self.revoke_key(request, *key).await?,
            _ => return Ok(()),
        };
        self.record(request, event).await
    }

    /// A key that a device has used leads to the device, which is revoked next.
    async fn revoke_key(
        &self,
        request: &DeviceRequest,
        key: IssuedKey,
    ) -> Result<Event, StepError> {
        let KeyFate::Used(id) = self.retire(key.into()).await? else {
            return Ok(Event::Revoked);
        };
        let nodes = self.calls.list_nodes().await?;
        let node = nodes.iter().find(|node| node.preauth_key == Some(id));
        let rename = self.rules.headscale.rename_node;
        Ok(node.map_or(Event::Revoked, |node| Event::Joined {
            node: joined(request, key.user, node, rename),
        }))
    }
}

/// A node that is gone already counts as revoked. Where an expired node can come back, it is removed.
async fn revoke_node(steps: &Steps, node: &JoinedNode) -> Result<Event, StepError> {
    let expires = steps.rules.headscale.on_revoke == OnRevoke::Expire
        && steps.calls.release().await?.keeps_expired_devices_out();
    let revoked = if expires {
        steps.calls.expire_node(node.id).await.map(drop)
    } else {
        steps.calls.delete_node(node.id).await
    };
    match revoked {
        Ok(()) => Ok(Event::Revoked),
        Err(error) if error.is_not_found() => Ok(Event::Revoked),
        Err(error) => Err(error.into()),
    }
}
