//! Discord's published description of its API as a second opinion: recorded calls, and the stand-in's own answers, are
//! held against it where the document is at hand, at `DISCORD_OPENAPI` or else beside the workspace in
//! `../shared/specs/discord-openapi.json`.
//!
//! The wire does not read it. It refuses with Discord's own codes and places, as strictly without the document as with
//! it, and a schema of this size would slow every call; so the limits that the bot can reach stand in `rules` as well.
//! The tests in `described` hold them against the document, and everything else that the document says is left to it.

mod schema;

use std::{collections::BTreeMap, path::PathBuf, sync::Mutex};

use anyhow::Context as _;
use jsonschema::Validator;
use serde_json::Value;

use super::journal::Call;
use schema::{Side, self_contained};

/// Says where the document is.
const LOCATION: &str = "DISCORD_OPENAPI";

/// The description, ready to judge calls.
pub struct Spec {
    document: Value,
    /// Operations by route key, `POST /channels/{}/messages`.
    operations: BTreeMap<String, Value>,
    /// Schemas are compiled when first needed.
    compiled: Mutex<BTreeMap<String, Validator>>,
}

impl Spec {
    /// True if there is a document, or if one was promised.
    pub fn is_at_hand() -> bool {
        std::env::var_os(LOCATION).is_some() || location().exists()
    }

    /// Reads the document; `None` where there is none.
    ///
    /// # Errors
    /// If there is one, or one was promised, and it cannot be read.
    pub fn load() -> anyhow::Result<Option<Self>> {
        if !Self::is_at_hand() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(location()).context("Discord's description")?;
        let document = serde_json::from_str(&text).context("Discord's description")?;
        Ok(Some(Self::new(document)))
    }

    fn new(document: Value) -> Self {
        let mut operations = BTreeMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let key = format!("{} {}", method.to_uppercase(), nameless(path));
                operations.insert(key, operation.clone());
            }
        }
        Self {
            document,
            operations,
            compiled: Mutex::default(),
        }
    }

    /// Everything about these calls that the description does not allow.
    pub fn check(&self, calls: &[Call]) -> Vec<String> {
        let mut found = Vec::new();
        for call in calls {
            let Some(operation) = self.operations.get(&call.route) else {
                found.push(format!("{}: no such operation", call.route));
                continue;
            };
            self.check_request(call, operation, &mut found);
            self.check_answer(call, operation, &mut found);
        }
        found
    }

    fn check_request(&self, call: &Call, operation: &Value, found: &mut Vec<String>) {
        let wanted = &operation["requestBody"];
        let Some(body) = &call.body else {
            if wanted["required"] == true {
                found.push(format!("{}: a body is required", call.route));
            }
            return;
        };
        let kind = call.content_type.as_deref().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let schema = &wanted["content"][kind]["schema"];
        if schema.is_null() {
            found.push(format!("{}: takes no body of type {kind:?}", call.route));
            return;
        }
        let name = format!("{} request {kind}", call.route);
        self.judge(&name, schema, Side::Request, body, found);
        check_files(call, body, found);
    }

    fn check_answer(&self, call: &Call, operation: &Value, found: &mut Vec<String>) {
        let (Some(status), false) = (call.status, call.staged) else {
            return;
        };
        let responses = &operation["responses"];
        let class = format!("{}XX", status / 100);
        let response = responses
            .get(status.to_string())
            .or_else(|| responses.get(class));
        let Some(response) = response else {
            if status < 500 {
                found.push(format!("{}: status {status} is not described", call.route));
            }
            return;
        };
        let response = self.resolve(response);
        let schema = &response["content"]["application/json"]["schema"];
        let name = format!("{} answer {status}", call.route);
        match (&call.answer, schema.is_null()) {
            (Some(answer), false) => self.judge(&name, schema, Side::Answer, answer, found),
            (None, true) => {}
            (Some(_), true) => found.push(format!("{name}: has a body")),
            (None, false) => found.push(format!("{name}: has no JSON body")),
        }
    }

    /// Follows a reference to a shared response.
    fn resolve<'a>(&'a self, object: &'a Value) -> &'a Value {
        let pointer = object["$ref"]
            .as_str()
            .and_then(|reference| reference.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.document.pointer(pointer))
            .unwrap_or(object)
    }

    fn judge(&self, name: &str, schema: &Value, side: Side, body: &Value, found: &mut Vec<String>) {
        let mut compiled = self.compiled.lock().expect("no check panicked before");
        let validator = compiled.entry(name.to_owned()).or_insert_with(|| {
            let schema = self_contained(&self.document, schema, side);
            let options = jsonschema::draft202012::options();
            options
                .build(&schema)
                .unwrap_or_else(|error| panic!("{name}: {error}"))
        });
        for error in validator.iter_errors(body) {
            found.push(format!("{name}: {} at {}", error, error.instance_path()));
        }
    }
}

fn location() -> PathBuf {
    std::env::var_os(LOCATION).map_or_else(
        || {
            let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
            workspace.join("../shared/specs/discord-openapi.json")
        },
        PathBuf::from,
    )
}

/// `/channels/{channel_id}` as `/channels/{}`.
fn nameless(path: &str) -> String {
    let steps = path
        .split('/')
        .map(|step| if step.starts_with('{') { "{}" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

/// In a new message, every announced attachment comes with its file.
fn check_files(call: &Call, body: &Value, found: &mut Vec<String>) {
    if call.method != "POST" {
        return;
    }
    let message = if call.route.ends_with("/callback") {
        &body["data"]
    } else {
        body
    };
    for entry in message["attachments"].as_array().into_iter().flatten() {
        let id = entry["id"].as_u64().map(|id| id.to_string());
        let id = id
            .or_else(|| entry["id"].as_str().map(str::to_owned))
            .unwrap_or_default();
        if !call
            .files
            .iter()
            .any(|file| file.field == format!("files[{id}]"))
        {
            found.push(format!(
                "{}: attachment {id} comes without its file",
                call.route
            ));
        }
    }
}
