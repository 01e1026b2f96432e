//! The stand-in and the real program are asked the same things, careless ones among them, and must answer alike: the
//! same status, content type, fields and words. Only what is random, or the time, may differ.

use jiff::Timestamp;
use reqwest::Client;
use sandbox::headscale::{Headscale, RealHeadscale, Release};
use serde_json::Value;

use crate::subject::{self, Program, client_of, plain_client};

/// Both start empty, so that ids are the same.
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

/// What is listed once devices have registered, with a plain and with a tagged key. Needs real devices.
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

/// One request: method, path, body, and with which key.
#[derive(Clone, Copy, Debug)]
struct Probe {
    method: &'static str,
    path: &'static str,
    body: &'static str,
    key: Key,
    content_type: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Good,
    None,
    Unknown,
    LowerCase,
}

const fn get(path: &'static str) -> Probe {
    Probe {
        method: "GET",
        path,
        body: "",
        key: Key::Good,
        content_type: "application/json",
    }
}

const fn post(path: &'static str, body: &'static str) -> Probe {
    Probe {
        method: "POST",
        body,
        ..get(path)
    }
}

const fn with(method: &'static str, path: &'static str) -> Probe {
    Probe {
        method,
        ..get(path)
    }
}

const fn keyed(key: Key, probe: Probe) -> Probe {
    Probe { key, ..probe }
}

fn probes(release: Release) -> Vec<Probe> {
    let mut probes = [ENTRY, USERS, KEYS, EXPIRY].concat();
    probes.extend(if release >= Release::V0_29 {
        NEW_SIGN_INS
    } else {
        OLD_SIGN_INS
    });
    probes.extend(NODES);
    probes
}

const ENTRY: &[Probe] = &[
    keyed(Key::None, get("/health")),
    keyed(Key::None, get("/nope")),
    keyed(Key::None, get("/api/v1/user")),
    keyed(Key::Unknown, get("/api/v1/user")),
    keyed(Key::LowerCase, get("/api/v1/user")),
    keyed(Key::None, get("/api/v1/nope")),
    get("/api/v1/nope"),
    get("/api/v1/health"),
    get("/api/v1/routes"),
    get("/api/v1/auth/register"),
    get("/api/v1/apikey"),
    with("PUT", "/api/v1/user"),
    with("PUT", "/api/v1/node/1"),
];

