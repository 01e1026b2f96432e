//! The worker: takes what is due, does it side by side, and sleeps until more is due. Start-up, a timer, a retry and a
//! click are the same to it, so there is no job queue and no recovery code.

mod batch;
mod due;
mod parked;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::domain::{DeviceRequest, Lane, ProjectionKind, RequestId, owed};
use crate::operations::Health;
use crate::store::DueRequests;

use super::leases::{Lease, Leases};
use super::retry;
use super::step_error::StepError;
use super::steps::Steps;
use batch::{Batch, Finished};
use due::Due;
use parked::Parked;

/// A click has been answered by then, or never will be.
const ANSWERED_BY: Duration = Duration::from_secs(5);

/// Does what [`owed()`] names.
pub(super) struct Worker {
    steps: Arc<Steps>,
    cards: Leases,
    health: Health,
    /// A request is worked on in one lane, and each lane has so many places.
    lanes: [(Lane, Arc<Semaphore>); 3],
    parked: Parked,
}

impl Worker {
    pub(super) fn new(steps: Arc<Steps>, cards: Leases, health: Health) -> Self {
        let parallel = steps.rules.retries.parallel;
        let places = |count| Arc::new(Semaphore::new(count));
        Self {
            lanes: [
                (Lane::Discord, places(parallel)),
                (Lane::Headscale, places(parallel)),
                (Lane::Watch, places(parallel.div_ceil(2))),
            ],
            parked: Parked::default(),
            steps,
            cards,
            health,
        }
    }

    /// Runs until stopped; then every run under way finishes the step it is in.
    pub(super) async fn work(self: Arc<Self>, stop: CancellationToken) {
        let ledger = &self.steps.ledger;
        let (mut batch, mut in_flight) = (Batch::empty(), JoinSet::new());
        let mut tried = None;
        while !stop.is_cancelled() {
            // Register interest before querying the store: nothing that is written in between is missed.
            let mut woken = std::pin::pin!(ledger.work.notified());
            woken.as_mut().enable();
            self.health.heartbeat();
            self.try_writing(&mut tried).await;
            if batch.is_over(ledger.clock.now()) {
                batch = self.next_batch(in_flight.len()).await;
            }
            self.start_due(&mut batch, &mut in_flight, &stop);
            tokio::select! {
                () = &mut woken => batch.end(),
                // It need not be that time yet: the clock may have been set back.
                () = ledger.clock.sleep_until(batch.next()) => batch.end(),
                Some(finished) = in_flight.join_next() => {
                    // A run that panicked has said so; a later query finds its request again.
                    let _ = finished.map(|finished| batch.note(&finished));
                }
                () = stop.cancelled() => {}
            }
        }
        while in_flight.join_next().await.is_some() {}
    }

    async fn next_batch(&self, in_flight: usize) -> Batch {
        let (ledger, retries) = (&self.steps.ledger, &self.steps.rules.retries);
        let now = ledger.clock.now();
        // Rows that are parked or in flight may still be due: ask for that many more.
        let most = 4 * retries.parallel + in_flight + self.parked.len();
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        match ledger.store.due_requests(now, most).await {
            Ok(due) => {
                let next = due.next.into_iter().chain(self.parked.next(now)).min();
                let heartbeat = ledger.clock.later(Health::BEAT);
                let next = next.map_or(heartbeat, |next| next.min(heartbeat));
                Batch::of(due, next, |request| self.steps.leases.holds(request))
            }
            Err(error) => {
                tracing::error!(%error, "the store does not answer");
                self.health.store_trouble(&error.to_string());
                let again = ledger.clock.later(retries.first);
                Batch::of(DueRequests::default(), again, |_| false)
            }
        }
    }

    /// With every heartbeat, because reading says nothing about a full disk, and nobody may be writing.
    async fn try_writing(&self, tried: &mut Option<Timestamp>) {
        let now = self.steps.ledger.clock.now();
        let again = |at: Timestamp| at.saturating_add(Health::BEAT).unwrap_or(now);
        if tried.is_some_and(|at| at <= now && now < again(at)) {
            return;
        }
        *tried = Some(now);
        match self.steps.ledger.store.writable().await {
            Ok(()) => self.health.store_ok(),
            Err(error) => self.health.store_trouble(&error.to_string()),
        }
    }

