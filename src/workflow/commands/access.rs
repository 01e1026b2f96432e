//! Finds what a click is about, if this person may click here. Every click is checked, whatever Discord showed. The
//! role comes before the place and the place before the row, so a refusal reveals nothing.

use crate::command::{Click, DepartureClick, Reply};
use crate::domain::{
    Asker, Departure, DepartureState, DeviceRequest, MessageRef, Refusal, RequestId,
};

use super::Commands;
use super::outcome::ClickOutcome;

impl Commands {
    /// A card can be clicked before Discord's reply to its posting has arrived: while no place is recorded, none is
    /// the wrong one.
    pub(super) async fn on_card(&self, click: &Click) -> Result<DeviceRequest, ClickOutcome> {
        let request = self.in_admin_channel(click).await?;
        if request.card.place.is_some() && click.on != request.card.place {
            return Err(ClickOutcome::Answered(Reply::HealCard(Box::new(request))));
        }
        Ok(request)
    }

    pub(super) async fn on_departure_card(
        &self,
        click: &DepartureClick,
    ) -> Result<Departure, ClickOutcome> {
        self.is_approver_in_admin_channel(&click.asker, click.on)?;
        let store = &self.ledger.store;
        let departure = store.departure(click.departure).await?;
        let departure = departure
            .filter(|departure| departure.state != DepartureState::Missed)
            .ok_or(Refusal::UnknownRequest)?;
        if departure.card.place.is_some() && click.on != departure.card.place {
            let devices = store.requests(&departure.devices).await?;
            let healed = Reply::HealDeparture(Box::new(departure), devices);
            return Err(ClickOutcome::Answered(healed));
        }
        Ok(departure)
    }

    pub(super) async fn in_admin_channel(
        &self,
        click: &Click,
    ) -> Result<DeviceRequest, ClickOutcome> {
        self.is_approver_in_admin_channel(&click.asker, click.on)?;
        self.known(click.request).await
    }

    fn is_approver_in_admin_channel(
        &self,
        asker: &Asker,
        on: Option<MessageRef>,
    ) -> Result<(), Refusal> {
        self.rules.is_approver(asker)?;
        let channel = on.map(|message| message.channel);
        (channel == Some(self.rules.discord.admin_channel))
            .then_some(())
            .ok_or(Refusal::StaleCard)
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
