//! Calls to Headscale's HTTP API: bounded in time and size, never redirected, and with the API key in a header that is
//! not logged. Knows status codes and network failures, not what an answer means.

mod api_key;
mod problem;

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode, redirect};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use self::api_key::KeyRing;
use self::problem::Problem;
use super::wire::{ApiKeys, Body};
use super::{ApiKeyStanding, Error, Unreachable};

pub use self::api_key::ApiKey;

/// Room for thousands of nodes, but not for an endless answer.
pub(super) const MAX_BODY: usize = 16 * 1024 * 1024;

/// Enough for an answer with a key in it: a buffer that grew would leave copies of the key behind in memory.
const INITIAL_CAPACITY: usize = 16 * 1024;

/// A call to be made; its path is relative to `/api/v1`.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    root: &'static [&'static str],
    path: Vec<&'a str>,
    query: Vec<(&'static str, &'a str)>,
    body: Option<Value>,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn delete(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::DELETE, path)
    }

    fn new(method: Method, path: impl Into<Vec<&'a str>>) -> Self {
        Self {
            method,
            root: &["api", "v1"],
            path: path.into(),
            query: Vec::new(),
            body: None,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    pub(super) fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The path is relative to the server's root.
    pub(super) fn at_root(mut self) -> Self {
        self.root = &[];
        self
    }
}

pub(super) struct Response {
    pub(super) status: StatusCode,
    media_type: String,
    retry_after: Option<Duration>,
    body: Body,
}

impl Response {
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.is_json() {
            return Err(Error::Unreadable("not JSON"));
        }
        self.body.json()
    }

    /// A problem report has a media type of its own, `application/problem+json`.
    pub(super) fn is_json(&self) -> bool {
        self.media_type == "application/json" || self.media_type.ends_with("+json")
    }

    pub(super) fn is_yaml(&self) -> bool {
        self.media_type.ends_with("yaml")
    }

    /// Turns everything but a success into its error.
    pub(super) fn successful(self) -> Result<Self, Error> {
        if self.status == StatusCode::OK {
            return Ok(self);
        }
        let problem = Problem {
            status: self.status.as_u16(),
            retry_after: self.retry_after,
            plain_refusal: !self.is_json() && self.body.is("Unauthorized"),
            report: self.json().unwrap_or_default(),
        };
        Err(problem.into())
    }
}

#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    base: Url,
    keys: KeyRing,
    timeout: Duration,
}

impl Http {
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn new(base: Url, key: ApiKey, timeout: Duration) -> Result<Self, Error> {
        let builder = Client::builder()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout / 2);
        // A proxy from the environment could read the key in a plain call; inside TLS it cannot.
        let is_plain = base.scheme() == "http";
        let builder = if is_plain {
            builder.no_proxy()
        } else {
            builder
        };
        Ok(Self {
            client: builder
                .build()
                .map_err(|_| Error::Unreachable(Unreachable::Tls))?,
            base,
            keys: KeyRing::new(key),
            timeout,
        })
    }

    /// Listing the API keys is the cheapest way to find out whether ours is accepted.
    pub(super) async fn api_key_standing(&self) -> Result<ApiKeyStanding, Error> {
        let listed: ApiKeys = self.call(&Call::get(["apikey"])).await?.json()?;
        let own = self.keys.key()?;
        let own = listed
            .api_keys
            .iter()
            .find(|it| api_key::has_prefix(&own, &it.prefix));
        Ok(match own.map(|own| own.expiration.0) {
            None => ApiKeyStanding::NotListed,
            Some(None) => ApiKeyStanding::NeverExpires,
            Some(Some(at)) => ApiKeyStanding::ExpiresAt(at),
        })
    }

    /// If the API key is refused and its file holds another one by now, the call is made once more. That is safe: what
    /// is refused has not been done.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Response, Error> {
        let key = self.keys.key()?;
        match self.call_with(call, &key).await {
            Err(Error::Unauthorised) => match self.keys.instead_of(&key) {
                Some(other) => self.call_with(call, &other).await,
                None => Err(Error::Unauthorised),
            },
            outcome => outcome,
        }
    }

    async fn call_with(&self, call: &Call<'_>, key: &SecretString) -> Result<Response, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, api_key::bearer(key)?);
        self.send(call, headers).await?.successful()
    }

    /// Returns whatever answers, errors included.
    pub(super) async fn call_without_key(&self, call: &Call<'_>) -> Result<Response, Error> {
        self.send(call, HeaderMap::new()).await
    }

    async fn send(&self, call: &Call<'_>, headers: HeaderMap) -> Result<Response, Error> {
        let mut request = self
            .client
            .request(call.method.clone(), self.address(call))
            .headers(headers)
            .query(&call.query);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        self.receive(response).await
    }

    fn address(&self, call: &Call<'_>) -> Url {
        let mut url = self.base.clone();
        // Never fails: `http` and `https` URLs have path segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(call.root).extend(&call.path);
        }
        url
    }

    async fn receive(&self, mut response: reqwest::Response) -> Result<Response, Error> {
        let mut body = Zeroizing::new(Vec::with_capacity(INITIAL_CAPACITY));
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failure(&error))?
        {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Error::Unreadable("too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let header = |name| Some(response.headers().get(name)?.to_str().ok()?.trim());
        let media_type = header(CONTENT_TYPE).and_then(|kind| kind.split(';').next());
        let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        Ok(Response {
            status: response.status(),
            media_type: media_type.unwrap_or_default().trim().to_owned(),
            retry_after: retry_after.map(Duration::from_secs),
            body: Body::new(body),
        })
    }

    /// Only a connection that was never established is certain to have carried no request.
    fn failure(&self, error: &reqwest::Error) -> Error {
        if error.is_connect() {
            Error::Unreachable(why_unreachable(error))
        } else if error.is_timeout() {
            Error::TimedOut(self.timeout)
        } else {
            Error::Interrupted
        }
    }
}

fn why_unreachable(error: &reqwest::Error) -> Unreachable {
    if error.is_timeout() {
        return Unreachable::ConnectTimedOut;
    }
    if error.is_dns() {
        return Unreachable::UnknownHost;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == ErrorKind::ConnectionRefused) {
            return Unreachable::ConnectionRefused;
        }
        // OpenSSL's errors have no kinds, so their text decides.
        let text = inner.to_string().to_ascii_lowercase();
        if text.contains("certificate") {
            return Unreachable::Tls;
        }
        if text.contains("ssl routines") {
            return Unreachable::NotTls;
        }
        cause = inner.source();
    }
    Unreachable::Other
}
