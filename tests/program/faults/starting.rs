//! The calls of a start: each is made again until it works, and people can ask in the end.

use stage::aftermath::{Cast, Scan, Way};
use stand_ins::discord::{Discord, FaultHandle, Refusal};

use super::{all, end_well, set};

const ROUTES: [&str; 3] = [
    "GET /gateway/bot",
    "GET /applications/{}/guilds/{}/commands",
    "PUT /applications/{}/guilds/{}/commands",
];

type How = (&'static str, fn(&Discord, &str) -> FaultHandle);

const FAULTS: [How; 5] = [
    ("429", |at, route| {
        at.fault(route).refuse(Refusal::rate_limited("user", 0.2))
    }),
    ("503", |at, route| {
        at.fault(route).refuse(Refusal::html(503))
    }),
    ("reset before", |at, route| at.fault(route).reset()),
    ("reset after", |at, route| at.fault(route).drop_reply()),
    ("wrong JSON", |at, route| at.fault(route).garble()),
];

/// Lasting, as far as Discord says; it ends when somebody invites the bot.
const NOT_INVITED: How = ("403", |at, route| {
    at.fault(route)
        .refuse(Refusal::code(403, 50_001, "Missing Access"))
});

async fn case(name: String, route: &'static str, how: How) {
    let mut stage = set().await;
    let fault = (how.1)(&stage.discord, route);
    stage.start().await;
    let cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    end_well(&name, stage, cast).await;
    assert_eq!(fault.hits(), 1, "{name}: never met");
}

pub(super) async fn a_start_that_breaks_once_is_a_start_in_the_end() {
    let routes = ROUTES
        .iter()
        .flat_map(|route| FAULTS.map(|how| (*route, how)));
    let uninvited = ROUTES.iter().skip(1).map(|route| (*route, NOT_INVITED));
    let cases = routes.chain(uninvited).map(|(route, how)| {
        let name = format!("starting: {route}: {}", how.0);
        (name.clone(), case(name, route, how))
    });
    all(cases.collect()).await;
}
