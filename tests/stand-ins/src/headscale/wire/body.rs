//! Reading what was posted. Until 0.29 the gateway is generous: any content type, either spelling, unknown fields.
//! From 0.30 on everything is checked, and what is wrong is sent back, secrets included.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Reply, Visit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Flag,
    Time,
    Words,
    Text,
}

/// The fields of a request, each with its kind.
pub(super) type Fields = &'static [(&'static str, Kind)];

/// A body whose fields have the right kinds.
#[derive(Debug)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) fn id(&self, name: &str) -> Option<u64> {
        let value = self.0.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.0
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        self.text(name).parse().ok()
    }

    pub(super) fn words(&self, name: &str) -> Vec<String> {
        let words = self.0.get(name).and_then(Value::as_array);
        words
            .into_iter()
            .flatten()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }
}

impl Visit<'_> {
    pub(super) fn read(&mut self, fields: Fields) -> Result<Body, Reply> {
        if self.world.release.is_grpc() {
            self.read_generously(fields)
        } else {
            self.read_strictly(fields)
        }
    }

    fn read_generously(&mut self, fields: Fields) -> Result<Body, Reply> {
        if !self.asked.content_type.starts_with("application/json") {
            self.complain("a body that does not say that it is JSON");
        }
        let text = self.asked.body.trim();
        if text.is_empty() {
            self.complain("no body where one is expected");
            return Ok(Body(Map::new()));
        }
        let Ok(Value::Object(posted)) = serde_json::from_str(text) else {
            return Err(Reply::grpc(
                400,
                3,
                "invalid character looking for beginning of value",
            ));
        };
        let mut body = Map::new();
        for (name, value) in posted {
            match field(fields, &name) {
                None => self.complain(&format!("the field `{name}` is unknown")),
                Some((field, kind)) => {
                    if field != name {
                        self.complain(&format!("`{name}` instead of `{field}`"));
                    }
                    if kind == Kind::Id && value.is_number() {
                        self.complain(&format!("`{name}` is a number, which 0.30 refuses"));
                    }
                    if !fits(kind, &value, true) {
                        return Err(misfit(field, kind, &value));
                    }
                    body.insert(field.to_owned(), value);
                }
            }
        }
        Ok(Body(body))
    }

    fn read_strictly(&mut self, fields: Fields) -> Result<Body, Reply> {
        let text = self.asked.body.trim();
        if text.is_empty() {
            return Err(Reply::problem(400, "request body is required", &[]));
        }
        let invalid = |status, message: &str, location: &str, value: Value| {
            let error = json!({ "message": message, "location": location, "value": value });
            Reply::problem_with(status, "validation failed", vec![error])
        };
        if !self.asked.content_type.starts_with("application/json") {
            let message = format!("unknown content type: {}", self.asked.content_type);
            return Err(invalid(415, &message, "body", json!(text)));
        }
        let Ok(Value::Object(posted)) = serde_json::from_str::<Value>(text) else {
            return Err(invalid(400, "invalid character", "body", json!(text)));
        };
        let whole = Value::Object(posted.clone());
        let mut errors = Vec::new();
        for (name, value) in &posted {
            let place = format!("body.{name}");
            match fields.iter().find(|(field, _)| field == name) {
                None => errors.push(
                    json!({ "message": "unexpected property", "location": place, "value": whole }),
                ),
                Some((_, kind)) if !fits(*kind, value, false) => {
                    errors.push(
                        json!({ "message": expected(*kind), "location": place, "value": value }),
                    );
                }
                Some(_) => {}
            }
        }
        if !errors.is_empty() {
            return Err(Reply::problem_with(422, "validation failed", errors));
        }
        // An id's text is read as a number only once the shape was found right.
        let odd = posted.iter().find(|(name, value)| {
            let id = fields
                .iter()
                .any(|(field, kind)| field == name && *kind == Kind::Id);
            id && value
                .as_str()
                .is_some_and(|text| text.parse::<u64>().is_err())
        });
        if let Some((name, value)) = odd {
            let parse = format!("strconv.ParseUint: parsing {value}: invalid syntax");
            return Err(Reply::problem(
                400,
                &format!("invalid {name} id"),
                &[&parse],
            ));
        }
        Ok(Body(posted))
    }
}

fn field(fields: Fields, name: &str) -> Option<(&'static str, Kind)> {
    let camel = camel_case(name);
    fields
        .iter()
        .copied()
        .find(|(field, _)| *field == name || *field == camel)
}

fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    for (index, word) in name.split('_').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => {
                camel.push(first.to_ascii_uppercase());
                camel.extend(letters);
            }
            _ => camel.push_str(word),
        }
    }
    camel
}

fn fits(kind: Kind, value: &Value, generous: bool) -> bool {
    match kind {
        _ if value.is_null() => true,
        Kind::Id if generous => {
            value.is_u64()
                || value
                    .as_str()
                    .is_some_and(|text| text.parse::<u64>().is_ok())
        }
        Kind::Id | Kind::Text => value.is_string(),
        Kind::Flag => value.is_boolean(),
        Kind::Time => value
            .as_str()
            .is_some_and(|text| text.parse::<Timestamp>().is_ok()),
        Kind::Words => value
            .as_array()
            .is_some_and(|words| words.iter().all(Value::is_string)),
    }
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Text => "expected string",
        Kind::Flag => "expected boolean",
        Kind::Time => "expected string to be RFC 3339 date-time",
        Kind::Words => "expected array",
    }
}

fn misfit(name: &str, kind: Kind, value: &Value) -> Reply {
    let what = match kind {
        Kind::Id => format!("invalid value for uint64 field {name}: {value}"),
        Kind::Flag => format!("invalid value for bool field {name}: {value}"),
        Kind::Time => format!("invalid google.protobuf.Timestamp value {value}"),
        Kind::Words | Kind::Text => format!("invalid value for string field {name}: {value}"),
    };
    Reply::grpc(400, 3, &format!("proto: (line 1:10): {what}"))
}
