//! Collects what is wrong with a request body, as Discord's tree of errors, and
//! which of its fields Discord does not know.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::discord::wire::ApiError;

/// The findings over one body.
#[derive(Default)]
pub(crate) struct Form {
    wrong: BTreeMap<String, Vec<(String, String)>>,
    pub(crate) unknown: Vec<String>,
}

impl Form {
    /// Notes an error at a dotted path, `embeds.0.title`; empty for the whole body.
    pub(crate) fn wrong(&mut self, path: &str, code: &str, message: &str) {
        self.wrong
            .entry(path.into())
            .or_default()
            .push((code.into(), message.into()));
    }

    pub(crate) fn required(&mut self, path: &str) {
        self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    pub(crate) fn too_long(&mut self, path: &str, max: usize) {
        let message = format!("Must be {max} or fewer in length.");
        self.wrong(path, "BASE_TYPE_MAX_LENGTH", &message);
    }

    pub(crate) fn length_between(&mut self, path: &str, min: usize, max: usize) {
        let message = format!("Must be between {min} and {max} in length.");
        self.wrong(path, "BASE_TYPE_BAD_LENGTH", &message);
    }

    pub(crate) fn choices(&mut self, path: &str, allowed: &str) {
        let message = format!("Value must be one of {{{allowed}}}.");
        self.wrong(path, "BASE_TYPE_CHOICES", &message);
    }

    /// An optional string; `null` counts as absent.
    pub(crate) fn text<'a>(&mut self, at: &str, object: &'a Value, key: &str) -> Option<&'a str> {
        let value = object.get(key).filter(|value| !value.is_null())?;
        let text = value.as_str();
        if text.is_none() {
            self.wrong(
                &join(at, key),
                "STRING_TYPE_CONVERT",
                "Could not interpret value as string.",
            );
        }
        text
    }

    /// An optional string no longer than `max`.
    pub(crate) fn bounded<'a>(
        &mut self,
        at: &str,
        object: &'a Value,
        (key, min, max): (&str, usize, usize),
    ) -> Option<&'a str> {
        let text = self.text(at, object, key)?;
        let length = text.chars().count();
        if length < min {
            self.length_between(&join(at, key), min, max);
        } else if length > max {
            self.too_long(&join(at, key), max);
        }
        Some(text)
    }

    /// An optional list; `null` counts as absent.
    pub(crate) fn list<'a>(
        &mut self,
        at: &str,
        object: &'a Value,
        (key, max): (&str, usize),
    ) -> Option<&'a [Value]> {
        let value = object.get(key).filter(|value| !value.is_null())?;
        let Some(list) = value.as_array() else {
            let message = "Only iterables may be used in a ListType.";
            self.wrong(&join(at, key), "LIST_TYPE_CONVERT", message);
            return None;
        };
        if list.len() > max {
            self.too_long(&join(at, key), max);
        }
        Some(list)
    }

    /// An optional integer.
    pub(crate) fn number(&mut self, at: &str, object: &Value, key: &str) -> Option<i64> {
        let value = object.get(key).filter(|value| !value.is_null())?;
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        if number.is_none() {
            self.wrong(&join(at, key), "NUMBER_TYPE_COERCE", "Value is not int.");
        }
        number
    }

    /// An optional boolean, false when absent.
    pub(crate) fn flag(&mut self, at: &str, object: &Value, key: &str) -> bool {
        match object.get(key) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.wrong(
                    &join(at, key),
                    "BOOLEAN_TYPE_CONVERT",
                    "Must be either true or false.",
                );
                false
            }
        }
    }

    /// Notes fields Discord would silently ignore; they are most likely typos.
    pub(crate) fn only(&mut self, at: &str, object: &Value, known: &[&str]) {
        let keys = object.as_object().into_iter().flat_map(Map::keys);
        for key in keys.filter(|key| !known.contains(&key.as_str())) {
            self.unknown.push(join(at, key));
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.wrong.is_empty()
    }

    /// The unknown fields, or the refusal.
    pub(crate) fn finish(self) -> Result<Vec<String>, ApiError> {
        if self.is_clean() {
            Ok(self.unknown)
        } else {
            Err(self.into_error())
        }
    }

    pub(crate) fn into_error(self) -> ApiError {
        let mut tree = Value::Object(Map::new());
        for (path, found) in self.wrong {
            let mut at = &mut tree;
            for step in path.split('.').filter(|step| !step.is_empty()) {
                at = at
                    .as_object_mut()
                    .expect("every inner node of the tree is an object")
                    .entry(step)
                    .or_insert_with(|| json!({}));
            }
            let list: Vec<_> = found
                .iter()
                .map(|(code, text)| json!({"code": code, "message": text}))
                .collect();
            at["_errors"] = Value::Array(list);
        }
        let mut error = ApiError::new(400, 50035, "Invalid Form Body");
        error.errors = Some(tree);
        error
    }
}

/// `at.key`, without a leading dot.
pub(crate) fn join(at: &str, key: &str) -> String {
    if at.is_empty() {
        key.into()
    } else {
        format!("{at}.{key}")
    }
}
