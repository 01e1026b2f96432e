//! Headscale's published description of its API, one file per release, held against what was asked and answered.
//! Until 0.29 it is Swagger 2 in JSON, from 0.30 on `OpenAPI` 3.1 in YAML.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use super::{Call, Release};

/// The description of one release.
#[derive(Debug)]
pub struct Description {
    release: Release,
    document: Value,
}

impl Description {
    /// `None` if the directory has no file for this release (`headscale-v0.28…`).
    ///
    /// # Errors
    /// If there is one that cannot be read.
    pub fn find(directory: &Path, release: Release) -> Result<Option<Self>> {
        let Ok(entries) = fs::read_dir(directory) else {
            return Ok(None);
        };
        let start = format!("headscale-v{release}");
        for entry in entries {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with(&start) {
                let text = fs::read_to_string(&path)?;
                let document = read(&name, &text).with_context(|| name.clone())?;
                return Ok(Some(Self { release, document }));
            }
        }
        Ok(None)
    }

    /// Everything in this call and its answer that the description does not allow.
    pub fn objections(&self, call: &Call) -> Vec<String> {
        let Some(operation) = self.operation(call) else {
            return vec![format!("{} {}: not described", call.method, call.path)];
        };
        let mut objections = self.in_request(operation, call);
        objections.extend(self.in_answer(operation, call));
        let at = format!("{} {}", call.method, call.path);
        objections
            .iter()
            .map(|objection| format!("{at}: {objection}"))
            .collect()
    }

    /// A path that is written out goes before one with a place holder.
    fn operation(&self, call: &Call) -> Option<&Value> {
        let paths = self.document["paths"].as_object()?;
        let mut fitting: Vec<_> = paths
            .iter()
            .filter(|(path, _)| fits(path, &call.path))
            .collect();
        fitting.sort_by_key(|(path, _)| path.contains('{'));
        let (_, operations) = fitting.first()?;
        operations.get(call.method.to_ascii_lowercase())
    }

    fn in_request(&self, operation: &Value, call: &Call) -> Vec<String> {
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let in_query = |name: &str| {
            parameters
                .iter()
                .any(|known| known["in"] == "query" && known["name"] == name)
        };
        let mut objections: Vec<String> = (call.query.split('&'))
            .filter_map(|pair| pair.split('=').next().filter(|name| !name.is_empty()))
            .filter(|name| !in_query(name))
            .map(|name| format!("the parameter `{name}` is not described"))
            .collect();
        let in_body = parameters.iter().find(|known| known["in"] == "body");
        let schema = in_body
            .map(|body| &body["schema"])
            .or_else(|| operation.pointer("/requestBody/content/application~1json/schema"));
        match (schema, call.body.is_empty()) {
            (None, true) => {}
            (None, false) => objections.push("a body is not described".to_owned()),
            (Some(_), true)
                if operation["requestBody"]["required"] != true && in_body.is_none() => {}
            (Some(schema), _) => objections.extend(self.check(schema, &call.body, "request")),
        }
        objections
    }

    fn in_answer(&self, operation: &Value, call: &Call) -> Vec<String> {
        let Some(status) = call.status else {
            return Vec::new();
        };
        let described = operation["responses"].get(status.to_string());
        let described = described.unwrap_or(&operation["responses"]["default"]);
        let kind = if status == 200 {
            "application~1json"
        } else {
            "application~1problem+json"
        };
        let schema = described
            .get("schema")
            .or_else(|| described.pointer(&format!("/content/{kind}/schema")));
        match schema {
            None => vec![format!("the status {status} is not described")],
            // A plain word for a wrong key, which the gateway's description does not know.
            Some(_) if self.release.is_grpc() && call.answer == "Unauthorized" => Vec::new(),
            Some(schema) => self.check(schema, &call.answer, "answer"),
        }
    }

    fn check(&self, schema: &Value, text: &str, what: &str) -> Vec<String> {
        let Ok(mut value) = serde_json::from_str::<Value>(text) else {
            return vec![format!("the {what} is not JSON")];
        };
        if self.release.is_grpc() {
            // protojson writes null for what is unset, which Swagger 2 cannot say.
            drop_nulls(&mut value);
        }
        match self.validator(schema) {
            // 0.30's description does not say that a message may be null; the program writes it.
            Ok(validator) => (validator.iter_errors(&value))
                .filter(|error| !error.instance().is_null())
                .map(|error| format!("in the {what}: {error} at `{}`", error.instance_path()))
                .collect(),
            Err(error) => vec![format!("the description itself: {error}")],
        }
    }

    fn validator(&self, schema: &Value) -> Result<Validator> {
        let mut root = json!({ "definitions": {}, "components": {} });
        for part in ["definitions", "components"] {
            if let Some(known) = self.document.get(part) {
                root[part] = known.clone();
            }
        }
        root["allOf"] = json!([schema]);
        match jsonschema::validator_for(&root) {
            Ok(validator) => Ok(validator),
            Err(error) => bail!("{error}"),
        }
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(part, given)| part.starts_with('{') || part == given)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn read(name: &str, text: &str) -> Result<Value> {
    if name.to_ascii_lowercase().ends_with("yaml") {
        let documents = YamlLoader::load_from_str(text)?;
        return documents.first().map(of_yaml).context("it is empty");
    }
    let mut document: Value = serde_json::from_str(text)?;
    if let Some(definitions) = document["definitions"].as_object_mut() {
        definitions.values_mut().for_each(close);
    }
    Ok(document)
}

/// Swagger lets every object have more fields than it names; a field that nobody described is what is looked for.
fn close(definition: &mut Value) {
    let named = definition.get("properties").is_some();
    if let Some(fields) = definition.as_object_mut()
        && named
    {
        fields
            .entry("additionalProperties")
            .or_insert(Value::Bool(false));
    }
}

fn of_yaml(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Boolean(flag) => json!(flag),
        Yaml::Integer(number) => json!(number),
        Yaml::Real(number) => json!(number.parse::<f64>().ok()),
        Yaml::String(text) => json!(text),
        Yaml::Array(items) => items.iter().map(of_yaml).collect(),
        Yaml::Hash(fields) => {
            let name = |name: &Yaml| of_yaml(name).as_str().map(str::to_owned);
            let fields = fields
                .iter()
                .filter_map(|(key, value)| Some((name(key)?, of_yaml(value))));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}
