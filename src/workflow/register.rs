//! Letting in a device that waits with a sign-in link. Headscale takes each link once and has no way to ask what became
//! of it, so the newest node is written down before the call: if the answer is lost, a newer node of this user that
//! came without a key is the device, because one device is let in at a time.

use crate::domain::{DeviceRequest, Event, NodeId, SignIn, State};
use crate::headscale::{self, Node, RegistrationId, UserName};
use crate::store::Account;

use super::{Trouble, Workflow};

impl Workflow {
    pub(super) async fn register(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let owner = self.owner_of(&request.requester).await?;
        let (user, link) = self.still_waits(request, &owner).await?;
        let _one_at_a_time = self.door.lock().await;
        let newest = self.newest_node().await?;
        let begun = Event::RegisterBegun {
            key_expires_at: self.unique_expiry().await?,
            newest,
        };
        let request = self.record(request, begun, None).await?;
        let registering = self.parts.headscale.register_node(&user, &link);
        match self.ask(registering).await {
            Ok(node) => self.let_in(&request, &owner, &node).await,
            Err(error) => Err(self.turned_away(&request, error).await?),
        }
    }

    /// The answer to a registration was lost: is the device in?
    pub(super) async fn find_registered(
        &self,
        request: &DeviceRequest,
        newest: NodeId,
    ) -> Result<(), Trouble> {
        let _one_at_a_time = self.door.lock().await;
        let owner = self.owner_of(&request.requester).await?;
        let nodes = self.ask(self.parts.headscale.list_nodes()).await?;
        let mut newer = nodes.iter().filter(|node| {
            node.id > newest && node.preauth_key.is_none() && node.user == Some(owner.owner)
        });
        if let Some(node) = newer.next() {
            return self.let_in(request, &owner, node).await;
        }
        self.record(request, Event::Reclaimed, None).await?;
        Ok(())
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
            return Err(Trouble::Unmendable(
                "The sign-in link has run out; the device has to show a new one, in a new request."
                    .into(),
            ));
        }
        let release = self.ask(self.parts.headscale.release()).await?;
        let id = request.sign_in.as_ref().map(SignIn::as_str);
        let id = id.and_then(|id| RegistrationId::parse(id, release));
        let id = id.ok_or_else(|| {
            Trouble::Unmendable(format!("The link is not one of Headscale {release}."))
        })?;
        let user = owner.name.parse().map_err(|_| {
            Trouble::Unmendable("Headscale's user has a name that cannot be used.".into())
        })?;
        Ok((user, id))
    }

    async fn newest_node(&self) -> Result<NodeId, Trouble> {
        let nodes = self.ask(self.parts.headscale.list_nodes()).await?;
        Ok(nodes.iter().map(|node| node.id).max().unwrap_or(NodeId(0)))
    }

    async fn let_in(
        &self,
        request: &DeviceRequest,
        owner: &Account,
        node: &Node,
    ) -> Result<(), Trouble> {
        let State::Issuing { .. } = request.state else {
            return Ok(());
        };
        let event = Event::Joined {
            node: self.joined(request, owner, node),
        };
        self.record(request, event, None).await?;
        Ok(())
    }

    /// A refusal for certain leaves nothing behind; anything else is looked into before the next attempt.
    async fn turned_away(
        &self,
        request: &DeviceRequest,
        error: headscale::Error,
    ) -> Result<Trouble, Trouble> {
        if error.is_transient() || error.is_unauthorised() {
            return Ok(error.into());
        }
        self.record(request, Event::Reclaimed, None).await?;
        Ok(Trouble::Unmendable(
            "Headscale does not know this sign-in link (any more); the device has to show a new one, in a new \
             request."
                .into(),
        ))
    }
}
