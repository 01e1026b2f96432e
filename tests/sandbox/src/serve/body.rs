//! Reads a request's JSON body or query, strictly. Problems are reported as sentences.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::trouble::Trouble;
use stand_ins::discord::Message;
use stand_ins::discord::model::Id;

/// A JSON body under any content type, so `curl -d` will do. No body is `{}`.
pub(super) struct Given<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Given<T> {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<Self, Trouble> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes
            .map_err(|error| Trouble::nonsense(format!("The body cannot be read: {error}.")))?;
        let text = if bytes.trim_ascii().is_empty() {
            b"{}"
        } else {
            bytes.as_ref()
        };
        let given = serde_json::from_slice(text);
        given
            .map(Self)
            .map_err(|error| Trouble::nonsense(format!("The JSON body does not fit: {error}.")))
    }
}

/// A list's filter: only messages that say these words, waited for if need be.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    pub(super) says: Option<String>,
    #[serde(default)]
    pub(super) wait: bool,
}

impl Wanted {
    pub(super) fn waits(&self) -> bool {
        self.wait || self.says.is_some()
    }

    /// The thing to wait for, in words.
    pub(super) fn described(&self, what: &str) -> String {
        match &self.says {
            Some(words) => format!("{what} that says {words:?}"),
            None => what.to_owned(),
        }
    }

    pub(super) fn among(&self, mut messages: Vec<Message>) -> Vec<Message> {
        let says = self.says.as_deref().unwrap_or_default();
        messages.retain(|message| message.says(says));
        messages
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let query = Query::from_request_parts(parts, state).await;
        let query = query.map(|Query(wanted)| wanted);
        query.map_err(|error| {
            Trouble::nonsense(format!("The query does not fit: {}.", error.body_text()))
        })
    }
}

/// An id of Discord's: text in JSON; a number is understood, too.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub(super) struct Snowflake(pub(super) Id);

impl TryFrom<serde_json::Value> for Snowflake {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        let id = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        id.map(Self)
            .ok_or_else(|| format!("{value} is no id of Discord's"))
    }
}

/// A part of the path.
pub(super) struct Part<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Part<T> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let part = Path::from_request_parts(parts, state).await;
        let part = part.map(|Path(part)| Self(part));
        part.map_err(|error| {
            Trouble::nonsense(format!("The path does not fit: {}.", error.body_text()))
        })
    }
}

/// A verb that takes nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}
