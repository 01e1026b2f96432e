//! Everything at one moment: the row, the process, Discord, Headscale and the people. How it goes on is elsewhere.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::{Budget, Course, HOUR, Start};
use crate::domain::{
    Approval, Departure, DeviceRequest, Event, HeadscaleUserId, InteractionId, SignIn, State, apply,
};
use crate::support::people::{carol, moment};
use crate::support::requests::{posted, request};

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) row: Rc<DeviceRequest>,
    pub(super) hand: Hand,
    /// Somebody else has written the row since the step in hand read it.
    pub(super) stale: bool,
    /// The patrol has missed the device's node once; in memory only.
    pub(super) missed: bool,
    pub(super) tick: usize,
    pub(super) attempts: i64,
    pub(super) discord: Discord,
    pub(super) headscale: Headscale,
    /// Since when the requester is not in the server.
    pub(super) gone: Option<usize>,
    /// The latest key was begun for somebody who was not in the server.
    pub(super) uninvited: bool,
    pub(super) departure: Option<Departure>,
    /// How many attempts had begun when somebody stopped it.
    pub(super) stopped_after: Option<i64>,
    pub(super) left: Budget,
    pub(super) course: Course,
}

#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Discord {
    pub(super) cards: u8,
    pub(super) letters: Vec<Letter>,
    /// Keys in private answers: what was shown there stays there.
    pub(super) answers: Vec<usize>,
    pub(super) closed: bool,
}

