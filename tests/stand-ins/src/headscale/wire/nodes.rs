//! Nodes: listing, naming, expiring, deleting, and letting a pending sign-in in.

use serde_json::{Value, json};

use super::body::{Fields, Kind};
use super::{Reply, Visit, shapes};
use crate::headscale::Release;
use crate::headscale::model::{Node, TAGGED_DEVICES, objection};

const EXPIRE: Fields = &[("expiry", Kind::Time), ("disableExpiry", Kind::Flag)];
const REGISTER: Fields = &[("user", Kind::Text), ("authId", Kind::Text)];
const TAGS: Fields = &[("tags", Kind::Words)];
const DEBUG: Fields = &[
    ("user", Kind::Text),
    ("key", Kind::Text),
    ("name", Kind::Text),
    ("routes", Kind::Words),
];

impl Visit<'_> {
    pub(super) fn list_nodes(&mut self) -> Result<Reply, Reply> {
        let owner = match self.asked.parameter("user") {
            None | Some("") => None,
            Some(name) => match self.world.user_named(name) {
                Some(user) => Some(user.id),
                None => return Err(self.no_user("listing nodes")),
            },
        };
        let nodes: Vec<Value> = (self.world.nodes.iter())
            .filter(|node| owner.is_none() || node.user == owner)
            .map(|node| shapes::node(self.world, node))
            .collect();
        Ok(self.found(&json!({ "nodes": nodes })))
    }

    fn one(&self, node: &Node) -> Reply {
        self.found(&json!({ "node": shapes::node(self.world, node) }))
    }

    fn node_id(&self, text: &str) -> Result<u64, Reply> {
        text.parse().map_err(|_| {
            let words = format!(
                "type mismatch, parameter: node_id, error: strconv.ParseUint: parsing {text:?}: invalid syntax"
            );
            if self.world.release.is_grpc() {
                Reply::grpc(400, 3, &words)
            } else {
                Reply::problem(400, &words, &[])
            }
        })
    }

    fn no_node(&self) -> Reply {
        match self.world.release {
            Release::V0_26 => Reply::grpc(500, 2, "record not found"),
            Release::V0_27 | Release::V0_28 | Release::V0_29 => {
                Reply::grpc(404, 5, "node not found")
            }
            Release::V0_30 => Reply::problem(404, "node not found", &[]),
        }
    }

    /// The same, when something was to be changed.
    fn no_node_to_change(&self, id: u64, doing: &str) -> Reply {
        let words = format!("node not found in NodeStore: {id}");
        match self.world.release {
            Release::V0_26 => Reply::grpc(500, 2, "record not found"),
            Release::V0_27 => Reply::grpc(500, 2, &words),
            Release::V0_28 | Release::V0_29 | Release::V0_30 => {
                let words = format!("node no longer exists in NodeStore: {id}");
                self.refuse((500, 2), (404, doing), &words)
            }
        }
    }

    pub(super) fn show_node(&mut self, id: &str) -> Result<Reply, Reply> {
        let id = self.node_id(id)?;
        match self.world.node_mut(id).cloned() {
            Some(node) => Ok(self.one(&node)),
            None => Err(self.no_node()),
        }
    }

    pub(super) fn delete_node(&mut self, id: &str) -> Result<Reply, Reply> {
        let id = self.node_id(id)?;
        let before = self.world.nodes.len();
        self.world.nodes.retain(|node| node.id != id);
        if self.world.nodes.len() == before {
            return Err(self.no_node());
        }
        Ok(self.found(&json!({})))
    }

    /// Until 0.29 a later time is read from the query, from 0.30 on from the body; the other place is ignored, and
    /// the node expires now.
    pub(super) fn expire_node(&mut self, id: &str) -> Result<Reply, Reply> {
        let id = self.node_id(id)?;
        let body = if self.asked.body.is_empty() {
            None
        } else {
            Some(self.read(EXPIRE)?)
        };
        let in_query = self
            .asked
            .parameter("expiry")
            .and_then(|text| text.parse().ok());
        let in_body = body.and_then(|body| body.time("expiry"));
        let (read, ignored) = match self.world.release {
            Release::V0_26 => (None, in_query.or(in_body)),
            Release::V0_27 | Release::V0_28 | Release::V0_29 => (in_query, in_body),
            Release::V0_30 => (in_body, in_query),
        };
        if read.is_none() && ignored.is_some() {
            self.complain(
                "an expiry in a place where this release does not look: the node expires now",
            );
        }
        let at = read.unwrap_or_else(|| self.now());
        match self.world.node_mut(id) {
            Some(node) => {
                node.expiry = Some(at);
                let node = node.clone();
                Ok(self.one(&node))
            }
            None => Err(self.no_node_to_change(id, "expiring node")),
        }
    }

    pub(super) fn rename_node(&mut self, id: &str, name: &str) -> Result<Reply, Reply> {
        let id = self.node_id(id)?;
        if self.world.node_mut(id).is_none() {
            return Err(self.no_node_to_change(id, "renaming node"));
        }
        if let Some(words) = objection(self.world.release, name) {
            let grpc = format!("renaming node: {words}");
            let words = if self.world.release.is_grpc() {
                &grpc
            } else {
                &words
            };
            return Err(self.refuse((500, 2), (400, "renaming node"), words));
        }
        if self.is_taken(id, name) {
            let lead = if self.world.release >= Release::V0_28 {
                "node "
            } else {
                ""
            };
            let words = format!("{lead}name is not unique: {name}");
            return Err(self.refuse((500, 2), (400, "renaming node"), &words));
        }
        let node = self.world.node_mut(id).map(|node| {
            name.clone_into(&mut node.given_name);
            node.clone()
        });
        node.map(|node| self.one(&node))
            .ok_or_else(|| self.no_node())
    }

    /// 0.26 takes a node's own name for taken.
    fn is_taken(&self, id: u64, name: &str) -> bool {
        let own_counts = self.world.release == Release::V0_26;
        let mut nodes = self.world.nodes.iter();
        nodes.any(|node| (own_counts || node.id != id) && node.given_name == name)
    }

    /// From 0.28 on only tags that the policy knows, and the device then belongs to them and to nobody.
    pub(super) fn tag_node(&mut self, id: &str) -> Result<Reply, Reply> {
        let id = self.node_id(id)?;
        let tags = self.read(TAGS)?.words("tags");
        let tags = self.well_formed(tags, 500)?;
        let release = self.world.release;
        if release.disowns_tagged_nodes() {
            if tags.is_empty() {
                let words =
                    "cannot remove all tags from a node - tagged nodes must have at least one tag";
                return Err(self.refuse((400, 3), (400, "setting tags"), words));
            }
            if self.world.node_mut(id).is_none() {
                return Err(self.refuse((404, 5), (404, "node not found"), "node not found"));
            }
            let policy = &self.world.policy_tags;
            let strange: Vec<_> = tags.iter().filter(|tag| !policy.contains(tag)).collect();
            if !strange.is_empty() {
                let strange = strange.into_iter().cloned().collect::<Vec<_>>().join(" ");
                let words = format!("requested tags [{strange}] are invalid or not permitted");
                return Err(self.refuse((400, 3), (400, "setting tags"), &words));
            }
        }
        let Some(node) = self.world.node_mut(id) else {
            return Err(self.refuse((400, 3), (404, "node not found"), "record not found"));
        };
        node.tags = tags;
        if release.disowns_tagged_nodes() {
            node.user = Some(TAGGED_DEVICES);
        }
        let node = node.clone();
        Ok(self.one(&node))
    }

    pub(super) fn register_by_query(&mut self) -> Result<Reply, Reply> {
        let user = self.asked.parameter("user").unwrap_or_default().to_owned();
        let id = self.asked.parameter("key").unwrap_or_default().to_owned();
        self.register(&user, &id)
    }

    pub(super) fn register_by_body(&mut self) -> Result<Reply, Reply> {
        let body = self.read(REGISTER)?;
        self.register(body.text("user"), body.text("authId"))
    }

    fn register(&mut self, user: &str, id: &str) -> Result<Reply, Reply> {
        if let Some(words) = self.world.sign_in_objection(id) {
            self.complain("a sign-in id in the form of another release");
            return Err(self.refuse((500, 2), (400, "registering node"), &words));
        }
        let Some(owner) = self.registrant(user) else {
            let grpc = "looking up user: user not found";
            let words = if self.world.release.is_grpc() {
                grpc
            } else {
                "user not found"
            };
            return Err(self.refuse((500, 2), (404, "looking up user"), words));
        };
        let words = "node not found in registration cache";
        let node = self.world.let_in(id, owner);
        node.map(|node| self.one(&node))
            .ok_or_else(|| self.refuse((500, 2), (404, "registering node"), words))
    }

    /// No name at all means the only user there is.
    fn registrant(&mut self, name: &str) -> Option<u64> {
        if name.is_empty() {
            self.complain("a sign-in for nobody in particular");
            let [only] = self.world.users.as_slice() else {
                return None;
            };
            return Some(only.id);
        }
        self.world.user_named(name).map(|user| user.id)
    }

    /// Headscale's own aid for tests: a pending sign-in with a chosen id.
    pub(super) fn debug_node(&mut self) -> Result<Reply, Reply> {
        let body = self.read(DEBUG)?;
        if self.world.user_named(body.text("user")).is_none() {
            return Err(self.no_user("looking up user"));
        }
        self.world
            .begin_sign_in_as(body.text("key"), body.text("name"));
        Ok(self.found(&json!({ "node": { "id": "0", "name": body.text("name") } })))
    }
}
