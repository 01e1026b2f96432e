//! The one lock of the stand-in, and the notification that something changed.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    faults::Faults,
    feed::Feeds,
    gateway::Gateway,
    journal::Notebook,
    layout::Layout,
    model::{Id, World},
    wire::Buckets,
};

/// No wait of a test is longer than this. A wait that succeeds ends at once, so a long ceiling costs nothing, and a busy
/// machine needs it.
pub(crate) const CEILING: Duration = Duration::from_secs(30);

/// Everything the stand-in remembers.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) gateway: Gateway,
    pub(crate) notebook: Notebook,
    pub(crate) faults: Faults,
    /// Passes before anything is done about a call.
    pub(crate) latency: Duration,
    pub(crate) buckets: Buckets,
    pub(crate) feeds: Feeds,
    /// Messages that were handed to a test.
    pub(crate) looked_at: HashSet<Id>,
}

pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    pub(crate) layout: Layout,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(layout: Layout, address: SocketAddr) -> Self {
        let state = State {
            world: World::new(&layout),
            gateway: Gateway::default(),
            notebook: Notebook::new(&layout),
            faults: Faults::default(),
            latency: Duration::ZERO,
            buckets: Buckets::default(),
            feeds: Feeds::default(),
            looked_at: HashSet::new(),
        };
        Self {
            address,
            layout,
            state: Mutex::new(state),
            changed: watch::Sender::new(0),
        }
    }

    /// `http://127.0.0.1:port`, without a trailing slash.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A failed assertion in a test must not hide behind a poisoned lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes what nobody waits for.
    pub(crate) fn quietly<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.lock())
    }

    /// Changes the state and tells everyone who waits.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let result = act(&mut self.lock());
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Waits until `look` finds something, at most [`CEILING`].
    pub(crate) async fn find<T>(
        &self,
        what: &str,
        look: impl FnMut(&State) -> Option<T>,
    ) -> Result<T, String> {
        self.find_outside(what, look, |found| found).await
    }

    /// Like [`Shared::find`], judging outside the lock what `look` copied out.
    pub(crate) async fn find_outside<C, T>(
        &self,
        what: &str,
        mut look: impl FnMut(&State) -> C,
        mut judge: impl FnMut(C) -> Option<T>,
    ) -> Result<T, String> {
        let mut changed = self.changed.subscribe();
        let search = async {
            loop {
                changed.borrow_and_update();
                let seen = self.read(&mut look);
                if let Some(found) = judge(seen) {
                    return found;
                }
                // The sender lives as long as `self`.
                drop(changed.changed().await);
            }
        };
        tokio::time::timeout(CEILING, search)
            .await
            .map_err(|_| format!("waited in vain for {what}\n{}", self.report()))
    }

    /// The last calls, for the message of a failed wait.
    fn report(&self) -> String {
        self.read(|state| {
            let sessions = state.gateway.describe();
            let calls = state.notebook.tail(12);
            format!("gateway: {sessions}\nlast calls:\n{calls}")
        })
    }
}
