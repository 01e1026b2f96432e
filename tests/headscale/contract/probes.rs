//! Questions for the stand-in and the real programs, careless ones among them.

use stand_ins::headscale::Release;

/// One request: method, path, body, and with which key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) body: &'static str,
    pub(super) key: Key,
    pub(super) content_type: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Good,
    None,
    Unknown,
    LowerCase,
}

pub(super) const fn get(path: &'static str) -> Probe {
    Probe {
        method: "GET",
        path,
        body: "",
        key: Key::Good,
        content_type: "application/json",
    }
}

pub(super) const fn post(path: &'static str, body: &'static str) -> Probe {
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

pub(super) fn probes(release: Release) -> Vec<Probe> {
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

pub(super) const ORDER: &str = r#"{"user":"1","reusable":false,"ephemeral":false,"expiration":"2040-01-01T00:00:00.123Z","aclTags":[]}"#;

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
