//! One call to Discord: serenity shapes the request, this sends it. Sent here and not by serenity because with its
//! rate limiter on serenity ignores the address that it is told to use and repeats a refused call for ever, and with
//! the limiter off it drops what Discord said about waiting.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serenity::builder::CreateAttachment;
use serenity::http::{Http, LightMethod, Multipart, MultipartUpload, Request, Route};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::dispatcher::{Dispatch, with_default};

use super::Error;
use super::limits::{Key, Limits, retry_after};

/// A rate limit shorter than this is waited for inside the call; a longer one is the caller's business.
const PATIENCE: Duration = Duration::from_secs(2);
/// No answer that we read is anywhere near as long.
const LONGEST_ANSWER: usize = 4 << 20;

/// Cheap to clone; all clones share the limits and the latch.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    http: Arc<Http>,
    client: reqwest::Client,
    timeout: Duration,
    limits: Limits,
    /// Closed by the first refusal of the bot's token.
    refused: CancellationToken,
}

/// What to call.
pub(crate) struct Call<'a> {
    pub(crate) key: Key,
    pub(crate) method: LightMethod,
    pub(crate) route: Route<'a>,
    pub(crate) body: Option<Body>,
}

pub(crate) struct Body {
    pub(crate) json: Value,
    pub(crate) file: Option<CreateAttachment>,
}

impl Wire {
    pub fn new(http: Arc<Http>, client: reqwest::Client, timeout: Duration) -> Self {
        Self(Arc::new(Inner {
            http,
            client,
            timeout,
            limits: Limits::default(),
            refused: CancellationToken::new(),
        }))
    }

    pub fn http(&self) -> &Arc<Http> {
        &self.0.http
    }

    /// Cancelled once Discord has refused the bot's token: nothing is sent after that.
    pub fn refused(&self) -> &CancellationToken {
        &self.0.refused
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        key: Key,
        route: Route<'_>,
    ) -> Result<T, Error> {
        let call = Call {
            key,
            method: LightMethod::Get,
            route,
            body: None,
        };
        serde_json::from_value(self.call(call).await?).map_err(|_| Error::unreadable())
    }

    /// The answer's body; `null` when there is none.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Value, Error> {
        self.turn(call.key).await?;
        let key = call.key;
        let request = self.shape(call)?;
        let answer = timeout(self.0.timeout, exchange(request))
            .await
            .unwrap_or(Err(Error::timeout()))?;
        self.0.limits.learn(key, &answer.headers, Instant::now());
        if answer.status.is_success() {
            return answer.json.ok_or(Error::unreadable());
        }
        Err(self.refusal(key, &answer))
    }

    /// Waits for a place in the bucket, but not for long.
    async fn turn(&self, key: Key) -> Result<(), Error> {
        let until = Instant::now() + PATIENCE;
        loop {
            if self.0.refused.is_cancelled() {
                return Err(Error::Unauthorised);
            }
            match self.0.limits.take(key, Instant::now()) {
                Ok(()) => return Ok(()),
                Err(wait) if Instant::now() + wait <= until => sleep(wait).await,
                Err(retry_after) => return Err(Error::RateLimited { retry_after }),
            }
        }
    }

    /// serenity puts the whole request into a span, a key's letter included: nobody is listening here.
    fn shape(&self, call: Call<'_>) -> Result<RequestBuilder, Error> {
        let http = &self.0.http;
        let mut request = Request::new(call.route, call.method);
        if let Some(body) = call.body {
            let json = body.json.to_string();
            request = match body.file {
                None => request.body(Some(json.into_bytes())),
                Some(file) => request.multipart(Some(Multipart {
                    upload: MultipartUpload::Attachments(vec![file]),
                    fields: Vec::new(),
                    payload_json: Some(json),
                })),
            };
        }
        with_default(&Dispatch::none(), || {
            request
                .build(&self.0.client, http.token(), http.proxy.as_deref())
                .map_err(|error| Error::classify(&error))
        })
    }

    fn refusal(&self, key: Key, answer: &Answer) -> Error {
        let body = answer.json.as_ref().unwrap_or(&Value::Null);
        let code = body.get("code").and_then(Value::as_i64).unwrap_or(-1);
        let wait = retry_after(&answer.headers, body);
        let error = Error::of_answer(answer.status.as_u16(), code, wait);
        match error {
            Error::Unauthorised => self.0.refused.cancel(),
            Error::RateLimited { retry_after } => {
                let until = Instant::now() + retry_after;
                self.0.limits.refused(key, &answer.headers, until);
            }
            Error::Closed
            | Error::Gone(_)
            | Error::Forbidden { .. }
            | Error::Expired
            | Error::TooOld { .. }
            | Error::Transient { .. }
            | Error::Unshowable
            | Error::Rejected { .. } => {}
        }
        error
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// None: not JSON.
    json: Option<Value>,
}

async fn exchange(request: RequestBuilder) -> Result<Answer, Error> {
    let response = request
        .send()
        .await
        .map_err(|error| Error::of_transport(&error))?;
    let status = response.status();
    let headers = response.headers().clone();
    let body = read(response).await?;
    let json = if body.is_empty() {
        Some(Value::Null)
    } else {
        serde_json::from_slice(&body).ok()
    };
    Ok(Answer {
        status,
        headers,
        json,
    })
}

async fn read(mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Error::of_transport(&error))?
    {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Error::unreadable());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
