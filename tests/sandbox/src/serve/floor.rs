//! State that the verbs share: the stand-ins, and whatever has to be remembered between two calls.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;

use super::faults::Set;
use super::trouble::{Outcome, Trouble};
use stand_ins::discord::model::{Id, World};
use stand_ins::discord::{Discord, Member, Message, Modal};
use stand_ins::headscale::Headscale;

/// The longest wait of a verb, below the time after which the stand-ins panic.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);

/// Every handler's first argument.
pub(super) type On = State<Arc<Floor>>;

pub(super) struct Floor {
    pub(super) discord: Discord,
    pub(super) headscale: Headscale,
    pub(super) settings: PathBuf,
    /// The form that each person has open.
    forms: Mutex<BTreeMap<Id, Modal>>,
    faults: Mutex<Vec<Set>>,
}

impl Floor {
    /// With two members, and an approver.
    pub(super) fn new(discord: Discord, headscale: Headscale, settings: PathBuf) -> Self {
        discord.member("alice");
        discord.member("bob");
        discord.approver("carol");
        discord.allow_command("requests", discord.approver_role_id());
        Self {
            discord,
            headscale,
            settings,
            forms: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    pub(super) fn forms(&self) -> MutexGuard<'_, BTreeMap<Id, Modal>> {
        self.forms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Vec<Set>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody who is known already.
    pub(super) fn known(&self, name: &str) -> Outcome<Member> {
        let known = |world: &World| world.user_named(name).is_some_and(|user| !user.bot);
        if self.discord.world(known) {
            return Ok(self.discord.member(name));
        }
        Err(Trouble::missing(format!(
            "Nobody is called {name:?}; POST /people/{name} makes a member."
        )))
    }

    /// A message by its id.
    pub(super) fn message(&self, id: Id) -> Outcome<Message> {
        let message = self.discord.message(id);
        message.ok_or_else(|| Trouble::missing(format!("There is no message {id}.")))
    }

    /// Verbs that need an answer need somebody to give it.
    pub(super) fn bot_is_online(&self) -> Outcome<()> {
        let online = self.discord.gateway().is_online();
        online.then_some(()).ok_or_else(Trouble::offline)
    }
}

/// Waits for something, but not for long.
pub(super) async fn soon<T>(coming: impl Future<Output = T>, what: &str) -> Outcome<T> {
    let waited = tokio::time::timeout(PATIENCE, coming).await;
    waited.map_err(|_| {
        Trouble::late(format!(
            "Waited {} s in vain for {what}.",
            PATIENCE.as_secs()
        ))
    })
}
