//! After the key is out: which node used it? Told by the key's number, never guessed from names. All watched
//! requests share one look at Headscale's nodes.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::domain::{
    Backoff, DeviceRequest, Event, IssuedKey, JoinedNode, KeyId, Naming, Problem, State,
};
use crate::headscale::{self, Node};
use crate::store::Account;

use super::{Trouble, Workflow};

/// The last look, shared by everybody who wants one in the same interval; a failed one, too.
#[derive(Debug, Default)]
pub(super) struct Census(Mutex<Option<Look>>);

#[derive(Debug)]
struct Look {
    at: Timestamp,
    nodes: Result<Vec<Node>, headscale::Error>,
}

impl Look {
    fn user_of(&self, key: KeyId) -> Result<Option<Node>, headscale::Error> {
        let nodes = self.nodes.as_ref().map_err(Clone::clone)?;
        let mut users = nodes.iter().filter(|node| node.preauth_key == Some(key));
        Ok(users.next().cloned())
    }
}

impl Workflow {
    /// A key that was used by a node that is gone again is noticed at the key's end.
    pub(super) async fn look_for_node(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let State::Delivered { key, .. } = &request.state else {
            return Ok(());
        };
        let Some(node) = self.user_of(key.id).await? else {
            return self.look_again_later(request, key).await;
        };
        let owner = self.owner_of(&request.requester).await?;
        let mut node = self.joined(request, &owner, &node);
        // At once, so that row, card and letter are written only once more. Done twice it does no harm.
        let named = self.name_node(request, &mut node).await;
        self.record(request, Event::Joined { node }, None).await?;
        named?;
        Ok(())
    }

    async fn user_of(&self, key: KeyId) -> Result<Option<Node>, headscale::Error> {
        let mut last = self.census.0.lock().await;
        let now = self.parts.clock.now();
        if let Some(look) = last.as_ref().filter(|look| self.is_fresh(look, now)) {
            return look.user_of(key);
        }
        let nodes = self.ask(self.parts.headscale.list_nodes()).await;
        last.insert(Look { at: now, nodes }).user_of(key)
    }

    fn is_fresh(&self, look: &Look, now: Timestamp) -> bool {
        let which = |moment: Timestamp| moment.as_millisecond() / self.interval();
        which(look.at) == which(now)
    }

    /// In milliseconds.
    fn interval(&self) -> i64 {
        let interval = self.parts.rules.headscale.watch_interval.as_millis();
        i64::try_from(interval).unwrap_or(i64::MAX).max(1)
    }

    /// Often at first, when somebody sits in front of the device; ever less often later.
    async fn look_again_later(
        &self,
        request: &DeviceRequest,
        key: &IssuedKey,
    ) -> Result<(), Trouble> {
        let next = self.next_look(request.updated_at).min(key.expires_at);
        let backoff = Backoff::until(next);
        // A lost swap means that the row has moved on, and with it the reason to wait.
        let _ = self
            .parts
            .store
            .postpone(request.id, request.version, &backoff)
            .await?;
        Ok(())
    }

    /// A tenth of the time that has passed, in whole intervals, so that requests come due together.
    pub(super) fn next_look(&self, since: Timestamp) -> Timestamp {
        let now = self.parts.clock.now();
        let passed = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        let step = self.interval();
        let wait = i64::try_from((passed / 10).as_millis()).unwrap_or(i64::MAX);
        let next = (now.as_millisecond().saturating_add(wait) / step + 1).saturating_mul(step);
        Timestamp::from_millisecond(next).unwrap_or(Timestamp::MAX)
    }

    pub(super) async fn rename_node(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let State::Joined { node, .. } = &request.state else {
            return Ok(());
        };
        let mut node = node.clone();
        self.name_node(request, &mut node).await?;
        let JoinedNode { name, naming, .. } = node;
        self.record(request, Event::Named { name, naming }, None)
            .await?;
        Ok(())
    }

    /// If it is owed. A name that Headscale will not give is reported, not forced.
    async fn name_node(
        &self,
        request: &DeviceRequest,
        node: &mut JoinedNode,
    ) -> Result<(), headscale::Error> {
        if node.naming != Naming::Owed {
            return Ok(());
        }
        let headscale = &self.parts.headscale;
        let renaming = headscale.rename_node(node.id, request.device.as_str());
        match self.ask(renaming).await {
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

    pub(super) fn joined(
        &self,
        request: &DeviceRequest,
        owner: &Account,
        node: &Node,
    ) -> JoinedNode {
        // A tagged node belongs to its tags, as its key said.
        let as_meant = !node.tags.is_empty() || node.user == Some(owner.owner);
        let wanted = self.parts.rules.headscale.rename_node;
        let named = !wanted || node.given_name == request.device.as_str();
        JoinedNode {
            id: node.id,
            name: node.given_name.clone(),
            addresses: node.addresses.clone(),
            other_owner: (!as_meant).then(|| node.user_name.clone()),
            naming: if named { Naming::Settled } else { Naming::Owed },
        }
    }
}
