//! How much of the bot one person may take up. Every refusal is a line in the audit log, and every *Get my key* a key in
//! Headscale: both are cheap for who presses and are kept for good. Beyond a handful a minute, or at once, a person is
//! told to wait, which touches nothing. What is granted costs nothing, so that an approver may work as fast as they can.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{MemberId, Refusal};

/// What one person may cost in a [`WINDOW`]. Nobody who means well comes near.
const ALLOWED: u32 = 20;
const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// People remembered at a time. Should so many misbehave within one window, all begin afresh.
const REMEMBERED: usize = 10_000;

/// What each person has cost lately. In memory only: a restart forgives.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<HashMap<MemberId, Tab>>);

#[derive(Clone, Copy, Debug)]
struct Tab {
    spent: u32,
    /// Commands that are being handled and may still cost something.
    open: u32,
    until: Timestamp,
}

/// A command of one person is being handled for as long as this lives.
#[derive(Debug)]
pub(super) struct Turn {
    pace: Arc<Pace>,
    person: MemberId,
}

impl Pace {
    /// Whether this person is heard at all.
    ///
    /// # Errors
    /// [`Refusal::TooFast`].
    pub(super) fn admit(
        self: &Arc<Self>,
        person: MemberId,
        now: Timestamp,
    ) -> Result<Turn, Refusal> {
        let mut tabs = self.tabs();
        let tab = tab(&mut tabs, person, now);
        tab.affords(tab.open)?;
        tab.open += 1;
        Ok(Turn {
            pace: Arc::clone(self),
            person,
        })
    }

    /// Puts one more on the person's tab, before anything is written.
    ///
    /// # Errors
    /// [`Refusal::TooFast`], where nothing is left.
    pub(super) fn spend(&self, person: MemberId, now: Timestamp) -> Result<(), Refusal> {
        let mut tabs = self.tabs();
        let tab = tab(&mut tabs, person, now);
        tab.affords(0)?;
        tab.spent += 1;
        if tab.spent == ALLOWED {
            tracing::warn!(by = person.0, "refused too often; not heard for a while");
        }
        Ok(())
    }

    fn tabs(&self) -> MutexGuard<'_, HashMap<MemberId, Tab>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut tabs = self.pace.tabs();
        let Some(tab) = tabs.get_mut(&self.person) else {
            return;
        };
        tab.open = tab.open.saturating_sub(1);
        if tab.open == 0 && tab.spent == 0 {
            tabs.remove(&self.person);
        }
    }
}

impl Tab {
    fn runs(&self, now: Timestamp) -> bool {
        now < self.until && self.until <= ends_at(now)
    }

    /// Room for one more beside so many others.
    fn affords(&self, others: u32) -> Result<(), Refusal> {
        let room = self.spent.saturating_add(others) < ALLOWED;
        room.then_some(())
            .ok_or(Refusal::TooFast { until: self.until })
    }
}

/// The person's tab for the window that runs.
fn tab(tabs: &mut HashMap<MemberId, Tab>, person: MemberId, now: Timestamp) -> &mut Tab {
    if tabs.len() >= REMEMBERED {
        tabs.retain(|_, tab| tab.runs(now));
    }
    if tabs.len() >= REMEMBERED {
        tabs.clear();
    }
    let until = ends_at(now);
    let tab = tabs.entry(person).or_insert(Tab {
        spent: 0,
        open: 0,
        until,
    });
    if !tab.runs(now) {
        (tab.spent, tab.until) = (0, until);
    }
    tab
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

    fn admitted(pace: &Arc<Pace>, person: MemberId, second: i64) -> Result<(), Refusal> {
        pace.admit(person, at(second)).map(drop)
    }

    #[test]
    fn who_is_refused_too_often_waits_out_the_minute_alone() {
        let pace = Arc::new(Pace::default());
        for _ in 0..ALLOWED {
            assert_eq!(admitted(&pace, ALICE, 0), Ok(()));
            assert_eq!(pace.spend(ALICE, at(0)), Ok(()));
        }
        let wait = Err(Refusal::TooFast { until: at(60) });
        assert_eq!(pace.spend(ALICE, at(1)), wait);
        assert_eq!(admitted(&pace, ALICE, 59), wait);
        assert_eq!(admitted(&pace, BOB, 59), Ok(()));
        assert_eq!(admitted(&pace, ALICE, 60), Ok(()));
        assert_eq!(pace.spend(ALICE, at(60)), Ok(()));
        assert_eq!(admitted(&pace, ALICE, 61), Ok(()));
    }

    #[test]
    fn who_is_granted_everything_is_never_slowed_down_nor_remembered() {
        let pace = Arc::new(Pace::default());
        for _ in 0..10 * ALLOWED {
            assert_eq!(admitted(&pace, ALICE, 0), Ok(()));
        }
        assert!(pace.tabs().is_empty());
    }

    #[test]
    fn many_at_once_come_to_no_more_than_one_by_one() {
        let pace = Arc::new(Pace::default());
        let turns: Vec<_> = (0..2 * ALLOWED).map(|_| pace.admit(ALICE, at(0))).collect();
        let heard = turns.iter().filter(|turn| turn.is_ok()).count();
        assert_eq!(heard, usize::try_from(ALLOWED).unwrap());
        drop(turns);
        assert_eq!(admitted(&pace, ALICE, 0), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let pace = Arc::new(Pace::default());
        for _ in 0..ALLOWED {
            let _ = pace.spend(ALICE, at(1_000_000));
        }
        assert_eq!(admitted(&pace, ALICE, 0), Ok(()));
    }

    #[test]
    fn a_crowd_is_not_remembered_for_ever() {
        let pace = Pace::default();
        let crowd = i64::try_from(REMEMBERED).unwrap() + 10;
        for person in 0..crowd {
            let _ = pace.spend(MemberId(person), at(0));
        }
        assert!(pace.tabs().len() <= REMEMBERED);
    }
}
