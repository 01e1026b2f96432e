//! Lets in a device that waits with a sign-in link. Headscale takes each link once and cannot say what became of
//! it, so the newest node is recorded before the first call: if an answer is lost, a newer node of this user that came
//! without a key is the device. For that, one device is let in at a time, and an attempt whose outcome is open is
//! settled before the next one begins.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::domain::{
    DeviceRequest, Event, Handover, HeadscaleUserId, NodeId, Problem, Rules, SignIn, State,
    UserName,
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
}

impl Registrar {
    pub(super) fn new(accounts: Accounts) -> Self {
        Self {
            ledger: accounts.ledger.clone(),
            calls: accounts.calls.clone(),
            rules: Arc::clone(&accounts.rules),
            accounts,
            registration_lock: Mutex::default(),
        }
    }

    pub(super) async fn register(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let user = self.accounts.of(&request.requester).await?;
        let link = self.usable_link(request, &user.name).await?;
        let _one_at_a_time = self.registration_lock.lock().await;
        for open in self.ledger.store.unsettled_registrations().await? {
            self.settle(&open).await?;
        }
        let newest = self.newest_node().await?;
        let (life, apart) = (self.rules.keys.expiration, self.calls.expiry_slack());
        let begun = Event::RegisterBegun {
            user: user.id,
            key_expires_at: self.ledger.unique_expiry(life, apart).await?,
            newest,
        };
        let request = self.ledger.record(request, begun).await?;
        self.knock(&request, user.id, newest, &link).await
    }

    /// The answer to a registration was lost: is the device in?
    pub(super) async fn find_registered(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let _one_at_a_time = self.registration_lock.lock().await;
        // Whoever held the lock may have settled this request meanwhile.
        match self.ledger.store.request(request.id).await? {
            Some(today) if today.version == request.version => self.settle(&today).await,
            Some(_) | None => Err(StepError::Overtaken),
        }
    }

    /// The device is in already, or is let in now; only under the lock. A registration that was not found may still
    /// take effect, so the same attempt goes on, with the newest node of its beginning.
    async fn settle(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let Some((user, newest)) = begun(request) else {
            return Ok(());
        };
        if let Some(node) = self.newer_node(user, newest).await? {
            return self.let_in(request, user, &node).await;
        }
        // A user who is gone has no name, and took no device in.
        let name = self.calls.user(user).await?.map(|user| user.name);
        let link = match self.usable_link(request, &name.unwrap_or_default()).await {
            Err(StepError::Permanent(_)) => {
                self.ledger.record(request, Event::Reclaimed).await?;
                return Ok(());
            }
            link => link?,
        };
        match self.knock(request, user, newest, &link).await {
            // Approved again and turned away again: that attempt is given up, and says why.
            Err(StepError::Permanent(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// The attempt stays open after anything but a definite refusal.
    async fn knock(
        &self,
        request: &DeviceRequest,
        user: HeadscaleUserId,
        newest: NodeId,
        (name, link): &(UserName, RegistrationId),
    ) -> Result<(), StepError> {
        match self.calls.register_node(name, link).await {
            Ok(node) => self.let_in(request, user, &node).await,
            Err(error) if error.is_transient() || error.is_unauthorised() => Err(error.into()),
            Err(error) => match self.newer_node(user, newest).await? {
                Some(node) => self.let_in(request, user, &node).await,
                None => Err(self.turned_away(request, &error).await?),
            },
        }
    }

    async fn usable_link(
        &self,
        request: &DeviceRequest,
        user: &str,
    ) -> Result<(UserName, RegistrationId), StepError> {
        let now = self.ledger.clock.now();
        if request.sign_in_ends_at().is_none_or(|end| end <= now) {
            return Err(StepError::Permanent(Problem::LinkExpired));
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

    async fn newer_node(
        &self,
        user: HeadscaleUserId,
        newest: NodeId,
    ) -> Result<Option<Node>, StepError> {
        let nodes = self.calls.list_nodes().await?;
        Ok(nodes
            .into_iter()
            .find(|node| node.id > newest && node.preauth_key.is_none() && node.user == Some(user)))
    }

    async fn let_in(
        &self,
        request: &DeviceRequest,
        user: HeadscaleUserId,
        node: &Node,
    ) -> Result<(), StepError> {
        let node = joined(request, user, node, self.rules.headscale.rename_node);
        self.ledger.record(request, Event::Joined { node }).await?;
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

/// Whose device is being let in, and the newest node before.
fn begun(request: &DeviceRequest) -> Option<(HeadscaleUserId, NodeId)> {
    let State::Issuing { attempt, .. } = request.state else {
        return None;
    };
    match attempt.handover {
        Handover::SignIn { newest } => Some((attempt.user, newest)),
        Handover::Letter | Handover::Claim { .. } => None,
    }
}
