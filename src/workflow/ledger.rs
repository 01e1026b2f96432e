//! The only writer of facts: what happened to a request or a departure is applied, committed by compare-and-set with
//! its line in the audit log, counted and logged here. Wakes the loops that act on it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::domain::{
    self, Departure, DepartureEvent, DeviceRequest, Event, Person, Refusal, RequestId, Rules,
    Status,
};
use crate::operations::Metrics;
use crate::store::{self, AuditEntry, NewRequest, Store, Submission, Swap};

/// Cheap to clone; all clones are one ledger.
#[derive(Clone)]
pub(super) struct Ledger {
    /// For reading, and for writes that are not facts: what a message shows, when to try again.
    pub(super) store: Arc<Store>,
    pub(super) clock: Clock,
    /// A request may be due.
    pub(super) work: Arc<Notify>,
    /// A departure may have to be settled.
    pub(super) departures: Arc<Notify>,
    pub(super) metrics: Metrics,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    /// Somebody else wrote the row after it was read: only the row knows what comes next.
    #[error("the request has moved on")]
    Overtaken,
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Ledger {
    pub(super) fn new(store: Arc<Store>, clock: Clock, metrics: Metrics) -> Self {
        let (work, departures) = Default::default();
        Self {
            store,
            clock,
            work,
            departures,
            metrics,
        }
    }

    /// Records an event that nobody asked for.
    pub(super) async fn record(
        &self,
        before: &DeviceRequest,
        event: Event,
    ) -> Result<DeviceRequest, RecordError> {
        self.record_by(before, event, None).await
    }

    pub(super) async fn record_by(
        &self,
        before: &DeviceRequest,
        event: Event,
        actor: Option<&Person>,
    ) -> Result<DeviceRequest, RecordError> {
        let audit = AuditEntry {
            actor: actor.cloned(),
            event: event.into_str(),
            detail: event.detail(),
        };
        let after =
            domain::apply(before, event, self.clock.now()).map_err(|_| RecordError::Overtaken)?;
        if self.store.swap(before, &after, &audit).await? == Swap::Lost {
            return Err(RecordError::Overtaken);
        }
        let status = after.status();
        tracing::info!(
            request = after.id.0,
            version = after.version,
            by = actor.map(|person| person.id.0),
            "request.{} ({})",
            audit.event,
            status.into_str(),
        );
        self.metrics.request_reached(status.into_str());
        if status == Status::Revoked {
            self.departures.notify_one();
        }
        Ok(after)
    }

    /// False if the event has no place in the departure's state, or somebody else was faster.
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
        let swap = self.store.swap_departure(before, &after, &audit);
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

    /// The fingerprint of an attempt: an expiry that no other attempt has, nor one that is less than `apart` away.
    pub(super) async fn unique_expiry(
        &self,
        life: Duration,
        apart: Duration,
    ) -> Result<Timestamp, store::Error> {
        let wanted = self.clock.later(life);
        self.store.unique_key_expiry(wanted, apart).await
    }

    pub(super) async fn submit(
        &self,
        new: &NewRequest,
        rules: &Rules,
    ) -> Result<Submission, store::Error> {
        let (now, lapses_at) = (self.clock.now(), self.clock.later(rules.requests.ttl));
        let link = new.sign_in.as_ref();
        let lapses_at = link.map_or(lapses_at, |link| link.ends_at.min(lapses_at));
        let submission = self.store.submit(new, rules, lapses_at, now).await?;
        if let Submission::New(request) = &submission {
            let by = new.requester.id.0;
            tracing::info!(request = request.id.0, by, "request.requested");
        }
        Ok(submission)
    }

    /// Keeps a refusal in the audit log; nothing else changes.
    pub(super) async fn refused(
        &self,
        person: &Person,
        request: Option<RequestId>,
        event: &'static str,
        refusal: &Refusal,
    ) -> Result<(), store::Error> {
        tracing::info!(
            by = person.id.0,
            request = request.map(|id| id.0),
            event,
            "refused"
        );
        let entry = AuditEntry {
            actor: Some(person.clone()),
            event,
            detail: Some(refusal.to_string()),
        };
        self.store.note(&entry, request, self.clock.now()).await
    }

    /// A member's Headscale user was renamed, or removed and found or made anew.
    pub(super) async fn other_user(
        &self,
        member: &Person,
        change: String,
    ) -> Result<(), store::Error> {
        tracing::warn!(member = member.id.0, %change, "the member's Headscale user has changed");
        let entry = AuditEntry {
            actor: None,
            event: "headscale_user_changed",
            detail: Some(format!("member {}: {change}", member.id)),
        };
        self.store.note(&entry, None, self.clock.now()).await
    }

    /// Discord has not found this member, for the first time since they were last seen.
    pub(super) async fn missed(&self, person: &Person, at: Timestamp) -> Result<(), store::Error> {
        tracing::info!(member = person.id.0, "Discord does not know this member");
        self.store.missed(person, at).await
    }

    pub(super) async fn forget_miss(&self, departure: &Departure) -> Result<(), store::Error> {
        self.store.forget_miss(departure).await
    }
}
