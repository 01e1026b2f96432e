//! The only way to Headscale. Every call is measured, reported to readiness, and not made at all while Headscale is
//! known to refuse the bot's API key.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::clock::Clock;
use crate::domain::{HeadscaleUserId, KeyId, NodeId, Tag, UserName};
use crate::headscale::{
    ApiKeyStanding, Error, Headscale, IssuedKey, KeyOrder, NewUser, Node, PreAuthKey,
    RegistrationId, Release, User,
};
use crate::operations::Health;

/// How long Headscale is left alone after it refused the API key. The next call reads a key file afresh.
pub(super) const AFTER_REFUSAL: Duration = Duration::from_mins(1);

/// Cheap to clone; all clones share the circuit breaker.
#[derive(Clone)]
pub(super) struct Calls {
    headscale: Headscale,
    breaker: Arc<CircuitBreaker>,
    clock: Clock,
    health: Health,
}

/// Open until the moment it holds: all requests need the same API key, so one refusal speaks for all of them.
#[derive(Debug, Default)]
struct CircuitBreaker(Mutex<Option<Timestamp>>);

impl CircuitBreaker {
    fn is_open(&self, now: Timestamp) -> bool {
        // A clock that was set back closes it.
        let latest = now.saturating_add(AFTER_REFUSAL).unwrap_or(Timestamp::MAX);
        self.until()
            .is_some_and(|until| now < until && until <= latest)
    }

    fn until(&self) -> std::sync::MutexGuard<'_, Option<Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    pub(super) fn new(headscale: Headscale, clock: Clock, health: Health) -> Self {
        Self {
            headscale,
            breaker: Arc::default(),
            clock,
            health,
        }
    }

    async fn make<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        if self.breaker.is_open(self.clock.now()) {
            return Err(Error::Unauthorised);
        }
        let started = Instant::now();
        let outcome = call.await;
        let metrics = self.health.metrics();
        metrics.headscale_call(started.elapsed(), outcome.is_ok());
        self.report(outcome.as_ref().err());
        outcome
    }

    fn report(&self, error: Option<&Error>) {
        match error {
            Some(error) if error.is_unauthorised() => {
                *self.breaker.until() = Some(self.clock.later(AFTER_REFUSAL));
                self.health.headscale_trouble(&error.to_string());
            }
            Some(error) if error.is_transient() => {
                self.health.headscale_trouble(&error.to_string());
            }
            Some(_) | None => {
                *self.breaker.until() = None;
                self.health.headscale_ok();
            }
        }
    }

    /// How long one call may take.
    pub(super) fn timeout(&self) -> Duration {
        self.headscale.timeout()
    }

    /// How much later than ordered a key may expire. Calls nobody.
    pub(super) fn expiry_slack(&self) -> Duration {
        self.headscale.expiry_slack()
    }

    pub(super) async fn release(&self) -> Result<Release, Error> {
        self.make(self.headscale.release()).await
    }

    pub(super) async fn api_key_standing(&self) -> Result<ApiKeyStanding, Error> {
        self.make(self.headscale.api_key_standing()).await
    }

    pub(super) async fn find_user(&self, name: &UserName) -> Result<Option<User>, Error> {
        self.make(self.headscale.find_user(name)).await
    }

    pub(super) async fn user(&self, id: HeadscaleUserId) -> Result<Option<User>, Error> {
        self.make(self.headscale.user(id)).await
    }

    pub(super) async fn create_user(&self, new: &NewUser) -> Result<User, Error> {
        self.make(self.headscale.create_user(new)).await
    }

    pub(super) async fn create_key(&self, order: &KeyOrder) -> Result<IssuedKey, Error> {
        self.make(self.headscale.create_key(order)).await
    }

    pub(super) async fn list_keys(&self, user: HeadscaleUserId) -> Result<Vec<PreAuthKey>, Error> {
        self.make(self.headscale.list_keys(&[user])).await
    }

    pub(super) async fn expire_key(&self, key: KeyId, user: HeadscaleUserId) -> Result<(), Error> {
        self.make(self.headscale.expire_key(key, user)).await
    }

    pub(super) async fn delete_key(&self, key: KeyId) -> Result<(), Error> {
        self.make(self.headscale.delete_key(key)).await
    }

    pub(super) async fn list_nodes(&self) -> Result<Vec<Node>, Error> {
        self.make(self.headscale.list_nodes()).await
    }

    pub(super) async fn rename_node(&self, node: NodeId, name: &str) -> Result<Node, Error> {
        self.make(self.headscale.rename_node(node, name)).await
    }

    pub(super) async fn tag_node(&self, node: NodeId, tags: &[Tag]) -> Result<Node, Error> {
        self.make(self.headscale.tag_node(node, tags)).await
    }

    pub(super) async fn expire_node(&self, node: NodeId) -> Result<Node, Error> {
        self.make(self.headscale.expire_node(node)).await
    }

    pub(super) async fn delete_node(&self, node: NodeId) -> Result<(), Error> {
        self.make(self.headscale.delete_node(node)).await
    }

    pub(super) async fn register_node(
        &self,
        user: &UserName,
        link: &RegistrationId,
    ) -> Result<Node, Error> {
        self.make(self.headscale.register_node(user, link)).await
    }
}
