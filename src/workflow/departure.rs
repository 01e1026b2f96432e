//! What becomes of a member who left: the approvers' answer, and doing it. Level-triggered like the worker: a row says
//! what it waits for, and everything here can be done twice without harm.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::command::{DepartureClick, Reply};
use crate::domain::{
    Backoff, Choice, Departure, DepartureEvent, DepartureState, DeviceRequest, Event, MessageRef,
    Person, Refusal, Status,
};
use crate::outbound;
use crate::store::{self, AuditEntry, Swap};

use super::decide::Stop;
use super::leavers::ids;
use super::{RecordError, Trouble, Workflow};

/// How often everything is looked at even if nothing happens.
const CHECKUP: Duration = Duration::from_mins(1);

impl Workflow {
    pub(super) async fn decide_departure(
        &self,
        click: DepartureClick,
    ) -> Result<Reply, store::Error> {
        let event = match click.choice {
            Choice::ExpireAll => "expire all refused",
            Choice::Keep => "keep refused",
        };
        match self.answer_departure(&click).await {
            Ok(reply) | Err(Stop::Answered(reply)) => Ok(reply),
            Err(Stop::Store(error)) => Err(error),
            Err(Stop::Refused(refusal)) => {
                self.refuse(&click.asker.person, None, event, refusal).await
            }
        }
    }

    async fn answer_departure(&self, click: &DepartureClick) -> Result<Reply, Stop> {
        let departure = self.departure_on_card(click).await?;
        let by = click.asker.person.clone();
        let event = match click.choice {
            Choice::Keep => DepartureEvent::Kept { by: by.clone() },
            Choice::ExpireAll => DepartureEvent::ExpireAsked {
                devices: ids(&self.parts.store.belongings(departure.person.id).await?),
                by: by.clone(),
            },
        };
        let now = self.parts.clock.now();
        if self
            .record_departure(&departure, event, Some(&by), now)
            .await?
        {
            return Ok(Reply::Seen);
        }
        let today = self.parts.store.departure(departure.id).await?;
        let today = today.ok_or(Refusal::UnknownRequest)?;
        Ok(if today.was_answered(click.choice, &by) {
            Reply::Seen
        } else {
            Reply::DepartureDecided(Box::new(today))
        })
    }

    /// Role before anything else, so that a refusal reveals nothing; then the place; then the row.
    async fn departure_on_card(&self, click: &DepartureClick) -> Result<Departure, Stop> {
        self.parts.rules.is_approver(&click.asker)?;
        let clicked_in = click.on.map(|message| message.channel);
        if clicked_in != Some(self.parts.rules.discord.admin_channel) {
            return Err(Stop::Refused(Refusal::StaleCard));
        }
        let departure = self.parts.store.departure(click.departure).await?;
        let departure = departure
            .filter(|departure| departure.state != DepartureState::Missed)
            .ok_or(Refusal::UnknownRequest)?;
        if departure.card.place.is_some() && click.on != departure.card.place {
            let devices = self.parts.store.requests(&departure.devices).await?;
            let healed = Reply::HealDeparture(Box::new(departure), devices);
            return Err(Stop::Answered(healed));
        }
        Ok(departure)
    }

    /// Applies one event and commits it, with its audit entry; whether there was anything to do and nobody was faster.
    pub(super) async fn record_departure(
        &self,
        before: &Departure,
        event: DepartureEvent,
        actor: Option<&Person>,
        at: Timestamp,
    ) -> Result<bool, store::Error> {
        let audit = AuditEntry {
            actor: actor.cloned(),
            event: event.into_str(),
            detail: Some(format!(
                "departure {} of member {}",
                before.id, before.person.id
            )),
        };
        let Some(after) = before.apply(event, at) else {
            return Ok(false);
        };
        let swap = self.parts.store.swap_departure(before, &after, &audit);
        if swap.await? == Swap::Lost {
            return Ok(false);
        }
        tracing::info!(
            departure = after.id.0,
            member = after.person.id.0,
            by = actor.map(|person| person.id.0),
            "departure.{} ({})",
            audit.event,
            after.state.into_str(),
        );
        self.departures.notify_one();
        Ok(true)
    }

