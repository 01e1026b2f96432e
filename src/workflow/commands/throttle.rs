//! Throttles refused clicks and claims per person: each refusal is a line in the audit log and each claim a key in
//! Headscale, and both are kept for good. Beyond the limit a person is asked to wait, which writes nothing. Granted
//! commands are free, so approvers are never slowed down.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{MemberId, Refusal};

/// Refusals and claims of one person in one [`WINDOW`], far more than anybody needs who means well.
const ALLOWED: u32 = 20;
const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// People remembered at a time. If even more misbehave within one window, all start afresh.
const REMEMBERED: usize = 10_000;

/// In memory only: a restart forgives.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<MemberId, Usage>>);

#[derive(Clone, Copy, Debug)]
struct Usage {
    spent: u32,
    until: Timestamp,
}

impl Throttle {
    /// Only what this person has already spent counts: many commands at once are as good as one by one.
    ///
    /// # Errors
    /// [`Refusal::TooFast`]: nothing this person sends is handled for now.
    pub(super) fn admit(&self, person: MemberId, now: Timestamp) -> Result<(), Refusal> {
        let usages = self.usages();
        let usage = usages.get(&person).filter(|usage| usage.is_current(now));
        usage.map_or(Ok(()), Usage::affords_more)
    }

    /// Counts one refusal or claim, before anything is written.
    ///
    /// # Errors
    /// [`Refusal::TooFast`] if the limit is reached.
    pub(super) fn spend(&self, person: MemberId, now: Timestamp) -> Result<(), Refusal> {
        let mut usages = self.usages();
        let usage = usage(&mut usages, person, now);
        usage.affords_more()?;
        usage.spent += 1;
        if usage.spent == ALLOWED {
            tracing::warn!(by = person.0, "refused too often; not heard for a while");
        }
        Ok(())
    }

    fn usages(&self) -> MutexGuard<'_, HashMap<MemberId, Usage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Usage {
    /// A clock that was set back ends the window too.
    fn is_current(&self, now: Timestamp) -> bool {
        now < self.until && self.until <= ends_at(now)
    }

    fn affords_more(&self) -> Result<(), Refusal> {
        let until = self.until;
        (self.spent < ALLOWED)
            .then_some(())
            .ok_or(Refusal::TooFast { until })
    }
}

/// The person's usage in the current window.
fn usage(usages: &mut HashMap<MemberId, Usage>, person: MemberId, now: Timestamp) -> &mut Usage {
    if usages.len() >= REMEMBERED {
        usages.retain(|_, usage| usage.is_current(now));
    }
    if usages.len() >= REMEMBERED {
        usages.clear();
    }
    let until = ends_at(now);
    let usage = usages.entry(person).or_insert(Usage { spent: 0, until });
    if !usage.is_current(now) {
        *usage = Usage { spent: 0, until };
    }
    usage
}

fn ends_at(now: Timestamp) -> Timestamp {
    now.saturating_add(WINDOW).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/throttle.rs"]
mod tests;
