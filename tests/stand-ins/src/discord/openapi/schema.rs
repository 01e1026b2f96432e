//! Takes one schema out of the document with everything it refers to.
//!
//! Two liberties that Discord takes and the description does not mention:
//! snowflakes may be numbers, and integers may be strings of digits. And where the
//! description says "one of", several may fit: the branches are told apart by
//! their `type`, so "any of" says the same.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const PREFIX: &str = "#/components/schemas/";

/// The direction of a body; only requests enjoy the liberties.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Answer,
}

/// The schema, with the components it needs beside it.
pub(super) fn self_contained(document: &Value, schema: &Value, side: Side) -> Value {
    let all = &document["components"]["schemas"];
    let mut needed = BTreeSet::new();
    let mut queue = vec![schema];
    while let Some(next) = queue.pop() {
        for name in references(next) {
            if needed.insert(name.to_owned()) {
                queue.push(&all[name]);
            }
        }
    }
    let mut components = Map::new();
    for name in needed {
        let component = if name == "SnowflakeType" && side == Side::Request {
            json!({"anyOf": [all[&name], {"type": "integer", "minimum": 0}]})
        } else {
            adapt(&all[&name], side)
        };
        components.insert(name, component);
    }
    json!({"allOf": [adapt(schema, side)], "components": {"schemas": components}})
}

/// The names of the components a schema refers to.
fn references(schema: &Value) -> Vec<&str> {
    match schema {
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|reference| reference.strip_prefix(PREFIX));
            own.into_iter()
                .chain(map.values().flat_map(references))
                .collect()
        }
        Value::Array(list) => list.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn adapt(schema: &Value, side: Side) -> Value {
    match schema {
        Value::Object(map) => {
            let adapted = map.iter().map(|(key, value)| {
                let key = if key == "oneOf" { "anyOf" } else { key };
                (key.to_owned(), adapt(value, side))
            });
            let adapted = Value::Object(adapted.collect());
            if side == Side::Request && is_plain_integer(map) {
                return json!({"anyOf": [adapted, {"type": "string", "pattern": "^-?[0-9]+$"}]});
            }
            adapted
        }
        Value::Array(list) => Value::Array(list.iter().map(|entry| adapt(entry, side)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// An integer that is no enumeration.
fn is_plain_integer(schema: &Map<String, Value>) -> bool {
    let integer = match schema.get("type") {
        Some(Value::String(kind)) => kind == "integer",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "integer"),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    };
    integer
        && !["oneOf", "anyOf", "allOf", "enum", "const"]
            .iter()
            .any(|key| schema.contains_key(*key))
}
