//! Throttles refused clicks and claims per person: each refusal is a line in the audit log and each claim a key in
//! Headscale, and both are kept for good. Beyond the limit a person is asked to wait, which writes nothing. Granted
//! commands are free, so approvers are never slowed down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// Commands being handled, which may still cost something.
    open: u32,
    until: Timestamp,
}

/// Lives for as long as a command of this person is being handled.
#[derive(Debug)]
pub(super) struct Permit {
    throttle: Arc<Throttle>,
    person: MemberId,
}

impl Throttle {
    /// # Errors
    /// [`Refusal::TooFast`]: nothing this person sends is handled for now.
    pub(super) fn admit(
        self: &Arc<Self>,
        person: MemberId,
        now: Timestamp,
    ) -> Result<Permit, Refusal> {
        let mut usages = self.usages();
        let usage = usage(&mut usages, person, now);
        usage.affords(usage.open)?;
        usage.open += 1;
        Ok(Permit {
            throttle: Arc::clone(self),
            person,
        })
    }

    /// Counts one refusal or claim, before anything is written.
    ///
    /// # Errors
    /// [`Refusal::TooFast`] if the limit is reached.
    pub(super) fn spend(&self, person: MemberId, now: Timestamp) -> Result<(), Refusal> {
        let mut usages = self.usages();
        let usage = usage(&mut usages, person, now);
        usage.affords(0)?;
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

impl Drop for Permit {
    fn drop(&mut self) {
        let mut usages = self.throttle.usages();
        let Some(usage) = usages.get_mut(&self.person) else {
            return;
        };
        usage.open = usage.open.saturating_sub(1);
        if usage.open == 0 && usage.spent == 0 {
            usages.remove(&self.person);
        }
    }
}

impl Usage {
    /// A clock that was set back ends the window too.
    fn is_current(&self, now: Timestamp) -> bool {
        now < self.until && self.until <= ends_at(now)
    }

    /// One more fits beside so many others.
    fn affords(&self, others: u32) -> Result<(), Refusal> {
        let room = self.spent.saturating_add(others) < ALLOWED;
        room.then_some(())
            .ok_or(Refusal::TooFast { until: self.until })
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
    let usage = usages.entry(person).or_insert(Usage {
        spent: 0,
        open: 0,
        until,
    });
    if !usage.is_current(now) {
        (usage.spent, usage.until) = (0, until);
    }
    usage
}

fn ends_at(now: Timestamp) -> Timestamp {
    now.saturating_add(WINDOW).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: MemberId = MemberId(1);
    const BOB: MemberId = MemberId(2);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn admitted(throttle: &Arc<Throttle>, person: MemberId, second: i64) -> Result<(), Refusal> {
        throttle.admit(person, at(second)).map(drop)
    }

    #[test]
    fn who_is_refused_too_often_waits_out_the_minute_alone() {
        let throttle = Arc::new(Throttle::default());
        for _ in 0..ALLOWED {
            assert_eq!(admitted(&throttle, ALICE, 0), Ok(()));
            assert_eq!(throttle.spend(ALICE, at(0)), Ok(()));
        }
        let wait = Err(Refusal::TooFast { until: at(60) });
        assert_eq!(throttle.spend(ALICE, at(1)), wait);
        assert_eq!(admitted(&throttle, ALICE, 59), wait);
        assert_eq!(admitted(&throttle, BOB, 59), Ok(()));
        assert_eq!(admitted(&throttle, ALICE, 60), Ok(()));
        assert_eq!(throttle.spend(ALICE, at(60)), Ok(()));
        assert_eq!(admitted(&throttle, ALICE, 61), Ok(()));
    }

    #[test]
    fn who_is_granted_everything_is_never_slowed_down_nor_remembered() {
        let throttle = Arc::new(Throttle::default());
        for _ in 0..10 * ALLOWED {
            assert_eq!(admitted(&throttle, ALICE, 0), Ok(()));
        }
        assert!(throttle.usages().is_empty());
    }

    #[test]
    fn many_at_once_come_to_no_more_than_one_by_one() {
        let throttle = Arc::new(Throttle::default());
        let permits: Vec<_> = (0..2 * ALLOWED)
            .map(|_| throttle.admit(ALICE, at(0)))
            .collect();
        let heard = permits.iter().filter(|permit| permit.is_ok()).count();
        assert_eq!(heard, usize::try_from(ALLOWED).unwrap());
        drop(permits);
        assert_eq!(admitted(&throttle, ALICE, 0), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let throttle = Arc::new(Throttle::default());
        for _ in 0..ALLOWED {
            let _ = throttle.spend(ALICE, at(1_000_000));
        }
        assert_eq!(admitted(&throttle, ALICE, 0), Ok(()));
    }

    #[test]
    fn a_crowd_is_not_remembered_for_ever() {
        let throttle = Throttle::default();
        let crowd = i64::try_from(REMEMBERED).unwrap() + 10;
        for person in 0..crowd {
            let _ = throttle.spend(MemberId(person), at(0));
        }
        assert!(throttle.usages().len() <= REMEMBERED);
    }
}
