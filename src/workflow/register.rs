//! Letting in a device that waits with a sign-in link. Headscale takes each link once and has no way to ask what became
//! of it, so the newest node is written down before the first call: if an answer is lost, a newer node of this user that
//! came without a key is the device. For that one device is let in at a time, and an attempt whose outcome is open is
//! settled before the next one begins.

use crate::domain::{DeviceRequest, Event, Handover, NodeId, Problem, SignIn, State, UserName};
use crate::headscale::{self, Node, RegistrationId};
use crate::store::Account;

use super::{Trouble, Workflow};

impl Workflow {
    pub(super) async fn register(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let owner = self.owner_of(&request.requester).await?;
        let (user, link) = self.still_waits(request, &owner).await?;
        let _one_at_a_time = self.door.lock().await;
        for open in self.parts.store.letting_in().await? {
            self.settle(&open).await?;
        }
        let newest = self.newest_node().await?;
        let begun = Event::RegisterBegun {
            key_expires_at: self.unique_expiry().await?,
            newest,
        };
        let request = self.record(request, begun, None).await?;
        self.knock(&request, &owner, newest, (&user, &link)).await
    }

    /// The answer to a registration was lost: is the device in?
    pub(super) async fn find_registered(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let _one_at_a_time = self.door.lock().await;
        // While we waited, whoever held the door may have settled it.
        match self.parts.store.request(request.id).await? {
            Some(today) if today.version == request.version => self.settle(&today).await,
            Some(_) | None => Err(Trouble::Overtaken),
        }
    }

    /// In already, or else let in now; only under the door's lock. What was looked for and not found may still take
    /// effect, so that the same attempt goes on, with the newest node of its beginning.
    async fn settle(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let Some(newest) = newest_before(request) else {
            return Ok(());
        };
        let owner = self.owner_of(&request.requester).await?;
        if let Some(node) = self.newer_node(&owner, newest).await? {
            return self.let_in(request, &owner, &node).await;
        }
        let (user, link) = match self.still_waits(request, &owner).await {
            Err(Trouble::Unmendable(_)) => {
                self.record(request, Event::Reclaimed, None).await?;
                return Ok(());
            }
            waits => waits?,
        };
        match self.knock(request, &owner, newest, (&user, &link)).await {
            // Approved again, and turned away again: that attempt is given up and says why.
            Err(Trouble::Unmendable(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// After anything but a refusal for certain the attempt stays open.
    async fn knock(
        &self,
        request: &DeviceRequest,
        owner: &Account,
        newest: NodeId,
        (user, link): (&UserName, &RegistrationId),
    ) -> Result<(), Trouble> {
        let registering = self.parts.headscale.register_node(user, link);
        match self.ask(registering).await {
            Ok(node) => self.let_in(request, owner, &node).await,
            Err(error) if error.is_transient() || error.is_unauthorised() => Err(error.into()),
            Err(error) => match self.newer_node(owner, newest).await? {
                Some(node) => self.let_in(request, owner, &node).await,
                None => Err(self.turned_away(request, &error).await?),
            },
        }
    }

    async fn still_waits(
        &self,
        request: &DeviceRequest,
        owner: &Account,
    ) -> Result<(UserName, RegistrationId), Trouble> {
        let over = request
            .sign_in_ends_at()
            .is_none_or(|end| end <= self.parts.clock.now());
        if over {
            return Err(Trouble::Unmendable(Problem::LinkExpired));
        }
        let release = self.ask(self.parts.headscale.release()).await?;
        let id = request.sign_in.as_ref().map(SignIn::as_str);
        let id = id.and_then(|id| RegistrationId::parse(id, release));
        let unknown = || Trouble::Unmendable(Problem::LinkUnknown(release.to_string()));
        let id = id.ok_or_else(unknown)?;
        let unusable = |_| Trouble::Unmendable(Problem::UserUnusable);
        let user = owner.name.parse().map_err(unusable)?;
        Ok((user, id))
    }

    async fn newest_node(&self) -> Result<NodeId, Trouble> {
        let nodes = self.ask(self.parts.headscale.list_nodes()).await?;
        Ok(nodes.iter().map(|node| node.id).max().unwrap_or(NodeId(0)))
    }

    async fn newer_node(&self, owner: &Account, newest: NodeId) -> Result<Option<Node>, Trouble> {
        let nodes = self.ask(self.parts.headscale.list_nodes()).await?;
        Ok(nodes.into_iter().find(|node| {
            node.id > newest && node.preauth_key.is_none() && node.user == Some(owner.owner)
        }))
    }

    async fn let_in(
        &self,
        request: &DeviceRequest,
        owner: &Account,
        node: &Node,
    ) -> Result<(), Trouble> {
        let event = Event::Joined {
            node: self.joined(request, owner, node),
        };
        self.record(request, event, None).await?;
        Ok(())
    }

    /// A refusal for certain leaves nothing behind.
    async fn turned_away(
        &self,
        request: &DeviceRequest,
        error: &headscale::Error,
    ) -> Result<Trouble, Trouble> {
        self.record(request, Event::Reclaimed, None).await?;
        let problem = Problem::from(error);
        Ok(Trouble::Unmendable(match problem.said() {
            Some(said) => Problem::LinkRefused(said.to_owned()),
            None => problem,
        }))
    }
}

fn newest_before(request: &DeviceRequest) -> Option<NodeId> {
    let State::Issuing { attempt, .. } = request.state else {
        return None;
    };
    match attempt.handover {
        Handover::SignIn { newest } => Some(newest),
        Handover::Letter | Handover::Claim { .. } => None,
    }
}