#[derive(Clone, Debug, Hash)]
pub(super) struct Headscale {
    pub(super) keys: Vec<Key>,
    pub(super) nodes: Vec<Node>,
    /// Calls whose caller has given them up, and that may still take effect.
    pub(super) orders: Vec<Order>,
    /// A device waits with the latest link.
    pub(super) waiting: bool,
    /// Whose keys and devices the settings say they are.
    pub(super) user: HeadscaleUserId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) user: HeadscaleUserId,
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
pub(super) struct Node {
    pub(super) key: Option<usize>,
    pub(super) user: Option<HeadscaleUserId>,
    pub(super) tagged: bool,
    pub(super) life: NodeLife,
    /// It was let in by a call that began when nobody wanted it any more.
    pub(super) too_late: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum NodeLife {
    In,
    Expired,
    Removed,
    /// By the bot, because it did not get its tags.
    Undone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Order {
    pub(super) user: HeadscaleUserId,
    /// None for a registration.
    pub(super) key_expires_at: Option<Timestamp>,
    pub(super) until: Timestamp,
    pub(super) too_late: bool,
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
    Find(Sought),
    Expire(Sought, usize),
    LookAgain(Sought, usize),
    /// A claim goes on with a new key.
    Claim,
    /// `too_late`: it began when the link had run out, or nobody wanted the device any more.
    Knock {
        too_late: bool,
    },
    LetIn(usize),
    Tag(usize),
    Tagged(usize),
    Undo(usize),
    TurnedAway,
    GiveUp,
    Revoked,
}

/// A key that is to be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sought {
    pub(super) id: Option<usize>,
    pub(super) user: HeadscaleUserId,
    pub(super) expires_at: Timestamp,
    pub(super) why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Why {
    Reclaim,
    ClaimAgain,
    Lapse,
    Revoke,
    Late,
}

impl Hash for World {
    /// Of the row only what changes.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let row = &self.row;
        (&row.state, &row.sign_in, row.claims, row.updated_at).hash(state);
        (&row.backoff, &row.abandoned).hash(state);
        (&row.card, &row.letter, &row.notice).hash(state);
        (&self.discord, &self.headscale, self.hand, self.stale).hash(state);
        (self.missed, self.tick, self.attempts).hash(state);
        (self.gone, self.uninvited).hash(state);
        (&self.departure, self.stopped_after, self.left).hash(state);
    }
}

fn start_row(start: Start) -> DeviceRequest {
    let approval = Approval {
        by: carol(),
        at: moment(0),
    };
    let link = SignIn::new("first".to_owned(), moment(0));
    let (state, sign_in) = match start {
        Start::Approved | Start::Uncarded => (State::Approved { approval }, None),
        Start::Asked => {
            let lapses_at = moment(2 * 3_600);
            (State::Pending { lapses_at }, None)
        }
        Start::WithLink => (State::Approved { approval }, Some(link)),
    };
    let mut row = DeviceRequest {
        created_at: moment(0),
        updated_at: moment(0),
        version: 1,
        sign_in,
        ..request(state)
    };
    if start != Start::Uncarded {
        row.card = posted(1);
    }
    row
}

impl World {
    pub(super) fn start(course: Course) -> Self {
        let start = course.start;
        Self {
            row: Rc::new(start_row(start)),
            hand: Hand::Free,
            stale: false,
            missed: false,
            tick: 0,
            attempts: 0,
            discord: Discord {
                cards: u8::from(start != Start::Uncarded),
                ..Discord::default()
            },
            headscale: Headscale {
                keys: Vec::new(),
                nodes: Vec::new(),
                orders: Vec::new(),
                waiting: start == Start::WithLink,
                user: HeadscaleUserId(3),
            },
            gone: None,
            uninvited: false,
            departure: None,
            left: course.budget,
            stopped_after: None,
            course,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        moment(self.course.moments[self.tick])
    }

    pub(super) fn later(&self, time: SignedDuration) -> Timestamp {
        self.now() + time
    }

    /// The next moment at which anything is looked at again.
    pub(super) fn next_moment(&self) -> Timestamp {
        let next = self.course.moments.get(self.tick + 1);
        next.map_or(self.later(HOUR), |next| moment(*next))
    }

    /// Commits one event of the step in hand; in vain if somebody else was faster.
    pub(super) fn commit(&self, event: Event, hand: Hand) -> Self {
        if self.stale {
            return self.with(Self::drop_hand);
        }
        let row = self.apply(event).expect("the step fits the state");
        self.with(|world| {
            world.row = Rc::new(row);
            world.hand = hand;
        })
    }

    /// Commits an event of somebody else, if it has a place in the state.
    pub(super) fn outside(&self, event: Event) -> Option<Self> {
        let stops = matches!(event, Event::RevokeAsked { .. } | Event::Cancelled);
        let row = self.apply(event)?;
        Some(self.with(|world| {
            if stops && world.stopped_after.is_none() {
                world.stopped_after = Some(world.attempts);
            }
            world.row = Rc::new(row);
            world.stale = world.hand != Hand::Free;
        }))
    }

    /// The real machine, with the faults of the variant.
    pub(super) fn apply(&self, event: Event) -> Option<DeviceRequest> {
        let before = &*self.row;
        let event = self.course.variant.other_event(before, event)?;
        let mut row = apply(before, event, self.now()).ok()?;
        self.course.variant.spoil(before, &mut row);
        // Only *behind or not* matters; numbers that grow for ever would make every state a new one.
        let version = row.version;
        for projection in [&mut row.card, &mut row.letter, &mut row.notice] {
            projection.shown = i64::from(projection.shown >= version);
        }
        row.version = 1;
        // An edit of the card says what the row says, and cannot be told from no edit.
        row.card.shown = i64::from(row.card.place.is_some());
        // When it was written matters only while somebody waits for it to grow old.
        if !matches!(
            row.state,
            State::Issuing {
                stopping: Some(_),
                ..
            }
        ) {
            row.updated_at = moment(0);
        }
        Some(row)
    }

    /// In one line.
    pub(super) fn told(&self) -> String {
        let (row, headscale) = (&self.row, &self.headscale);
        let status = row.status();
        let keys: Vec<_> = headscale.keys.iter().map(|key| key.life).collect();
        let nodes: Vec<_> = headscale.nodes.iter().map(|node| node.life).collect();
        let (orders, late) = (headscale.orders.len(), row.abandoned.len());
        let (letters, answers) = (&self.discord.letters, &self.discord.answers);
        format!(
            "{} {status} {:?}{} keys {keys:?} nodes {nodes:?} orders {orders} late {late} {letters:?} {answers:?}",
            self.tick,
            self.hand,
            if self.stale { " (stale)" } else { "" },
        )
    }

    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = self.clone();
        change(&mut next);
        next
    }

    pub(super) fn row(&mut self) -> &mut DeviceRequest {
        Rc::make_mut(&mut self.row)
    }

    pub(super) fn drop_hand(&mut self) {
        self.hand = Hand::Free;
        self.stale = false;
    }

    pub(super) fn in_hand(&self, hand: Hand) -> Self {
        self.with(|world| world.hand = hand)
    }

    pub(super) fn faulty(&self, change: impl FnOnce(&mut Self)) -> Option<Self> {
        (self.left.faults > 0).then(|| {
            self.with(|world| {
                world.left.faults -= 1;
                world.drop_hand();
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

    pub(super) fn link(number: i64, now: Timestamp) -> Event {
        Event::LinkGiven {
            interaction: InteractionId(number),
            link: SignIn::new(format!("link-{number}"), now),
        }
    }
}
