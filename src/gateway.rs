//! The connection to Discord: makes serenity's `Http`, runs its shard, and keeps the shard connected for as long as
//! there is any point in trying.
//!
//! - [`Connection`]: the token and the address; what `check` and the messenger need of Discord
//! - [`run()`]: one session after the other, until told to stop or refused for good
//! - `gate`: how often the shard may connect; `events`: what serenity would pass over in silence
//! - [`inspect`]: what is wrong with the bot's place in its server, for `check`
//!
//! It must not know what the events mean: the handler is a parameter.

mod events;
mod gate;
pub(crate) mod inspect;
mod run;
mod session;

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use serenity::builder::CreateAllowedMentions;
use serenity::http::{Http, HttpBuilder, Route};
use serenity::model::gateway::BotGateway;
use url::{Host, Url};

use crate::domain::Address;
use crate::operations::Health;
use crate::outbound::{Error, RestClient};

pub(crate) use run::run;
pub(crate) use session::Fatal;

/// How to reach Discord, and as whom.
pub(crate) struct DiscordSettings {
    pub(crate) token: SecretString,
    /// A proxy or a stand-in instead of `https://discord.com`; requests go to `/api/v10/…` below it.
    pub(crate) api_url: Option<Address>,
    /// For one call.
    pub(crate) request_timeout: Duration,
    pub(crate) reconnect: ReconnectPolicy,
}

impl DiscordSettings {
    pub(crate) fn new(token: SecretString) -> Self {
        Self {
            token,
            api_url: None,
            request_timeout: Duration::from_secs(10),
            reconnect: ReconnectPolicy::default(),
        }
    }
}

/// How hard to try. The defaults are for Discord itself; tests are in more of a hurry.
#[derive(Clone, Debug)]
pub(crate) struct ReconnectPolicy {
    /// The pause after the first failure to get a session; it doubles with each further one.
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
    /// With no more session starts left for the day than these, none is used: at zero Discord resets the bot's token.
    pub(crate) reserved_starts: u64,
    /// A session that has been disconnected for this long is replaced by a new one.
    pub(crate) session_timeout: Duration,
    /// After this many connections in a row, each has to wait, twice as long as the one before.
    pub(crate) free_connections: u32,
    pub(crate) first_hold: Duration,
    pub(crate) longest_hold: Duration,
    /// How long a connection has to last to end the row.
    pub(crate) quiet_period: Duration,
    /// How long a connected shard may take to close its connection.
    pub(crate) close_timeout: Duration,
    /// How long any other shard may take to shut down.
    pub(crate) grace: Duration,
    /// How often to use an idle connection for requests, so no click has to wait for a new one.
    pub(crate) keep_alive: Duration,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_mins(5),
            reserved_starts: 50,
            session_timeout: Duration::from_mins(5),
            free_connections: 8,
            first_hold: Duration::from_secs(1),
            longest_hold: Duration::from_mins(2),
            quiet_period: Duration::from_mins(10),
            close_timeout: Duration::from_secs(6),
            grace: Duration::from_secs(1),
            keep_alive: Duration::from_mins(4),
        }
    }
}

impl ReconnectPolicy {
    /// After so many failures to get a session in a row.
    fn pause(&self, failures: u32) -> Duration {
        doubled(self.first_pause, failures, self.longest_pause)
    }

    /// After so many connections in a row.
    fn hold(&self, connections: u32) -> Duration {
        match connections.checked_sub(self.free_connections) {
            None => Duration::ZERO,
            Some(excess) => doubled(self.first_hold, excess, self.longest_hold),
        }
    }
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << times.min(20)).min(longest)
}

/// Clones are cheap and share one connection.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Shared>);

struct Shared {
    rest: RestClient,
    health: Health,
    policy: ReconnectPolicy,
    /// Only a proxy or a stand-in may lead to plain `ws://`: the token travels on it.
    allows_plain_gateway: bool,
}

/// Where to connect, and how many more sessions Discord allows.
struct GatewayInfo {
    url: String,
    starts_left: u64,
    reset_after: Duration,
}

impl Connection {
    /// Sends nothing yet. Reports every change of the connection to `health`.
    ///
    /// # Errors
    /// If this machine's TLS library cannot be used.
    pub(crate) fn open(settings: DiscordSettings, health: Health) -> reqwest::Result<Self> {
        let client = client(&settings)?;
        let http = http(&settings, client.clone());
        Ok(Self(Arc::new(Shared {
            rest: RestClient::new(Arc::new(http), client, settings.request_timeout),
            health,
            policy: settings.reconnect,
            allows_plain_gateway: settings.api_url.is_some(),
        })))
    }

    /// For the calls that serenity makes itself: answering interactions and registering the command.
    pub(crate) fn http(&self) -> &Arc<Http> {
        self.0.rest.http()
    }

    pub(crate) fn rest(&self) -> &RestClient {
        &self.0.rest
    }

    pub(crate) fn health(&self) -> &Health {
        &self.0.health
    }

    fn policy(&self) -> &ReconnectPolicy {
        &self.0.policy
    }

    /// Asked before every session: whether the token is accepted, where to connect, and how many starts are left.
    async fn gateway_info(&self) -> Result<GatewayInfo, Error> {
        let info: BotGateway = self.rest().get(Route::GatewayBot).await?;
        let limit = info.session_start_limit;
        Ok(GatewayInfo {
            url: self.checked(info.url)?,
            starts_left: limit.remaining,
            reset_after: Duration::from_millis(limit.reset_after),
        })
    }

    fn checked(&self, url: String) -> Result<String, Error> {
        let scheme = Url::parse(&url).map(|url| url.scheme().to_owned());
        match scheme.as_deref() {
            Ok("wss") => Ok(url),
            Ok("ws") if self.0.allows_plain_gateway => Ok(url),
            _ => Err(Error::unreadable()),
        }
    }
}

/// serenity's own client would never time out.
fn client(settings: &DiscordSettings) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(settings.request_timeout)
        .connect_timeout(settings.request_timeout)
        .pool_idle_timeout(None);
    if settings.api_url.as_ref().is_some_and(is_loopback) {
        builder = builder.no_proxy();
    }
    builder.build()
}

fn is_loopback(address: &Address) -> bool {
    match address.url().host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// serenity's rate limiter stays off: with it, `proxy` is ignored and a refused call is repeated for ever.
/// `outbound::RestClient` keeps Discord's limits for the bot's own messages; answers to interactions do not count.
fn http(settings: &DiscordSettings, client: reqwest::Client) -> Http {
    let builder = HttpBuilder::new(settings.token.expose_secret())
        .client(client)
        .ratelimiter_disabled(true)
        .default_allowed_mentions(CreateAllowedMentions::new());
    match &settings.api_url {
        Some(address) => builder.proxy(address.url().as_str()).build(),
        None => builder.build(),
    }
}
