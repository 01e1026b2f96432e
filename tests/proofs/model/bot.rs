//! The bot's next action: one call or one commit at a time, in the order of the real steps. Messages are here; keys and
//! links have files of their own.

use jiff::Timestamp;

use super::world::{Hand, Letter, Why, World};
use super::{CLAIM_WINDOW, FAILED_FOR, HOUR, Variant};
use crate::domain::{
    Backoff, ChannelId, Event, MessageId, MessageRef, Owed, Problem, Projection, State, Status,
    Step, owed,
};
use crate::support::people::moment;

impl World {
    pub(super) fn process(&self, out: &mut Vec<Self>) {
        match self.hand {
            Hand::Free => self.take_up(out),
            Hand::LetterWasRefused => out.push(self.offer()),
            Hand::Create => self.create(out),
            Hand::Created(key) => out.push(self.created(key)),
            Hand::Show(key) => self.show(key, out),
            Hand::Shown(key) => out.push(self.delivered(key)),
            Hand::Find(sought) => self.find(sought, out),
            Hand::Expire(sought, key) => self.expire(sought, key, out),
            Hand::LookAgain(sought, key) => self.look_again(sought, key, out),
            Hand::Claim => out.push(self.claim()),
            Hand::Knock { .. } => self.knock(out),
            Hand::LetIn(node) => out.push(self.let_in(node)),
            Hand::Tag(node) => self.tag(node, out),
            Hand::Tagged(node) => out.push(self.signed_in(node)),
            Hand::Undo(node) => self.undo(node, out),
            Hand::TurnedAway => out.push(self.commit(Event::Reclaimed, Hand::GiveUp)),
            Hand::GiveUp => out.push(self.give_up()),
            Hand::Revoked => out.push(self.commit(Event::Revoked, Hand::Free)),
        }
    }

    /// What the real `owed` says, but for the faults of the variant.
    pub(super) fn owes(&self) -> Owed {
        let mut owes = owed(&self.row);
        self.course.variant.overlook(self, &mut owes);
        owes
    }

