//! The worker: takes what is due, does it side by side, and sleeps until more is due. Start-up, a timer, a retry and a
//! click are the same to it, so there is no job queue and no recovery code.

mod batch;
mod due;
mod parked;

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::domain::{DeviceRequest, Lane, ProjectionKind, RequestId, owed};
use crate::operations::Health;
use crate::store::DueRequests;

use super::leases::{Lease, Leases};
use super::ledger::Ledger;
use super::messages::Messages;
use super::retry::RetryPolicy;
use super::step_error::StepError;
use super::steps::Steps;
use batch::{Batch, Finished, InFlight};
use due::Due;
use parked::Parked;

/// Does what [`owed()`] names.
pub(super) struct Worker {
    ledger: Ledger,
    messages: Messages,
    steps: Arc<Steps>,
    retry: RetryPolicy,
    /// Shared with claims.
    leases: Leases,
    health: Health,
    parked: Parked,
}

impl Worker {
    pub(super) fn new(
        ledger: Ledger,
        messages: Messages,
        steps: Arc<Steps>,
        retry: RetryPolicy,
        leases: Leases,
        health: Health,
    ) -> Self {
        Self {
            ledger,
            messages,
            steps,
            retry,
            leases,
            health,
            parked: Parked::default(),
        }
    }

    /// Runs until stopped; then every run under way finishes the step it is in.
    pub(super) async fn work(self: Arc<Self>, stop: CancellationToken) {
        let clock = &self.ledger.clock;
        let (mut batch, mut in_flight) = (Batch::empty(), InFlight::default());
        while !stop.is_cancelled() {
            // Register interest before querying the store: nothing that is written in between is missed.
            let mut woken = std::pin::pin!(self.ledger.work.notified());
            woken.as_mut().enable();
            self.health.heartbeat();
            if batch.is_over(clock.now()) {
                batch = self.next_batch(&in_flight).await;
            }
            self.start_due(&mut batch, &mut in_flight, &stop);
            tokio::select! {
                () = &mut woken => batch.end(),
                () = clock.sleep_until(batch.next()) => {}
                Some(finished) = in_flight.next_finished() => {
                    // A run that panicked has said so; a later query finds its request again.
                    let _ = finished.map(|finished| batch.note(&finished));
                }
                () = stop.cancelled() => {}
            }
        }
        while in_flight.next_finished().await.is_some() {}
    }

    async fn next_batch(&self, in_flight: &InFlight) -> Batch {
        let now = self.ledger.clock.now();
        // Rows that are parked or in flight may still be due: ask for that many more.
        let parallel = self.retry.rules.parallel;
        let most = 4 * parallel + in_flight.len() + self.parked.len();
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        match self.ledger.store.due_requests(now, most).await {
            Ok(due) => {
                self.health.store_ok();
                let next = due.next.into_iter().chain(self.parked.next(now)).min();
                let heartbeat = self.ledger.clock.later(Health::BEAT);
                let next = next.map_or(heartbeat, |next| next.min(heartbeat));
                Batch::of(due, next, |request| self.leases.holds(request))
            }
            Err(error) => {
                tracing::error!(%error, "the store does not answer");
                self.health.store_trouble(&error.to_string());
                let again = self.ledger.clock.later(self.retry.rules.first);
                Batch::of(DueRequests::default(), again, |_| false)
            }
        }
    }

    /// As much of what is due as there are places for.
    fn start_due(
        self: &Arc<Self>,
        batch: &mut Batch,
        in_flight: &mut InFlight,
        stop: &CancellationToken,
    ) {
        let now = self.ledger.clock.now();
        for lane in [Lane::Discord, Lane::Headscale] {
            while in_flight.of(lane).len() < self.retry.rules.parallel
                && let Some(request) = batch.take(lane)
            {
                if self.parked.holds(request, now) {
                    continue;
                }
                match self.leases.take(request) {
                    Some(lease) => {
                        let run = Arc::clone(self).run(lease, lane, stop.clone());
                        in_flight.of(lane).spawn(run);
                    }
                    None => batch.pass_over(request, lane),
                }
            }
        }
    }

    /// Everything that one request is owed now, and what it is owed after that.
    async fn run(self: Arc<Self>, lease: Lease, lane: Lane, stop: CancellationToken) -> Finished {
        let request = lease.request;
        let mut finished = Finished {
            request,
            read_at: Instant::now(),
            next: None,
        };
        let span = tracing::info_span!("request", id = request.0);
        let run = self.until_nothing_is_due(&mut finished, lane, &stop);
        if run.instrument(span).await {
            self.parked.release(request);
        } else {
            let until = |failures| self.ledger.clock.later(self.retry.wait(failures));
            finished.next = Some(self.parked.park(request, until));
        }
        drop(lease);
        finished
    }

    /// Step after step, as long as there is something to do in this lane. False if the store has not taken everything
    /// that came of it.
    async fn until_nothing_is_due(
        &self,
        run: &mut Finished,
        lane: Lane,
        stop: &CancellationToken,
    ) -> bool {
        let mut done = 0;
        loop {
            run.read_at = Instant::now();
            // Read under the lease: the row may have moved on since it was found due.
            let request = match self.ledger.store.request(run.request).await {
                Ok(Some(request)) => request,
                Ok(None) => return true,
                Err(error) => {
                    tracing::error!(%error, "the request cannot be read");
                    return false;
                }
            };
            run.next = owed(&request).due_at();
            let Some(due) = Due::of(&request, self.ledger.clock.now()) else {
                // Without this, a row that is wrongly due would be found again and again.
                return done > 0 || self.correct_due(run.request).await;
            };
            if done > 0 && (stop.is_cancelled() || Lane::of(request.status()) != lane) {
                return true;
            }
            if !Box::pin(self.perform(&request, due)).await {
                return false;
            }
            done += 1;
        }
    }

    async fn correct_due(&self, id: RequestId) -> bool {
        let corrected = self.ledger.store.correct_due(id).await;
        is_recorded(corrected.map_err(StepError::from))
    }

    /// The card and the step side by side: neither waits for the other's troubles.
    async fn perform(&self, request: &DeviceRequest, due: Due) -> bool {
        let public = async {
            let card = !due.card || self.show(request, ProjectionKind::Card).await;
            let notice = !due.notice || is_recorded(self.messages.notify(request).await);
            card && notice
        };
        // The letter and the step share one message, so they take turns.
        let private = async {
            if due.letter {
                return self.show(request, ProjectionKind::Letter).await;
            }
            let Some(step) = due.step else { return true };
            let attempt = request.backoff.attempts + 1;
            let span = tracing::info_span!("step", name = step.into_str(), attempt);
            is_recorded(self.steps.run(request, step).instrument(span).await)
        };
        let (public, private) = tokio::join!(public, private);
        public && private
    }

    async fn show(&self, request: &DeviceRequest, kind: ProjectionKind) -> bool {
        is_recorded(self.messages.show(request, kind).await)
    }
}

/// Somebody else's outcome is as good as ours.
fn is_recorded(outcome: Result<(), StepError>) -> bool {
    match outcome {
        Ok(()) | Err(StepError::Overtaken) => true,
        Err(trouble) => {
            tracing::error!(%trouble, "the outcome could not be written down");
            false
        }
    }
}
