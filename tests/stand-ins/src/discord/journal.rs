//! Every call to the stand-in, and its opinion of it: every call, and
//! every complaint about things Discord tolerates but no careful bot would send.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::layout::{Journal, Layout};

/// A file as it came over the wire.
#[derive(Clone, Debug)]
pub struct File {
    /// The form field, `files[0]`.
    pub field: String,
    pub filename: String,
    pub content_type: Option<String>,
    pub bytes: Arc<[u8]>,
}

/// One REST call and its answer.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    /// Method and template, `POST /channels/{}/messages`: what faults are keyed by.
    pub route: String,
    /// The real path, `/channels/3/messages`.
    pub path: String,
    pub query: String,
    pub at: Timestamp,
    pub content_type: Option<String>,
    pub body: Option<Value>,
    pub files: Vec<File>,
    /// The request's body, byte for byte.
    pub raw: Arc<[u8]>,
    /// The status of the answer, once it was decided.
    pub status: Option<u16>,
    pub answer: Option<Value>,
    /// True if the bot could have read the answer: a fault may have eaten it.
    pub delivered: bool,
    /// The answer was staged by a fault: not how Discord describes itself.
    pub staged: bool,
}

impl Call {
    /// True if it counts towards the bot's limit of 50 a second.
    pub fn is_counted(&self) -> bool {
        is_counted(&self.route)
    }
}

/// What goes through an interaction's token does not count:
/// <https://docs.discord.com/developers/topics/rate-limits#global-rate-limit>.
fn is_counted(route: &str) -> bool {
    !route.contains(" /interactions/") && !route.contains(" /webhooks/")
}

/// Something no careful bot would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The route, or `gateway`.
    pub about: String,
    pub what: String,
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.about, self.what)
    }
}

pub(crate) struct Notebook {
    journal: Journal,
    budget: usize,
    calls: Vec<Call>,
    counts: BTreeMap<String, usize>,
    complaints: Vec<Complaint>,
    refusals: usize,
    unauthorised: bool,
    /// Every payload the bot sent through the gateway.
    pub(crate) gateway_payloads: Vec<String>,
}

impl Notebook {
    pub(crate) fn new(layout: &Layout) -> Self {
        Self {
            journal: layout.journal,
            budget: layout.refusal_budget,
            calls: Vec::new(),
            counts: BTreeMap::new(),
            complaints: Vec::new(),
            refusals: 0,
            unauthorised: false,
            gateway_payloads: Vec::new(),
        }
    }

    /// Notes an arrived call; the number names it later, `None` when not kept.
    pub(crate) fn arrived(&mut self, call: Call) -> Option<usize> {
        *self.counts.entry(call.route.clone()).or_default() += 1;
        if self.journal == Journal::Off {
            return None;
        }
        self.calls.push(call);
        Some(self.calls.len() - 1)
    }

    /// Notes how a call was answered.
    pub(crate) fn answered(
        &mut self,
        call: Option<usize>,
        status: u16,
        answer: Option<&Value>,
        staged: bool,
    ) {
        if let Some(call) = call.and_then(|n| self.calls.get_mut(n)) {
            call.status = Some(status);
            call.answer = answer.cloned();
            call.delivered = true;
            call.staged = staged;
        }
    }

    /// Notes that the answer never reached the bot.
    pub(crate) fn swallowed(&mut self, call: Option<usize>) {
        if let Some(call) = call.and_then(|n| self.calls.get_mut(n)) {
            call.delivered = false;
        }
    }

    /// Counts refusals that Discord would hold against the bot's address.
    pub(crate) fn count_refusal(&mut self, route: &str, status: u16, shared: bool) {
        if !matches!(status, 401 | 403 | 429) || shared {
            return;
        }
        self.refusals += 1;
        if self.refusals == self.budget + 1 {
            self.complain(
                route,
                format!("more than {} answers 401, 403 or 429", self.budget),
            );
        }
    }

    /// Watches for a bot that goes on after its token was refused.
    pub(crate) fn authorised(&mut self, route: &str, accepted: bool) {
        if !accepted && self.unauthorised {
            self.complain(route, "called again after 401".into());
        }
        self.unauthorised = !accepted;
    }

    pub(crate) fn complain(&mut self, about: &str, what: String) {
        self.complaints.push(Complaint {
            about: about.into(),
            what,
        });
    }

    pub(crate) fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }

    pub(crate) fn take_complaints(&mut self) -> Vec<Complaint> {
        std::mem::take(&mut self.complaints)
    }

    pub(crate) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(crate) fn count(&self, route: &str) -> usize {
        self.counts.get(route).copied().unwrap_or_default()
    }

    /// All calls, and those of them that count towards the bot's limit of 50 a second.
    pub(crate) fn totals(&self) -> (usize, usize) {
        let counted = self.counts.iter().filter(|(route, _)| is_counted(route));
        (
            self.counts.values().sum(),
            counted.map(|(_, count)| count).sum(),
        )
    }

    pub(crate) fn forget(&mut self) {
        self.calls.clear();
        self.counts.clear();
        self.gateway_payloads.clear();
    }

    pub(crate) fn sent_through_gateway(&mut self, payload: &str) {
        if self.journal == Journal::On {
            self.gateway_payloads.push(payload.into());
        }
    }

    pub(crate) fn tail(&self, count: usize) -> String {
        let mut text = String::new();
        for call in self.calls.iter().rev().take(count).rev() {
            let status = call.status.map_or_else(|| "…".into(), |s| s.to_string());
            let _ = writeln!(text, "  {} {} → {status}", call.method, call.path);
        }
        text
    }
}
