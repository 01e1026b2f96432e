//! What the worker has found due and not yet started. Does no I/O: the worker queries the store once per batch, because
//! a query for each request would cost more than the request.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use jiff::Timestamp;

use crate::domain::{Lane, RequestId};
use crate::store::DueRequests;

/// What one query has found due, as far as it has not been started.
#[derive(Debug)]
pub(super) struct Batch {
    discord: VecDeque<RequestId>,
    headscale: VecDeque<RequestId>,
    watch: VecDeque<RequestId>,
    /// Lanes with more due requests than the query returned.
    more: Vec<Lane>,
    /// Held by somebody else when they were found due, and when that was.
    passed_over: HashMap<RequestId, (Lane, Instant)>,
    next: Timestamp,
}

/// How one run ended: everything that one request was owed, done under one lease.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) request: RequestId,
    /// The run has seen everything that was written before this moment.
    pub(super) read_at: Instant,
    /// When there is more to do for this request.
    pub(super) next: Option<Timestamp>,
}

impl Batch {
    /// Over at once.
    pub(super) fn empty() -> Self {
        Self::of(DueRequests::default(), Timestamp::MIN, |_| false)
    }

    pub(super) fn of(
        found: DueRequests,
        next: Timestamp,
        is_held: impl Fn(RequestId) -> bool,
    ) -> Self {
        let mut batch = Self {
            discord: VecDeque::new(),
            headscale: VecDeque::new(),
            watch: VecDeque::new(),
            more: found.more,
            passed_over: HashMap::new(),
            next,
        };
        for (request, lane) in found.due {
            if is_held(request) {
                batch.pass_over(request, lane);
            } else {
                batch.queue(lane).push_back(request);
            }
        }
        batch
    }

    /// Somebody has written something.
    pub(super) fn end(&mut self) {
        self.next = Timestamp::MIN;
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        let ran_dry = |lane: &Lane| match lane {
            Lane::Discord => self.discord.is_empty(),
            Lane::Headscale => self.headscale.is_empty(),
            Lane::Watch => self.watch.is_empty(),
        };
        self.next <= now || self.more.iter().any(ran_dry)
    }

    /// When to query the store again.
    pub(super) fn next(&self) -> Timestamp {
        self.next
    }

    pub(super) fn take(&mut self, lane: Lane) -> Option<RequestId> {
        self.queue(lane).pop_front()
    }

    pub(super) fn pass_over(&mut self, request: RequestId, lane: Lane) {
        self.passed_over.insert(request, (lane, Instant::now()));
    }

    /// What was written after the run last read the row, and was passed over because of the run, is taken up now.
    pub(super) fn note(&mut self, finished: &Finished) {
        if let Some((lane, at)) = self.passed_over.remove(&finished.request)
            && at > finished.read_at
        {
            self.queue(lane).push_back(finished.request);
        }
        self.next = finished.next.map_or(self.next, |next| next.min(self.next));
    }

    fn queue(&mut self, lane: Lane) -> &mut VecDeque<RequestId> {
        match lane {
            Lane::Discord => &mut self.discord,
            Lane::Headscale => &mut self.headscale,
            Lane::Watch => &mut self.watch,
        }
    }
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/batch.rs"]
mod tests;
