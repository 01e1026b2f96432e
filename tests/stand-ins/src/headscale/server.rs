//! The sockets: takes a request apart, lets faults have their way, writes the answer.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::fault::{Fault, Plan, When};
use super::journal::Call;
use super::tap::{Cut, Tap};
use super::wire::{self, Asked, Reply};
use super::{Shared, lock};
use crate::port::{self, ReservedPort};

/// How long a port that was closed may stay in use, and how often that is looked at: nobody can be woken by it.
const PATIENCE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(5);

const LARGEST_BODY: usize = 1024 * 1024;

/// The listening half, up or down.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) number: u16,
    state: Mutex<Option<Up>>,
    /// Held while down, too: a port that was given up could be taken by anybody before it is opened again.
    _reserved: ReservedPort,
}

#[derive(Debug)]
struct Up {
    accepting: JoinHandle<()>,
    connections: CancellationToken,
}

impl Port {
    pub(super) fn reserve(port: u16) -> std::io::Result<Self> {
        let reserved = ReservedPort::at(port)?;
        Ok(Self {
            number: reserved.number(),
            state: Mutex::default(),
            _reserved: reserved,
        })
    }

    pub(super) fn is_up(&self) -> bool {
        lock(&self.state).is_some()
    }

    pub(super) fn open(&self, shared: &Arc<Shared>) -> std::io::Result<()> {
        if self.is_up() {
            return Ok(());
        }
        let connections = CancellationToken::new();
        let tap = Tap::open(port::bind(self.number)?, connections.clone())?;
        let router = Router::new().fallback(serve).with_state(Arc::clone(shared));
        let service = router.into_make_service_with_connect_info::<Cut>();
        let accepting = tokio::spawn(async move {
            axum::serve(tap, service).await.expect("serving never ends");
        });
        *lock(&self.state) = Some(Up {
            accepting,
            connections,
        });
        Ok(())
    }

    /// A program that is just being started holds a copy of every socket of this process until it runs, and so it may
    /// still hold the one that was closed.
    pub(super) async fn reopen(&self, shared: &Arc<Shared>) {
        let opening = async {
            while let Err(error) = self.open(shared) {
                assert_eq!(error.kind(), ErrorKind::AddrInUse, "{error}");
                sleep(AGAIN).await;
            }
        };
        let opened = tokio::time::timeout(PATIENCE, opening).await;
        opened.expect("the port is ours");
    }

    pub(super) async fn close(&self) {
        let Some(up) = lock(&self.state).take() else {
            return;
        };
        up.connections.cancel();
        up.accepting.abort();
        let aborted = up.accepting.await;
        debug_assert!(aborted.is_err(), "it was serving");
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(up) = state.take() {
            up.connections.cancel();
            up.accepting.abort();
        }
    }
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let asked = take_apart(request).await;
    let number = shared.journal.begin(call(&asked));
    match shared.faults.take(&asked.method, &asked.path) {
        None => write(&shared, number, apply(&shared, number, &asked)),
        Some(Plan::Late(gate)) => {
            let (server, held) = (Arc::clone(&shared), Arc::clone(&gate));
            let applied = tokio::spawn(async move {
                held.pass().await;
                apply(&server, number, &asked)
            });
            write(&shared, number, applied.await.expect("it does not panic"))
        }
        Some(Plan::Hold(when, gate)) => {
            if when == When::Before {
                gate.pass().await;
            }
            let reply = apply(&shared, number, &asked);
            if when == When::After {
                gate.pass().await;
            }
            write(&shared, number, reply)
        }
        Some(Plan::Fault(fault)) => fail(&shared, number, &asked, fault, &cut).await,
    }
}

async fn fail(shared: &Shared, number: usize, asked: &Asked, fault: Fault, cut: &Cut) -> Response {
    match fault {
        Fault::Answer(canned) => write(shared, number, canned.into()),
        Fault::ApplyThenAnswer(canned) => {
            apply(shared, number, asked);
            write(shared, number, canned.into())
        }
        Fault::Hang => std::future::pending().await,
        Fault::ApplyThenHang => {
            apply(shared, number, asked);
            std::future::pending().await
        }
        Fault::DropBefore => {
            cut.now();
            std::future::pending().await
        }
        Fault::ApplyThenDrop => {
            apply(shared, number, asked);
            cut.now();
            std::future::pending().await
        }
        Fault::WrongContentType => {
            let mut reply = apply(shared, number, asked);
            reply.content_type = "text/html; charset=utf-8";
            write(shared, number, reply)
        }
        Fault::BrokenJson => {
            let mut reply = apply(shared, number, asked);
            reply.body.truncate(reply.body.len() / 2);
            write(shared, number, reply)
        }
    }
}

fn apply(shared: &Shared, number: usize, asked: &Asked) -> Reply {
    let answered = wire::answer(&mut lock(&shared.world), asked);
    shared
        .journal
        .done(number, answered.authorised, answered.complaints);
    answered.reply
}

fn write(shared: &Shared, number: usize, reply: Reply) -> Response {
    shared.journal.answered(number, reply.status, &reply.body);
    let mut response = Response::builder().status(reply.status);
    if !reply.content_type.is_empty() {
        response = response.header(header::CONTENT_TYPE, reply.content_type);
    }
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap_or_else(|_| {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

async fn take_apart(request: Request) -> Asked {
    let (parts, body) = request.into_parts();
    let url =
        url::Url::parse("http://headscale").and_then(|base| base.join(&parts.uri.to_string()));
    let url = url.expect("a request has a path");
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    Asked {
        method: parts.method.to_string(),
        raw_path: url.path().to_owned(),
        path: url
            .path_segments()
            .into_iter()
            .flatten()
            .map(decoded)
            .collect(),
        query: url.query_pairs().into_owned().collect(),
        content_type: text(&parts.headers, header::CONTENT_TYPE).unwrap_or_default(),
        authorization: text(&parts.headers, header::AUTHORIZATION),
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// One part of a path, with its percent signs resolved: read like the value of a form without plus signs.
fn decoded(part: &str) -> String {
    let form = format!("_={}", part.replace('+', "%2B").replace('&', "%26"));
    let value = url::form_urlencoded::parse(form.as_bytes()).next();
    value
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

fn call(asked: &Asked) -> Call {
    let query: Vec<String> = (asked.query.iter())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Call {
        at: Instant::now(),
        method: asked.method.clone(),
        path: asked.raw_path.clone(),
        query: query.join("&"),
        body: asked.body.clone(),
        content_type: asked.content_type.clone(),
        authorised: false,
        with_key: asked.authorization.is_some(),
        status: None,
        answer: String::new(),
    }
}
