//! After the key is out: which node used it? Known by the key's number, never guessed from names. All requests that
//! are watched share one list of Headscale's nodes.

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::domain::{
    Backoff, DeviceRequest, Event, IssuedKey, JoinedNode, KeyId, Naming, Problem, State,
};
use crate::headscale::{self, Node};
use crate::store::HeadscaleUser;

use super::Steps;
use crate::workflow::step_error::StepError;

/// The last list, for everybody who looks within the same interval; a failure too.
#[derive(Debug, Default)]
pub(super) struct NodeCache(Mutex<Option<Snapshot>>);

#[derive(Debug)]
struct Snapshot {
    at: Timestamp,
    nodes: Result<Vec<Node>, headscale::Error>,
}

impl Snapshot {
    fn user_of(&self, key: KeyId) -> Result<Option<Node>, headscale::Error> {
        let nodes = self.nodes.as_ref().map_err(Clone::clone)?;
        let mut users = nodes.iter().filter(|node| node.preauth_key == Some(key));
        Ok(users.next().cloned())
    }
}

impl Steps {
    /// If the node that used the key is gone again, that shows at the key's end.
    pub(super) async fn look_for_node(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let State::Delivered { key, .. } = &request.state else {
            return Ok(());
        };
        let Some(node) = self.user_of(key.id).await? else {
            return self.look_again_later(request, key).await;
        };
        let user = self.accounts.of(&request.requester).await?;
        let mut node = joined(request, &user, &node, self.rules.headscale.rename_node);
        // Renamed before it is recorded: row, card and letter then change only once.
        let named = self.name_node(request, &mut node).await;
        self.record(request, Event::Joined { node }).await?;
        Ok(named?)
    }

    async fn user_of(&self, key: KeyId) -> Result<Option<Node>, headscale::Error> {
        let mut last = self.nodes.0.lock().await;
        let at = self.ledger.clock.now();
        if let Some(snapshot) = last.as_ref()
            && self.interval.is_same(snapshot.at, at)
        {
            return snapshot.user_of(key);
        }
        let nodes = self.calls.list_nodes().await;
        last.insert(Snapshot { at, nodes }).user_of(key)
    }

    async fn look_again_later(
        &self,
        request: &DeviceRequest,
        key: &IssuedKey,
    ) -> Result<(), StepError> {
        let now = self.ledger.clock.now();
        let next = self.interval.next_look(request.updated_at, now);
        let backoff = Backoff::until(next.min(key.expires_at));
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

/// `rename`: nodes get the name that was requested.
pub(super) fn joined(
    request: &DeviceRequest,
    user: &HeadscaleUser,
    node: &Node,
    rename: bool,
) -> JoinedNode {
    // A tagged node belongs to its tags, as its key said.
    let as_meant = !node.tags.is_empty() || node.user == Some(user.id);
    let named = !rename || node.given_name == request.device.as_str();
    JoinedNode {
        id: node.id,
        name: node.given_name.clone(),
        addresses: node.addresses.clone(),
        other_owner: (!as_meant).then(|| node.user_name.clone()),
        naming: if named { Naming::Settled } else { Naming::Owed },
    }
}
