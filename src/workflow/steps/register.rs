//! Lets in a device that waits with a sign-in link. Headscale takes each link once and cannot say what became of
//! it, so the newest node is recorded before the first call: if an answer is lost, a newer node of this user that came
//! without a key is the device. For that, one device is let in at a time, and an attempt whose outcome is open is
//! settled before the next one begins.
//!
//! Registering takes no tags. Where devices are to have some, the node's number is recorded, and the node is tagged
//! before it counts as joined, or removed again.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::domain::{
    Abandoned, Backoff, DeviceRequest, Event, Handover, HeadscaleUserId, NodeId, Problem, Rules,
    SignIn, State, UserName,
};
use crate::headscale::{self, Node, RegistrationId};

use super::account::Accounts;
use super::nodes::joined;
use crate::workflow::calls::Calls;
use crate::workflow::ledger::Ledger;
use crate::workflow::step_error::StepError;

/// Holds no messages: the device signs itself in.
pub(super) struct Registrar {
    ledger: Ledger,
    calls: Calls,
    rules: Arc<Rules>,
    accounts: Accounts,
    registration_lock: Mutex<()>,
    /// An earlier program can have called until now.
    started_at: Timestamp,
}

impl Registrar {
    pub(super) fn new(accounts: Accounts) -> Self {
        Self {
            started_at: accounts.ledger.clock.now(),
            ledger: accounts.ledger.clone(),
            calls: accounts.calls.clone(),
            rules: Arc::clone(&accounts.rules),
            accounts,
            registration_lock: Mutex::default(),
        }
    }

