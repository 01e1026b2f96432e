//! Reads what came in: JSON, or a form with `payload_json` and files.

use std::sync::Arc;

use axum::{
    body::{Bytes, to_bytes},
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::{HeaderMap, Method, header},
};
use serde_json::Value;

use super::error::ApiError;
use crate::discord::journal::File;

/// A request may be 25 MiB; a little more is read to say so politely.
const READ_AT_MOST: usize = 27 * 1024 * 1024;

/// The body of a request.
#[derive(Clone, Default)]
pub(crate) struct Body {
    pub(crate) json: Option<Value>,
    pub(crate) files: Vec<File>,
    pub(crate) raw: Arc<[u8]>,
    pub(crate) content_type: Option<String>,
    /// The fault in it, reported once the route is known to want a body.
    pub(crate) broken: Option<ApiError>,
}

/// A request without its wire.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

impl Incoming {
    pub(crate) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let uri = &parts.uri;
        let incoming = |body| Self {
            method: parts.method.clone(),
            path: uri.path().trim_start_matches("/api/v10").to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body,
        };
        let kind = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok());
        let body = match to_bytes(body, READ_AT_MOST).await {
            Ok(raw) => read_body(raw, kind).await,
            Err(_) => Body {
                broken: Some(ApiError::too_large()),
                ..Body::default()
            },
        };
        incoming(body)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

async fn read_body(raw: Bytes, content_type: Option<&str>) -> Body {
    let mut body = Body {
        raw: Arc::from(raw.as_ref()),
        content_type: content_type.map(str::to_owned),
        ..Body::default()
    };
    if raw.is_empty() {
        return body;
    }
    match content_type {
        Some(kind) if kind.starts_with("application/json") => {
            body.json = parse(&raw, &mut body.broken);
        }
        Some(kind) if kind.starts_with("multipart/form-data") => {
            read_form(raw, kind, &mut body).await;
        }
        Some(_) | None => {
            let message = "Expected \"Content-Type\" header to be one of {'application/json', \
                'application/x-www-form-urlencoded', 'multipart/form-data'}.";
            body.broken = Some(ApiError::form("", "CONTENT_TYPE_INVALID", message));
        }
    }
    body
}

fn parse(raw: &[u8], broken: &mut Option<ApiError>) -> Option<Value> {
    let parsed = serde_json::from_slice(raw).ok();
    if parsed.is_none() {
        *broken = Some(ApiError::bad_json());
    }
    parsed
}

async fn read_form(raw: Bytes, content_type: &str, body: &mut Body) {
    let mut request = Request::builder()
        .header(header::CONTENT_TYPE, content_type)
        .body(axum::body::Body::from(raw))
        .expect("a request out of a valid header is valid");
    // The size was checked before; refusing it is for Discord's own rules.
    DefaultBodyLimit::disable().apply(&mut request);
    if read_parts(request, body).await.is_none() {
        let message = "The form could not be read.";
        body.broken = Some(ApiError::form("", "MULTIPART_INVALID", message));
    }
}

/// `None` when the form is not well formed.
async fn read_parts(request: Request, body: &mut Body) -> Option<()> {
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    while let Some(part) = form.next_field().await.ok()? {
        let field = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(str::to_owned);
        let content_type = part.content_type().map(str::to_owned);
        let bytes = part.bytes().await.ok()?;
        if field == "payload_json" {
            body.json = parse(&bytes, &mut body.broken);
        } else if let Some(filename) = filename {
            let bytes = Arc::from(bytes.as_ref());
            body.files.push(File {
                field,
                filename,
                content_type,
                bytes,
            });
        } else {
            body.broken = Some(ApiError::form(
                &field,
                "FORM_FIELD_UNKNOWN",
                "Send payload_json.",
            ));
        }
    }
    Some(())
}
