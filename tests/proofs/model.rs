//! The handing over of a key, explored exhaustively: the real `apply` and `owed` against a model of Discord and
//! Headscale in which calls are refused or lose their answers, the process dies between any two of its actions,
//! time passes, direct messages are closed, and a person scans or presses *Get my key* at any moment.
//!
//! The order of the calls inside a step is written down here a second time (`Hand`), because the real steps are
//! asynchronous; the crash matrix in `tests/program/crashes` holds the real ones to it.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a model names what it is about, and its numbers are worth reading"
)]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use headscale_usher::domain::{
    Approval, Attempt, Backoff, ChannelId, DeviceRequest, Event, Handover, History, InteractionId,
    KeyId, MemberId, MessageId, MessageRef, Person, Platform, Projection, RequestId, State, Status,
    Step, apply, owed,
};
use jiff::Timestamp;

const KEY_LIFE: i64 = 1;
const CLAIM_WINDOW: i64 = 2;

/// A way in which the protocol could have been written, and must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    AsWritten,
    /// An unknown key is not looked for by its expiration.
    NoFingerprint,
    /// A key that was unused before it was expired is taken to be unused.
    NoSecondLook,
    /// The key is shown before its id is on disk.
    IdAfterShowing,
    /// The letter is written when there is a key to put into it.
    LetterLast,
}

#[derive(Clone, Copy, Debug)]
struct Budget {
    faults: u8,
    crashes: u8,
    presses: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    row: DeviceRequest,
    tick: i64,
    attempts: i64,
    keys: Vec<Key>,
    letters: Vec<Letter>,
    /// Keys in private answers: what was shown there stays there.
    answers: Vec<usize>,
    cards: u8,
    closed: bool,
    hand: Hand,
    faults: u8,
    crashes: u8,
    presses: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    expires_at: Timestamp,
    life: Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Life {
    Live,
    Used,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Letter {
    generation: i64,
    shows: Option<usize>,
}

/// Where the process is inside a step; lost in a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hand {
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
        was_used: bool,
        again: bool,
    },
    Claimable,
}

fn at(tick: i64, millis: i64) -> Timestamp {
    Timestamp::from_millisecond(tick * 1_000 + millis).unwrap()
}

fn place(message: i64) -> MessageRef {
    MessageRef {
        channel: ChannelId(1),
        message: MessageId(message),
    }
}

fn approved() -> DeviceRequest {
    let bob = Person {
        id: MemberId(2),
        name: "b".into(),
    };
    DeviceRequest {
        sign_in: None,
        id: RequestId(1),
        interaction: InteractionId(1),
        requester: bob.clone(),
        member_since: None,
        asked_in: ChannelId(3),
        device: "pc".parse().unwrap(),
        platform: Platform::Linux,
        reason: None,
        history: History::default(),
        created_at: at(0, 0),
        updated_at: at(0, 0),
        state: State::Approved {
            approval: Approval {
                by: bob,
                at: at(0, 0),
            },
        },
        version: 1,
        backoff: Backoff::default(),
        card: Projection::default(),
        letter: Projection::default(),
        notice: Projection::default(),
    }
}

