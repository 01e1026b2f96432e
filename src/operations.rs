//! The operations endpoint: whether the process is alive, whether it can do its work, and how much it has done.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz` | 200 while the worker keeps ticking, else 503: restart the process |
//! | `/readyz` | 200 while gateway, store and Headscale are all usable, else 503; JSON with each cause |
//! | `/metrics` | Prometheus text, see `metrics` |
//!
//! It only knows `Health`, to which the rest of the program reports. Nothing here is secret or names a person.

mod health;
mod metrics;
mod report;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) use health::Health;
pub(crate) use metrics::{Metrics, Outcome};

/// How long open connections may delay the end of the process.
const DRAIN: Duration = Duration::from_secs(1);

/// How long [`probe`] waits for an answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// Why the endpoint is not available.
#[derive(Debug, thiserror::Error)]
#[error("operations.listen: {listen} cannot be used: {cause}")]
pub(crate) struct ListenError {
    listen: SocketAddr,
    cause: io::Error,
}

/// Why the bot does not count as healthy.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("nothing answers at {0}; is the bot running, with the same operations.listen?")]
    Silent(SocketAddr),
    #[error("{0}")]
    Unwell(String),
}

/// Serves until told to stop, and ends soon after, whatever clients do.
///
/// # Errors
/// If the address cannot be used.
pub(crate) async fn serve(
    listen: SocketAddr,
    health: Health,
    stop: CancellationToken,
) -> Result<(), ListenError> {
    let refuse = |cause| ListenError { listen, cause };
    let listener = TcpListener::bind(listen).await.map_err(refuse)?;
    serve_on(listener, health, stop).await.map_err(refuse)
}

async fn serve_on(
    listener: TcpListener,
    health: Health,
    stop: CancellationToken,
) -> io::Result<()> {
    let server = axum::serve(listener, router(health))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let drained = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server => ended,
        () = drained => Ok(()),
    }
}

fn router(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(health)
}

async fn healthz(State(health): State<Health>) -> impl IntoResponse {
    match health.stalled_for() {
        None => (StatusCode::OK, "alive\n".to_owned()),
        Some(silence) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "the worker has not ticked for {} seconds\n",
                silence.as_secs()
            ),
        ),
    }
}

async fn readyz(State(health): State<Health>) -> impl IntoResponse {
    let report = health.report();
    let status = if report.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(report.to_json()))
}

async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    let text = health.metrics().render(&health.report());
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
}

/// Asks a running bot whether it is alive, for `headscale-usher health` and for a container's health check.
pub async fn probe(listen: SocketAddr) -> Result<(), ProbeError> {
    let address = reachable(listen);
    let answer = ask(address)
        .await
        .map_err(|_| ProbeError::Silent(address))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let text = answer.text().await.unwrap_or_default();
    Err(ProbeError::Unwell(format!("{status}: {}", text.trim())))
}

async fn ask(address: SocketAddr) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder()
        .timeout(PROBE_TIMEOUT)
        .no_proxy()
        .build()?;
    client.get(format!("http://{address}/healthz")).send().await
}

/// A bot that listens on all addresses is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let loopback: IpAddr = match listen {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let everywhere = listen.ip().is_unspecified();
    SocketAddr::new(
        if everywhere { loopback } else { listen.ip() },
        listen.port(),
    )
}

#[cfg(test)]
#[path = "../tests/rooms/operations.rs"]
mod tests;