const USERS: &[Probe] = &[
    get("/api/v1/user"),
    post(
        "/api/v1/user",
        r#"{"name":"alice","displayName":"Alice","email":"a@example.org"}"#,
    ),
    post(
        "/api/v1/user",
        r#"{"name":"alice","displayName":"Another"}"#,
    ),
    post("/api/v1/user", r#"{"name":"bob"}"#),
    post("/api/v1/user", r#"{"name":"carol","nope":1}"#),
    post("/api/v1/user", "no JSON"),
    Probe {
        content_type: "text/plain",
        ..post("/api/v1/user", r#"{"name":"dora"}"#)
    },
    get("/api/v1/user?name=alice"),
    get("/api/v1/user?name=nobody"),
    get("/api/v1/user?id=2"),
    get("/api/v1/user?email=a@example.org"),
];

const ORDER: &str = r#"{"user":"1","reusable":false,"ephemeral":false,"expiration":"2040-01-01T00:00:00.123Z","aclTags":[]}"#;

const KEYS: &[Probe] = &[
    get("/api/v1/preauthkey?user=1"),
    get("/api/v1/preauthkey"),
    get("/api/v1/preauthkey?user=99"),
    get("/api/v1/preauthkey?user=alice"),
    post("/api/v1/preauthkey", ORDER),
    post(
        "/api/v1/preauthkey",
        r#"{"user":1,"expiration":"2040-01-01T00:00:00Z"}"#,
    ),
    post(
        "/api/v1/preauthkey",
        r#"{"user":"99","expiration":"2040-01-01T00:00:00Z"}"#,
    ),
    post(
        "/api/v1/preauthkey",
        r#"{"user":"alice","expiration":"2040-01-01T00:00:00Z"}"#,
    ),
    post("/api/v1/preauthkey", r#"{"user":"1"}"#),
    post("/api/v1/preauthkey", r#"{"user":"1","expiration":null}"#),
    post("/api/v1/preauthkey", "{}"),
    post("/api/v1/preauthkey", r#"{"user":"1","expiration":"soon"}"#),
    post(
        "/api/v1/preauthkey",
        r#"{"user":"1","expiration":"2020-01-01T00:00:00Z"}"#,
    ),
    post("/api/v1/preauthkey", r#"{"user":"1","reusable":"yes"}"#),
    post(
        "/api/v1/preauthkey",
        r#"{"user":"1","reusable":true,"ephemeral":true,"expiration":"2040-01-01T00:00:00Z"}"#,
    ),
    post("/api/v1/preauthkey", r#"{"user":"1","aclTags":["guest"]}"#),
    post(
        "/api/v1/preauthkey",
        r#"{"user":"1","aclTags":["tag:Guest"]}"#,
    ),
    post(
        "/api/v1/preauthkey",
        r#"{"user":"1","expiration":"2040-01-01T00:00:00Z","aclTags":["tag:b","tag:a","tag:a"]}"#,
    ),
    post(
        "/api/v1/preauthkey",
        r#"{"expiration":"2040-01-01T00:00:00Z","aclTags":["tag:a"]}"#,
    ),
    post(
        "/api/v1/preauthkey",
        r#"{"user":"1","acl_tags":["tag:c"],"expiration":"2040-01-01T00:00:00Z"}"#,
    ),
    post(
        "/api/v1/preauthkey",
        r#"{"user":"1","expiration":"2040-01-01T00:00:00Z","more":"than needed"}"#,
    ),
    get("/api/v1/preauthkey?user=1"),
    get("/api/v1/preauthkey?user=2"),
];

const EXPIRY: &[Probe] = &[
    post("/api/v1/preauthkey/expire", r#"{"id":"999"}"#),
    post("/api/v1/preauthkey/expire", r#"{"user":"1","key":"0123"}"#),
    post("/api/v1/preauthkey/expire", r#"{"id":"1"}"#),
    post("/api/v1/preauthkey/expire", r#"{"id":"1"}"#),
    post("/api/v1/preauthkey/expire", "{}"),
    get("/api/v1/preauthkey?user=1"),
    with("DELETE", "/api/v1/preauthkey?id=2"),
    with("DELETE", "/api/v1/preauthkey?id=999"),
    get("/api/v1/preauthkey?user=1"),
];

const OLD_SIGN_INS: &[Probe] = &[
    post(
        "/api/v1/debug/node",
        r#"{"user":"nobody","key":"abcdefghijklmnopqrstuvwx","name":"phone","routes":[]}"#,
    ),
    post(
        "/api/v1/debug/node",
        r#"{"user":"alice","key":"abcdefghijklmnopqrstuvwx","name":"My Phone","routes":[]}"#,
    ),
    post(
        "/api/v1/debug/node",
        r#"{"user":"alice","key":"abcdefghijklmnopqrstuvwy","name":"phone","routes":[]}"#,
    ),
    post(
        "/api/v1/node/register?user=nobody&key=abcdefghijklmnopqrstuvwx",
        "",
    ),
    post("/api/v1/node/register?user=alice&key=short", ""),
    post(
        "/api/v1/node/register?user=alice&key=abcdefghijklmnopqrstuvwz",
        "",
    ),
    post(
        "/api/v1/node/register?user=alice&key=abcdefghijklmnopqrstuvwx",
        "",
    ),
    post(
        "/api/v1/node/register?user=alice&key=abcdefghijklmnopqrstuvwx",
        "",
    ),
    post(
        "/api/v1/node/register?user=bob&key=abcdefghijklmnopqrstuvwy",
        "{}",
    ),
    post(
        "/api/v1/auth/register",
        r#"{"user":"alice","authId":"abcdefghijklmnopqrstuvwx"}"#,
    ),
];

const NEW_SIGN_INS: &[Probe] = &[
    post(
        "/api/v1/debug/node",
        r#"{"user":"nobody","key":"hskey-authreq-0123456789abcdef01234567","name":"phone","routes":[]}"#,
    ),
    post(
        "/api/v1/debug/node",
        r#"{"user":"alice","key":"hskey-authreq-0123456789abcdef01234567","name":"My Phone","routes":[]}"#,
    ),
    post(
        "/api/v1/debug/node",
        r#"{"user":"alice","key":"hskey-authreq-0123456789abcdef01234568","name":"phone","routes":[]}"#,
    ),
    post(
        "/api/v1/auth/register",
        r#"{"user":"nobody","authId":"hskey-authreq-0123456789abcdef01234567"}"#,
    ),
    post(
        "/api/v1/auth/register",
        r#"{"user":"alice","authId":"short"}"#,
    ),
    post(
        "/api/v1/auth/register",
        r#"{"user":"alice","authId":"hskey-authreq-short"}"#,
    ),
    post(
        "/api/v1/auth/register",
        r#"{"user":"alice","authId":"hskey-authreq-0123456789abcdef01234569"}"#,
    ),
    post(
        "/api/v1/auth/register",
        r#"{"user":"alice","authId":"hskey-authreq-0123456789abcdef01234567"}"#,
    ),
    post(
        "/api/v1/auth/register",
        r#"{"user":"alice","authId":"hskey-authreq-0123456789abcdef01234567"}"#,
    ),
    post(
        "/api/v1/node/register?user=bob&key=hskey-authreq-0123456789abcdef01234568",
        "",
    ),
];

const NODES: &[Probe] = &[
    get("/api/v1/node?user=bob"),
    get("/api/v1/node?user=nobody"),
    get("/api/v1/node/2"),
    get("/api/v1/node/99"),
    get("/api/v1/node/abc"),
    post("/api/v1/node/2/rename/kitchen", "{}"),
    post("/api/v1/node/2/rename/kitchen", "{}"),
    post("/api/v1/node/1/rename/kitchen", "{}"),
    post("/api/v1/node/2/rename/Bad_Name", "{}"),
    post("/api/v1/node/2/rename/bad_name", "{}"),
    post("/api/v1/node/2/rename/a", ""),
    post("/api/v1/node/99/rename/attic", "{}"),
    post("/api/v1/node/2/expire", "{}"),
    post("/api/v1/node/2/expire", ""),
    post("/api/v1/node/99/expire", "{}"),
    with("DELETE", "/api/v1/node/99"),
    with("DELETE", "/api/v1/node/2"),
    with("DELETE", "/api/v1/node/2"),
    get("/api/v1/node?user=bob"),
];

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

/// Who has which address and when somebody was last seen is chance; a device that is not there is not online.
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