impl World {
    fn start(budget: Budget) -> Self {
        Self {
            row: approved(),
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

    fn now(&self) -> Timestamp {
        at(self.tick, 0)
    }

    /// Commits one event through the real machine.
    fn commit(&self, event: Event, hand: Hand) -> Self {
        let mut next = self.clone();
        next.row = apply(&self.row, event, at(0, 0)).expect("the step fits the state");
        next.hand = hand;
        next.settle_versions()
    }

    /// Only *behind or not* matters; numbers that grow for ever would make every state a new one.
    fn settle_versions(mut self) -> Self {
        let version = self.row.version;
        for projection in [
            &mut self.row.card,
            &mut self.row.letter,
            &mut self.row.notice,
        ] {
            projection.shown = i64::from(projection.shown >= version);
        }
        self.row.version = 1;
        self
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = self.clone();
        change(&mut next);
        next
    }

    fn faulty(&self, change: impl FnOnce(&mut Self)) -> Option<Self> {
        (self.faults > 0).then(|| {
            self.with(|world| {
                world.faults -= 1;
                world.hand = Hand::Free;
                change(world);
            })
        })
    }

    /// The three ends of a call: answered, refused, applied with the answer lost.
    fn call(&self, applied: impl Fn(&mut Self), answered: impl Fn(&mut Self), out: &mut Vec<Self>) {
        out.push(self.with(|world| {
            applied(world);
            answered(world);
        }));
        out.extend(self.faulty(|_| {}));
        out.extend(self.faulty(&applied));
    }

    fn next(&self, variant: Variant) -> Vec<Self> {
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

    /// What happens without the bot.
    fn people(&self, out: &mut Vec<Self>) {
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
    fn press(&self, out: &mut Vec<Self>) {
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

    fn begin(&self) -> Self {
        let key_expires_at = at(self.tick + KEY_LIFE, self.attempts + 1);
        let mut next = self.commit(Event::IssueBegun { key_expires_at }, Hand::Create);
        next.attempts += 1;
        next
    }

    fn process(&self, variant: Variant, out: &mut Vec<Self>) {
        match self.hand {
            Hand::Free => self.take_up(variant, out),
            Hand::LetterWasRefused => {
                let claim_until = at(self.tick + CLAIM_WINDOW, 0);
                out.push(self.commit(Event::LetterRefused { claim_until }, Hand::Free));
            }
            Hand::Create => self.create(out),
            Hand::Created(key) if variant == Variant::IdAfterShowing => {
                out.push(self.with(|world| world.hand = Hand::Show(key)));
            }
            Hand::Created(key) => out.push(self.commit(created(key), Hand::Show(key))),
            Hand::Show(key) => self.show(variant, key, out),
            Hand::Shown(key) => out.push(self.delivered(variant, key)),
            Hand::Find { again } => self.find(variant, again, out),
            Hand::Expire { key, again } => self.expire(variant, key, again, out),
            Hand::LookAgain {
                key,
                was_used,
                again,
            } => {
                let used = match variant {
                    Variant::NoSecondLook => was_used,
                    _ => self.keys[key].life == Life::Used,
                };
                out.push(self.fate(used.then_some(key), again));
                out.extend(self.faulty(|_| {}));
            }
            Hand::Claimable => out.push(self.begin()),
        }
    }

    /// The real `owed` says what is next.
    fn take_up(&self, variant: Variant, out: &mut Vec<Self>) {
        let owes = owed(&self.row);
        if owes.card.is_some() && self.row.card.place.is_none() {
            let nonce_is_known = self.cards > 0;
            self.call(
                |world| world.cards += u8::from(!nonce_is_known),
                |world| world.row.card = shown_at(10, world.row.card.generation),
                out,
            );
        }
        if owes.letter.is_some_and(|at| at <= self.now()) {
            self.edit_letter(out);
            return;
        }
        let due = owes.step.filter(|(_, at)| *at <= self.now());
        match due.map(|(step, _)| step) {
            Some(Step::OpenLetter) if variant == Variant::LetterLast => out.push(self.begin()),
            Some(Step::OpenLetter) => self.open_letter(out),
            Some(Step::Issue) => out.push(self.begin()),
            Some(Step::Reclaim | Step::LapseKey) => {
                out.push(self.with(|world| world.hand = Hand::Find { again: false }));
            }
            Some(Step::Lapse) => out.push(self.commit(Event::Lapsed, Hand::Free)),
            Some(Step::LookForNode) => self.look_for_node(out),
            Some(Step::Register | Step::RenameNode | Step::Revoke) => {
                unreachable!("outside this model")
            }
            None => {}
        }
    }

    fn open_letter(&self, out: &mut Vec<Self>) {
        if self.closed {
            out.push(self.with(|world| {
                world.row.letter.closed = true;
                world.hand = Hand::LetterWasRefused;
            }));
            return;
        }
        let generation = self.row.letter.generation;
        self.call(
            |world| {
                if !world
                    .letters
                    .iter()
                    .any(|letter| letter.generation == generation)
                {
                    world.letters.push(Letter {
                        generation,
                        shows: None,
                    });
                }
            },
            |world| world.row.letter = shown_at(20 + generation, generation),
            out,
        );
    }

    fn edit_letter(&self, out: &mut Vec<Self>) {
        if self.closed {
            out.push(self.with(|world| world.row.letter.closed = true));
            return;
        }
        let generation = self.row.letter.generation;
        self.call(
            |world| {
                for letter in &mut world.letters {
                    if letter.generation == generation {
                        letter.shows = None;
                    }
                }
            },
            |world| world.row.letter.shown = world.row.version,
            out,
        );
    }

    fn create(&self, out: &mut Vec<Self>) {
        let State::Issuing { attempt, .. } = &self.row.state else {
            unreachable!("a key is created for an attempt");
        };
        let expires_at = attempt.key_expires_at;
        let key = self.keys.len();
        self.call(
            |world| {
                let life = if expires_at <= world.now() {
                    Life::Expired
                } else {
                    Life::Live
                };
                world.keys.push(Key { expires_at, life });
            },
            |world| world.hand = Hand::Created(key),
            out,
        );
    }

    fn show(&self, variant: Variant, key: usize, out: &mut Vec<Self>) {
        let by_claim = matches!(
            self.row.state,
            State::Issuing {
                attempt: Attempt {
                    handover: Handover::Claim { .. },
                    ..
                },
                ..
            }
        );
        if !by_claim && self.closed {
            // The letter cannot take the key: forget it, reclaim, and ask anew.
            out.push(self.with(|world| {
                world.row.letter.place = None;
                world.row.letter.generation += 1;
                world.hand = Hand::Free;
            }));
            return;
        }
        let generation = self.row.letter.generation;
        self.call(
            |world| {
                if by_claim {
                    world.answers.push(key);
                } else if variant == Variant::LetterLast {
                    world.letters.push(Letter {
                        generation,
                        shows: Some(key),
                    });
                } else {
                    for letter in &mut world.letters {
                        if letter.generation == generation {
                            letter.shows = Some(key);
                        }
                    }
                }
            },
            |world| {
                if !by_claim {
                    world.row.letter.shown = world.row.version;
                }
                world.hand = Hand::Shown(key);
            },
            out,
        );
    }

    fn delivered(&self, variant: Variant, key: usize) -> Self {
        let known = match variant {
            Variant::IdAfterShowing => self.commit(created(key), Hand::Shown(key)),
            _ => self.clone(),
        };
        let look_at = at(0, 0);
        known.commit(Event::Delivered { look_at }, Hand::Free)
    }

    fn sought(&self) -> (Option<KeyId>, Timestamp) {
        match &self.row.state {
            State::Issuing { attempt, .. } => (attempt.key, attempt.key_expires_at),
            State::Delivered { key, .. } => (Some(key.id), key.expires_at),
            state => unreachable!("no key to take back while {state:?}"),
        }
    }

    fn find(&self, variant: Variant, again: bool, out: &mut Vec<Self>) {
        let (id, expires_at) = self.sought();
        let found = match id {
            Some(id) => usize::try_from(id.0).ok(),
            None if variant == Variant::NoFingerprint => None,
            None => self
                .keys
                .iter()
                .position(|key| key.expires_at == expires_at),
        };
        out.push(match found {
            None => self.fate(None, again),
            Some(key) if self.keys[key].life == Life::Used => self.fate(Some(key), again),
            Some(key) => self.with(|world| world.hand = Hand::Expire { key, again }),
        });
        out.extend(self.faulty(|_| {}));
    }

    fn expire(&self, _: Variant, key: usize, again: bool, out: &mut Vec<Self>) {
        // Headscale sets the expiration to now, whether the key is used or not: the fingerprint is gone.
        let now = self.now();
        self.call(
            |world| {
                let known = &mut world.keys[key];
                known.expires_at = now;
                if known.life == Life::Live {
                    known.life = Life::Expired;
                }
            },
            |world| {
                world.hand = Hand::LookAgain {
                    key,
                    was_used: false,
                    again,
                }
            },
            out,
        );
    }

    /// What became of the key, told to the machine.
    fn fate(&self, used: Option<usize>, again: bool) -> Self {
        let issuing = self.row.status() == Status::Issuing;
        let claim_until = at(self.tick + CLAIM_WINDOW, 0);
        let event = match used {
            Some(key) if issuing => Event::FoundUsed { key: key_id(key) },
            Some(_) => Event::KeyUsed,
            None if issuing => Event::Reclaimed,
            None => Event::KeyLapsed { claim_until },
        };
        let hand = if again && used.is_none() {
            Hand::Claimable
        } else {
            Hand::Free
        };
        self.commit(event, hand)
    }

    fn look_for_node(&self, out: &mut Vec<Self>) {
        let State::Delivered {
            key, used: false, ..
        } = &self.row.state
        else {
            return;
        };
        let index = usize::try_from(key.id.0).unwrap();
        if self.keys[index].life == Life::Used {
            out.push(self.commit(Event::KeyUsed, Hand::Free));
            out.extend(self.faulty(|_| {}));
        }
    }

    fn visible_live_keys(&self) -> Vec<usize> {
        let in_letters = self.letters.iter().filter_map(|letter| letter.shows);
        let mut keys: Vec<usize> = in_letters.chain(self.answers.iter().copied()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| self.keys[*key].life == Life::Live);
        keys
    }

    fn count(&self, life: Life) -> usize {
        self.keys.iter().filter(|key| key.life == life).count()
    }

    /// Nothing is in hand and nothing is due.
    fn is_settled(&self) -> bool {
        let owes = owed(&self.row);
        let waits = |at: Option<Timestamp>| at.is_none_or(|at| at > self.now());
        let watching = self.row.status() == Status::Delivered;
        self.hand == Hand::Free
            && (waits(owes.step.map(|(_, at)| at)) || watching && !self.key_over())
            && waits(owes.letter)
    }

    fn key_over(&self) -> bool {
        matches!(owed(&self.row).step, Some((Step::LapseKey, at)) if at <= self.now())
    }

    fn violation(&self) -> Option<&'static str> {
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

    fn delivered_nothing(&self) -> bool {
        let (id, _) = self.sought();
        let key = id.and_then(|id| self.keys.get(usize::try_from(id.0).ok()?));
        let orphan = self.count(Life::Live) > self.visible_live_keys().len();
        orphan || key.is_none_or(|key| key.life == Life::Expired && key.expires_at > self.now())
    }
}

fn created(key: usize) -> Event {
    Event::KeyCreated { key: key_id(key) }
}

fn key_id(key: usize) -> KeyId {
    KeyId(i64::try_from(key).unwrap())
}

fn shown_at(message: i64, generation: i64) -> Projection {
    Projection {
        place: Some(place(message)),
        shown: 1,
        generation,
        ..Projection::default()
    }
}

struct Explored {
    states: usize,
    violations: Vec<(&'static str, World)>,
    stuck: usize,
}

fn digest(world: &World) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        world.hash(&mut hasher);
        hasher.finish()
    };
    u128::from(half(0)) << 64 | u128::from(half(1))
}

/// Breadth first over every state; then backwards from the settled ones over steps that need no luck.
fn explore(variant: Variant, budget: Budget) -> Explored {
    let first_is_enough = variant != Variant::AsWritten;
    let start = World::start(budget);
    let mut known = HashMap::from([(digest(&start), 0_usize)]);
    let mut settled = vec![start.is_settled()];
    let mut before: Vec<Vec<u32>> = vec![Vec::new()];
    let mut violations: Vec<(&'static str, World)> = Vec::new();
    let mut frontier = std::collections::VecDeque::from([(0_usize, start)]);
    while let Some((index, world)) = frontier.pop_front() {
        if first_is_enough && !violations.is_empty() {
            break;
        }
        for next in world.next(variant) {
            let id = match known.entry(digest(&next)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let id = *new.insert(settled.len());
                    if let Some(what) = next.violation()
                        && violations.iter().all(|(known, _)| *known != what)
                    {
                        violations.push((what, next.clone()));
                    }
                    settled.push(next.is_settled());
                    before.push(Vec::new());
                    frontier.push_back((id, next.clone()));
                    id
                }
            };
            if is_own_progress(&world, &next) {
                before[id].push(u32::try_from(index).unwrap());
            }
        }
    }
    let stuck = stuck(&settled, &before);
    Explored {
        states: settled.len(),
        violations,
        stuck,
    }
}

/// No fault, no crash, no person, no time: what the bot does by itself.
fn is_own_progress(from: &World, to: &World) -> bool {
    from.faults == to.faults
        && from.crashes == to.crashes
        && from.presses == to.presses
        && from.tick == to.tick
        && from.count(Life::Used) == to.count(Life::Used)
}

fn stuck(settled: &[bool], before: &[Vec<u32>]) -> usize {
    let mut good = settled.to_vec();
    let mut queue: Vec<usize> = (0..good.len()).filter(|index| good[*index]).collect();
    while let Some(index) = queue.pop() {
        for from in &before[index] {
            let from = *from as usize;
            if !good[from] {
                good[from] = true;
                queue.push(from);
            }
        }
    }
    good.iter().filter(|good| !**good).count()
}

fn more() -> bool {
    std::env::var_os("USHER_LONG_TESTS").is_some()
}

/// Time enough for a key to lapse and a claim window to end; with more, for both twice over.
fn last_tick() -> i64 {
    if more() { 3 } else { 2 }
}

fn budget() -> Budget {
    let more = more();
    Budget {
        faults: if more { 4 } else { 3 },
        crashes: if more { 4 } else { 3 },
        presses: if more { 2 } else { 1 },
    }
}

#[test]
fn no_crash_fault_or_scan_at_any_moment_breaks_the_handover() {
    let explored = explore(Variant::AsWritten, budget());
    println!("states explored: {}", explored.states);
    assert!(
        explored.violations.is_empty(),
        "{:#?}",
        explored.violations.first()
    );
    assert_eq!(explored.stuck, 0, "states from which nothing settles");
    assert!(
        explored.states > 10_000,
        "the model has shrunk to {}",
        explored.states
    );
}

/// A model that cannot fail proves nothing: each shortcut must be caught.
#[test]
fn every_shortcut_is_caught() {
    let small = Budget {
        faults: 2,
        crashes: 2,
        presses: 1,
    };
    for variant in [
        Variant::NoFingerprint,
        Variant::NoSecondLook,
        Variant::IdAfterShowing,
        Variant::LetterLast,
    ] {
        let explored = explore(variant, small);
        let found: Vec<_> = explored.violations.iter().map(|(what, _)| *what).collect();
        println!("{variant:?}: {found:?}");
        assert!(!found.is_empty(), "{variant:?} was not caught");
    }
}
