//! The connection to Discord: the one place that makes serenity's `Http` and runs its shards. Started and stopped
//! here, watched over here, and it never gives up while there is a point in going on.
//!
//! - [`Connection`]: token and address, once; what `check` and the messenger need of it
//! - [`run()`]: sessions, one after the other, until told to stop or refused for good
//! - `gate`: how often the shard may connect; `watch`: what comes in that serenity would lose
//! - [`Health`]: what the rest of the program may know of all this
//! - [`Finding`]: what is wrong with the bot's place in its server, and how to mend it
//!
//! It must not know what the events mean: the handler is a parameter.

mod gate;
mod health;
mod inspect;
mod permissions;
mod run;
mod session;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use serenity::builder::CreateAllowedMentions;
use serenity::http::{Http, HttpBuilder, Route};
use serenity::model::gateway::BotGateway;
use url::{Host, Url};

use crate::outbound::{Error, Key, Wire};

pub use health::Health;
pub use inspect::{Fault, Finding};
pub use run::{Fatal, run};

/// How to reach Discord, and as whom.
pub struct DiscordSettings {
    pub token: SecretString,
    /// A proxy or a stand-in in the place of `https://discord.com`; requests go to `/api/v10/…` below it.
    pub api_url: Option<Url>,
    /// Of every call.
    pub request_timeout: Duration,
    pub tempo: Tempo,
}

impl DiscordSettings {
    pub fn new(token: SecretString) -> Self {
        Self {
            token,
            api_url: None,
            request_timeout: Duration::from_secs(10),
            tempo: Tempo::default(),
        }
    }
}

/// Pauses and limits of the connection. The defaults are for Discord itself.
#[derive(Clone, Debug)]
pub struct Tempo {
    /// After the first failure to get a session; doubled by each further one.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// Fewer starts than this are left alone for the day: at zero Discord resets the bot's token.
    pub session_floor: u64,
    /// Without a session for this long, a new one is begun.
    pub patience: Duration,
    /// So many connections in a row are free; after that each has to wait, twice as long as the one before.
    pub free_connections: u32,
    pub first_hold: Duration,
    pub longest_hold: Duration,
    /// A row of connections, or of failures, ends with a calm of this length.
    pub calm: Duration,
    /// For saying goodbye.
    pub farewell: Duration,
    /// For a goodbye that nobody confirms.
    pub grace: Duration,
    /// An idle connection for requests is used this often, so that no click pays for a new one.
    pub keep_warm: Duration,
}

impl Default for Tempo {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_mins(5),
            session_floor: 50,
            patience: Duration::from_mins(5),
            free_connections: 8,
            first_hold: Duration::from_secs(1),
            longest_hold: Duration::from_mins(2),
            calm: Duration::from_mins(10),
            farewell: Duration::from_secs(6),
            grace: Duration::from_secs(1),
            keep_warm: Duration::from_mins(4),
        }
    }
}

/// Cheap to clone; all clones are one connection.
#[derive(Clone)]
pub struct Connection(Arc<Parts>);

struct Parts {
    wire: Wire,
    health: Health,
    tempo: Tempo,
    /// Plain `ws://` is taken from a proxy or a stand-in only: the token travels on it.
    plain_gateway: bool,
}

/// The settings cannot work, whatever Discord says.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("api_url: it must begin with http:// or https:// and name a host")]
    Address,
    #[error("the TLS library cannot be used")]
    Tls,
}

/// Where the gateway is, and how often it may still be entered.
pub(crate) struct Entrance {
    pub(crate) address: String,
    pub(crate) left: u64,
    pub(crate) reset_after: Duration,
}

impl Connection {
    /// Sends nothing yet.
    pub fn open(settings: DiscordSettings) -> Result<Self, OpenError> {
        let client = client(&settings)?;
        let http = http(&settings, client.clone())?;
        Ok(Self(Arc::new(Parts {
            wire: Wire::new(Arc::new(http), client, settings.request_timeout),
            health: Health::default(),
            tempo: settings.tempo,
            plain_gateway: settings.api_url.is_some(),
        })))
    }

    /// For the calls that serenity makes itself: answers to interactions, the command's registration.
    pub fn http(&self) -> &Arc<Http> {
        self.0.wire.http()
    }

    pub fn wire(&self) -> &Wire {
        &self.0.wire
    }

    pub fn health(&self) -> &Health {
        &self.0.health
    }

    pub(crate) fn tempo(&self) -> &Tempo {
        &self.0.tempo
    }

    /// Asked before every session: is the token accepted, where to connect, and how often still.
    pub(crate) async fn entrance(&self) -> Result<Entrance, Error> {
        let key = Key {
            route: "gateway",
            major: 0,
        };
        let told: BotGateway = self.wire().get(key, Route::GatewayBot).await?;
        let left = told.session_start_limit.remaining;
        self.health().budget(left);
        Ok(Entrance {
            address: self.checked(told.url)?,
            left,
            reset_after: Duration::from_millis(told.session_start_limit.reset_after),
        })
    }

    fn checked(&self, address: String) -> Result<String, Error> {
        let scheme = Url::parse(&address).map(|url| url.scheme().to_owned());
        match scheme.as_deref() {
            Ok("wss") => Ok(address),
            Ok("ws") if self.0.plain_gateway => Ok(address),
            _ => Err(Error::unreadable()),
        }
    }
}

/// serenity's own client would never time out.
fn client(settings: &DiscordSettings) -> Result<reqwest::Client, OpenError> {
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(settings.request_timeout)
        .connect_timeout(settings.request_timeout)
        .pool_idle_timeout(None);
    if settings.api_url.as_ref().is_some_and(is_loopback) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|_| OpenError::Tls)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// serenity's rate limiter stays off: while it is on, `proxy` is ignored and a refused call is repeated for ever.
/// The bot's own messages keep Discord's limits in `outbound::Wire`; answers to interactions have no share in them.
fn http(settings: &DiscordSettings, client: reqwest::Client) -> Result<Http, OpenError> {
    let builder = HttpBuilder::new(settings.token.expose_secret())
        .client(client)
        .ratelimiter_disabled(true)
        .default_allowed_mentions(CreateAllowedMentions::new());
    let Some(url) = &settings.api_url else {
        return Ok(builder.build());
    };
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(OpenError::Address);
    }
    Ok(builder.proxy(url.as_str()).build())
}
