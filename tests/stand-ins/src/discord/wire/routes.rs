//! The routes the stand-in serves, each with its template and its handler.

use super::{
    callback, commands,
    error::ApiError,
    exchange::{Exchange, Reply},
    guilds, messages, users, webhooks,
};

pub(crate) type Handler = fn(&mut Exchange<'_>) -> Result<Reply, ApiError>;

/// The credentials that a route wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Token,
    Open,
}

pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    pub(crate) door: Door,
    pub(crate) handler: Handler,
}

/// A route that fits a path, with what stood for each `{}`.
pub(crate) struct Found<'a> {
    pub(crate) route: &'a Route,
    pub(crate) params: Vec<String>,
}

impl Found<'_> {
    /// `POST /channels/{}/messages`.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.route.method, self.route.template)
    }

    /// Calls with equal names share a rate limit. Interaction tokens are too many
    /// to keep one each.
    pub(crate) fn bucket(&self) -> String {
        let key = self.key();
        let major = self.params.first().map_or("", String::as_str);
        if key.contains("/interactions/") {
            key
        } else {
            format!("{key} {major}")
        }
    }
}

const fn token(method: &'static str, template: &'static str, handler: Handler) -> Route {
    Route {
        method,
        template,
        door: Door::Token,
        handler,
    }
}

const fn open(method: &'static str, template: &'static str, handler: Handler) -> Route {
    Route {
        method,
        template,
        door: Door::Open,
        handler,
    }
}

/// The routes that the bot calls; any other path is unknown.
const ROUTES: &[Route] = &[
    open("GET", "/gateway", users::gateway),
    token("GET", "/gateway/bot", users::gateway_bot),
    token("GET", "/users/@me", users::me),
    token("POST", "/users/@me/channels", users::open_dm),
    token("GET", "/oauth2/applications/@me", users::application),
    token("GET", "/applications/{}/guilds/{}/commands", commands::list),
    token("PUT", "/applications/{}/guilds/{}/commands", commands::put),
    open("POST", "/interactions/{}/{}/callback", callback::answer),
    open(
        "PATCH",
        "/webhooks/{}/{}/messages/@original",
        webhooks::edit_original,
    ),
    token("GET", "/channels/{}", messages::channel),
    token("GET", "/channels/{}/messages", messages::list),
    token("POST", "/channels/{}/messages", messages::create),
    token("PATCH", "/channels/{}/messages/{}", messages::edit),
    token("GET", "/guilds/{}", guilds::guild),
    token("GET", "/guilds/{}/members/{}", guilds::member),
];

/// Every route, as `POST /channels/{}/messages`.
pub(crate) fn keys() -> impl Iterator<Item = String> {
    ROUTES
        .iter()
        .map(|route| format!("{} {}", route.method, route.template))
}

/// The route for a call; literal segments win over `{}`.
pub(crate) fn find(method: &str, path: &str) -> Option<Found<'static>> {
    let candidates = ROUTES.iter().filter(|route| route.method == method);
    let fitting = candidates.filter_map(|route| {
        Some(Found {
            route,
            params: fit(route, path)?,
        })
    });
    fitting.min_by_key(|found| found.params.len())
}

/// True if any method is served at this path.
pub(crate) fn is_known_path(path: &str) -> bool {
    ROUTES.iter().any(|route| fit(route, path).is_some())
}

fn fit(route: &Route, path: &str) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let mut given = path.split('/');
    for step in route.template.split('/') {
        let segment = given.next()?;
        if step == "{}" && !segment.is_empty() {
            params.push(segment.to_owned());
        } else if step != segment {
            return None;
        }
    }
    given.next().is_none().then_some(params)
}
