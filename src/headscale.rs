//! Headscale: users, pre-auth keys, nodes. Knows its releases and its ways; knows nothing of requests or Discord.
//!
//! - [`Headscale`]: the face, the same for every release
//! - [`model`](self): what is asked and answered; [`name`](self): names that every release accepts
//! - [`Error`]: one sentence each, and whether what was asked may have happened
//! - `release`, `dialect`: which releases there are, and how they differ; `wire`: their JSON
//! - `transport`: the two ways to it, `http` (the API) and `program` (its own program)

mod dialect;
mod error;
mod http;
mod id;
mod model;

mod program;
mod release;
mod settings;
mod sign_in;
mod transport;
mod wire;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub use crate::domain::{Tag, UserName};
pub use error::{Error, Unreachable, Words};
pub use id::{KeyId, NodeId, UserId};
pub use model::{ApiKeyStanding, IssuedKey, KeyOrder, NewUser, Node, PreAuthKey, User};
pub use release::{Release, UnknownRelease};
pub use settings::{ApiKey, ProgramSettings, Settings};
pub use sign_in::{LinkRefusal, RegistrationId};

use self::dialect::Dialect;
use self::http::Http;
use self::program::Program;
use self::transport::Transport;
use self::wire::WireKey;

/// One Headscale. Cheap to clone; all clones share what they know about it.
#[derive(Clone, Debug)]
pub struct Headscale {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    transport: Transport,
    /// How much later than ordered a key may end.
    expiry_slack: Duration,
    /// Given by the operator; otherwise found out and kept until answers stop fitting.
    given: Option<Release>,
    found: RwLock<Option<Release>>,
}

