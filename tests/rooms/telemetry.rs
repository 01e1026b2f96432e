//! The log's contents, whatever filter the operator sets.

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
