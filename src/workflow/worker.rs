//! The worker: takes what is due, does it side by side, sleeps until more is due. One request is in one pair of
//! hands at a time: a [`Lease`].

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::domain::{Backoff, DeviceRequest, Lane, ProjectionKind, RequestId, Step, owed};
use crate::headscale;
use crate::operations::Health;
use crate::store::DueRequests;

use super::ask::AFTER_REFUSAL;
use super::plan::{Ended, Hands, Plan};
use super::{Trouble, Workflow};

/// Requests that are in somebody's hands in this process. Across processes the store's lock file keeps others out.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    held: Arc<Mutex<HashSet<RequestId>>>,
    given_back: Arc<Notify>,
}

/// Given back when dropped.
#[derive(Debug)]
pub(super) struct Lease {
    request: RequestId,
    leases: Leases,
}

impl Leases {
    pub(super) fn take(&self, request: RequestId) -> Option<Lease> {
        self.held().insert(request).then(|| Lease {
            request,
            leases: self.clone(),
        })
    }

    /// Waits until the request is out of other hands, but not for ever.
    pub(super) async fn wait_for(&self, request: RequestId) -> Option<Lease> {
        const PATIENCE: Duration = Duration::from_secs(15);
        let waiting = async {
            loop {
                let mut given_back = std::pin::pin!(self.given_back.notified());
                given_back.as_mut().enable();
                if let Some(lease) = self.take(request) {
                    return lease;
                }
                given_back.await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.ok()
    }

    fn holds(&self, request: RequestId) -> bool {
        self.held().contains(&request)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashSet<RequestId>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.held().remove(&self.request);
        self.leases.given_back.notify_waiters();
    }
}

/// What of a request is due at one moment.
#[derive(Clone, Copy, Debug)]
struct Due {
    step: Option<Step>,
    card: bool,
    letter: bool,
    notice: bool,
}

impl Due {
    /// None: nothing is due now.
    fn of(request: &DeviceRequest, now: Timestamp) -> Option<Self> {
        let owed = owed(request);
        owed.due_at().filter(|at| *at <= now)?;
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        Some(Self {
            step: owed.step.filter(|(_, at)| *at <= now).map(|(step, _)| step),
            card: is_due(owed.card),
            letter: is_due(owed.letter),
            notice: is_due(owed.notice),
        })
    }
}

impl Workflow {
    /// Runs until told to stop; then every request in hand finishes the step it is in.
    pub async fn work(&self, stop: CancellationToken) {
        let (mut plan, mut hands) = (Plan::none(), Hands::default());
        while !stop.is_cancelled() {
            // Listen before looking: what is written in between wakes us.
            let mut woken = std::pin::pin!(self.wake.notified());
            woken.as_mut().enable();
            self.parts.health.heartbeat();
            if plan.is_over(self.parts.clock.now()) {
                plan = self.look(&hands).await;
            }
            self.start_due(&mut plan, &mut hands, &stop);
            tokio::select! {
                () = &mut woken => plan.end(),
                () = self.parts.clock.sleep_until(plan.next()) => {}
                Some(ended) = hands.next_done() => {
                    // A turn that panicked has said so; its request is found again by a later look.
                    let _ = ended.map(|ended| plan.hear_of(&ended));
                }
                () = stop.cancelled() => {}
            }
        }
        while hands.next_done().await.is_some() {}
    }

    /// What is due, and when to look again.
    async fn look(&self, hands: &Hands) -> Plan {
        let now = self.parts.clock.now();
        // Rows in hand, and those that rest, may still be due: ask for that many more.
        let parallel = self.parts.rules.retries.parallel;
        let most = as_limit(4 * parallel + hands.len() + self.rests.len());
        match self.parts.store.due_requests(now, most).await {
            Ok(found) => {
                self.parts.health.store_ok();
                let next = found.next.into_iter().chain(self.rests.next(now)).min();
                let heartbeat = self.later(Health::BEAT);
                let next = next.map_or(heartbeat, |next| next.min(heartbeat));
                Plan::of(found, next, |request| self.leases.holds(request))
            }
            Err(error) => {
                tracing::error!(%error, "the store does not answer");
                self.parts.health.store_trouble(&error.to_string());
                let again = self.later(self.parts.rules.retries.first);
                Plan::of(DueRequests::default(), again, |_| false)
            }
        }
    }

    /// As much of what is due as there are places for.
    fn start_due(&self, plan: &mut Plan, hands: &mut Hands, stop: &CancellationToken) {
        let now = self.parts.clock.now();
        for lane in [Lane::Discord, Lane::Headscale] {
            while hands.of(lane).len() < self.parts.rules.retries.parallel
                && let Some(request) = plan.take(lane)
            {
                if self.rests.holds(request, now) {
                    continue;
                }
                match self.leases.take(request) {
                    Some(lease) => {
                        let turn = self.clone().turn(lease, lane, stop.clone());
                        hands.of(lane).spawn(turn);
                    }
                    None => plan.pass_over(request, lane),
                }
            }
        }
    }

    /// Everything that one request is owed now, and what it is owed after that.
    async fn turn(self, lease: Lease, lane: Lane, stop: CancellationToken) -> Ended {
        let request = lease.request;
        let mut ended = Ended {
            request,
            read_at: Instant::now(),
            next: None,
        };
        let span = tracing::info_span!("request", id = request.0);
        let turn = self.written_down(&mut ended, lane, &stop);
        if turn.instrument(span).await {
            self.rests.end(request);
        } else {
            let until = |times| self.later(self.doubled(times));
            ended.next = Some(self.rests.begin(request, until));
        }
        drop(lease);
        ended
    }

    /// Step after step, as long as there is something to do in this lane. Whether the store has taken everything that
    /// came of it.
    async fn written_down(&self, turn: &mut Ended, lane: Lane, stop: &CancellationToken) -> bool {
        let mut done = 0;
        loop {
            turn.read_at = Instant::now();
            // Read under the lease: the row may have moved on since it was found due.
            let request = match self.parts.store.request(turn.request).await {
                Ok(Some(request)) => request,
                Ok(None) => return true,
                Err(error) => {
                    tracing::error!(%error, "the request cannot be read");
                    return false;
                }
            };
            turn.next = owed(&request).due_at();
            let Some(due) = Due::of(&request, self.parts.clock.now()) else {
                // Without this a row that is wrongly due would be found again and again.
                return done > 0 || self.due_again(turn.request).await;
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

    async fn due_again(&self, id: RequestId) -> bool {
        let corrected = self.parts.store.correct_due(id).await;
        logged(corrected.map_err(Trouble::from))
    }

    /// Its card and its own step side by side, so that neither waits for the other's troubles.
    async fn perform(&self, request: &DeviceRequest, due: Due) -> bool {
        let public = async {
            let card = !due.card || logged(self.show(request, ProjectionKind::Card).await);
            let notice = !due.notice || logged(self.call(request).await);
            card && notice
        };
        // The letter and the step share one message, so they take turns.
        let private = async {
            if due.letter {
                logged(self.show(request, ProjectionKind::Letter).await)
            } else if let Some(step) = due.step {
                let span = tracing::info_span!(
                    "step",
                    name = step.into_str(),
                    attempt = request.backoff.attempts + 1
                );
                logged(self.step(request, step).instrument(span).await)
            } else {
                true
            }
        };
        let (public, private) = tokio::join!(public, private);
        public && private
    }

    /// 5 s, 10 s, 20 s … with up to a quarter more, so that many do not come back in one breath. Where we are told
    /// when, we ask no sooner. A refused API key does not count as an attempt: a new one mends it for every request.
    pub(super) fn backoff(&self, failed_before: u32, trouble: &Trouble) -> Backoff {
        let attempt = failed_before + u32::from(!trouble.is_refused_key());
        let wait = if trouble.is_refused_key() {
            AFTER_REFUSAL
        } else {
            self.doubled(attempt.saturating_sub(1))
        };
        let wait = wait.mul_f64(rand::random_range(1.0..1.25));
        let told = match trouble {
            Trouble::Discord(error) => error.retry_after().unwrap_or_default(),
            Trouble::Headscale(headscale::Error::Busy { retry_after }) => {
                retry_after.unwrap_or_default()
            }
            Trouble::Headscale(_)
            | Trouble::Store(_)
            | Trouble::Overtaken
            | Trouble::Unmendable(_) => Duration::ZERO,
        };
        Backoff {
            attempts: attempt,
            retry_at: Some(self.later(wait.max(told))),
            last_error: Some(trouble.problem()),
        }
    }

    fn doubled(&self, times: u32) -> Duration {
        let retries = &self.parts.rules.retries;
        let wait = retries.first.saturating_mul(1 << times.min(16));
        wait.min(retries.longest)
    }
}

fn as_limit(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Whether the outcome has been written down; somebody else's is as good as ours.
fn logged(outcome: Result<(), Trouble>) -> bool {
    match outcome {
        Ok(()) | Err(Trouble::Overtaken) => true,
        Err(trouble) => {
            tracing::error!(%trouble, "the outcome could not be written down");
            false
        }
    }
}
