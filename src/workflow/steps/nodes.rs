//! Headscale's nodes: who used a key, and what a request keeps of a node.

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::domain::{DeviceRequest, HeadscaleUserId, JoinedNode, KeyId, Naming, Standing};
use crate::headscale::{Error, Node};
use crate::workflow::calls::Calls;

use super::interval::WatchInterval;

/// Everybody who looks within the same interval shares one list, even if listing failed.
pub(super) struct NodeCache {
    calls: Calls,
    clock: Clock,
    interval: WatchInterval,
    last: Mutex<Option<Snapshot>>,
}

struct Snapshot {
    at: Timestamp,
    nodes: Result<Vec<Node>, Error>,
}

impl NodeCache {
    pub(super) fn new(calls: Calls, clock: Clock, interval: WatchInterval) -> Self {
        Self {
            calls,
            clock,
            interval,
            last: Mutex::default(),
        }
    }

    pub(super) async fn user_of(&self, key: KeyId) -> Result<Option<Node>, Error> {
        let mut last = self.last.lock().await;
        let at = self.clock.now();
        let recent = last
            .take()
            .filter(|snapshot| self.interval.is_same(snapshot.at, at));
        let snapshot = match recent {
            Some(snapshot) => snapshot,
            None => Snapshot {
                at,
                nodes: self.calls.list_nodes().await,
            },
        };
        last.insert(snapshot).user_of(key)
    }
}

impl Snapshot {
    fn user_of(&self, key: KeyId) -> Result<Option<Node>, Error> {
        let nodes = self.nodes.as_ref().map_err(Clone::clone)?;
        let mut users = nodes.iter().filter(|node| node.preauth_key == Some(key));
        Ok(users.next().cloned())
    }
}

/// `user`: whose the node is meant to be. `rename`: nodes get the name that was requested.
pub(super) fn joined(
    request: &DeviceRequest,
    user: HeadscaleUserId,
    node: &Node,
    rename: bool,
) -> JoinedNode {
    // A tagged node belongs to its tags, as its key said.
    let as_meant = !node.tags.is_empty() || node.user == Some(user);
    let named = !rename || node.given_name == request.device.as_str();
    JoinedNode {
        id: node.id,
        name: node.given_name.clone(),
        addresses: node.addresses.clone(),
        other_owner: (!as_meant).then(|| node.user_name.clone()),
        naming: if named { Naming::Settled } else { Naming::Owed },
        standing: Standing::In,
    }
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/nodes.rs"]
mod tests;
