//! Everything at one moment: the row, the process, Discord and Headscale, and what people may do to them.

use jiff::Timestamp;

use super::{Budget, Variant, last_tick};
use crate::domain::{Approval, DeviceRequest, Event, Handover, State, Status, Step, apply, owed};
use crate::support::people::carol;
use crate::support::requests::request;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) row: DeviceRequest,
    pub(super) tick: i64,
    pub(super) attempts: i64,
    pub(super) keys: Vec<Key>,
    pub(super) letters: Vec<Letter>,
    /// Keys in private answers: what was shown there stays there.
    pub(super) answers: Vec<usize>,
    pub(super) cards: u8,
    pub(super) closed: bool,
    pub(super) hand: Hand,
    pub(super) faults: u8,
    pub(super) crashes: u8,
    pub(super) presses: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) expires_at: Timestamp,
    pub(super) life: Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Life {
    Live,
    Used,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Letter {
    pub(super) generation: i64,
    pub(super) shows: Option<usize>,
}

/// The process's position inside a step. A crash loses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Hand {
    Free,
    LetterWasRefused,
    Create,
    Created(usize),
    Show(usize),
    Shown(usize),
    /// Taking back a key; `again` when a claim goes on with a new one.
    Find {
        again: bool,
    },
    Expire {
        key: usize,
        again: bool,
    },
    LookAgain {
        key: usize,
        again: bool,
    },
    Claimable,
}

pub(super) fn at(tick: i64, millis: i64) -> Timestamp {
    Timestamp::from_millisecond(tick * 1_000 + millis).unwrap()
}

/// A request that has just been approved, at the beginning of time.
fn start_row() -> DeviceRequest {
    let approval = Approval {
        by: carol(),
        at: at(0, 0),
    };
    DeviceRequest {
        created_at: at(0, 0),
        updated_at: at(0, 0),
        version: 1,
        ..request(State::Approved { approval })
    }
}

impl World {
    pub(super) fn start(budget: Budget) -> Self {
        Self {
            row: start_row(),
            tick: 0,
            attempts: 0,
            keys: Vec::new(),
            letters: Vec::new(),
            answers: Vec::new(),
            cards: 0,
            closed: false,
            hand: Hand::Free,
            faults: budget.faults,
            crashes: budget.crashes,
            presses: budget.presses,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        at(self.tick, 0)
    }

    /// Commits one event through the real machine.
    pub(super) fn commit(&self, event: Event, hand: Hand) -> Self {
        let mut next = self.clone();
        next.row = apply(&self.row, event, at(0, 0)).expect("the step fits the state");
        next.hand = hand;
        next.settle_versions()
    }

    /// Only *behind or not* matters; numbers that grow for ever would make every state a new one.
    pub(super) fn settle_versions(mut self) -> Self {
        let version = self.row.version;
        for projection in [
            &mut self.row.card,
            &mut self.row.letter,
            &mut self.row.notice,
        ] {
            projection.shown = i64::from(projection.shown >= version);
        }
        self.row.version = 1;
        // A create that takes effect late is outside this model.
        self.row.abandoned.clear();
        self
    }

    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = self.clone();
        change(&mut next);
        next
    }

    pub(super) fn faulty(&self, change: impl FnOnce(&mut Self)) -> Option<Self> {
        (self.faults > 0).then(|| {
            self.with(|world| {
                world.faults -= 1;
                world.hand = Hand::Free;
                change(world);
            })
        })
    }

    /// The three ends of a call: answered, refused, applied with the answer lost.
    pub(super) fn call(
        &self,
        applied: impl Fn(&mut Self),
        answered: impl Fn(&mut Self),
        out: &mut Vec<Self>,
    ) {
        out.push(self.with(|world| {
            applied(world);
            answered(world);
        }));
        out.extend(self.faulty(|_| {}));
        out.extend(self.faulty(&applied));
    }