    /// Does what departures are owed, until told to stop.
    pub(super) async fn settle_departures(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            // Listening before looking: what is written in between wakes us.
            let mut woken = std::pin::pin!(self.departures.notified());
            woken.as_mut().enable();
            let next = self.settle_all(stop).await;
            tokio::select! {
                () = &mut woken => {}
                () = self.parts.clock.sleep_until(next) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Says when to look again.
    async fn settle_all(&self, stop: &CancellationToken) -> Timestamp {
        let mut next = self.later(CHECKUP);
        let open = match self.parts.store.unsettled_departures().await {
            Ok(open) => open,
            Err(error) => {
                tracing::error!(%error, "the store does not answer");
                return self.later(self.parts.rules.retries.first);
            }
        };
        for departure in open {
            if stop.is_cancelled() {
                break;
            }
            let id = departure.id.0;
            match self.settle_departure(departure).await {
                Ok(again) => next = again.map_or(next, |again| next.min(again)),
                Err(trouble) => {
                    tracing::warn!(departure = id, %trouble, "a departure is not settled");
                    next = next.min(self.later(self.parts.rules.retries.first));
                }
            }
        }
        next
    }

    async fn settle_departure(&self, departure: Departure) -> Result<Option<Timestamp>, Trouble> {
        if self.is_finished(&departure).await? {
            if departure.state == DepartureState::Missed {
                self.parts.store.forget_miss(&departure).await?;
                return Ok(None);
            }
            let now = self.parts.clock.now();
            // Recording it wakes us: the row as it is then is shown next.
            self.record_departure(&departure, DepartureEvent::NothingLeft, None, now)
                .await?;
            return Ok(None);
        }
        self.show_departure(&departure).await
    }

    /// Whether there is nothing left to ask about or to take back. Takes back what the approvers want back.
    async fn is_finished(&self, departure: &Departure) -> Result<bool, Trouble> {
        if !departure.is_open() {
            return Ok(false);
        }
        let left = self.parts.store.belongings(departure.person.id).await?;
        let DepartureState::Expiring { by } = &departure.state else {
            return Ok(left.is_empty());
        };
        let actor = (!by.is_bot()).then_some(by);
        for request in &left {
            let event = Event::RevokeAsked { by: by.clone() };
            match self.record(request, event, actor).await {
                Ok(_) => self.wake.notify_one(),
                // As it is now it comes up again at the next look.
                Err(RecordError::Overtaken) => {}
                Err(RecordError::Store(error)) => return Err(error.into()),
            }
        }
        let asked = self.parts.store.requests(&departure.devices).await?;
        Ok(left.is_empty() && asked.iter().all(|request| is_over(request.status())))
    }

    async fn show_departure(&self, departure: &Departure) -> Result<Option<Timestamp>, Trouble> {
        if !departure.owes_card() {
            return Ok(None);
        }
        let retry_at = departure.card.backoff.retry_at;
        if let Some(later) = retry_at.filter(|at| *at > self.parts.clock.now()) {
            return Ok(Some(later));
        }
        let devices = self.parts.store.requests(&departure.devices).await?;
        let mut card = departure.card.clone();
        let again = match self.write_departure(departure, &devices).await {
            Ok(place) => {
                card.place = Some(place);
                card.shown = departure.version;
                card.backoff = Backoff::default();
                None
            }
            Err(outbound::Error::Gone(_)) if card.place.is_some() => {
                // A question is asked anew; an answer that nobody wants to see is not.
                card.closed = !departure.is_open();
                card.place = None;
                card.generation += 1;
                Some(self.parts.clock.now())
            }
            Err(error) => {
                let trouble = Trouble::from(error);
                tracing::warn!(departure = departure.id.0, %trouble, "card not shown");
                card.backoff = self.backoff(card.backoff.attempts, &trouble);
                card.backoff.retry_at
            }
        };
        let store = &self.parts.store;
        store.departure_shown(departure.id, &card).await?;
        Ok(again)
    }

    async fn write_departure(
        &self,
        departure: &Departure,
        devices: &[DeviceRequest],
    ) -> Result<MessageRef, outbound::Error> {
        let messenger = &self.parts.messenger;
        match departure.card.place {
            None => messenger.post_departure(departure, devices).await,
            Some(place) => {
                messenger.edit_departure(departure, devices).await?;
                Ok(place)
            }
        }
    }
}

/// Whether the request gives nothing and will give nothing by itself.
fn is_over(status: Status) -> bool {
    match status {
        Status::Revoked | Status::Expired | Status::Denied | Status::Cancelled | Status::Failed => {
            true
        }
        Status::Pending
        | Status::Approved
        | Status::Issuing
        | Status::Delivered
        | Status::Claimable
        | Status::Joined => false,
    }
}