    fn take_up(&self, out: &mut Vec<Self>) {
        let owes = self.owes();
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= self.now());
        if owes.card.is_some() && self.row.card.place.is_none() {
            let nonce_is_known = self.discord.cards > 0;
            self.call(
                |world| world.discord.cards += u8::from(!nonce_is_known),
                |world| world.row().card = shown_at(10, 0),
                out,
            );
        }
        if is_due(owes.notice) {
            self.call(|_| {}, Self::called_to_collect, out);
        }
        if is_due(owes.letter) {
            self.write_letter(Hand::Free, out);
            return;
        }
        let due = owes.step.filter(|(_, at)| *at <= self.now());
        match due {
            Some((step, _)) => self.step(step, out),
            None if is_due(owes.late_key) => self.look_for_late_key(out),
            None => {}
        }
    }

    fn step(&self, step: Step, out: &mut Vec<Self>) {
        if self.row.status() == Status::Approved && step != Step::Lapse {
            // A refusal for good, or all retries spent.
            out.extend(self.faulty(|_| {}).map(|world| world.give_up()));
        }
        match step {
            Step::OpenLetter if self.course.variant == Variant::LetterLast => {
                out.push(self.begin());
            }
            Step::OpenLetter => self.write_letter(Hand::LetterWasRefused, out),
            Step::Issue => out.push(self.issue()),
            Step::Register => out.push(self.register()),
            Step::Reclaim if self.is_by_link() => self.settle_link(out),
            Step::Reclaim => out.push(self.in_hand(Hand::Find(self.sought(Why::Reclaim)))),
            Step::LapseKey => out.push(self.in_hand(Hand::Find(self.sought(Why::Lapse)))),
            Step::Lapse => out.push(self.commit(Event::Lapsed, Hand::Free)),
            Step::CallApprovers => {
                out.push(self.commit(Event::Called, Hand::Free));
                out.extend(self.faulty(|_| {}));
            }
            Step::LookForNode => self.look_for_node(out),
            Step::RenameNode => self.rename_node(out),
            Step::Revoke => self.revoke(out),
        }
    }

    /// The requester has to come for the key.
    fn offer(&self) -> Self {
        let claim_until = self.later(CLAIM_WINDOW);
        self.commit(Event::LetterRefused { claim_until }, Hand::Free)
    }

    /// Whether somebody is still a member is asked if it was a while ago that they asked.
    fn issue(&self) -> Self {
        let uninvited = self.row.created_at < self.now() && self.gone.is_some();
        if uninvited && self.course.variant != Variant::LetterUnasked {
            let claim_until = self.later(CLAIM_WINDOW);
            return self.commit(Event::MembershipLost { claim_until }, Hand::Free);
        }
        self.with(|world| world.uninvited = uninvited).begin()
    }

    /// Only while the request is approved: in no other state is it certain that no key is live.
    pub(super) fn give_up(&self) -> Self {
        let fresh = self.with(Self::drop_hand);
        if fresh.row.status() != Status::Approved {
            return fresh;
        }
        let lapses_at = self.later(FAILED_FOR);
        let ends_at = self.row.sign_in_ends_at().filter(|_| !self.outlives());
        let lapses_at = ends_at.map_or(lapses_at, |end| end.min(lapses_at));
        let cause = Problem::NotStored;
        fresh.commit(Event::GivenUp { cause, lapses_at }, Hand::Free)
    }

    fn called_to_collect(&mut self) {
        let notice = &mut self.row().notice;
        notice.reminded = true;
        (notice.place, notice.shown) = (shown_at(30, 0).place, 1);
    }

    /// Posts the letter without a key, or edits the key out of it.
    fn write_letter(&self, if_refused: Hand, out: &mut Vec<Self>) {
        let letter = &self.row.letter;
        let (generation, is_posted) = (letter.generation, letter.place.is_some());
        if self.discord.closed || (self.gone.is_some() && !is_posted) {
            out.push(self.with(|world| {
                world.letter_refused();
                world.hand = if_refused;
            }));
            return;
        }
        self.call(
            |world| {
                let mut letters = world.discord.letters.iter_mut();
                match letters.find(|letter| letter.generation == generation) {
                    Some(letter) => letter.shows = None,
                    None => world.discord.letters.push(Letter {
                        generation,
                        shows: None,
                    }),
                }
            },
            |world| world.row().letter = shown_at(20 + generation, generation),
            out,
        );
    }

    fn letter_refused(&mut self) {
        let letter = &mut self.row().letter;
        (letter.closed, letter.shown) = (true, 1);
    }

    /// In the letter, or in the private answer to a click.
    pub(super) fn show(&self, key: usize, out: &mut Vec<Self>) {
        let by_claim = self.is_by_claim();
        if !by_claim && self.discord.closed {
            // The letter cannot take the key: forget it, reclaim, and ask anew.
            out.push(self.with(|world| {
                let letter = &mut world.row().letter;
                letter.place = None;
                letter.generation += 1;
                world.drop_hand();
            }));
            return;
        }
        let generation = self.row.letter.generation;
        let is_first = self.course.variant == Variant::LetterLast;
        self.call(
            |world| {
                let discord = &mut world.discord;
                if by_claim {
                    discord.answers.push(key);
                } else if is_first {
                    let shows = Some(key);
                    discord.letters.push(Letter { generation, shows });
                }
                for letter in &mut discord.letters {
                    if !by_claim && letter.generation == generation {
                        letter.shows = Some(key);
                    }
                }
            },
            |world| {
                if !by_claim {
                    world.row().letter.shown = 1;
                }
                world.hand = Hand::Shown(key);
            },
            out,
        );
    }

    /// Nothing is found yet: looked for again at the next moment, or at the key's end.
    pub(super) fn postponed(&self) -> Self {
        let next = self.next_moment();
        let ends_at = match &self.row.state {
            State::Delivered {
                key, used: false, ..
            } => key.expires_at,
            _ => next,
        };
        self.with(|world| world.row().backoff = Backoff::until(next.min(ends_at)))
    }

    /// Nothing is in hand and nothing is due.
    pub(super) fn is_settled(&self) -> bool {
        if self.hand != Hand::Free {
            return false;
        }
        let owes = self.owes();
        let card = owes.card.filter(|_| self.row.card.place.is_none());
        let step = owes.step.map(|(_, at)| at);
        let mut due = [step, card, owes.letter, owes.notice, owes.late_key]
            .into_iter()
            .flatten();
        due.all(|at| at > self.now()) && self.patrols_rest()
    }

    pub(super) fn is_over_for(&self, moment: Timestamp) -> bool {
        moment + HOUR <= self.now()
    }

    pub(super) fn moment_of(&self, tick: usize) -> Timestamp {
        moment(self.course.moments[tick])
    }
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
