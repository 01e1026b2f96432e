//! The log: text or JSON lines on standard error, filtered so that no setting of the operator's can make it leak.
//!
//! Libraries print what they carry: serenity's spans hold message bodies, attachments and interaction tokens, its
//! gateway warns with whole events and its HTTP client with paths that contain tokens; tungstenite and hyper trace
//! frames. The operator's filter therefore decides about our own crates only. From others come warnings and errors, never
//! spans, and from the worst offenders errors only. Records of the `log` crate are not collected at all.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt, ParseError, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

use crate::config::{Log, LogFormat};

/// Crates that are written with their log in mind.
const OURS: [&str; 2] = ["headscale_usher", "migration"];

/// Whose warnings hold payloads and tokens (serenity 0.12.5: `gateway/ws.rs` "Err deserializing text",
/// `http/client.rs` "Mismatched successful response status").
const ERRORS_ONLY: [&str; 3] = ["serenity::gateway::ws", "serenity::http", "tungstenite"];

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("log.filter is not a log filter: {0}")]
    Filter(#[from] ParseError),
    #[error("the log has been set up before")]
    Twice(#[from] tracing::subscriber::SetGlobalDefaultError),
}

/// Sets up the log of the whole process, once.
pub fn init(log: &Log) -> Result<(), Error> {
    let subscriber = subscriber(log, io::stderr, io::stderr().is_terminal())?;
    Ok(tracing::subscriber::set_global_default(subscriber)?)
}

fn subscriber<W>(log: &Log, writer: W, colour: bool) -> Result<impl Subscriber, Error>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&log.filter)?.and(filter_fn(may_be_logged));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(colour);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(true)
            .boxed(),
    };
    Ok(Registry::default().with(lines.with_filter(filter)))
}

fn may_be_logged(metadata: &Metadata<'_>) -> bool {
    let is_from = |modules: &[&str]| {
        modules
            .iter()
            .any(|module| is_within(metadata.target(), module))
    };
    if is_from(&OURS) {
        return true;
    }
    let most_verbose = if is_from(&ERRORS_ONLY) {
        Level::ERROR
    } else {
        Level::WARN
    };
    metadata.is_event() && *metadata.level() <= most_verbose
}

fn is_within(target: &str, module: &str) -> bool {
    let rest = target.strip_prefix(module);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
#[path = "../tests/rooms/telemetry.rs"]
mod tests;
