//! Headscale through its own program, for operators who would rather not hand out an API key. It speaks the
//! program's arguments and reads its JSON; what that means is the same as over HTTP.

mod detect;
mod keys;
mod run;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use self::run::Runner;
use super::dialect::{Dialect, Registration};
use super::wire::{WireKey, WireNode, WireUser};
use super::{
    ApiKeyStanding, Error, KeyId, KeyOrder, NewUser, NodeId, ProgramSettings, RegistrationId,
    Release, UserId, UserName,
};

/// The program's commands, one each, in the dialect that they are given.
#[derive(Debug)]
pub(super) struct Program {
    runner: Runner,
}

impl Program {
    pub(super) fn new(settings: &ProgramSettings) -> Result<Self, Error> {
        Ok(Self {
            runner: Runner::new(settings)?,
        })
    }

    pub(super) async fn detect(&self) -> Result<Release, Error> {
        detect::detect(&self.runner).await
    }

    /// The smallest question that needs the server and its database.
    pub(super) async fn health(&self) -> Result<(), Error> {
        let nobody = ["users", "list", "--name", "nobody"];
        self.runner.list::<WireUser>(&nobody).await.map(drop)
    }

    #[expect(clippy::unused_async, reason = "the same face as over HTTP")]
    pub(super) async fn api_key_standing(&self) -> Result<ApiKeyStanding, Error> {
        Ok(ApiKeyStanding::NotNeeded)
    }

    pub(super) async fn users(&self, name: &UserName) -> Result<Vec<WireUser>, Error> {
        self.runner
            .list(&["users", "list", "--name", name.as_str()])
            .await
    }

    pub(super) async fn create_user(&self, new: &NewUser) -> Result<WireUser, Error> {
        let display_name = format!("--display-name={}", new.display_name);
        let mut arguments = vec!["users", "create", new.name.as_str()];
        if !new.display_name.is_empty() {
            arguments.push(&display_name);
        }
        self.one(&arguments).await
    }

    /// The program takes a duration, so that the key ends a little later than ordered: as long as it takes to start.
    #[expect(
        clippy::disallowed_methods,
        reason = "the program measures the key's life by the system's clock, whatever ours says"
    )]
    pub(super) async fn create_key(&self, order: &KeyOrder) -> Result<WireKey, Error> {
        let user = order.user.to_string();
        let life = order
            .expiration
            .duration_since(Timestamp::now())
            .as_millis()
            .max(1);
        let life = format!("{life}ms");
        let tags: Vec<&str> = order.tags.iter().map(super::Tag::as_str).collect();
        let tags = format!("--tags={}", tags.join(","));
        let mut arguments = vec![
            "preauthkeys",
            "create",
            "--user",
            &user,
            "--expiration",
            &life,
        ];
        if order.ephemeral {
            arguments.push("--ephemeral");
        }
        if !order.tags.is_empty() {
            arguments.push(&tags);
        }
        self.one(&arguments).await
    }

    pub(super) async fn keys(
        &self,
        dialect: Dialect,
        owners: &[UserId],
    ) -> Result<Vec<WireKey>, Error> {
        keys::list(dialect.keys, &self.runner, owners).await
    }

    pub(super) async fn expire_key(
        &self,
        dialect: Dialect,
        key: KeyId,
        owner: UserId,
    ) -> Result<(), Error> {
        keys::expire(dialect.keys, &self.runner, key, owner).await
    }

    pub(super) async fn nodes(&self) -> Result<Vec<WireNode>, Error> {
        self.runner.list(&["nodes", "list"]).await
    }

    pub(super) async fn rename_node(&self, node: NodeId, name: &str) -> Result<WireNode, Error> {
        let id = node.to_string();
        self.one(&["nodes", "rename", "--identifier", &id, "--", name])
            .await
    }

    pub(super) async fn expire_node(&self, node: NodeId) -> Result<WireNode, Error> {
        let id = node.to_string();
        self.one(&["nodes", "expire", "--identifier", &id]).await
    }

    pub(super) async fn delete_node(&self, node: NodeId) -> Result<(), Error> {
        let id = node.to_string();
        let arguments = ["nodes", "delete", "--force", "--identifier", &id];
        self.runner.run(&arguments).await.map(drop)
    }

    pub(super) async fn register_node(
        &self,
        dialect: Dialect,
        user: &UserName,
        id: &RegistrationId,
    ) -> Result<WireNode, Error> {
        let (command, flag) = match dialect.registration {
            Registration::NodeRegister => ("nodes", "--key"),
            Registration::AuthRegister => ("auth", "--auth-id"),
        };
        self.one(&[
            command,
            "register",
            "--user",
            user.as_str(),
            flag,
            id.as_str(),
        ])
        .await
    }

    async fn one<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, Error> {
        self.runner.run(arguments).await?.json()
    }
}