impl Headscale {
    /// Over its HTTP API. Calls nobody: Headscale may be down when this program starts.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let transport = Transport::Http(Http::new(settings)?);
        Ok(Self::over(transport, settings.release, Duration::ZERO))
    }

    /// Through its own program. Runs nothing yet.
    pub fn with_program(settings: &ProgramSettings) -> Result<Self, Error> {
        let transport = Transport::Program(Program::new(settings)?);
        Ok(Self::over(transport, settings.release, settings.timeout))
    }

    fn over(transport: Transport, given: Option<Release>, expiry_slack: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                transport,
                expiry_slack,
                given,
                found: RwLock::default(),
            }),
        }
    }

    /// A key ends when it was ordered to, or later by at most this. Zero over HTTP; the program only takes durations,
    /// and takes its time. Whoever knows a key by its end must leave more than this between two orders.
    pub fn expiry_slack(&self) -> Duration {
        self.shared.expiry_slack
    }

    /// Which release it is.
    pub async fn release(&self) -> Result<Release, Error> {
        let known = self.shared.given.or_else(|| *self.found());
        match known {
            Some(release) => Ok(release),
            None => self.find_release().await,
        }
    }

    /// The next call finds out anew which release it is.
    pub fn forget_release(&self) {
        *self
            .shared
            .found
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What was found out before, without asking.
    pub fn known_release(&self) -> Option<Release> {
        self.shared.given.or_else(|| *self.found())
    }

    /// Whether it runs and reaches its database. Needs no API key.
    pub async fn health(&self) -> Result<(), Error> {
        self.shared.transport.health().await
    }

    /// Whether the API key is accepted, and until when.
    pub async fn api_key_standing(&self) -> Result<ApiKeyStanding, Error> {
        self.shared.transport.api_key_standing().await
    }

    /// By the exact name. Headscale allows several users of one name if they come from elsewhere; none of them will
    /// do.
    pub async fn find_user(&self, name: &UserName) -> Result<Option<User>, Error> {
        let users = self.shared.transport.users(name).await?;
        let mut named = users
            .into_iter()
            .map(User::from)
            .filter(|user| user.name == name.as_str());
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::Ambiguous(name.clone())),
            (user, None) => Ok(user),
        }
    }

    /// Whoever made the user: what counts is that it is there. Its number is the answer's; its display name may be
    /// another's.
    pub async fn create_user(&self, new: &NewUser) -> Result<User, Error> {
        match self.shared.transport.create_user(new).await {
            Ok(user) => Ok(user.into()),
            Err(error) => match self.find_user(&new.name).await {
                Ok(Some(user)) => Ok(user),
                Err(Error::Ambiguous(name)) => Err(Error::Ambiguous(name)),
                Ok(None) | Err(_) => Err(error),
            },
        }
    }

    /// Makes a single-use key. Not repeatable: after an error with [`Error::outcome_unknown`] the key may exist.
    pub async fn create_key(&self, order: &KeyOrder) -> Result<IssuedKey, Error> {
        issued(self.shared.transport.create_key(order).await?)
    }

    /// The keys of these users.
    pub async fn list_keys(&self, owners: &[UserId]) -> Result<Vec<PreAuthKey>, Error> {
        let transport = &self.shared.transport;
        let release = self.release().await?;
        let keys = match transport.keys(release.into(), owners).await {
            Err(error) => {
                let dialect = self.other_dialect(release, error).await?;
                transport.keys(dialect, owners).await?
            }
            Ok(keys) => keys,
        };
        Ok(keys.into_iter().map(PreAuthKey::from).collect())
    }

    /// Repeatable. Only a list that is read afterwards proves that the key is dead: 0.28 and 0.29 answer the same
    /// whether they did anything or not.
    pub async fn expire_key(&self, key: KeyId, owner: UserId) -> Result<(), Error> {
        let transport = &self.shared.transport;
        let release = self.release().await?;
        match transport.expire_key(release.into(), key, owner).await {
            Err(error) => {
                let dialect = self.other_dialect(release, error).await?;
                transport.expire_key(dialect, key, owner).await
            }
            Ok(()) => Ok(()),
        }
    }

    pub async fn list_nodes(&self) -> Result<Vec<Node>, Error> {
        Ok(self
            .shared
            .transport
            .nodes()
            .await?
            .into_iter()
            .map(Node::from)
            .collect())
    }

    /// Gives the node a name in the network's DNS; [`Error::is_conflict`] if another node has it. Repeatable, though
    /// 0.26 takes a node's own name for taken.
    pub async fn rename_node(&self, node: NodeId, name: &str) -> Result<Node, Error> {
        match self.shared.transport.rename_node(node, name).await {
            Ok(node) => Ok(node.into()),
            Err(error) if error.is_conflict() => self.already_named(node, name).await.ok_or(error),
            Err(error) => Err(error),
        }
    }

    async fn already_named(&self, node: NodeId, name: &str) -> Option<Node> {
        let nodes = self.list_nodes().await.ok()?;
        nodes
            .into_iter()
            .find(|known| known.id == node && known.given_name == name)
    }

    /// Its user has to sign in again.
    pub async fn expire_node(&self, node: NodeId) -> Result<Node, Error> {
        Ok(self.shared.transport.expire_node(node).await?.into())
    }

    /// A node that is gone already is fine.
    pub async fn delete_node(&self, node: NodeId) -> Result<(), Error> {
        match self.shared.transport.delete_node(node).await {
            Err(Error::NotFound(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// Lets a device in that shows a sign-in link, as this user's. Works once per link.
    pub async fn register_node(&self, user: &UserName, id: &RegistrationId) -> Result<Node, Error> {
        let transport = &self.shared.transport;
        let release = self.release().await?;
        let node = match transport.register_node(release.into(), user, id).await {
            Err(error) => {
                let dialect = self.other_dialect(release, error).await?;
                transport.register_node(dialect, user, id).await?
            }
            Ok(node) => node,
        };
        Ok(node.into())
    }

    /// The dialect to try once more, if the error does not fit the release and the release is another by now.
    async fn other_dialect(&self, believed: Release, error: Error) -> Result<Dialect, Error> {
        if !error.is_surprise() {
            return Err(error);
        }
        let other = self.other_release_than(believed).await;
        other.map(Dialect::from).ok_or(error)
    }

    async fn other_release_than(&self, believed: Release) -> Option<Release> {
        if self.shared.given.is_some() {
            return None;
        }
        self.find_release()
            .await
            .ok()
            .filter(|found| *found != believed)
    }

    async fn find_release(&self) -> Result<Release, Error> {
        let release = self.shared.transport.detect().await?;
        tracing::info!(%release, "found out headscale's release");
        *self
            .shared
            .found
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(release);
        Ok(release)
    }

    fn found(&self) -> std::sync::RwLockReadGuard<'_, Option<Release>> {
        self.shared
            .found
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn issued(key: WireKey) -> Result<IssuedKey, Error> {
    let secret = key.key.0.ok_or(Error::Unreadable("it holds no key"))?;
    Ok(IssuedKey {
        id: KeyId(key.id.0),
        prefix: model::masked(&secret),
        secret,
    })
}
