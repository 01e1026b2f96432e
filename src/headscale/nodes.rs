//! Nodes: listing, renaming, expiring, deleting, and letting in a device that shows a sign-in link.

use serde_json::json;

use super::http::Call;
use super::wire::{Nodes, OneNode};
use super::{Error, Headscale, Node, RegistrationId, Release};
use crate::domain::{NodeId, Tag, UserName};

impl Headscale {
    pub async fn list_nodes(&self) -> Result<Vec<Node>, Error> {
        let arguments = ["nodes", "list"];
        self.transport
            .list(&Call::get(["node"]), &arguments, |it: Nodes| it.nodes)
            .await
    }

    /// Sets the node's name in the network's DNS; [`Error::is_conflict`] if another node has it. Idempotent, although
    /// 0.26 considers a node's own name taken.
    pub async fn rename_node(&self, node: NodeId, name: &str) -> Result<Node, Error> {
        let id = node.to_string();
        let call = Call::post(["node", &id, "rename", name]);
        let arguments = ["nodes", "rename", "--identifier", &id, "--", name];
        match self.one_node(&call, &arguments).await {
            Err(error) if error.is_conflict() => {
                let named = |known: &Node| known.id == node && known.given_name == name;
                let nodes = self.list_nodes().await.unwrap_or_default();
                nodes.into_iter().find(named).ok_or(error)
            }
            outcome => outcome,
        }
    }

    /// From 0.28 on the device then belongs to its tags, for good, and the policy has to know them.
    pub async fn tag_node(&self, node: NodeId, tags: &[Tag]) -> Result<Node, Error> {
        let id = node.to_string();
        let tags: Vec<&str> = tags.iter().map(Tag::as_str).collect();
        let call = Call::post(["node", &id, "tags"]).with_body(json!({ "tags": tags }));
        let tags = tags.join(",");
        let arguments = ["nodes", "tag", "--identifier", &id, "--tags", &tags];
        self.one_node(&call, &arguments).await
    }

    /// Signs the device out at once. Some releases read a later time from the query and others from the body; without
    /// one, all of them take it to mean now.
    pub async fn expire_node(&self, node: NodeId) -> Result<Node, Error> {
        let id = node.to_string();
        let call = Call::post(["node", &id, "expire"]);
        self.one_node(&call, &["nodes", "expire", "--identifier", &id])
            .await
    }

    /// Succeeds if the node is already gone.
    pub async fn delete_node(&self, node: NodeId) -> Result<(), Error> {
        let id = node.to_string();
        let call = Call::delete(["node", &id]);
        let arguments = ["nodes", "delete", "--force", "--identifier", &id];
        self.transport.end(&call, &arguments).await
    }

    /// Lets in the device that shows a sign-in link, as this user's. A link works once.
    pub async fn register_node(&self, user: &UserName, id: &RegistrationId) -> Result<Node, Error> {
        self.by_release(|release| self.register(release, user, id))
            .await
    }

    async fn register(
        &self,
        release: Release,
        user: &UserName,
        id: &RegistrationId,
    ) -> Result<Node, Error> {
        let (user, id) = (user.as_str(), id.as_str());
        if release.has_auth_register() {
            let body = json!({ "user": user, "authId": id });
            let call = Call::post(["auth", "register"]).with_body(body);
            let arguments = ["auth", "register", "--user", user, "--auth-id", id];
            self.one_node(&call, &arguments).await
        } else {
            let call = Call::post(["node", "register"])
                .with("user", user)
                .with("key", id);
            let arguments = ["nodes", "register", "--user", user, "--key", id];
            self.one_node(&call, &arguments).await
        }
    }

    async fn one_node(&self, call: &Call<'_>, arguments: &[&str]) -> Result<Node, Error> {
        self.transport
            .one(call, arguments, |it: OneNode| it.node)
            .await
    }
}
