//! The calls in order, and complaints about those that a careful client would not make.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// One request. The API key is left out; the body is kept, to be searched for secrets.
#[derive(Clone, Debug)]
pub struct Call {
    pub at: Instant,
    pub method: String,
    pub path: String,
    pub query: String,
    pub body: String,
    pub content_type: String,
    /// True if a good API key came with it.
    pub authorised: bool,
    /// True if any API key came with it.
    pub with_key: bool,
    /// The status of the answer; `None` if there was none, or not yet.
    pub status: Option<u16>,
    /// The answer, to be held against the published description.
    pub answer: String,
}

/// After so many refusals in a row for a wrong key, another call with it is a complaint.
const PATIENCE: usize = 20;

#[derive(Debug, Default)]
struct Pages {
    calls: Vec<Call>,
    complaints: Vec<String>,
    refused_in_a_row: usize,
    arrived: usize,
    /// Calls are not kept.
    off: bool,
}

#[derive(Debug, Default)]
pub(super) struct Journal(Mutex<Pages>);

impl Journal {
    /// Returns the number of the call.
    pub(super) fn begin(&self, call: Call) -> usize {
        let mut pages = self.pages();
        pages.arrived += 1;
        if call.with_key && pages.refused_in_a_row >= PATIENCE {
            let complaint = format!(
                "{} {}: the API key was refused {} times in a row before",
                call.method, call.path, pages.refused_in_a_row
            );
            pages.complaints.push(complaint);
        }
        if pages.off {
            return usize::MAX;
        }
        pages.calls.push(call);
        pages.calls.len() - 1
    }

    pub(super) fn switch_off(&self) {
        self.pages().off = true;
    }

    pub(super) fn done(&self, number: usize, authorised: bool, complaints: Vec<String>) {
        let mut pages = self.pages();
        pages.complaints.extend(complaints);
        let Some(call) = pages.calls.get_mut(number) else {
            return;
        };
        call.authorised = authorised;
        let refused = call.with_key && !authorised;
        pages.refused_in_a_row = if refused {
            pages.refused_in_a_row + 1
        } else {
            0
        };
    }

    pub(super) fn answered(&self, number: usize, status: u16, answer: &str) {
        if let Some(call) = self.pages().calls.get_mut(number) {
            call.status = Some(status);
            answer.clone_into(&mut call.answer);
        }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.pages().calls.clone()
    }

    pub(super) fn arrived(&self) -> usize {
        self.pages().arrived
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        self.pages().complaints.clone()
    }

    pub(super) fn take_complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.pages().complaints)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
