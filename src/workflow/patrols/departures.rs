//! Settles departures: does what was decided about members who left, and keeps the approvers' cards current.
//! Level-triggered like the worker: a row says what it waits for, and everything here can be repeated.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::domain::{Departure, DepartureEvent, DepartureState, Event, Status};
use crate::workflow::ledger::RecordError;
use crate::workflow::step_error::StepError;

use super::MemberPatrol;

/// How often all departures are looked at, even if nothing happens.
const INTERVAL: Duration = Duration::from_mins(1);

impl MemberPatrol {
    /// Runs until stopped.
    pub(super) async fn settle_departures(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            // Register interest before querying the store: nothing that is written in between is missed.
            let mut woken = std::pin::pin!(self.ledger.departures.notified());
            woken.as_mut().enable();
            let next = self.settle_all(stop).await;
            tokio::select! {
                () = &mut woken => {}
                () = self.ledger.clock.sleep_until(next) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Returns when to look again.
    async fn settle_all(&self, stop: &CancellationToken) -> Timestamp {
        let clock = &self.ledger.clock;
        let mut next = clock.later(INTERVAL);
        let open = match self.ledger.store.unsettled_departures().await {
            Ok(open) => open,
            Err(error) => {
                tracing::error!(%error, "the store does not answer");
                return clock.later(self.rules.retries.first);
            }
        };
        for departure in open {
            if stop.is_cancelled() {
                break;
            }
            match self.settle(&departure).await {
                Ok(again) => next = again.map_or(next, |again| next.min(again)),
                Err(trouble) => {
                    tracing::warn!(departure = departure.id.0, %trouble, "a departure is not settled");
                    next = next.min(clock.later(self.rules.retries.first));
                }
            }
        }
        next
    }

    async fn settle(&self, departure: &Departure) -> Result<Option<Timestamp>, StepError> {
        if !self.is_finished(departure).await? {
            return self.messages.show_departure(departure).await;
        }
        if departure.state == DepartureState::Missed {
            self.ledger.forget_miss(departure).await?;
            return Ok(None);
        }
        // Recording wakes this loop: the row as it is then is shown next.
        let (over, now) = (DepartureEvent::NothingLeft, self.ledger.clock.now());
        self.ledger
            .record_departure(departure, over, None, now)
            .await?;
        Ok(None)
    }

    /// True if nothing is left to ask about or to revoke. Revokes what the approvers want revoked.
    async fn is_finished(&self, departure: &Departure) -> Result<bool, StepError> {
        if !departure.is_open() {
            return Ok(false);
        }
        let (ledger, store) = (&self.ledger, &self.ledger.store);
        let left = store.held().of(departure.person.id).await?;
        let DepartureState::Expiring { by } = &departure.state else {
            return Ok(left.is_empty());
        };
        let actor = (!by.is_bot()).then_some(by);
        for request in &left {
            let event = Event::RevokeAsked { by: by.clone() };
            match ledger.record_by(request, event, actor).await {
                Ok(_) => ledger.work.notify_one(),
                // The next look finds it as it is by then.
                Err(RecordError::Overtaken) => {}
                Err(RecordError::Store(error)) => return Err(error.into()),
            }
        }
        let asked = store.requests(&departure.devices).await?;
        Ok(left.is_empty() && asked.iter().all(|request| is_over(request.status())))
    }
}

/// Gives nothing, and will give nothing by itself.
fn is_over(status: Status) -> bool {
    match status {
        Status::Revoked
        | Status::Expired
        | Status::Denied
        | Status::Cancelled
        | Status::Failed
        | Status::Lost => true,
        Status::Pending
        | Status::Approved
        | Status::Issuing
        | Status::Delivered
        | Status::Claimable
        | Status::Joined => false,
    }
}
