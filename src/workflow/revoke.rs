//! Taking back what a request gave: first the key, then the node that used it. Said only when it is done.

use crate::domain::{DeviceRequest, Event, JoinedNode, OnRevoke, State};

use super::retire::{Fate, Sought};
use super::{Trouble, Workflow};

impl Workflow {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`owed` names this step for these states only"
    )]
    pub(super) async fn revoke(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let event = match &request.state {
            State::Joined { node, .. } => self.take_back_node(node).await?,
            State::Delivered { key, .. } => {
                self.take_back_key(request, Sought::issued(*key)).await?
            }
            _ => return Ok(()),
        };
        self.record(request, event, None).await?;
        Ok(())
    }

    /// A key that a device has used leads to the device, which is taken back next.
    async fn take_back_key(
        &self,
        request: &DeviceRequest,
        sought: Sought,
    ) -> Result<Event, Trouble> {
        let owner = self.owner_of(&request.requester).await?;
        let Fate::Used(key) = self.retire(sought, owner.owner).await? else {
            return Ok(Event::Revoked);
        };
        let nodes = self.ask(self.parts.headscale.list_nodes()).await?;
        let node = nodes.iter().find(|node| node.preauth_key == Some(key));
        Ok(node.map_or(Event::Revoked, |node| Event::Joined {
            node: self.joined(request, &owner, node),
        }))
    }

    /// A node that is no longer there is as good as taken back.
    async fn take_back_node(&self, node: &JoinedNode) -> Result<Event, Trouble> {
        let headscale = &self.parts.headscale;
        let taken = if self.parts.rules.headscale.on_revoke == OnRevoke::Delete {
            self.ask(headscale.delete_node(node.id)).await
        } else {
            self.ask(headscale.expire_node(node.id)).await.map(drop)
        };
        match taken {
            Ok(()) => Ok(Event::Revoked),
            Err(error) if error.is_not_found() => Ok(Event::Revoked),
            Err(error) => Err(error.into()),
        }
    }
}
