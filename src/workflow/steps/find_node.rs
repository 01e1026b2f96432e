//! Finds the node that used a key: by the key's number, never by a guess from names.

use jiff::Timestamp;

use crate::domain::{Backoff, DeviceRequest, Event, JoinedNode, Naming, Problem, State};
use crate::headscale;

use super::Steps;
use super::nodes::joined;
use crate::workflow::step_error::StepError;

impl Steps {
    /// If the node that used the key is gone again, that shows at the key's end.
    pub(super) async fn look_for_node(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let State::Delivered { key, used, .. } = &request.state else {
            return Ok(());
        };
        let Some(node) = self.nodes.user_of(key.id).await? else {
            if *used && self.ledger.clock.now() >= key.looked_for_until() {
                return self.record(request, Event::NodeNotFound).await;
            }
            let key_ends = (!used).then_some(key.expires_at);
            return self.look_again_later(request, key_ends).await;
        };
        let mut node = joined(request, key.user, &node, self.rules.headscale.rename_node);
        // Renamed before it is recorded: row, card and letter then change only once.
        let named = self.name_node(request, &mut node).await;
        self.record(request, Event::Joined { node }).await?;
        Ok(named?)
    }

    /// An unused key is looked at once more when it ends.
    async fn look_again_later(
        &self,
        request: &DeviceRequest,
        key_ends: Option<Timestamp>,
    ) -> Result<(), StepError> {
        let now = self.ledger.clock.now();
        let next = self.interval.next_look(request.updated_at, now);
        let backoff = Backoff::until(key_ends.map_or(next, |end| next.min(end)));
        // A lost swap means that the row has moved on, and with it the reason to wait.
        let store = &self.ledger.store;
        let _ = store
            .postpone(request.id, request.version, &backoff)
            .await?;
        Ok(())
    }

    pub(super) async fn rename_node(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let State::Joined { node, .. } = &request.state else {
            return Ok(());
        };
        let mut node = node.clone();
        self.name_node(request, &mut node).await?;
        let JoinedNode { name, naming, .. } = node;
        self.record(request, Event::Named { name, naming }).await
    }

    /// A name that Headscale will not give is reported, not forced.
    async fn name_node(
        &self,
        request: &DeviceRequest,
        node: &mut JoinedNode,
    ) -> Result<(), headscale::Error> {
        if node.naming != Naming::Owed {
            return Ok(());
        }
        let renamed = self.calls.rename_node(node.id, request.device.as_str());
        match renamed.await {
            Ok(renamed) => {
                node.name = renamed.given_name;
                node.naming = Naming::Settled;
            }
            Err(error) if error.is_transient() || error.is_unauthorised() => return Err(error),
            Err(error) => {
                let cause = Problem::from(&error);
                node.naming = Naming::Refused { cause };
            }
        }
        Ok(())
    }
}