    /// Starts as much of what is due as there are places for.
    fn start_due(
        self: &Arc<Self>,
        batch: &mut Batch,
        in_flight: &mut JoinSet<Finished>,
        stop: &CancellationToken,
    ) {
        let now = self.steps.ledger.clock.now();
        for (lane, places) in &self.lanes {
            while let Ok(place) = Arc::clone(places).try_acquire_owned()
                && let Some(request) = batch.take(*lane)
            {
                if self.parked.holds(request, now) {
                    continue;
                }
                match self.steps.leases.take(request) {
                    Some(lease) => {
                        let run = Arc::clone(self).run(lease, (*lane, place), stop.clone());
                        in_flight.spawn(run);
                    }
                    None => batch.pass_over(request, *lane),
                }
            }
        }
    }

    /// Does everything that the request is owed now, and says when it is owed more.
    async fn run(
        self: Arc<Self>,
        lease: Lease,
        (lane, place): (Lane, OwnedSemaphorePermit),
        stop: CancellationToken,
    ) -> Finished {
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
            let (rules, clock) = (&self.steps.rules.retries, &self.steps.ledger.clock);
            let until = |failures| clock.later(retry::wait(rules, failures));
            finished.next = Some(self.parked.park(request, until));
        }
        drop((lease, place));
        finished
    }

    /// Takes step after step while something is due in this lane. False if the store has not taken every outcome.
    async fn until_nothing_is_due(
        &self,
        run: &mut Finished,
        lane: Lane,
        stop: &CancellationToken,
    ) -> bool {
        let ledger = &self.steps.ledger;
        let mut done = 0;
        loop {
            run.read_at = Instant::now();
            let card = self.cards.take(run.request);
            // Read under the lease: the row may have moved on since it was found due.
            let request = match ledger.store.request(run.request).await {
                Ok(Some(request)) => request,
                Ok(None) => return true,
                Err(error) => {
                    tracing::error!(%error, "the request cannot be read");
                    return false;
                }
            };
            run.next = owed(&request).due_at();
            let Some(due) = Due::of(&request, ledger.clock.now()) else {
                // Without this, a row that is wrongly due would be found again and again.
                return done > 0 || self.correct_due(run.request).await;
            };
            if done > 0 && (stop.is_cancelled() || Lane::of(request.status()) != lane) {
                return true;
            }
            if !Box::pin(self.perform(&request, due, card)).await {
                return false;
            }
            done += 1;
        }
    }

    async fn correct_due(&self, id: RequestId) -> bool {
        let corrected = self.steps.ledger.store.correct_due(id).await;
        is_recorded(corrected.map_err(StepError::from))
    }

    /// Runs the card and the step side by side: neither waits for the other's troubles.
    async fn perform(&self, request: &DeviceRequest, due: Due, card: Option<Lease>) -> bool {
        let public = async {
            let card = match card {
                Some(_in_hand) if due.card => self.show(request, ProjectionKind::Card).await,
                // A click is being answered with it. What that leaves behind is found in the next round.
                None if due.is_only_card() => {
                    self.cards.wait_for(request.id, ANSWERED_BY).await.is_some()
                }
                _ => true,
            };
            let notice = !due.notice || is_recorded(self.steps.messages.notify(request).await);
            card && notice
        };
        // The letter and the step share one message, so they take turns.
        let private = async {
            if due.letter {
                return self.show(request, ProjectionKind::Letter).await;
            }
            let name = due
                .step
                .map_or("look_for_late_keys", |step| step.into_str());
            let attempt = request.backoff.attempts + 1;
            let span = tracing::info_span!("step", name, attempt);
            is_recorded(self.steps.run(request, due.step).instrument(span).await)
        };
        let (public, private) = tokio::join!(public, private);
        public && private
    }

    async fn show(&self, request: &DeviceRequest, kind: ProjectionKind) -> bool {
        is_recorded(self.steps.messages.show(request, kind).await)
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
