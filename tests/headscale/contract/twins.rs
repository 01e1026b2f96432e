//! The stand-in and the real program are asked the same things, careless ones among them, and must answer alike: the
//! same status, content type, fields and words. Only what is random, or the time, may differ.

use jiff::Timestamp;
use reqwest::Client;
use serde_json::Value;
use stand_ins::headscale::{Headscale, RealHeadscale, Release};

use super::probes::{Key, ORDER, Probe, get, post, probes};
use crate::subject::{self, Program, client_of, plain_client};

/// Both start empty, so ids are the same.
pub(crate) async fn compare(program: &Program) {
    let real = RealHeadscale::start(program.path()).expect("the program starts");
    let release = release_of(&real).await;
    let stand_in = Headscale::start(release).await;
    stand_in.calls_itself("dev");
    let http = &plain_client();
    let mut differences = Vec::new();
    for probe in probes(release) {
        let theirs = ask(http, real.url(), real.api_key(), &probe).await;
        let ours = ask(http, &stand_in.url(), &stand_in.api_key(), &probe).await;
        if theirs != ours {
            differences.push(format!(
                "{probe:?}\n  real:     {theirs}\n  stand-in: {ours}"
            ));
        }
    }
    differences.extend(compare_devices(http, &real, &stand_in).await);
    assert!(
        differences.is_empty(),
        "{}\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// The lists once devices have registered, with a plain and with a tagged key. Needs real devices.
async fn compare_devices(
    http: &Client,
    real: &RealHeadscale,
    stand_in: &Headscale,
) -> Option<String> {
    const TAGGED: &str =
        r#"{"user":"1","expiration":"2040-01-01T00:00:00Z","aclTags":["tag:guest"]}"#;
    subject::joiner()?;
    for (order, hostname) in [(ORDER, "Laptop"), (TAGGED, "printer")] {
        let order = post("/api/v1/preauthkey", order);
        let key = new_key(http, real.url(), real.api_key(), &order).await;
        assert_eq!(
            subject::join_with_program(real.url(), &key, hostname),
            Ok(())
        );
        let key = new_key(http, &stand_in.url(), &stand_in.api_key(), &order).await;
        stand_in.join(&key, hostname).expect("a device registers");
    }
    for path in ["/api/v1/node", "/api/v1/preauthkey?user=1"] {
        let theirs = ask(http, real.url(), real.api_key(), &get(path)).await;
        let ours = ask(http, &stand_in.url(), &stand_in.api_key(), &get(path)).await;
        if theirs != ours {
            return Some(format!("{path}\n  real:     {theirs}\n  stand-in: {ours}"));
        }
    }
    None
}

async fn new_key(http: &Client, url: &str, api_key: &str, order: &Probe) -> String {
    let request = http
        .post(format!("{url}{}", order.path))
        .bearer_auth(api_key);
    let request = request
        .header("content-type", order.content_type)
        .body(order.body);
    let answer = request
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    answer["preAuthKey"]["key"]
        .as_str()
        .expect("a key")
        .to_owned()
}

async fn release_of(real: &RealHeadscale) -> Release {
    let found = client_of(real.url(), real.api_key())
        .release()
        .await
        .expect("a release");
    let mut all = Release::ALL.into_iter();
    all.find(|release| release.to_string() == found.to_string())
        .expect("one of ours")
}

async fn ask(http: &Client, url: &str, api_key: &str, probe: &Probe) -> String {
    let method = probe.method.parse().expect("a method");
    let mut request = http.request(method, format!("{url}{}", probe.path));
    if !probe.body.is_empty() {
        request = request
            .header("content-type", probe.content_type)
            .body(probe.body);
    }
    request = match probe.key {
        Key::Good => request.bearer_auth(api_key),
        Key::None => request,
        Key::Unknown => request.bearer_auth("hskey-api-0123456789ab-0123456789"),
        Key::LowerCase => request.header("authorization", format!("bearer {api_key}")),
    };
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let content_type = answer.headers().get("content-type").cloned();
    let content_type = content_type.map(|kind| kind.to_str().expect("text").to_owned());
    let body = answer.text().await.expect("a body");
    // An aid for tests answers with a node that does not exist yet.
    let aid = probe.path.contains("/debug/") && status == 200;
    let body = if aid { String::new() } else { essence(&body) };
    format!("{status} {} {body}", content_type.unwrap_or_default())
}

/// The body without spaces, times and whatever is random.
fn essence(body: &str) -> String {
    match serde_json::from_str::<Value>(body) {
        Ok(mut value) => {
            smooth(&mut value);
            value.to_string()
        }
        Err(_) => body.trim().to_owned(),
    }
}

/// Addresses and times are chance; a device that is not there is not online.
const VAGUE: [&str; 7] = [
    "ipAddresses",
    "lastSeen",
    "machineKey",
    "nodeKey",
    "discoKey",
    "expiry",
    "online",
];

fn smooth(value: &mut Value) {
    match value {
        Value::String(text) => *text = smoothed(text),
        Value::Array(items) => items.iter_mut().for_each(smooth),
        Value::Object(fields) => {
            for vague in VAGUE {
                fields
                    .entry(vague)
                    .and_modify(|value| *value = Value::from("…"));
            }
            // 0.26 keeps them as Go's maps do, in any order.
            if let Some(Value::Array(tags)) = fields.get_mut("aclTags") {
                tags.sort_by_key(Value::to_string);
            }
            if let Some(Value::Array(errors)) = fields.get_mut("errors") {
                errors.sort_by_key(|error| error["location"].to_string());
            }
            fields.values_mut().for_each(smooth);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn smoothed(text: &str) -> String {
    const GIVEN: [&str; 2] = ["0001-01-01T00:00:00Z", "2040-01-01T00:00:00.123Z"];
    if !GIVEN.contains(&text) && text.parse::<Timestamp>().is_ok() {
        return "<time>".to_owned();
    }
    // protojson writes a space that does not break, in some builds; and counts columns.
    if text.starts_with("invalid character") {
        return "invalid character".to_owned();
    }
    let text = text.replace('\u{a0}', " ");
    let text = text
        .split(" (line 1:")
        .map(|part| part.split_once("): ").map_or(part, |(_, rest)| rest));
    let text = text.collect::<Vec<_>>().join(" ");
    without_random(&text)
}

/// Runs of random letters, in keys, prefixes and names made up.
fn without_random(text: &str) -> String {
    let of_key = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    for (start, random) in [("hskey-auth-", 12), ("hskey-api-", 12), ("invalid-", 8)] {
        if let Some(rest) = text.strip_prefix(start) {
            let tail: usize = rest.chars().skip(random).filter(|c| of_key(*c)).count();
            return format!(
                "{start}<{random}>{tail}{}",
                if text.ends_with('*') { "***" } else { "" }
            );
        }
    }
    let all_hex = text.len() == 48 && text.chars().all(|c| c.is_ascii_hexdigit());
    let old_prefix = text.len() == 7 && !text.contains(' ') && !matches!(text, "kitchen");
    if all_hex || old_prefix {
        format!("<{}>", text.len())
    } else {
        text.to_owned()
    }
}
