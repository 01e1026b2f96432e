//! Requests whose result could not be saved. They still look due; retrying at once would loop, calls to Headscale and
//! Discord included, until the store accepts writes again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::RequestId;

/// In memory, as the store is what fails.
#[derive(Debug, Default)]
pub(super) struct Parked(Mutex<HashMap<RequestId, Place>>);

#[derive(Clone, Copy, Debug)]
struct Place {
    failures: u32,
    until: Timestamp,
}

impl Parked {
    /// `until` is given the number of earlier failures in a row, and its answer is returned.
    pub(super) fn park(
        &self,
        request: RequestId,
        until: impl FnOnce(u32) -> Timestamp,
    ) -> Timestamp {
        let mut parked = self.places();
        let failures = parked.get(&request).map_or(0, |place| place.failures);
        let until = until(failures);
        let failures = failures + 1;
        parked.insert(request, Place { failures, until });
        until
    }

    /// The store has taken the request's outcome.
    pub(super) fn release(&self, request: RequestId) {
        self.places().remove(&request);
    }

    pub(super) fn holds(&self, request: RequestId, now: Timestamp) -> bool {
        let parked = self.places();
        parked.get(&request).is_some_and(|place| now < place.until)
    }

    pub(super) fn len(&self) -> usize {
        self.places().len()
    }

    /// The first moment at which one of them is tried again.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let parked = self.places();
        let ends = parked.values().map(|place| place.until);
        ends.filter(|until| *until > now).min()
    }

    fn places(&self) -> MutexGuard<'_, HashMap<RequestId, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
