//! Finds what a click is about, if this person may click here. Every click is checked, whatever Discord showed. The
//! role comes before everything else, so a refusal reveals nothing; an approver is shown the way to the card.

use crate::command::{Click, DepartureClick, Reply};
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
        let departure = departure.ok_or(Refusal::UnknownRequest)?;
        if !self.is_here(click.on) {
            return Err(self.stale(&departure.card));
        }
        self.is_current(&departure.card, click.on)?;
        Ok(departure)
    }

    pub(super) async fn in_admin_channel(
        &self,
        click: &Click,
    ) -> Result<DeviceRequest, ClickOutcome> {
        self.rules.is_approver(&click.asker)?;
        let request = self.known(click.request).await?;
        if self.is_here(click.on) {
            return Ok(request);
        }
        if !self.is_here(request.card.place) {
            // The card is still where the approvers were, and follows them when it is shown again.
            self.ledger.store.repaint(request.id).await?;
            self.ledger.work.notify_one();
        }
        Err(self.stale(&request.card))
    }

    /// Where the approvers are.
    fn is_here(&self, on: Option<MessageRef>) -> bool {
        on.is_some_and(|message| message.channel == self.rules.discord.admin_channel)
    }

    /// A card can be clicked before Discord's reply to its posting has arrived: while no place here is recorded, or
    /// another is about to be, none is the wrong one.
    fn is_current(&self, card: &Projection, on: Option<MessageRef>) -> Result<(), ClickOutcome> {
        if self.is_here(card.place) && !card.wanted_anew && on != card.place {
            return Err(self.stale(card));
        }
        Ok(())
    }

    /// An approver has done nothing wrong, so this neither counts against them nor is it written down.
    fn stale(&self, card: &Projection) -> ClickOutcome {
        let here = card.place.filter(|place| self.is_here(Some(*place)));
        let link = here.map(|place| place.link(self.rules.discord.guild));
        let refusal = link.map_or(Refusal::CardMoves, |link| Refusal::StaleCard { link });
        ClickOutcome::Answered(Reply::Refused(refusal))
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
