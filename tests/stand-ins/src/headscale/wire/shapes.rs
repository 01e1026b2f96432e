//! The model as JSON: every field is written, ids are text, times end in `Z`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::headscale::Release;
use crate::headscale::model::{ApiKey, Key, Node, User, World};

/// Go's zero time.
pub(super) const NEVER: &str = "0001-01-01T00:00:00Z";

pub(super) fn user(user: &User) -> Value {
    let name = if user.name.is_empty() {
        user.id.to_string()
    } else {
        user.name.clone()
    };
    json!({
        "id": user.id.to_string(),
        "name": name,
        "createdAt": user.created_at,
        "displayName": user.display_name,
        "email": user.email,
        "providerId": "",
        "provider": "",
        "profilePicUrl": "",
    })
}

/// `shown` is the key's text: in full when it is made, as a list shows it otherwise.
pub(super) fn key(world: &World, key: &Key, shown: &str) -> Value {
    let owner = key.user.and_then(|id| world.user(id));
    json!({
        "user": owner.map(user),
        "id": key.id.to_string(),
        "key": shown,
        "reusable": key.reusable,
        "ephemeral": key.ephemeral,
        "used": key.used,
        "expiration": or_never(key.expiration),
        "createdAt": key.created_at,
        "aclTags": key.tags,
    })
}

pub(super) fn api_key(api_key: &ApiKey) -> Value {
    json!({
        "id": api_key.id.to_string(),
        "prefix": api_key.prefix(),
        "expiration": api_key.expiration,
        "createdAt": api_key.created_at,
        "lastSeen": null,
    })
}

pub(super) fn node(world: &World, node: &Node) -> Value {
    let owner = world.owner(node);
    let embedded = node.key.as_ref();
    let mut shape = json!({
        "id": node.id.to_string(),
        "machineKey": format!("mkey:{}", node.machine),
        "nodeKey": format!("nodekey:{}", node.machine),
        "discoKey": format!("discokey:{}", "0".repeat(64)),
        "ipAddresses": node.addresses,
        "name": node.name,
        "user": owner.as_ref().map(user),
        "lastSeen": node.last_seen,
        "expiry": expiry(world.release, node.expiry),
        "preAuthKey": embedded.map(|embedded| key(world, embedded, &embedded.shown(world.release))),
        "createdAt": node.created_at,
        "registerMethod": if embedded.is_some() { "REGISTER_METHOD_AUTH_KEY" } else { "REGISTER_METHOD_CLI" },
        "givenName": node.given_name,
        "online": node.online,
        "approvedRoutes": [],
        "availableRoutes": [],
        "subnetRoutes": [],
    });
    if let Some(shape) = shape.as_object_mut() {
        shape.extend(tags(world.release, node));
    }
    shape
}

fn tags(release: Release, node: &Node) -> Map<String, Value> {
    let mut tags = Map::new();
    if release.disowns_tagged_nodes() {
        tags.insert("tags".to_owned(), json!(node.tags));
    } else {
        tags.insert("forcedTags".to_owned(), json!(node.tags));
        tags.insert("invalidTags".to_owned(), json!([]));
        tags.insert("validTags".to_owned(), json!(node.tags));
    }
    tags
}

fn expiry(release: Release, expiry: Option<Timestamp>) -> Value {
    match expiry {
        Some(at) => json!(at),
        None if release.writes_zero_expiry() => json!(NEVER),
        None => Value::Null,
    }
}

fn or_never(time: Option<Timestamp>) -> Value {
    time.map_or_else(|| json!(NEVER), |time| json!(time))
}
