//! Finds what a click is about, if this person may click here. Every click is checked, whatever Discord showed. The
//! role comes before the place and the place before the row, so a refusal reveals nothing.

use crate::command::{Click, DepartureClick};
use crate::domain::{
    Departure, DepartureState, DeviceRequest, MessageRef, Projection, Refusal, RequestId,
};

use super::Commands;
use super::outcome::ClickOutcome;

impl Commands {
    pub(super) async fn on_card(&self, click: &Click) -> Result<DeviceRequest, ClickOutcome> {
        let request = self.in_admin_channel(click).await?;
        self.is_current(&request.card, click.on)?;
        Ok(request)
    }

    pub(super) async fn on_departure_card(
        &self,
        click: &DepartureClick,
    ) -> Result<Departure, ClickOutcome> {
        self.rules.is_approver(&click.asker)?;
        let departure = self.ledger.store.departure(click.departure).await?;
        let departure = departure.filter(|departure| departure.state != DepartureState::Missed);
        if !self.is_here(click.on) {
            return Err(self.stale(departure.map(|departure| departure.card).as_ref()))?;
        }
        let departure = departure.ok_or(Refusal::UnknownRequest)?;
        self.is_current(&departure.card, click.on)?;
        Ok(departure)
    }

    pub(super) async fn in_admin_channel(
        &self,
        click: &Click,
    ) -> Result<DeviceRequest, ClickOutcome> {
        self.rules.is_approver(&click.asker)?;
        if self.is_here(click.on) {
            return self.known(click.request).await;
        }
        let request = self.ledger.store.request(click.request).await?;
        let card = request.as_ref().map(|request| &request.card);
        if let (Some(request), Some(card)) = (&request, card)
            && card.place.is_some()
            && card.place == click.on
        {
            // The card is still where the approvers were, and follows them when it is shown again.
            self.ledger.store.repaint(request.id).await?;
            self.ledger.work.notify_one();
        }
        Err(self.stale(card))?
    }

    /// Where the approvers are.
    fn is_here(&self, on: Option<MessageRef>) -> bool {
        on.is_some_and(|message| message.channel == self.rules.discord.admin_channel)
    }

    /// A card can be clicked before Discord's reply to its posting has arrived: while no place here is recorded, none
    /// is the wrong one.
    fn is_current(&self, card: &Projection, on: Option<MessageRef>) -> Result<(), Refusal> {
        if self.is_here(card.place) && on != card.place {
            return Err(self.stale(Some(card)));
        }
        Ok(())
    }

    fn stale(&self, card: Option<&Projection>) -> Refusal {
        let place = card.and_then(|card| card.place);
        let here = place.filter(|place| self.is_here(Some(*place)));
        let link = here.map(|place| place.link(self.rules.discord.guild));
        Refusal::StaleCard { link }
    }

    /// Somebody else's request and one that never existed are refused in the same words.
    pub(super) async fn own_request(&self, click: &Click) -> Result<DeviceRequest, ClickOutcome> {
        self.rules.is_reached_from(&click.asker)?;
        let request = self.ledger.store.request(click.request).await?;
        let own = request.filter(|request| request.requester.id == click.asker.person.id);
        Ok(own.ok_or(Refusal::NotTheRequester)?)
    }

    pub(super) async fn known(&self, id: RequestId) -> Result<DeviceRequest, ClickOutcome> {
        let request = self.ledger.store.request(id).await?;
        Ok(request.ok_or(Refusal::UnknownRequest)?)
    }
}
