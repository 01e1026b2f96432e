//! Turning a pending sign-in into a node over HTTP.

use reqwest::Method;
use serde_json::json;

use super::connection::Call;
use crate::headscale::dialect::Registration;
use crate::headscale::{RegistrationId, UserName};

impl Registration {
    /// The user goes by name in both, unlike everywhere else.
    pub(super) fn call(self, user: &UserName, id: &RegistrationId) -> Call<'static> {
        match self {
            Self::NodeRegister => Call::new(Method::POST, ["api", "v1", "node", "register"])
                .with("user", user.as_str())
                .with("key", id.as_str()),
            Self::AuthRegister => Call::post(
                ["api", "v1", "auth", "register"],
                json!({ "user": user.as_str(), "authId": id.as_str() }),
            ),
        }
    }
}
