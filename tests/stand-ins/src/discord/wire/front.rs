//! The one entrance: every request is read, recorded, perhaps met by a fault,
//! checked for its token, handled under the lock, and answered with its headers.

use std::sync::Arc;

use axum::{
    extract::{ConnectInfo, FromRequestParts as _, Request, State, WebSocketUpgrade},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    body::Incoming,
    buckets::Level,
    error::ApiError,
    exchange::{Exchange, Payload, Reply},
    line::Line,
    routes::{self, Door, Found},
};
use crate::discord::{
    faults::Met,
    gateway,
    journal::Call,
    shared::{self, Shared},
};

/// Handles every request of the stand-in.
pub(crate) async fn front(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/v10/") {
        return rest(&shared, &line, Incoming::read(request).await).await;
    }
    if path.starts_with("/attachments/") {
        return serve_file(&shared, path);
    }
    if !shared.read(|state| state.gateway.script.admit) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let resumed = path != "/";
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade
            .on_upgrade(move |socket| gateway::converse(shared, socket, line, query, resumed)),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn rest(shared: &Arc<Shared>, line: &Line, incoming: Incoming) -> Response {
    let found = routes::find(incoming.method.as_str(), &incoming.path);
    let key = found.as_ref().map_or_else(
        || format!("{} {}", incoming.method, incoming.path),
        Found::key,
    );
    let call = note(shared, &key, &incoming);
    let (number, met, latency) = shared.change(|state| {
        let met = state.faults.meet(&call);
        complain_of_manners(state, &key, &incoming);
        (state.notebook.arrived(call), met, state.latency)
    });
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if let Met::Before(gate) = &met {
        gate.pass().await;
    }
    let staged = matches!(met, Met::Refuse(_));
    let (reply, level) = match met {
        Met::Refuse(ref reply) => (reply.clone(), None),
        Met::Hang => std::future::pending().await,
        Met::Reset => {
            line.cut();
            return StatusCode::NO_CONTENT.into_response();
        }
        Met::Nothing | Met::Before(_) | Met::After(_) | Met::Swallow | Met::Garble(_) => {
            shared.change(|state| handle(state, shared, &incoming, found.as_ref(), &key))
        }
    };
    shared.change(|state| {
        let shared_scope = reply
            .headers
            .contains(&("x-ratelimit-scope", "shared".into()));
        state
            .notebook
            .count_refusal(&key, reply.status, shared_scope);
        state
            .notebook
            .answered(number, reply.status, reply.as_json(), staged);
    });
    let swallow = || shared.change(|state| state.notebook.swallowed(number));
    let reply = match met {
        Met::After(gate) => {
            gate.pass().await;
            reply
        }
        Met::Swallow => {
            swallow();
            line.cut();
            reply
        }
        Met::Garble(text) => {
            swallow();
            Reply::new(reply.status, Payload::Raw(text))
        }
        Met::Nothing | Met::Before(_) | Met::Refuse(_) | Met::Hang | Met::Reset => reply,
    };
    respond(reply, level, &key)
}

fn note(shared: &Shared, key: &str, incoming: &Incoming) -> Call {
    Call {
        method: incoming.method.to_string(),
        route: key.to_owned(),
        path: incoming.path.clone(),
        query: incoming.query.clone(),
        at: shared.read(|state| state.world.now()),
        content_type: incoming.body.content_type.clone(),
        body: incoming.body.json.clone(),
        files: incoming.body.files.clone(),
        raw: Arc::clone(&incoming.body.raw),
        status: None,
        answer: None,
        delivered: false,
        staged: false,
    }
}

/// `DiscordBot (url, version)`, as Discord asks of every client.
fn complain_of_manners(state: &mut shared::State, key: &str, incoming: &Incoming) {
    let agent = incoming.header("user-agent").unwrap_or_default();
    let described = agent
        .strip_prefix("DiscordBot (")
        .and_then(|rest| rest.split_once(')'));
    if !described.is_some_and(|(inside, _)| inside.contains(", ")) {
        let what = format!("User-Agent {agent:?} is not `DiscordBot (url, version)`");
        state.notebook.complain(key, what);
    }
}

fn handle(
    state: &mut shared::State,
    shared: &Shared,
    incoming: &Incoming,
    found: Option<&Found<'_>>,
    key: &str,
) -> (Reply, Option<Level>) {
    let Some(found) = found else {
        state
            .notebook
            .complain(key, "Discord or the stand-in has no such route".into());
        if routes::is_known_path(&incoming.path) {
            let error = ApiError::new(405, 0, "405: Method Not Allowed");
            return (error.into(), None);
        }
        return (ApiError::no_such_route().into(), None);
    };
    if found.route.door == Door::Token {
        let accepted = is_authorised(state, incoming);
        state.notebook.authorised(key, accepted);
        if !accepted {
            return (ApiError::unauthorised().into(), None);
        }
    }
    let now = state.world.now();
    let level = state.buckets.take(found, now);
    if level.exceeded {
        return (level.refusal(), Some(level));
    }
    let mut exchange = Exchange {
        state,
        incoming,
        params: &found.params,
        route: key,
        origin: &shared.origin(),
    };
    let reply = (found.route.handler)(&mut exchange).unwrap_or_else(Reply::from);
    (reply, Some(level))
}

fn is_authorised(state: &shared::State, incoming: &Incoming) -> bool {
    let given = incoming
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bot "));
    given.is_some() && given == state.world.token.as_deref()
}

fn respond(reply: Reply, level: Option<Level>, key: &str) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match reply.body {
        Payload::Empty => status.into_response(),
        Payload::Json(body) => (status, axum::Json(body)).into_response(),
        Payload::Html(page) => (status, axum::response::Html(page)).into_response(),
        Payload::Raw(text) => {
            (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
    };
    let headers = response.headers_mut();
    if let Some(level) = level {
        level.stamp(key, headers);
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// The content delivery network: files by channel, id and name.
fn serve_file(shared: &Shared, path: &str) -> Response {
    let mut steps = path.split('/').skip(2).map(str::parse);
    let (Some(Ok(channel)), Some(Ok(id))) = (steps.next(), steps.next()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let found = shared.read(|state| state.world.attachment(channel, id).cloned());
    found.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |file| {
            let kind = file
                .content_type
                .unwrap_or_else(|| "application/octet-stream".into());
            ([(header::CONTENT_TYPE, kind)], file.bytes.to_vec()).into_response()
        },
    )
}
