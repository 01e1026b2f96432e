//! The device that has joined, as a request remembers it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{NodeId, Problem};

/// The node that used the request's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JoinedNode {
    pub id: NodeId,
    pub name: String,
    pub addresses: Vec<IpAddr>,
    /// The Headscale user that the node belongs to, if it is not the intended one.
    pub other_owner: Option<String>,
    pub naming: Naming,
    pub standing: Standing,
}

/// What has become of a node in Headscale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Standing {
    In,
    /// It has to sign in again.
    Expired,
    /// For good: Headscale gives no number twice.
    Removed,
}

/// How far the node is from having the requested name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Naming {
    /// It has that name, or is not meant to.
    Settled,
    /// It is still to be renamed.
    Owed,
    /// Headscale refused to rename it.
    Refused { cause: Problem },
}
