//! Requests whose outcome could not be written down. Their rows still say that something is due; done again at once it
//! would be done without end, calls to Headscale and Discord included, until the store takes writes again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::RequestId;

/// In memory: this is about the store.
#[derive(Clone, Debug, Default)]
pub(super) struct Rests(Arc<Mutex<HashMap<RequestId, Rest>>>);

#[derive(Clone, Copy, Debug)]
struct Rest {
    failures: u32,
    until: Timestamp,
}

impl Rests {
    /// `until` is told how often it has failed before, in a row. Returns what it said.
    pub(super) fn begin(
        &self,
        request: RequestId,
        until: impl FnOnce(u32) -> Timestamp,
    ) -> Timestamp {
        let mut resting = self.resting();
        let failures = resting.get(&request).map_or(0, |rest| rest.failures);
        let until = until(failures);
        let rest = Rest {
            failures: failures + 1,
            until,
        };
        resting.insert(request, rest);
        until
    }

    /// The store has taken the request's outcome.
    pub(super) fn end(&self, request: RequestId) {
        self.resting().remove(&request);
    }

    pub(super) fn holds(&self, request: RequestId, now: Timestamp) -> bool {
        let resting = self.resting();
        resting.get(&request).is_some_and(|rest| now < rest.until)
    }

    pub(super) fn len(&self) -> usize {
        self.resting().len()
    }

    /// When the first of them is to be tried again.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let resting = self.resting();
        let ends = resting.values().map(|rest| rest.until);
        ends.filter(|until| *until > now).min()
    }

    fn resting(&self) -> MutexGuard<'_, HashMap<RequestId, Rest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