    pub(super) fn next(&self, variant: Variant) -> Vec<Self> {
        let mut out = Vec::new();
        self.people(&mut out);
        if self.crashes > 0 && (self.hand != Hand::Free) {
            out.push(self.with(|world| {
                world.crashes -= 1;
                world.hand = Hand::Free;
            }));
        }
        self.process(variant, &mut out);
        out
    }

    /// Everything that happens without the bot.
    pub(super) fn people(&self, out: &mut Vec<Self>) {
        for key in self.visible_live_keys() {
            out.push(self.with(|world| world.keys[key].life = Life::Used));
        }
        if self.tick < last_tick() {
            out.push(self.with(|world| {
                world.tick += 1;
                let now = world.now();
                for key in &mut world.keys {
                    if key.life == Life::Live && key.expires_at <= now {
                        key.life = Life::Expired;
                    }
                }
            }));
        }
        if !self.closed && self.faults > 0 {
            out.push(self.with(|world| {
                world.closed = true;
                world.faults -= 1;
            }));
        }
        self.press(out);
    }

    /// *Get my key*: possible while nobody else has the request in hand.
    pub(super) fn press(&self, out: &mut Vec<Self>) {
        if self.presses == 0 || self.hand != Hand::Free {
            return;
        }
        let pressed = self.with(|world| world.presses -= 1);
        match &self.row.state {
            State::Claimable { until, .. } if *until > self.now() => out.push(pressed.begin()),
            State::Delivered {
                handover: Handover::Claim { until, .. },
                used: false,
                ..
            } if *until > self.now() => {
                out.push(pressed.commit(Event::ClaimedAgain, Hand::Find { again: true }));
            }
            _ => {}
        }
    }

    pub(super) fn visible_live_keys(&self) -> Vec<usize> {
        let in_letters = self.letters.iter().filter_map(|letter| letter.shows);
        let mut keys: Vec<usize> = in_letters.chain(self.answers.iter().copied()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| self.keys[*key].life == Life::Live);
        keys
    }

    pub(super) fn count(&self, life: Life) -> usize {
        self.keys.iter().filter(|key| key.life == life).count()
    }

    /// Nothing is in hand and nothing is due.
    pub(super) fn is_settled(&self) -> bool {
        let owes = owed(&self.row);
        let waits = |at: Option<Timestamp>| at.is_none_or(|at| at > self.now());
        let watching = self.row.status() == Status::Delivered;
        self.hand == Hand::Free
            && (waits(owes.step.map(|(_, at)| at)) || watching && !self.key_over())
            && waits(owes.letter)
    }

    pub(super) fn key_over(&self) -> bool {
        matches!(owed(&self.row).step, Some((Step::LapseKey, at)) if at <= self.now())
    }

    pub(super) fn violation(&self) -> Option<&'static str> {
        if self.count(Life::Live) > 1 {
            return Some("two usable keys");
        }
        if self.count(Life::Used) > 1 {
            return Some("two devices from one approval");
        }
        let letters = self
            .letters
            .iter()
            .filter(|letter| letter.generation == 0)
            .count();
        if letters > 1 || self.letters.len() > letters + usize::from(self.closed) {
            return Some("two letters");
        }
        if self.cards > 1 {
            return Some("two cards");
        }
        let delivered = self.row.status() == Status::Delivered;
        if self.is_settled() && !delivered && self.count(Life::Live) > 0 {
            return Some("an orphan live key");
        }
        if self.is_settled() && delivered && self.delivered_nothing() {
            return Some("delivered without a key that works or has worked");
        }
        None
    }

    pub(super) fn delivered_nothing(&self) -> bool {
        let (id, _) = self.sought();
        let key = id.and_then(|id| self.keys.get(usize::try_from(id.0).ok()?));
        let orphan = self.count(Life::Live) > self.visible_live_keys().len();
        orphan || key.is_none_or(|key| key.life == Life::Expired && key.expires_at > self.now())
    }
}
