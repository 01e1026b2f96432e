//! A Headscale for tests: its HTTP API in the dialects of its releases, over a plain model in memory.
//!
//! It is strict: what Headscale would refuse is refused with its words; what it would put up with, but a careful
//! client would not do, is a complaint. Its quirks are those measured on the real programs; `tests/` of the product
//! hold both against one list of behaviours.

mod chance;
mod described;
mod fault;
mod journal;
mod model;
mod program;
mod real;
mod release;
mod server;
mod tap;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

pub use described::Description;
pub use fault::{Canned, Fault, Hold, When};
pub use journal::Call;
pub use model::{JoinError, Key, Node, PendingSignIn, User};
pub use program::play_program;
pub use real::RealHeadscale;
pub use release::Release;

use fault::{Faults, Plan};
use journal::Journal;
use model::World;
use server::Port;

/// A running stand-in. Clones are handles to the same one; it stops with the last of them.
#[derive(Clone, Debug)]
pub struct Headscale {
    shared: Arc<Shared>,
    port: Arc<Port>,
}

#[derive(Debug)]
struct Shared {
    world: Mutex<World>,
    journal: Journal,
    faults: Faults,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Headscale {
    /// On a free port of loopback.
    ///
    /// # Panics
    /// If loopback has no port left.
    #[expect(
        clippy::unused_async,
        reason = "it needs a running executor, which this says"
    )]
    pub async fn start(release: Release) -> Self {
        Self::start_at(0, release).expect("loopback has a free port")
    }

    /// On this port of loopback; 0 is a free one. Needs a running executor.
    ///
    /// # Errors
    /// If the port is taken.
    pub fn start_at(port: u16, release: Release) -> std::io::Result<Self> {
        let headscale = Self {
            shared: Arc::new(Shared {
                world: Mutex::new(World::new(release)),
                journal: Journal::default(),
                faults: Faults::default(),
            }),
            port: Arc::new(Port::reserve(port)?),
        };
        headscale.port.open(&headscale.shared)?;
        Ok(headscale)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number)
    }

    pub fn release(&self) -> Release {
        self.world().release
    }

    /// As if the operator had replaced the program and kept the data.
    pub fn upgrade_to(&self, release: Release) {
        self.world().release = release;
    }

    /// Makes `/version` say something else than the release's number, such as `dev`.
    pub fn calls_itself(&self, version: &str) {
        self.world().version = Some(version.to_owned());
    }

    /// Connections are refused, and those that are open break. Data is kept.
    pub async fn down(&self) {
        self.port.close().await;
    }

    pub async fn up(&self) {
        self.port.reopen(&self.shared).await;
    }

    /// Its clock runs ahead by so much more.
    pub fn advance(&self, by: SignedDuration) {
        self.world().advance(by);
    }

    pub fn now(&self) -> Timestamp {
        self.world().now()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.shared.world)
    }
}

/// The API key.
impl Headscale {
    /// The newest one.
    ///
    /// # Panics
    /// If all were revoked.
    pub fn api_key(&self) -> String {
        let world = self.world();
        world
            .api_keys
            .last()
            .expect("there is an API key")
            .text
            .clone()
    }

    pub fn api_key_expires(&self, at: Timestamp) {
        if let Some(key) = self.world().api_keys.last_mut() {
            key.expiration = at;
        }
    }

    /// All of them.
    pub fn revoke_api_key(&self) {
        self.world().api_keys.clear();
    }

    /// Beside the ones there are.
    pub fn new_api_key(&self) -> String {
        self.world().new_api_key()
    }
}

/// Verbs of people and their devices.
impl Headscale {
    pub fn add_user(&self, name: &str) -> User {
        self.world().add_user(name, "", "")
    }

    /// An operator writes this tag into the policy.
    pub fn know_tag(&self, tag: &str) {
        self.world().policy_tags.push(tag.to_owned());
    }

    pub fn rename_user(&self, id: u64, name: &str) {
        let mut world = self.world();
        let user = world.users.iter_mut().find(|user| user.id == id);
        name.clone_into(&mut user.expect("a user").name);
    }

    /// An operator removes a user who has no devices.
    pub fn remove_user(&self, id: u64) {
        self.world().remove_user(id);
    }

    /// A device registers with a key, as a Tailscale client does.
    ///
    /// # Errors
    /// In the client's words.
    pub fn join(&self, key: &str, hostname: &str) -> Result<Node, JoinError> {
        if !self.port.is_up() {
            return Err(JoinError::Unreachable);
        }
        self.world().join(key, hostname)
    }

