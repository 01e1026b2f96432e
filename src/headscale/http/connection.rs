//! One HTTP call to Headscale: bounded in time and size, never redirected, with the key in a header that is not
//! logged. Knows status codes and transport trouble, not what an answer means.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::api_key::{self, KeyRing};
use super::problem::Problem;
use crate::headscale::error::Unreachable;
use crate::headscale::{Error, Settings};

/// Thousands of nodes fit; an endless answer does not.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Enough for an answer that holds a key, so that no half-grown copy of it stays behind in memory.
const ROOM: usize = 16 * 1024;

/// A call, before it is made.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: Vec<&'a str>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<Vec<&'a str>>, body: Value) -> Self {
        let mut call = Self::new(Method::POST, path);
        call.body = Some(body);
        call
    }

    pub(super) fn delete(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn new(method: Method, path: impl Into<Vec<&'a str>>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
        }
    }
}

/// What came back. The body may hold a key: it is wiped when dropped, and has no `Debug`.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) is_json: bool,
    pub(super) is_yaml: bool,
    retry_after: Option<Duration>,
    body: Zeroizing<Vec<u8>>,
}

impl Answer {
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.is_json {
            return Err(Error::Unreadable("it is not JSON"));
        }
        serde_json::from_slice(&self.body)
            .map_err(|_| Error::Unreadable("it has another shape than expected"))
    }

    /// `{"status":"pass"}`, in a media type of its own.
    pub(super) fn is_health(&self) -> bool {
        #[derive(serde::Deserialize)]
        struct Health {
            status: String,
        }
        self.json::<Health>()
            .is_ok_and(|health| health.status == "pass")
    }

    pub(super) fn says(&self, text: &str) -> bool {
        self.body.trim_ascii() == text.as_bytes()
    }

    /// The answer if it is a success, else its error.
    pub(super) fn successful(self) -> Result<Self, Error> {
        if self.status == StatusCode::OK {
            return Ok(self);
        }
        let problem = Problem {
            status: self.status,
            retry_after: self.retry_after,
            plain_refusal: !self.is_json && self.says("Unauthorized"),
            body: if self.is_json { &self.body } else { &[] },
        };
        Err(problem.into())
    }
}

/// The way to one Headscale.
#[derive(Debug)]
pub(super) struct Connection {
    client: Client,
    base: Url,
    keys: KeyRing,
    timeout: Duration,
}

impl Connection {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let builder = Client::builder()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            .redirect(redirect::Policy::none())
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout / 2);
        // A proxy from the environment would read the key of a plain call; through TLS it cannot.
        let plain = settings.url.url().scheme() == "http";
        let builder = if plain { builder.no_proxy() } else { builder };
        Ok(Self {
            client: builder
                .build()
                .map_err(|_| Error::Unreachable(Unreachable::Tls))?,
            base: settings.url.url().clone(),
            keys: KeyRing::new(settings.api_key.clone()),
            timeout: settings.timeout,
        })
    }

    pub(super) fn key(&self) -> Result<SecretString, Error> {
        self.keys.key()
    }

    /// A call that needs no key.
    pub(super) async fn ask(&self, call: &Call<'_>) -> Result<Answer, Error> {
        self.send(call, HeaderMap::new()).await
    }

    /// A call with the key. A refused key is replaced if the file holds another one by now; the call is then made
    /// once more, which is safe: what is refused has not been done.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Answer, Error> {
        let key = self.keys.key()?;
        match self.call_with(call, &key).await {
            Err(Error::Unauthorised) => match self.keys.instead_of(&key) {
                Some(other) => self.call_with(call, &other).await,
                None => Err(Error::Unauthorised),
            },
            outcome => outcome,
        }
    }

    async fn call_with(&self, call: &Call<'_>, key: &SecretString) -> Result<Answer, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, api_key::bearer(key)?);
        self.send(call, headers).await?.successful()
    }

    async fn send(&self, call: &Call<'_>, headers: HeaderMap) -> Result<Answer, Error> {
        let mut request = self
            .client
            .request(call.method.clone(), self.address(&call.path)?)
            .headers(headers)
            .query(&call.query);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.trouble(&error))?;
        self.receive(response).await
    }

    fn address(&self, path: &[&str]) -> Result<Url, Error> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::UnusableUrl)?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    async fn receive(&self, mut response: Response) -> Result<Answer, Error> {
        let mut body = Zeroizing::new(Vec::with_capacity(ROOM));
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.trouble(&error))?
        {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(Error::Unreadable("it is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let kind = media_type(response.headers());
        Ok(Answer {
            status: response.status(),
            is_json: kind == "application/json" || kind.ends_with("+json"),
            is_yaml: kind.ends_with("yaml"),
            retry_after: retry_after(response.headers()),
            body,
        })
    }

    /// Only a connection that never came about is certain to have carried no request.
    fn trouble(&self, error: &reqwest::Error) -> Error {
        if error.is_connect() {
            return Error::Unreachable(why_unreachable(error));
        }
        if error.is_timeout() {
            return Error::TimedOut(self.timeout);
        }
        Error::Interrupted
    }
}

fn media_type(headers: &HeaderMap) -> &str {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
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
        if let Some(io) = inner.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return Unreachable::ConnectionRefused;
        }
        // OpenSSL's words: its errors have no kinds.
        let words = inner.to_string().to_ascii_lowercase();
        if words.contains("certificate") {
            return Unreachable::Tls;
        }
        if words.contains("ssl routines") {
            return Unreachable::NotTls;
        }
        cause = inner.source();
    }
    Unreachable::Other
}
