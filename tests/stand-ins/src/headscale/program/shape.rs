//! The program's output for the API's answers. Until 0.29 it is protobuf's Go structs: snake case, numbers as ids,
//! seconds and nanoseconds, nothing where there is nothing. From 0.30 on it is the API's shape, but empty things
//! where that says null.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::headscale::Release;

pub(super) fn printed(release: Release, mut value: Value) -> Value {
    if !release.is_grpc() {
        fill(&mut value);
        return value;
    }
    let is_list = value.is_array();
    let printed = structs(&value);
    printed.unwrap_or_else(|| if is_list { Value::Null } else { json!({}) })
}

/// `None` is what is left out.
fn structs(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) | Value::Number(_) => Some(value.clone()),
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.parse().map_or_else(|_| value.clone(), time)),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.iter().filter_map(structs).collect()),
        Value::Object(fields) => Some(Value::Object(fields.iter().filter_map(field).collect())),
    }
}

fn field((name, value): (&String, &Value)) -> Option<(String, Value)> {
    let value = match (name.as_str(), value.as_str()) {
        ("id", Some(id)) => json!(id.parse::<u64>().ok()?),
        _ => structs(value)?,
    };
    Some((snake_case(name), value))
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn time(at: Timestamp) -> Value {
    let mut time = Map::from_iter([("seconds".to_owned(), json!(at.as_second()))]);
    if at.subsec_nanosecond() != 0 {
        time.insert("nanos".to_owned(), json!(at.subsec_nanosecond()));
    }
    Value::Object(time)
}

fn fill(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(fill),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if value.is_null() && name == "preAuthKey" {
                    *value = json!({ "id": "", "key": "", "user": null, "aclTags": null, "expiration": null });
                }
                if value.is_null() && name == "user" {
                    *value = json!({ "id": "", "name": "", "createdAt": "0001-01-01T00:00:00Z" });
                }
                fill(value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
