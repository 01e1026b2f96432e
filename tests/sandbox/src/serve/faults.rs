//! Faults on either side, in one notation.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Given, Part, Snowflake};
use super::floor::{Floor, On};
use super::trouble::{Outcome, Trouble};
use stand_ins::discord::{FaultAt, FaultHandle, Held, Refusal, faults};
use stand_ins::headscale::{Fault, Hold, When};

/// One thing that goes wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    on: Side,
    /// `POST /channels/{}/messages` or `POST /api/v1/preauthkey`.
    route: String,
    what: What,
    #[serde(default)]
    times: Times,
    /// Discord only: how many calls pass first.
    #[serde(default)]
    after: usize,
    /// Discord only: a channel.
    channel: Option<Snowflake>,
    /// Discord only: direct messages.
    #[serde(default)]
    in_dms: bool,
    #[serde(default = "broken")]
    status: u16,
    #[serde(default)]
    code: u32,
    #[serde(default = "on_purpose")]
    message: String,
    #[serde(default = "one")]
    seconds: u32,
}

fn broken() -> u16 {
    500
}

fn on_purpose() -> String {
    "broken on purpose".into()
}

fn one() -> u32 {
    1
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Discord,
    Headscale,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// A refusal with `status`, `code` and `message`.
    Refuse,
    /// A page of HTML with `status`.
    Outage,
    /// 429, to be tried again in `seconds`.
    RateLimit,
    /// Nothing is done, and no answer ever comes.
    Hang,
    /// The connection breaks before anything is done.
    Reset,
    /// It is done, and the connection breaks before the answer.
    DropReply,
    /// It is done, and the answer cannot be read.
    Garble,
    /// It waits, not done, until released.
    Hold,
    /// It is done; the answer waits until released.
    HoldReply,
}

/// For how many calls.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Times {
    Some(u32),
    Always(Always),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Always {
    Always,
}

impl Default for Times {
    fn default() -> Self {
        Self::Some(1)
    }
}

/// The faults that were set, to be listed, released and cleared.
pub(super) struct Set {
    number: usize,
    route: String,
    lever: Lever,
}

enum Lever {
    Discord(FaultHandle),
    Held(Held),
    Headscale,
    Hold(Hold),
}

impl Set {
    fn shown(&self) -> Value {
        let met = match &self.lever {
            Lever::Discord(handle) => Some(handle.hits()),
            Lever::Held(held) => Some(held.count()),
            Lever::Headscale | Lever::Hold(_) => None,
        };
        json!({"fault": self.number, "route": self.route, "met": met})
    }

    fn end(self) {
        match self.lever {
            Lever::Discord(handle) => handle.clear(),
            Lever::Held(held) => held.release(),
            Lever::Hold(hold) => hold.release(),
            Lever::Headscale => {}
        }
    }
}

pub(super) async fn list(State(floor): On) -> Json<Value> {
    Json(floor.faults().iter().map(Set::shown).collect())
}

/// The routes of Discord's that can be named.
pub(super) async fn routes() -> Json<Value> {
    Json(faults::routes().map(Value::from).collect())
}

pub(super) async fn set(State(floor): On, Given(order): Given<Order>) -> Outcome<Json<Value>> {
    let lever = match order.on {
        Side::Discord => at_discord(&floor, &order)?,
        Side::Headscale => at_headscale(&floor, &order)?,
    };
    let mut faults = floor.faults();
    let number = faults.last().map_or(1, |last| last.number + 1);
    faults.push(Set {
        number,
        route: order.route,
        lever,
    });
    Ok(Json(faults.last().map(Set::shown).unwrap_or_default()))
}

fn at_discord(floor: &Floor, order: &Order) -> Outcome<Lever> {
    let route = order.route.as_str();
    if route != "*" && !faults::routes().any(|known| known == route) {
        return Err(Trouble::nonsense(format!(
            "Discord has no route {route:?}; GET /faults/routes lists them."
        )));
    }
    let fault = meeting(floor, order);
    Ok(match order.what {
        What::Refuse => {
            Lever::Discord(fault.refuse(Refusal::code(order.status, order.code, &order.message)))
        }
        What::Outage => Lever::Discord(fault.refuse(Refusal::html(order.status))),
        What::RateLimit => {
            Lever::Discord(fault.refuse(Refusal::rate_limited("user", order.seconds.into())))
        }
        What::Hang => Lever::Discord(fault.hang()),
        What::Reset => Lever::Discord(fault.reset()),
        What::DropReply => Lever::Discord(fault.drop_reply()),
        What::Garble => Lever::Discord(fault.garble()),
        What::Hold => Lever::Held(fault.hold()),
        What::HoldReply => Lever::Held(fault.hold_reply()),
    })
}

/// The calls that meet the fault.
fn meeting(floor: &Floor, order: &Order) -> FaultAt {
    let fault = floor.discord.fault(&order.route).after(order.after);
    let fault = match order.times {
        Times::Some(times) => fault.times(times as usize),
        Times::Always(Always::Always) => fault.always(),
    };
    match order.channel {
        Some(Snowflake(channel)) => fault.in_channel(channel),
        None if order.in_dms => fault.in_dms(),
        None => fault,
    }
}

fn at_headscale(floor: &Floor, order: &Order) -> Outcome<Lever> {
    let route = order
        .route
        .split_once(' ')
        .filter(|(_, path)| path.starts_with('/'));
    let rule =
        "Write the route as `POST /api/v1/preauthkey`; `*` is one part, a last `**` the rest.";
    let (method, path) = route.ok_or_else(|| Trouble::nonsense(rule))?;
    let fault = match order.what {
        What::Refuse => Fault::refuse(order.status, &order.message),
        What::Outage => Fault::html(order.status),
        What::RateLimit => Fault::rate_limited(order.seconds),
        What::Hang => Fault::Hang,
        What::Reset => Fault::DropBefore,
        What::DropReply => Fault::ApplyThenDrop,
        What::Garble => Fault::BrokenJson,
        What::Hold => return Ok(held(floor, method, path, When::Before)),
        What::HoldReply => return Ok(held(floor, method, path, When::After)),
    };
    match order.times {
        Times::Some(times) => floor.headscale.fault_times(method, path, times, fault),
        Times::Always(Always::Always) => floor.headscale.fault_always(method, path, fault),
    }
    Ok(Lever::Headscale)
}

/// One call; Headscale's stand-in holds them one by one.
fn held(floor: &Floor, method: &str, path: &str, when: When) -> Lever {
    Lever::Hold(floor.headscale.hold(method, path, when))
}

/// Lets held calls go on.
pub(super) async fn release(State(floor): On, Part(number): Part<usize>) -> Outcome<Json<Value>> {
    let mut faults = floor.faults();
    let position = faults.iter().position(|set| set.number == number);
    let position =
        position.ok_or_else(|| Trouble::missing(format!("There is no fault {number}.")))?;
    if !matches!(faults[position].lever, Lever::Held(_) | Lever::Hold(_)) {
        return Err(Trouble::refused(format!(
            "Fault {number} holds nothing; DELETE /faults ends it."
        )));
    }
    faults.remove(position).end();
    Ok(Json(json!({"released": number})))
}

/// Everything works again.
pub(super) async fn clear(State(floor): On) -> Json<Value> {
    floor.headscale.clear_faults();
    let ended = std::mem::take(&mut *floor.faults());
    let count = ended.len();
    ended.into_iter().for_each(Set::end);
    Json(json!({"cleared": count}))
}
