//! The bot's next action: one call or one commit at a time, in the order of the real steps.

use jiff::Timestamp;

use super::world::{Hand, Key, Letter, Life, World, at};
use super::{CLAIM_WINDOW, KEY_LIFE, Variant};
use crate::domain::{
    Attempt, ChannelId, Event, Handover, HeadscaleUserId, KeyId, MessageId, MessageRef, Projection,
    State, Status, Step, owed,
};

impl World {
    pub(super) fn begin(&self) -> Self {
        let key_expires_at = at(self.tick + KEY_LIFE, self.attempts + 1);
        let mut next = self.commit(
            Event::IssueBegun {
                user: OWNER,
                key_expires_at,
            },
            Hand::Create,
        );
        next.attempts += 1;
        next
    }

    pub(super) fn process(&self, variant: Variant, out: &mut Vec<Self>) {
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
            Hand::Expire { key, again } => self.expire(key, again, out),
            Hand::LookAgain { key, again } => {
                let looked = variant != Variant::NoSecondLook;
                let used = looked && self.keys[key].life == Life::Used;
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
            Some(Step::Register | Step::CallApprovers | Step::RenameNode | Step::Revoke) => {
                unreachable!("outside this model")
            }
            None => {}
        }
    }

    fn open_letter(&self, out: &mut Vec<Self>) {
        if self.closed {
            out.push(self.with(|world| {
                world.letter_refused();
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
            out.push(self.with(Self::letter_refused));
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

    fn letter_refused(&mut self) {
        self.row.letter.closed = true;
        self.row.letter.shown = self.row.version;
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

    pub(super) fn sought(&self) -> (Option<KeyId>, Timestamp) {
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

    fn expire(&self, key: usize, again: bool, out: &mut Vec<Self>) {
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
                world.hand = Hand::LookAgain { key, again };
            },
            out,
        );
    }

    /// Tells the machine the key's fate.
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
}

/// Whose keys they are plays no part here.
const OWNER: HeadscaleUserId = HeadscaleUserId(3);

fn created(key: usize) -> Event {
    Event::KeyCreated { key: key_id(key) }
}

fn key_id(key: usize) -> KeyId {
    KeyId(i64::try_from(key).unwrap())
}

fn shown_at(message: i64, generation: i64) -> Projection {
    Projection {
        place: Some(MessageRef {
            channel: ChannelId(1),
            message: MessageId(message),
        }),
        shown: 1,
        generation,
        ..Projection::default()
    }
}
