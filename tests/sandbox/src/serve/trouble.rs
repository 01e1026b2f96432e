//! Why a verb could not be done: a status and a sentence, as JSON.

use axum::Json;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Every handler's result.
pub(super) type Outcome<T = Response> = Result<T, Trouble>;

#[derive(Debug)]
pub(super) struct Trouble {
    status: StatusCode,
    sentence: String,
}

impl Trouble {
    fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self { status, sentence }
    }

    /// The request makes no sense.
    pub(super) fn nonsense(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    /// The thing that was named does not exist.
    pub(super) fn missing(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, sentence)
    }

    /// Discord's client, or a Tailscale client, would not let a person do that now.
    pub(super) fn refused(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, sentence)
    }

    /// Nobody is there to answer.
    pub(super) fn offline() -> Self {
        let sentence = "The bot is not connected. Start it with the settings that were printed, \
            and wait for it with GET /bot?wait=true.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
    }

    /// The wait was in vain.
    pub(super) fn late(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, sentence)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.sentence}))).into_response()
    }
}

pub(super) async fn no_such_verb(method: Method, uri: Uri) -> Trouble {
    let path = uri.path();
    Trouble::missing(format!(
        "There is no {method} {path}. GET / lists what there is."
    ))
}

pub(super) async fn wrong_method(method: Method, uri: Uri) -> Trouble {
    let (status, path) = (StatusCode::METHOD_NOT_ALLOWED, uri.path());
    Trouble::new(
        status,
        format!("{path} does not take {method}. GET / lists what there is."),
    )
}