    pub(super) async fn register(&self, request: &DeviceRequest) -> Result<(), StepError> {
        if self.has_run_out(request) {
            self.ledger.record(request, Event::Lapsed).await?;
            return Ok(());
        }
        let user = self.accounts.of(&request.requester).await?;
        let link = self.usable_link(request, &user.name).await?;
        let _one_at_a_time = self.registration_lock.lock().await;
        for open in self.ledger.store.unsettled_registrations().await? {
            // A device that is known to be in, and only has to get its tags, is taken for no other.
            if begun(&open).is_some_and(|begun| begun.known.is_some()) {
                continue;
            }
            match self.settle(&open).await {
                Ok(Some(until)) => return self.wait(request, until).await,
                // Approved again and turned away again: that request is given up by itself, and says why.
                Ok(None) | Err(StepError::Permanent(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let newest = self.newest_node().await?;
        let (life, apart) = (self.rules.keys.expiration, self.calls.expiry_slack());
        let begun = Event::RegisterBegun {
            user: user.id,
            key_expires_at: self.ledger.unique_expiry(life, apart).await?,
            newest,
        };
        let request = self.ledger.record(request, begun).await?;
        self.knock(&request, &link).await
    }

    /// The answer to a registration was lost: is the device in?
    pub(super) async fn find_registered(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let _one_at_a_time = self.registration_lock.lock().await;
        // Whoever held the lock may have settled this request meanwhile.
        match self.ledger.store.request(request.id).await? {
            Some(today) if today.version == request.version => match self.settle(&today).await? {
                Some(until) => self.wait(&today, until).await,
                None => Ok(()),
            },
            Some(_) | None => Err(StepError::Overtaken),
        }
    }

    /// The device is in already, or is let in now; only under the lock. A registration that was not found may still
    /// take effect, so the same attempt goes on, with the newest node of its beginning. Returns until when it does, if
    /// the device is not to be let in any more.
    async fn settle(&self, request: &DeviceRequest) -> Result<Option<Timestamp>, StepError> {
        let asked_at = self.ledger.clock.now();
        let Some(Begun { user, known, .. }) = begun(request) else {
            return Ok(None);
        };
        if let Some(node) = self.find(request).await? {
            return self.let_in(request, node).await.map(|()| None);
        }
        // Its link is used up, so it is not let in again.
        if let Some(node) = known {
            self.turn_out(request, node).await?;
            return Err(StepError::Permanent(Problem::DeviceRemoved));
        }
        let last = if let Some(last) = self.last_call(request) {
            last
        } else {
            // A user who is gone has no name, and took no device in.
            let name = self.calls.user(user).await?.map(|user| user.name);
            let name = name.unwrap_or_default();
            match self.usable_link(request, &name).await {
                Err(StepError::Permanent(_)) => self.started_at,
                link => return self.knock(request, &link?).await.map(|()| None),
            }
        };
        let patience = self.calls.timeout() + Abandoned::PATIENCE.unsigned_abs();
        let end = last.saturating_add(patience).unwrap_or(asked_at);
        // A clock that was set back makes nobody wait.
        if last <= asked_at && asked_at < end {
            return Ok(Some(end));
        }
        self.ledger.record(request, Event::Reclaimed).await?;
        Ok(None)
    }

    /// When the last call can have begun. None while another may be made: the link has not run out, and nobody has
    /// stopped the attempt.
    fn last_call(&self, request: &DeviceRequest) -> Option<Timestamp> {
        if is_stopped(request) {
            return Some(request.updated_at);
        }
        let ends_at = request.sign_in_ends_at();
        ends_at.filter(|_| self.has_run_out(request))
    }

    /// A lost swap means that the row has moved on, and with it the reason to wait.
    async fn wait(&self, request: &DeviceRequest, until: Timestamp) -> Result<(), StepError> {
        let (store, until) = (&self.ledger.store, Backoff::until(until));
        let _ = store.postpone(request.id, request.version, &until).await?;
        if request.held_up().is_some() {
            store.repaint(request.id).await?;
        }
        Ok(())
    }

    /// The attempt stays open after anything but a definite refusal.
    async fn knock(
        &self,
        request: &DeviceRequest,
        (name, link): &(UserName, RegistrationId),
    ) -> Result<(), StepError> {
        match self.calls.register_node(name, link).await {
            Ok(node) => self.let_in(request, node).await,
            Err(error) if error.is_transient() || error.is_unauthorised() => Err(error.into()),
            Err(error) => match self.find(request).await? {
                Some(node) => self.let_in(request, node).await,
                None => Err(self.turned_away(request, &error).await?),
            },
        }
    }

    fn has_run_out(&self, request: &DeviceRequest) -> bool {
        let now = self.ledger.clock.now();
        request.sign_in_ends_at().is_none_or(|end| end <= now)
    }

    async fn usable_link(
        &self,
        request: &DeviceRequest,
        user: &str,
    ) -> Result<(UserName, RegistrationId), StepError> {
        if self.rules.take_links().is_err() {
            return Err(StepError::Permanent(Problem::NoLinks));
        }
        let release = self.calls.release().await?;
        let id = request.sign_in.as_ref().map(SignIn::as_str);
        let id = id.and_then(|id| RegistrationId::parse(id, release));
        let unknown = || StepError::Permanent(Problem::LinkUnknown(release.to_string()));
        let id = id.ok_or_else(unknown)?;
        let unusable = |_| StepError::Permanent(Problem::UserUnusable);
        let name = user.parse().map_err(unusable)?;
        Ok((name, id))
    }

    async fn newest_node(&self) -> Result<NodeId, StepError> {
        let nodes = self.calls.list_nodes().await?;
        Ok(nodes.iter().map(|node| node.id).max().unwrap_or(NodeId(0)))
    }

    async fn find(&self, request: &DeviceRequest) -> Result<Option<Node>, StepError> {
        let Some(begun) = begun(request) else {
            return Ok(None);
        };
        let mut nodes = self.calls.list_nodes().await?.into_iter();
        Ok(nodes.find(|node| begun.led_to(node)))
    }

    async fn let_in(&self, request: &DeviceRequest, node: Node) -> Result<(), StepError> {
        let Some(Begun { user, known, .. }) = begun(request) else {
            return Ok(());
        };
        let (request, node) = if self.rules.keys.tags.is_empty() {
            (request.clone(), node)
        } else {
            let request = match known {
                Some(_) => request.clone(),
                None => self.registered(request, node.id).await?,
            };
            if is_stopped(&request) {
                return self.turn_out(&request, node.id).await;
            }
            let node = self.tagged(&request, node.id).await?;
            (request, node)
        };
        let node = joined(&request, user, &node, self.rules.headscale.rename_node);
        self.ledger.record(&request, Event::Joined { node }).await?;
        Ok(())
    }

    /// From 0.28 on a tagged node belongs to nobody: if an answer is lost, only its number leads back to it.
    async fn registered(
        &self,
        request: &DeviceRequest,
        node: NodeId,
    ) -> Result<DeviceRequest, StepError> {
        let registered = Event::Registered { node };
        Ok(self.ledger.record(request, registered).await?)
    }

    /// Headscale's errors do not tell passing trouble from lasting, so once the link has run out, any is lasting.
    async fn tagged(&self, request: &DeviceRequest, node: NodeId) -> Result<Node, StepError> {
        let tags = &self.rules.keys.tags;
        let cause = match self.calls.tag_node(node, tags).await {
            Ok(node) if node.has(tags) => return Ok(node),
            Ok(_) => Problem::TagsRefused(String::new()),
            Err(error) if error.is_not_found() => Problem::DeviceRemoved,
            Err(error)
                if !self.has_run_out(request)
                    && (error.is_transient() || error.is_unauthorised()) =>
            {
                return Err(error.into());
            }
            Err(error) => {
                let said = Problem::from(&error);
                Problem::TagsRefused(said.said().unwrap_or_default().to_owned())
            }
        };
        self.turn_out(request, node).await?;
        Err(StepError::Permanent(cause))
    }

    async fn turn_out(&self, request: &DeviceRequest, node: NodeId) -> Result<(), StepError> {
        self.calls.delete_node(node).await?;
        self.ledger.record(request, Event::Reclaimed).await?;
        Ok(())
    }

    /// A definite refusal leaves nothing behind.
    async fn turned_away(
        &self,
        request: &DeviceRequest,
        error: &headscale::Error,
    ) -> Result<StepError, StepError> {
        self.ledger.record(request, Event::Reclaimed).await?;
        let problem = Problem::from(error);
        Ok(StepError::Permanent(match problem.said() {
            Some(said) => Problem::LinkRefused(said.to_owned()),
            None => problem,
        }))
    }
}

/// What was on disk before the device was let in.
struct Begun {
    user: HeadscaleUserId,
    newest: NodeId,
    /// The device's own number, once that is on disk, too.
    known: Option<NodeId>,
}

impl Begun {
    fn led_to(&self, node: &Node) -> bool {
        let is_newer = node.id > self.newest && node.preauth_key.is_none();
        let may_be = is_newer && node.user == Some(self.user);
        self.known.map_or(may_be, |known| node.id == known)
    }
}

fn begun(request: &DeviceRequest) -> Option<Begun> {
    let State::Issuing { attempt, .. } = request.state else {
        return None;
    };
    let Handover::SignIn { newest, node } = attempt.handover else {
        return None;
    };
    Some(Begun {
        user: attempt.user,
        newest,
        known: node,
    })
}

fn is_stopped(request: &DeviceRequest) -> bool {
    matches!(
        request.state,
        State::Issuing {
            stopping: Some(_),
            ..
        }
    )
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/register.rs"]
mod tests;
