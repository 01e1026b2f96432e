//! Looks for secrets in bytes.

use std::collections::{BTreeMap, HashMap};

use secrecy::ExposeSecret as _;
use serde_json::Value;
use stage::Stage;
use stand_ins::discord::Call;

/// The search looks for this much of a secret's end, which is as good as the whole.
const END: usize = 24;

/// The ends of all secrets, and what they are.
type Needles = HashMap<[u8; END], &'static str>;

/// Everything that was written, to be searched once all secrets are known.
#[derive(Default)]
pub(crate) struct Search {
    written: BTreeMap<String, Vec<Vec<u8>>>,
    sentinels: Vec<String>,
}

impl Search {
    /// A token that only this search knows.
    pub(crate) fn sentinel(&mut self) -> String {
        let sentinel = format!("SENTINEL{:032x}", 0x005e_ed00 + self.sentinels.len());
        self.sentinels.push(sentinel.clone());
        sentinel
    }

    pub(crate) fn bytes(&mut self, place: &str, bytes: &[u8]) {
        let known = self.written.entry(place.to_owned()).or_default();
        if known.last().is_none_or(|last| last != bytes) {
            known.push(bytes.to_vec());
        }
    }

    /// Everything in the program's directory, as it is now: the database with its journal and its log, the lock, the
    /// standard output and error. The settings hold secrets, as they must, and were not written by the program.
    pub(crate) fn files(&mut self, stage: &Stage) {
        let entries = std::fs::read_dir(stage.dir()).expect("the directory can be read");
        for entry in entries {
            let path = entry.expect("an entry can be read").path();
            if path.file_name() == Some("config.toml".as_ref()) {
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // A journal may go while it is looked at.
            let Ok(bytes) = std::fs::read(&path) else {
                continue;
            };
            if name.ends_with(".log") {
                // It only grows.
                self.written.remove(name.as_ref());
            }
            self.bytes(&name, &bytes);
        }
    }

    /// Everything that went to Discord, except keys where they may be and tokens where they must be.
    pub(crate) fn discord(&mut self, stage: &Stage) {
        for call in stage.discord.calls() {
            let holds_key = may_hold_key(stage, &call);
            let place = if holds_key { "key's own" } else { "Discord" };
            self.bytes(&format!("{place} body"), &call.raw);
            self.bytes(&format!("{place} query"), call.query.as_bytes());
            if !call.route.contains("/interactions/{}/{}")
                && !call.route.contains("/webhooks/{}/{}")
            {
                self.bytes("Discord path", call.path.as_bytes());
            }
        }
        for payload in stage.discord.every_payload() {
            let json: serde_json::Value = serde_json::from_slice(&payload).unwrap_or_default();
            // IDENTIFY and RESUME show the bot's token, once each.
            let introduces = matches!(json["op"].as_u64(), Some(2 | 6));
            let of_gateway = json["op"].is_u64();
            if of_gateway && !introduces {
                self.bytes("gateway", &payload);
            }
        }
    }

    pub(crate) fn headscale(&mut self, stage: &Stage) {
        for call in stage.headscale.calls() {
            self.bytes("Headscale body", call.body.as_bytes());
            self.bytes("Headscale path", call.path.as_bytes());
            self.bytes("Headscale query", call.query.as_bytes());
        }
    }

    /// # Panics
    /// If a secret is where it should not be, or if the search is blind.
    pub(crate) fn ends(&self, stage: &Stage) {
        let needles = self.needles(stage);
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for (place, all) in &self.written {
            for what in all.iter().flat_map(|bytes| held(bytes, &needles)) {
                *found.entry(format!("{what} in {place}")).or_default() += 1;
            }
        }
        let keys_seen = found.remove("a key in key's own body").unwrap_or(0);
        assert!(found.is_empty(), "{found:#?}");
        assert!(
            keys_seen >= 5,
            "the search saw {keys_seen} keys in letters and answers"
        );
        self.has_seen_enough();
    }

    fn needles(&self, stage: &Stage) -> Needles {
        let mut needles = Needles::new();
        let mut add = |what, secret: &str| {
            let end = secret.as_bytes().last_chunk().expect("a long secret");
            needles.insert(*end, what);
        };
        let keys = stage.headscale.issued_secrets();
        assert!(keys.len() >= 6, "{} keys", keys.len());
        for key in &keys {
            add("a key", key);
        }
        add("the API key", &stage.headscale.api_key());
        add("the bot's token", stage.discord.token().expose_secret());
        let tokens: Vec<_> = stage.discord.world(|world| {
            world
                .interactions
                .values()
                .map(|it| it.token.clone())
                .collect()
        });
        assert!(tokens.len() >= 15, "{} interactions", tokens.len());
        for token in &tokens {
            add("an interaction's token", token);
        }
        for token in &self.sentinels {
            add("a sentinel", token);
        }
        needles
    }

    /// The search is worth nothing if it looked at nothing.
    fn has_seen_enough(&self) {
        for place in [
            "usher.db",
            "usher.db-wal",
            "usher.db-shm",
            "usher.log",
            "metrics",
            "readyz",
            "check",
            "Discord body",
            "Discord path",
            "Headscale body",
            "gateway",
        ] {
            let seen = self.written.get(place).map_or(0, Vec::len);
            assert!(
                seen > 0,
                "nothing of {place} was searched, only {:?}",
                self.written.keys()
            );
        }
        let log = self.written["usher.log"].last().expect("a log");
        let log = String::from_utf8_lossy(log);
        for words in ["request.approved", "step failed", "given up", "interaction"] {
            assert!(log.contains(words), "the log does not say {words:?}");
        }
    }
}

/// The letter, and the private answer to *Get my key*.
fn may_hold_key(stage: &Stage, call: &Call) -> bool {
    let is_private = |answer: &Value| answer["flags"].as_u64().unwrap_or_default() & 64 > 0;
    let private_answer = call.route == "PATCH /webhooks/{}/{}/messages/@original"
        && call.answer.as_ref().is_none_or(is_private);
    let letter = call.route == "PATCH /channels/{}/messages/{}" && !is_public(stage, &call.path);
    private_answer || letter
}

fn is_public(stage: &Stage, path: &str) -> bool {
    let public = [
        stage.discord.admin_channel_id(),
        stage.discord.general_channel_id(),
    ];
    public
        .iter()
        .any(|id| path.starts_with(&format!("/channels/{id}/")))
}

fn held(bytes: &[u8], needles: &Needles) -> Vec<&'static str> {
    let windows = bytes.windows(END);
    let found = windows.filter_map(|window| needles.get(window).copied());
    found.collect()
}
