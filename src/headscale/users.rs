//! Finding and creating users.

use serde_json::json;

use super::http::Call;
use super::wire::{OneUser, Users};
use super::{Error, Headscale, NewUser, User};
use crate::domain::{HeadscaleUserId, UserName};

impl Headscale {
    /// By exact name. Several users can share a name when they come from an identity provider; then there is no
    /// telling which one is meant, and the answer is [`Error::Ambiguous`].
    pub async fn find_user(&self, name: &UserName) -> Result<Option<User>, Error> {
        let call = Call::get(["user"]).with("name", name.as_str());
        let arguments = ["users", "list", "--name", name.as_str()];
        let users = self.transport.list(&call, &arguments, |it: Users| it.users);
        let mut named = users
            .await?
            .into_iter()
            .filter(|user: &User| user.name == name.as_str());
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::Ambiguous(name.clone())),
            (user, None) => Ok(user),
        }
    }

    /// By number, which a user keeps when renamed; no number is given twice.
    pub async fn user(&self, id: HeadscaleUserId) -> Result<Option<User>, Error> {
        let number = id.to_string();
        let call = Call::get(["user"]).with("id", &number);
        let arguments = ["users", "list", "--identifier", &number];
        let users = self.transport.list(&call, &arguments, |it: Users| it.users);
        let mut users = users.await?.into_iter();
        Ok(users.find(|user: &User| user.id == id))
    }

    /// Idempotent: returns the existing user if there is one; its display name may differ.
    pub async fn create_user(&self, new: &NewUser) -> Result<User, Error> {
        let body = json!({ "name": new.name.as_str(), "displayName": new.display_name });
        let call = Call::post(["user"]).with_body(body);
        let display_name = format!("--display-name={}", new.display_name);
        let mut arguments = vec!["users", "create", new.name.as_str()];
        if !new.display_name.is_empty() {
            arguments.push(&display_name);
        }
        match self
            .transport
            .one(&call, &arguments, |it: OneUser| it.user)
            .await
        {
            Ok(user) => Ok(user),
            Err(error) => match self.find_user(&new.name).await {
                Ok(Some(user)) => Ok(user),
                Err(ambiguous @ Error::Ambiguous(_)) => Err(ambiguous),
                Ok(None) | Err(_) => Err(error),
            },
        }
    }
}
