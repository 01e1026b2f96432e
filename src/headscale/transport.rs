//! The two ways to a Headscale, behind one set of calls.

use super::dialect::Dialect;
use super::http::Http;
use super::program::Program;
use super::wire::{WireKey, WireNode, WireUser};
use super::{
    ApiKeyStanding, Error, KeyId, KeyOrder, NewUser, NodeId, RegistrationId, Release, UserId,
    UserName,
};

#[derive(Debug)]
pub(super) enum Transport {
    Http(Http),
    Program(Program),
}

macro_rules! either_way {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),*) -> $result:ty;)+) => {$(
        $(#[$doc])*
        pub(super) async fn $name(&self, $($argument: $kind),*) -> Result<$result, Error> {
            match self {
                Self::Http(http) => http.$name($($argument),*).await,
                Self::Program(program) => program.$name($($argument),*).await,
            }
        }
    )+};
}

impl Transport {
    either_way! {
        detect() -> Release;
        health() -> ();
        api_key_standing() -> ApiKeyStanding;
        users(name: &UserName) -> Vec<WireUser>;
        create_user(new: &NewUser) -> WireUser;
        create_key(order: &KeyOrder) -> WireKey;
        keys(dialect: Dialect, owners: &[UserId]) -> Vec<WireKey>;
        expire_key(dialect: Dialect, key: KeyId, owner: UserId) -> ();
        nodes() -> Vec<WireNode>;
        rename_node(node: NodeId, name: &str) -> WireNode;
        expire_node(node: NodeId) -> WireNode;
        delete_node(node: NodeId) -> ();
        register_node(dialect: Dialect, user: &UserName, id: &RegistrationId) -> WireNode;
    }
}
