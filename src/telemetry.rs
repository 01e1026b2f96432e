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
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{debug, error, info_span, trace, warn};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .expect("no panic while writing")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(filter: &str, format: LogFormat, act: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let log = Log {
            format,
            filter: filter.to_owned(),
        };
        let subscriber = subscriber(&log, move || writer.clone(), false).expect("a filter");
        tracing::subscriber::with_default(subscriber, act);
        let bytes = page.0.lock().expect("no panic while writing").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn libraries_that_print_what_they_carry_stay_quiet_whatever_is_asked_for() {
        let act = || {
            let span = info_span!(target: "serenity::http::client", "request", body = "SECRET");
            let _inside = span.enter();
            trace!(target: "h2::codec", "SECRET");
            trace!(target: "hyper_util::client", "SECRET");
            debug!(target: "serenity::gateway::shard", "SECRET");
            debug!(target: "sqlx::query", "SECRET");
            warn!(target: "serenity::gateway::ws", "Err deserializing text; text: SECRET");
            warn!(target: "serenity::http::client", "Mismatched status from SECRET");
            warn!(target: "tungstenite::protocol", "SECRET");
            error!(target: "serenity::http::client", "a plain error");
            debug!(target: "headscale_usher::workflow", "our own words");
        };
        for filter in [
            "trace",
            "serenity=trace,hyper=trace,h2=trace,sqlx=trace,headscale_usher=trace",
            "trace,[{body}]=trace",
            "trace,[request]=trace",
        ] {
            for format in [LogFormat::Text, LogFormat::Json] {
                let text = logged(filter, format, act);
                assert!(!text.contains("SECRET"), "{filter}: {text}");
                assert!(text.contains("our own words"), "{filter}: {text}");
                assert!(text.contains("a plain error"), "{filter}: {text}");
            }
        }
    }

    #[test]
    fn the_operator_can_ask_for_less() {
        let text = logged("error", LogFormat::Text, || {
            warn!(target: "headscale_usher::workflow", "a warning");
            warn!(target: "serenity::gateway", "another one");
            error!(target: "headscale_usher::workflow", "an error");
        });
        assert!(
            !text.contains("warning") && !text.contains("another"),
            "{text}"
        );
        assert!(text.contains("an error"), "{text}");
    }

    #[test]
    fn names_that_only_begin_like_ours_are_not_ours() {
        let text = logged("trace", LogFormat::Text, || {
            debug!(target: "headscale_usher_spy", "from elsewhere");
        });
        assert_eq!(text, "");
    }

    #[test]
    fn json_lines_hold_the_fields_and_the_spans() {
        let text = logged("info", LogFormat::Json, || {
            let span = info_span!(target: "headscale_usher", "request", id = 42);
            let _inside = span.enter();
            warn!(target: "headscale_usher", attempt = 2, "step failed");
        });
        let line: serde_json::Value = serde_json::from_str(&text).expect("one line of JSON");
        assert_eq!(line["message"], "step failed");
        assert_eq!(line["attempt"], 2);
        assert_eq!(line["spans"][0]["id"], 42);
    }
}
