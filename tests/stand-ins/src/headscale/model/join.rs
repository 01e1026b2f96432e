//! A device registers: with a key, as a Tailscale client does, or because a pending sign-in was let in.

use std::fmt;

use jiff::Timestamp;

use super::{Key, Kind, Node, TAGGED_DEVICES, User, World, names};
use crate::headscale::chance::{self, HEX};

/// The year 1: Go's zero time.
const NEVER: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// Why a key lets no device in, in the client's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinError {
    UnknownKey,
    Used,
    Expired,
    /// Headscale is down.
    Unreachable,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownKey => "invalid pre auth key",
            Self::Used => "authkey already used",
            Self::Expired => "authkey expired",
            Self::Unreachable => "connection refused",
        })
    }
}

impl std::error::Error for JoinError {}

impl World {
    pub(in crate::headscale) fn join(
        &mut self,
        secret: &str,
        hostname: &str,
    ) -> Result<Node, JoinError> {
        let now = self.now();
        let position = self.keys.iter().position(|key| key.secret == secret);
        let key = &mut self.keys[position.ok_or(JoinError::UnknownKey)?];
        if key.expiration.is_none_or(|at| at <= now) {
            return Err(JoinError::Expired);
        }
        if key.used && !key.reusable {
            return Err(JoinError::Used);
        }
        key.used = !key.reusable;
        let key = key.clone();
        Ok(self.add_node(hostname, key.user, Some(key)))
    }

    /// Before 0.29, a node that is known by its machine is given a new expiry, whatever became of its key.
    pub(in crate::headscale) fn come_back(
        &mut self,
        node: u64,
        secret: &str,
    ) -> Result<Node, JoinError> {
        let (now, checks) = (self.now(), self.release.checks_spent_keys());
        let hostname = match self.node_mut(node) {
            Some(known) if !checks || known.expiry.is_none_or(|at| at > now) => {
                known.expiry = None;
                return Ok(known.clone());
            }
            known => known.map_or_else(String::new, |known| known.name.clone()),
        };
        self.join(secret, &hostname)
    }

    pub(super) fn add_node(
        &mut self,
        hostname: &str,
        owner: Option<u64>,
        key: Option<Key>,
    ) -> Node {
        let tags = key.as_ref().map(|key| key.tags.clone()).unwrap_or_default();
        let disowned = !tags.is_empty() && self.release.disowns_tagged_nodes();
        let id = self.next_id(Kind::Node);
        let name = names::kept(self.release, hostname);
        let node = Node {
            given_name: self.free_given_name(&names::label(self.release, &name)),
            id,
            name,
            addresses: [format!("100.64.0.{id}"), format!("fd7a:115c:a1e0::{id:x}")],
            user: if disowned {
                Some(TAGGED_DEVICES)
            } else {
                owner
            },
            key,
            tags,
            online: true,
            expiry: None,
            created_at: self.now(),
            last_seen: self.now(),
            machine: chance::text(HEX, 64),
        };
        self.nodes.push(node.clone());
        node
    }

    /// The owner as the list of nodes names it.
    pub(in crate::headscale) fn owner(&self, node: &Node) -> Option<User> {
        match node.user? {
            TAGGED_DEVICES => Some(User {
                id: TAGGED_DEVICES,
                name: "tagged-devices".to_owned(),
                display_name: "Tagged Devices".to_owned(),
                email: String::new(),
                created_at: NEVER,
            }),
            id => self.user(id).cloned(),
        }
    }
}
