//! Answers as bytes: protojson with its odd spaces, problem documents, plain text.

use serde::Serialize;
use serde_json::{Value, json};

use crate::headscale::Release;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::headscale) struct Reply {
    pub(in crate::headscale) status: u16,
    /// Empty if there is none.
    pub(in crate::headscale) content_type: &'static str,
    pub(in crate::headscale) headers: Vec<(&'static str, String)>,
    pub(in crate::headscale) body: String,
}

impl Reply {
    fn new(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(in crate::headscale) fn empty(status: u16) -> Self {
        Self::new(status, "", "")
    }

    pub(in crate::headscale) fn text(status: u16, body: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    pub(in crate::headscale) fn html(status: u16, body: &str) -> Self {
        Self::new(status, "text/html; charset=utf-8", body)
    }

    pub(in crate::headscale) fn of_type(
        status: u16,
        content_type: &'static str,
        body: &str,
    ) -> Self {
        Self::new(status, content_type, body)
    }

    pub(super) fn json(release: Release, body: &Value) -> Self {
        Self::new(200, "application/json", written(release, body))
    }

    pub(super) fn grpc(status: u16, code: u8, message: &str) -> Self {
        let body = json!({ "code": code, "message": message, "details": [] });
        Self::new(status, "application/json", body.to_string())
    }

    /// `errors` are the words of each; the detail says what was being done.
    pub(super) fn problem(status: u16, detail: &str, errors: &[&str]) -> Self {
        let errors: Vec<Value> = errors
            .iter()
            .map(|words| json!({ "message": words }))
            .collect();
        Self::problem_with(status, detail, errors)
    }

    pub(super) fn problem_with(status: u16, detail: &str, errors: Vec<Value>) -> Self {
        let mut body = json!({ "title": title(status), "status": status, "detail": detail });
        if !errors.is_empty() {
            body["errors"] = Value::Array(errors);
        }
        Self::new(status, "application/problem+json", body.to_string() + "\n")
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        409 => "Conflict",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        _ => "Internal Server Error",
    }
}

/// protojson puts single spaces after commas, or does not: nobody should rely on either.
fn written(release: Release, body: &Value) -> String {
    if release != Release::V0_26 {
        return body.to_string();
    }
    let mut out = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut out, Spacious);
    body.serialize(&mut writer).expect("a value can be written");
    String::from_utf8(out).expect("JSON is text")
}

struct Spacious;

impl serde_json::ser::Formatter for Spacious {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }
}
