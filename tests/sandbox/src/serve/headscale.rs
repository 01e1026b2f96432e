//! The verbs of Headscale's operator, and of its bad days.

use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Given, Nothing, Part};
use super::floor::On;
use super::shown;
use super::trouble::{Outcome, Trouble};

pub(super) async fn users(State(floor): On) -> Json<Value> {
    Json(shown::users(&floor.headscale))
}

pub(super) async fn keys(State(floor): On) -> Json<Value> {
    Json(shown::keys(&floor.headscale))
}

pub(super) async fn nodes(State(floor): On) -> Json<Value> {
    Json(shown::nodes(&floor.headscale))
}

pub(super) async fn down(State(floor): On, Given(Nothing {}): Given<Nothing>) -> Json<Value> {
    floor.headscale.down().await;
    Json(json!({"headscale": "down"}))
}

pub(super) async fn up(State(floor): On, Given(Nothing {}): Given<Nothing>) -> Json<Value> {
    floor.headscale.up().await;
    Json(json!({"headscale": "up"}))
}

pub(super) async fn revoke_api_key(
    State(floor): On,
    Given(Nothing {}): Given<Nothing>,
) -> Json<Value> {
    floor.headscale.revoke_api_key();
    Json(json!({"api_keys": 0}))
}

/// The bot does not know it until it stands in its settings.
pub(super) async fn new_api_key(
    State(floor): On,
    Given(Nothing {}): Given<Nothing>,
) -> Json<Value> {
    Json(json!({"api_key": floor.headscale.new_api_key()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Period {
    by: SignedDuration,
}

/// Its clock runs ahead.
pub(super) async fn advance(State(floor): On, Given(period): Given<Period>) -> Json<Value> {
    floor.headscale.advance(period.by);
    Json(json!({"now": floor.headscale.now()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upgrade {
    release: String,
}

pub(super) async fn upgrade(
    State(floor): On,
    Given(upgrade): Given<Upgrade>,
) -> Outcome<Json<Value>> {
    let release = super::release(&upgrade.release);
    let release =
        release.map_err(|rule| Trouble::nonsense(format!("{:?} {rule}.", upgrade.release)))?;
    floor.headscale.upgrade_to(release);
    Ok(Json(json!({"release": release.to_string()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    name: String,
}

pub(super) async fn add_user(State(floor): On, Given(new): Given<NewUser>) -> Outcome<Json<Value>> {
    if floor
        .headscale
        .users()
        .iter()
        .any(|user| user.name == new.name)
    {
        return Err(Trouble::refused(format!(
            "There is a user {:?} already.",
            new.name
        )));
    }
    Ok(Json(shown::user(&floor.headscale.add_user(&new.name))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Join {
    key: String,
    hostname: String,
}

/// Any device with any key.
pub(super) async fn join(State(floor): On, Given(join): Given<Join>) -> Outcome<Json<Value>> {
    let joined = floor.headscale.join(&join.key, &join.hostname);
    let node = joined
        .map_err(|refused| Trouble::refused(format!("The device cannot join: {refused}.")))?;
    Ok(Json(shown::node(&floor.headscale, &node)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Online {
    online: bool,
}

pub(super) async fn set_online(
    State(floor): On,
    Part(node): Part<u64>,
    Given(Online { online }): Given<Online>,
) -> Outcome<Json<Value>> {
    floor.headscale.set_online(node, online);
    let nodes = floor.headscale.nodes();
    let found = nodes.iter().find(|known| known.id == node);
    let found = found.ok_or_else(|| Trouble::missing(format!("There is no node {node}.")))?;
    Ok(Json(shown::node(&floor.headscale, found)))
}

pub(super) async fn remove(State(floor): On, Part(node): Part<u64>) -> Json<Value> {
    floor.headscale.remove_node(node);
    Json(shown::nodes(&floor.headscale))
}
