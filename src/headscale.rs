//! Headscale: users, pre-auth keys and nodes, over its HTTP API or through its own program. Hides which release
//! answers; knows nothing of requests or Discord.
//!
//! - [`Headscale`]: one Headscale; its calls are in `users`, `keys` and `nodes`
//! - `model`, `sign_in`: what goes in and what comes out
//! - [`Error`]: what went wrong, and whether the call may have taken effect all the same
//! - `release`, `detect`: the supported releases, and how to tell which one answers
//! - `http`, `program`: the two transports; `wire`: their JSON

mod detect;
mod error;
mod http;
mod keys;
mod model;
mod nodes;
mod program;
mod release;
mod sign_in;
mod users;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::domain::Address;

pub use error::{Error, ServerMessage, Unreachable};
pub use http::ApiKey;
pub use model::{ApiKeyStanding, IssuedKey, KeyOrder, NewUser, Node, PreAuthKey, User};
pub use release::Release;
pub use sign_in::RegistrationId;

use self::http::{Call, Http};
use self::program::Program;

/// One Headscale. Clones are cheap and share what has been found out about it.
#[derive(Clone, Debug)]
pub struct Headscale {
    transport: Arc<Transport>,
    /// Detected on first use, and again when an error suggests that Headscale has been upgraded.
    release: Arc<Mutex<Option<Release>>>,
}

#[derive(Debug)]
enum Transport {
    Http(Http),
    Program(Program),
}

impl Headscale {
    /// Calls nobody yet, so Headscale may be down. The timeout is for one whole call; connecting may take half of it.
    ///
    /// # Errors
    /// If this machine's TLS library cannot be used.
    pub fn over_http(address: &Address, key: ApiKey, timeout: Duration) -> Result<Self, Error> {
        let http = Http::new(address.url().clone(), key, timeout)?;
        Ok(over(Transport::Http(http)))
    }

    /// Through a command such as `headscale` or `docker exec headscale headscale`, which no shell reads. Runs nothing
    /// yet. The timeout is for one run.
    pub fn through_program(command: Vec<String>, timeout: Duration) -> Self {
        over(Transport::Program(Program::new(command, timeout)))
    }

    /// How long one call may take.
    pub fn timeout(&self) -> Duration {
        match &*self.transport {
            Transport::Http(http) => http.timeout(),
            Transport::Program(program) => program.timeout(),
        }
    }

    /// How much later than ordered a key may expire: not at all over HTTP, but the program only takes durations, and
    /// reckons them once it has reached its server. A caller who recognises a key by its expiry must keep its orders
    /// further apart than this.
    pub fn expiry_slack(&self) -> Duration {
        match &*self.transport {
            Transport::Http(_) => Duration::ZERO,
            Transport::Program(program) => program.timeout().max(program::PATIENCE),
        }
    }

    pub async fn release(&self) -> Result<Release, Error> {
        match self.known_release() {
            Some(release) => Ok(release),
            None => self.detect_release().await,
        }
    }

    /// The release detected earlier, without asking.
    pub(crate) fn known_release(&self) -> Option<Release> {
        *self.cached_release()
    }

    /// Whether Headscale answers and accepts the API key, and until when.
    pub async fn api_key_standing(&self) -> Result<ApiKeyStanding, Error> {
        match &*self.transport {
            Transport::Http(http) => http.api_key_standing().await,
            Transport::Program(program) => {
                // The program says its version and its help without the server: this asks it.
                program.run(&["users", "list", "--name", "nobody"]).await?;
                Ok(ApiKeyStanding::NotNeeded)
            }
        }
    }

    /// Acts as the known release requires. If that fails in a way that suggests another release, and another one does
    /// answer by now, acts once more.
    async fn by_release<T, F>(&self, act: impl Fn(Release) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let believed = self.release().await?;
        match act(believed).await {
            Err(error) if error.suggests_another_release() => match self.detect_release().await {
                Ok(found) if found != believed => act(found).await,
                _ => Err(error),
            },
            outcome => outcome,
        }
    }

    async fn detect_release(&self) -> Result<Release, Error> {
        let release = match &*self.transport {
            Transport::Http(http) => http.detect().await?,
            Transport::Program(program) => program.detect().await?,
        };
        tracing::info!(%release, "detected headscale's release");
        *self.cached_release() = Some(release);
        Ok(release)
    }

    fn cached_release(&self) -> MutexGuard<'_, Option<Release>> {
        self.release.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn over(transport: Transport) -> Headscale {
    Headscale {
        transport: Arc::new(transport),
        release: Arc::default(),
    }
}

/// Every call is given for both transports. The API wraps what it answers in an object, `E`; the program prints it bare.
impl Transport {
    async fn one<E: DeserializeOwned, T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        arguments: &[&str],
        unwrap: fn(E) -> T,
    ) -> Result<T, Error> {
        match self {
            Self::Http(http) => Ok(unwrap(http.call(call).await?.json()?)),
            Self::Program(program) => program.run(arguments).await?.json(),
        }
    }

    /// Up to 0.29 the program prints an empty list as `null`.
    async fn list<E: DeserializeOwned, T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        arguments: &[&str],
        unwrap: fn(E) -> Vec<T>,
    ) -> Result<Vec<T>, Error> {
        match self {
            Self::Http(http) => Ok(unwrap(http.call(call).await?.json()?)),
            Self::Program(program) => {
                let printed: Option<Vec<T>> = program.run(arguments).await?.json()?;
                Ok(printed.unwrap_or_default())
            }
        }
    }

    /// For calls that end something, which may be gone already.
    async fn end(&self, call: &Call<'_>, arguments: &[&str]) -> Result<(), Error> {
        match self.perform(call, arguments).await {
            Err(Error::NotFound(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// For calls whose answer says nothing.
    async fn perform(&self, call: &Call<'_>, arguments: &[&str]) -> Result<(), Error> {
        match self {
            Self::Http(http) => http.call(call).await.map(drop),
            Self::Program(program) => program.run(arguments).await.map(drop),
        }
    }
}
