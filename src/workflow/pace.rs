//! How often one person may be refused. Every refusal is a line in the audit log, and every *Get my key* a key in
//! Headscale: both are cheap for who presses and are kept for good. Beyond a handful a minute a person is told to wait,
//! which touches nothing. What is granted costs nothing, so that an approver may work as fast as they like.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

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
    until: Timestamp,
}

impl Tab {
    fn runs(&self, now: Timestamp) -> bool {
        now < self.until && self.until <= ends_at(now)
    }
}

impl Pace {
    /// Whether this person is heard at all.
    ///
    /// # Errors
    /// [`Refusal::TooFast`].
    pub(super) fn admit(&self, person: MemberId, now: Timestamp) -> Result<(), Refusal> {
        match self.tabs().get(&person) {
            Some(tab) if tab.runs(now) && tab.spent >= ALLOWED => {
                Err(Refusal::TooFast { until: tab.until })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the person has just used up what they had.
    pub(super) fn charge(&self, person: MemberId, now: Timestamp) -> bool {
        let mut tabs = self.tabs();
        if tabs.len() >= REMEMBERED {
            tabs.retain(|_, tab| tab.runs(now));
        }
        if tabs.len() >= REMEMBERED {
            tabs.clear();
        }
        let fresh = Tab {
            spent: 0,
            until: ends_at(now),
        };
        let tab = tabs.entry(person).or_insert(fresh);
        if !tab.runs(now) {
            *tab = fresh;
        }
        tab.spent += 1;
        tab.spent == ALLOWED
    }

    fn tabs(&self) -> std::sync::MutexGuard<'_, HashMap<MemberId, Tab>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    #[test]
    fn who_is_refused_too_often_waits_out_the_minute_alone() {
        let pace = Pace::default();
        for n in 1..=ALLOWED {
            assert_eq!(pace.admit(ALICE, at(0)), Ok(()));
            assert_eq!(pace.charge(ALICE, at(0)), n == ALLOWED);
        }
        let wait = Err(Refusal::TooFast { until: at(60) });
        assert_eq!(pace.admit(ALICE, at(59)), wait);
        assert_eq!(pace.admit(BOB, at(59)), Ok(()));
        assert_eq!(pace.admit(ALICE, at(60)), Ok(()));
        assert!(!pace.charge(ALICE, at(60)));
        assert_eq!(pace.admit(ALICE, at(61)), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let pace = Pace::default();
        for _ in 0..ALLOWED {
            pace.charge(ALICE, at(1_000_000));
        }
        assert_eq!(pace.admit(ALICE, at(0)), Ok(()));
    }

    #[test]
    fn a_crowd_is_not_remembered_for_ever() {
        let pace = Pace::default();
        let crowd = i64::try_from(REMEMBERED).unwrap() + 10;
        for person in 0..crowd {
            pace.charge(MemberId(person), at(0));
        }
        assert!(pace.tabs().len() <= REMEMBERED);
    }
}
