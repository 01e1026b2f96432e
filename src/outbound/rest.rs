//! Calls to Discord's HTTP API. serenity builds the request, but does not send it: with its rate limiter on it ignores
//! the address it is told to use and repeats a refused call for ever, and with the limiter off it drops what Discord
//! said about waiting.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serenity::builder::CreateAttachment;
use serenity::http::{Http, LightMethod, Multipart, MultipartUpload, Request, Route};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::dispatcher::{Dispatch, with_default};

use super::limits::{BucketKey, Limits, retry_after};
use super::{Error, Outage};

/// A call waits for a rate limit of up to this; a longer one is the caller's business.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// No response that we read is anywhere near as long.
const MAX_BODY: usize = 4 << 20;

/// Clones are cheap and share the rate limits.
#[derive(Clone)]
pub(crate) struct RestClient(Arc<Shared>);

struct Shared {
    http: Arc<Http>,
    client: reqwest::Client,
    timeout: Duration,
    limits: Limits,
    /// Cancelled once Discord has refused the bot's token.
    refused: CancellationToken,
}

pub(super) struct Body {
    pub(super) json: Value,
    file: Option<CreateAttachment>,
}

impl Body {
    pub(super) fn new(
        json: &impl Serialize,
        file: Option<CreateAttachment>,
    ) -> Result<Self, Error> {
        let json = serde_json::to_value(json).map_err(|_| Error::not_sent())?;
        Ok(Self { json, file })
    }
}

impl RestClient {
    pub(crate) fn new(http: Arc<Http>, client: reqwest::Client, timeout: Duration) -> Self {
        Self(Arc::new(Shared {
            http,
            client,
            timeout,
            limits: Limits::default(),
            refused: CancellationToken::new(),
        }))
    }

    pub(crate) fn http(&self) -> &Arc<Http> {
        &self.0.http
    }

    /// Cancelled once Discord has refused the bot's token; nothing is sent after that.
    pub(crate) fn refused(&self) -> &CancellationToken {
        &self.0.refused
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, route: Route<'_>) -> Result<T, Error> {
        self.get_with(route, Vec::new()).await
    }

    /// With parameters in the query.
    pub(crate) async fn get_with<T: DeserializeOwned>(
        &self,
        route: Route<'_>,
        params: Vec<(&'static str, String)>,
    ) -> Result<T, Error> {
        let key = BucketKey::of(&route, true);
        let request = Request::new(route, LightMethod::Get).params(Some(params));
        let json = self.send(key, request).await?;
        serde_json::from_value(json).map_err(|_| Error::unreadable())
    }

    /// Returns the response's body, `null` if there is none.
    pub(super) async fn call(
        &self,
        method: LightMethod,
        route: Route<'_>,
        body: Option<Body>,
    ) -> Result<Value, Error> {
        let key = BucketKey::of(&route, matches!(method, LightMethod::Get));
        let mut request = Request::new(route, method);
        if let Some(Body { json, file }) = body {
            let json = json.to_string();
            request = match file {
                None => request.body(Some(json.into_bytes())),
                Some(file) => request.multipart(Some(Multipart {
                    upload: MultipartUpload::Attachments(vec![file]),
                    fields: Vec::new(),
                    payload_json: Some(json),
                })),
            };
        }
        self.send(key, request).await
    }

    async fn send(&self, key: BucketKey, request: Request<'_>) -> Result<Value, Error> {
        self.wait_for_bucket(key).await?;
        let request = self.build(request)?;
        let response = timeout(self.0.timeout, send(request))
            .await
            .unwrap_or(Err(Error::Transient(Outage::Timeout)))?;
        self.0.limits.learn(key, &response.headers, Instant::now());
        if response.status.is_success() {
            return response.json.ok_or(Error::unreadable());
        }
        Err(self.refusal(key, &response))
    }

    async fn wait_for_bucket(&self, key: BucketKey) -> Result<(), Error> {
        let until = Instant::now() + LONGEST_WAIT;
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

    /// serenity puts the whole request into a span, and with it a letter's key, so nothing is traced here.
    fn build(&self, request: Request<'_>) -> Result<RequestBuilder, Error> {
        let http = &self.0.http;
        with_default(&Dispatch::none(), || {
            request
                .build(&self.0.client, http.token(), http.proxy.as_deref())
                .map_err(|error| Error::classify(&error))
        })
    }

    fn refusal(&self, key: BucketKey, response: &Response) -> Error {
        let body = response.json.as_ref().unwrap_or(&Value::Null);
        let code = body["code"].as_i64().unwrap_or(-1);
        let wait = retry_after(&response.headers, body);
        let error = Error::of_response(response.status.as_u16(), code, wait);
        if error == Error::Unauthorised {
            self.0.refused.cancel();
        }
        if let Error::RateLimited { retry_after } = error {
            let until = Instant::now() + retry_after;
            self.0.limits.refused(key, &response.headers, until);
        }
        error
    }
}

struct Response {
    status: StatusCode,
    headers: HeaderMap,
    /// None if the body is not JSON.
    json: Option<Value>,
}

async fn send(request: RequestBuilder) -> Result<Response, Error> {
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
    Ok(Response {
        status,
        headers,
        json,
    })
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Error::of_transport(&error))?
    {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Error::unreadable());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
