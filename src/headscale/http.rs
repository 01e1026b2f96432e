//! Headscale over its HTTP API.

mod api_key;
mod connection;
mod detect;
mod keys;
mod problem;
mod registration;

use reqwest::Method;
use serde_json::json;

use self::connection::{Call, Connection};
use super::dialect::Dialect;
use super::wire::{ApiKeys, Nodes, OneKey, OneNode, OneUser, Users, WireKey, WireNode, WireUser};
use super::{
    ApiKeyStanding, Error, KeyId, KeyOrder, NewUser, NodeId, RegistrationId, Release, Settings,
    UserId, UserName,
};

/// The API's calls, one each, in the dialect that they are given.
#[derive(Debug)]
pub(super) struct Http {
    connection: Connection,
}

impl Http {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            connection: Connection::new(settings)?,
        })
    }

    pub(super) async fn detect(&self) -> Result<Release, Error> {
        detect::detect(&self.connection).await
    }

    pub(super) async fn health(&self) -> Result<(), Error> {
        let answer = self
            .connection
            .ask(&Call::get(["health"]))
            .await?
            .successful()?;
        if answer.is_health() {
            Ok(())
        } else {
            Err(Error::NotHeadscale)
        }
    }

    /// Listing keys is the cheapest way to learn whether ours is accepted.
    pub(super) async fn api_key_standing(&self) -> Result<ApiKeyStanding, Error> {
        let listed: ApiKeys = self
            .connection
            .call(&Call::get(["api", "v1", "apikey"]))
            .await?
            .json()?;
        let key = self.connection.key()?;
        let own = listed
            .api_keys
            .iter()
            .find(|listed| api_key::has_prefix(&key, &listed.prefix));
        Ok(match own.map(|own| own.expiration.0) {
            None => ApiKeyStanding::NotListed,
            Some(None) => ApiKeyStanding::NeverExpires,
            Some(Some(at)) => ApiKeyStanding::ExpiresAt(at),
        })
    }

    pub(super) async fn users(&self, name: &UserName) -> Result<Vec<WireUser>, Error> {
        let call = Call::get(["api", "v1", "user"]).with("name", name.as_str());
        Ok(self.connection.call(&call).await?.json::<Users>()?.users)
    }

    pub(super) async fn create_user(&self, new: &NewUser) -> Result<WireUser, Error> {
        let body = json!({ "name": new.name.as_str(), "displayName": new.display_name });
        let answer = self
            .connection
            .call(&Call::post(["api", "v1", "user"], body))
            .await?;
        Ok(answer.json::<OneUser>()?.user)
    }

    pub(super) async fn create_key(&self, order: &KeyOrder) -> Result<WireKey, Error> {
        let tags: Vec<&str> = order.tags.iter().map(super::Tag::as_str).collect();
        let body = json!({
            "user": order.user.to_string(),
            "reusable": false,
            "ephemeral": order.ephemeral,
            "expiration": order.expiration.to_string(),
            "aclTags": tags,
        });
        let answer = self
            .connection
            .call(&Call::post(["api", "v1", "preauthkey"], body))
            .await?;
        Ok(answer.json::<OneKey>()?.pre_auth_key)
    }

    pub(super) async fn keys(
        &self,
        dialect: Dialect,
        owners: &[UserId],
    ) -> Result<Vec<WireKey>, Error> {
        dialect.keys.list(&self.connection, owners).await
    }

    pub(super) async fn expire_key(
        &self,
        dialect: Dialect,
        key: KeyId,
        owner: UserId,
    ) -> Result<(), Error> {
        dialect.keys.expire(&self.connection, key, owner).await
    }

    pub(super) async fn nodes(&self) -> Result<Vec<WireNode>, Error> {
        Ok(self
            .connection
            .call(&Call::get(["api", "v1", "node"]))
            .await?
            .json::<Nodes>()?
            .nodes)
    }

    pub(super) async fn rename_node(&self, node: NodeId, name: &str) -> Result<WireNode, Error> {
        let id = node.to_string();
        let path = ["api", "v1", "node", id.as_str(), "rename", name];
        self.one_node(&Call::new(Method::POST, path)).await
    }

    /// Now: some releases read a later time from the query, others from the body, and all take none for now.
    pub(super) async fn expire_node(&self, node: NodeId) -> Result<WireNode, Error> {
        let id = node.to_string();
        let path = ["api", "v1", "node", id.as_str(), "expire"];
        self.one_node(&Call::new(Method::POST, path)).await
    }

    pub(super) async fn delete_node(&self, node: NodeId) -> Result<(), Error> {
        let id = node.to_string();
        self.connection
            .call(&Call::delete(["api", "v1", "node", id.as_str()]))
            .await
            .map(drop)
    }

    pub(super) async fn register_node(
        &self,
        dialect: Dialect,
        user: &UserName,
        id: &RegistrationId,
    ) -> Result<WireNode, Error> {
        self.one_node(&dialect.registration.call(user, id)).await
    }

    async fn one_node(&self, call: &Call<'_>) -> Result<WireNode, Error> {
        Ok(self.connection.call(call).await?.json::<OneNode>()?.node)
    }
}
