//! What an error response means. Up to 0.29 it is a gRPC status in JSON, from 0.30 on an RFC 7807 problem; a proxy in
//! between may answer anything. Only the messages are read: 0.30 repeats what was posted elsewhere in the body.

use std::time::Duration;

use serde::Deserialize;

use crate::headscale::{Error, ServerMessage};

/// A response that is not a success.
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// Up to 0.26 a wrong API key gets status 500 and this one word as plain text.
    pub(super) plain_refusal: bool,
    /// Empty unless the body is JSON.
    pub(super) report: Report,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    message: String,
    detail: String,
    errors: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    message: String,
}

impl Report {
    fn message(&self) -> ServerMessage {
        let first = self.errors.first().map_or("", |error| &error.message);
        let mut messages = [&self.message, first, &self.detail].into_iter();
        ServerMessage::new(messages.find(|text| !text.is_empty()).unwrap_or_default())
    }

    /// The answer to a path that this release does not have.
    fn is_unknown_path(&self) -> bool {
        self.message == "Not Found"
            || (self.message.is_empty() && self.detail.is_empty() && self.errors.is_empty())
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        match problem.status {
            401 => Self::Unauthorised,
            500 if problem.plain_refusal => Self::Unauthorised,
            404 if problem.report.is_unknown_path() => Self::Unsupported(404),
            status @ (405 | 415 | 501) => Self::Unsupported(status),
            status @ (408 | 502..=599) => Self::Unavailable(status),
            429 => Self::Busy {
                retry_after: problem.retry_after,
            },
            status @ 400..=500 => Self::of_message(status, problem.report.message()),
            _ => Self::NotHeadscale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Error {
        let problem = Problem {
            status,
            retry_after: None,
            plain_refusal: false,
            report: serde_json::from_str(body).unwrap_or_default(),
        };
        problem.into()
    }

    #[test]
    fn the_message_tells_what_the_status_of_old_releases_does_not() {
        let unique = r#"{"code":13,"message":"creating user: UNIQUE constraint failed: users.name","details":[]}"#;
        assert!(read(500, unique).is_conflict());
        assert!(read(500, r#"{"code":2,"message":"user not found","details":[]}"#).is_not_found());
        let locked = r#"{"code":2,"message":"database is locked","details":[]}"#;
        assert!(read(500, locked).outcome_unknown());
    }

    #[test]
    fn a_missing_thing_is_not_a_missing_path() {
        assert!(read(404, r#"{"code":5,"message":"node not found","details":[]}"#).is_not_found());
        let path = read(404, r#"{"code":5,"message":"Not Found","details":[]}"#);
        assert_eq!(path, Error::Unsupported(404));
        assert_eq!(read(404, ""), Error::Unsupported(404));
        let problem = r#"{"title":"Not Found","status":404,"detail":"expiring","errors":[{"message":"not found"}]}"#;
        assert!(read(404, problem).is_not_found());
    }

    #[test]
    fn posted_values_that_are_sent_back_are_not_repeated() {
        let echo = r#"{"title":"Unprocessable Entity","status":422,"detail":"validation failed","errors":[
            {"message":"unexpected property","location":"body.key","value":{"key":"hskey-auth-abc-secret"}}]}"#;
        let error = read(422, echo);
        assert_eq!(
            error.to_string(),
            "Headscale refused the request: unexpected property"
        );
        assert!(!format!("{error:?}").contains("secret"));
    }
}