    /// A device that kept its key signs in again with the same identity.
    ///
    /// # Errors
    /// In the client's words.
    pub fn come_back(&self, node: u64, key: &str) -> Result<Node, JoinError> {
        self.world().come_back(node, key)
    }

    /// A device asks to be let in without a key; returns the link that it shows.
    pub fn pending_sign_in(&self, hostname: &str) -> String {
        let id = self.world().begin_sign_in(hostname);
        format!("{}/register/{id}", self.url())
    }

    pub fn set_online(&self, node: u64, online: bool) {
        let mut world = self.world();
        let now = world.now();
        if let Some(node) = world.node_mut(node) {
            node.online = online;
            node.last_seen = now;
        }
    }

    /// An operator ends a device's time in the network.
    pub fn sign_out(&self, node: u64) {
        let mut world = self.world();
        let now = world.now();
        if let Some(node) = world.node_mut(node) {
            node.expiry = Some(now);
        }
    }

    /// An operator takes a device away.
    pub fn remove_node(&self, node: u64) {
        self.world().nodes.retain(|known| known.id != node);
    }
}

/// Lists.
impl Headscale {
    pub fn users(&self) -> Vec<User> {
        self.world().users.clone()
    }

    pub fn keys(&self) -> Vec<Key> {
        self.world().keys.clone()
    }

    /// The keys that would let a device in now.
    pub fn live_keys(&self) -> Vec<Key> {
        let world = self.world();
        world
            .keys
            .iter()
            .filter(|key| world.is_live(key))
            .cloned()
            .collect()
    }

    pub fn nodes(&self) -> Vec<Node> {
        self.world().nodes.clone()
    }

    pub fn pending_sign_ins(&self) -> Vec<PendingSignIn> {
        self.world().pending.clone()
    }

    /// Every key's plaintext that was ever handed out.
    pub fn issued_secrets(&self) -> Vec<String> {
        self.world().issued.clone()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.shared.journal.calls()
    }

    /// From now on calls are not kept, nor the order of refusals; for benchmarks.
    pub fn keep_no_journal(&self) {
        self.shared.journal.switch_off();
    }

    /// The number of calls so far, journal or not.
    pub fn calls_so_far(&self) -> usize {
        self.shared.journal.arrived()
    }

    /// The number of calls of a method of a path; `*` stands for one part of the path.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let fits = |call: &Call| {
            let parts: Vec<&str> = path.split('/').collect();
            let given: Vec<&str> = call.path.split('/').collect();
            call.method == method
                && parts.len() == given.len()
                && parts
                    .iter()
                    .zip(&given)
                    .all(|(part, given)| *part == "*" || part == given)
        };
        self.calls().iter().filter(|call| fits(call)).count()
    }

    pub fn complaints(&self) -> Vec<String> {
        self.shared.journal.complaints()
    }

    /// The complaints so far, which are then forgotten: for tests that expect them.
    pub fn take_complaints(&self) -> Vec<String> {
        self.shared.journal.take_complaints()
    }
}

/// Faults. Paths are whole (`/api/v1/preauthkey`); `*` stands for one part, a last `**` for the rest, and
/// `*` for any method.
impl Headscale {
    /// For the next such call only.
    pub fn fault(&self, method: &str, path: &str, fault: Fault) {
        self.fault_times(method, path, 1, fault);
    }

    pub fn fault_times(&self, method: &str, path: &str, times: u32, fault: Fault) {
        self.shared
            .faults
            .order(method, path, Some(times), Plan::Fault(fault));
    }

    /// Until [`clear_faults`](Self::clear_faults).
    pub fn fault_always(&self, method: &str, path: &str, fault: Fault) {
        self.shared
            .faults
            .order(method, path, None, Plan::Fault(fault));
    }

    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Faults for a number of calls that have not come.
    pub fn faults_left(&self) -> usize {
        self.shared.faults.waiting()
    }

    /// The next such call stands still until the hold is released or dropped.
    pub fn hold(&self, method: &str, path: &str, when: When) -> Hold {
        let plan = |gate| Plan::Hold(when, gate);
        self.shared.faults.hold(method, path, plan)
    }

    /// As a server that hangs: the next such call is done once it is let go, even if its caller has given up or died.
    pub fn hold_late(&self, method: &str, path: &str) -> Hold {
        self.shared.faults.hold(method, path, Plan::Late)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_server_comes_back_while_programs_are_being_started() {
        let headscale = Headscale::start(Release::V0_28).await;
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let starting = std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                Command::new("true").status().expect("it runs");
            }
        });
        for _ in 0..200 {
            headscale.down().await;
            headscale.up().await;
        }
        over.store(true, Ordering::Relaxed);
        starting.join().expect("it ends");
    }
}
