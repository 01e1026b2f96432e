//! The steps that let in a device that waits with a link.

use super::Variant;
use super::keys::{index_of, joined, node_id};
use super::world::{Hand, NodeLife, World};
use jiff::Timestamp;

use crate::domain::{Abandoned, Backoff, Event, Handover, Naming, NodeId, State};

impl World {
    pub(super) fn is_by_link(&self) -> bool {
        let State::Issuing { attempt, .. } = &self.row.state else {
            return false;
        };
        matches!(attempt.handover, Handover::SignIn { .. })
    }

    pub(super) fn outlives(&self) -> bool {
        self.course.variant == Variant::LinkOutlived
    }

    /// As the bot knows it. Headscale may remember the device for longer.
    pub(super) fn is_link_over(&self) -> bool {
        let ends_at = self.row.sign_in_ends_at();
        ends_at.is_none_or(|end| end <= self.now())
    }

    fn has_run_out(&self) -> bool {
        self.is_link_over() && !self.outlives()
    }

    pub(super) fn register(&self) -> Self {
        if self.has_run_out() {
            return self.commit(Event::Lapsed, Hand::Free);
        }
        let newest = self.headscale.nodes.len();
        let newest = newest.checked_sub(1).map_or(NodeId(0), node_id);
        let mut next = self.commit(
            Event::RegisterBegun {
                user: self.headscale.user,
                key_expires_at: self.fingerprint(),
                newest,
            },
            Hand::Knock {
                too_late: self.is_link_over(),
            },
        );
        next.attempts += 1;
        next
    }

    /// Is the device in? A registration that was not found may still take effect.
    pub(super) fn settle_link(&self, out: &mut Vec<Self>) {
        out.extend(self.faulty(|_| {}));
        out.push(match (self.registered(), self.known()) {
            (Some(node), _) => self.in_hand(Hand::LetIn(node)),
            (None, Some(removed)) => self.in_hand(Hand::Undo(removed)),
            (None, None) => match self.open_until() {
                Some(over_at) if over_at <= self.now() => self.commit(Event::Reclaimed, Hand::Free),
                Some(over_at) => self.with(|world| world.row().backoff = Backoff::until(over_at)),
                None => {
                    let too_late = self.is_link_over() || self.is_stopping();
                    self.in_hand(Hand::Knock { too_late })
                }
            },
        });
    }

    fn is_stopping(&self) -> bool {
        let state = &self.row.state;
        matches!(
            state,
            State::Issuing {
                stopping: Some(_),
                ..
            }
        )
    }

    /// From when on nothing can take effect any more, if the device is not to be let in by another call.
    fn open_until(&self) -> Option<Timestamp> {
        let variant = self.course.variant;
        let last = match self.row.sign_in_ends_at() {
            Some(_) if self.is_stopping() && variant != Variant::StopKnocks => self.row.updated_at,
            Some(end) if self.has_run_out() => end,
            _ => return None,
        };
        let is_impatient = variant == Variant::LinkLeftOpen;
        let patience = (!is_impatient).then_some(Abandoned::PATIENCE);
        Some(last + patience.unwrap_or_default())
    }

    /// The device's own number is on disk.
    fn known(&self) -> Option<usize> {
        let State::Issuing { attempt, .. } = &self.row.state else {
            return None;
        };
        let Handover::SignIn { node, .. } = attempt.handover else {
            return None;
        };
        node.map(index_of)
    }

    fn registered(&self) -> Option<usize> {
        let State::Issuing { attempt, .. } = &self.row.state else {
            return None;
        };
        let Handover::SignIn { newest, node } = attempt.handover else {
            return None;
        };
        let mut nodes = self.headscale.nodes.iter().enumerate();
        let found = nodes.find(|(index, there)| {
            let is_newer = node_id(*index) > newest && there.key.is_none();
            let may_be = is_newer && there.user == Some(attempt.user);
            let is_there = matches!(there.life, NodeLife::In | NodeLife::Expired);
            is_there && node.map_or(may_be, |known| index_of(known) == *index)
        });
        found.map(|(index, _)| index)
    }

    pub(super) fn knock(&self, out: &mut Vec<Self>) {
        let Some(order) = self.order() else {
            unreachable!("a device is let in for an attempt");
        };
        if !self.headscale.waiting {
            // Headscale takes each link once.
            out.push(self.refused());
            out.extend(self.faulty(|_| {}));
            return;
        }
        let node = self.headscale.nodes.len();
        self.call(
            |world| world.take_effect(order),
            |world| world.hand = Hand::LetIn(node),
            out,
        );
        // It timed out, and Headscale goes on.
        let given_up = self.faulty(|_| {});
        out.extend(given_up.and_then(|world| world.with_late(order)));
        // The device waits no longer.
        let gone = self.faulty(|world| world.headscale.waiting = false);
        out.extend(gone.map(|world| {
            let same = |world: &mut Self| (world.hand, world.stale) = (self.hand, self.stale);
            world.with(same).refused()
        }));
    }

    fn refused(&self) -> Self {
        self.in_hand(match self.registered() {
            Some(node) => Hand::LetIn(node),
            None => Hand::TurnedAway,
        })
    }

    /// From 0.28 on a tagged node belongs to nobody, so its number is on disk first.
    pub(super) fn let_in(&self, node: usize) -> Self {
        if self.course.variant == Variant::LinkWithoutTags {
            return self.signed_in(node);
        }
        let State::Issuing { attempt, .. } = &self.row.state else {
            return self.with(Self::drop_hand);
        };
        let is_stopping = self.is_stopping();
        let next = if is_stopping {
            Hand::Undo(node)
        } else {
            Hand::Tag(node)
        };
        if matches!(attempt.handover, Handover::SignIn { node: Some(_), .. }) {
            return self.in_hand(next);
        }
        let event = Event::Registered {
            node: node_id(node),
        };
        self.commit(event, next)
    }

    pub(super) fn tag(&self, node: usize, out: &mut Vec<Self>) {
        if self.headscale.nodes[node].life == NodeLife::Removed {
            out.push(self.in_hand(Hand::Undo(node)));
            return;
        }
        self.call(
            |world| {
                let node = &mut world.headscale.nodes[node];
                (node.tagged, node.user) = (true, None);
            },
            |world| world.hand = Hand::Tagged(node),
            out,
        );
        // Headscale refuses the tags.
        out.extend(self.faulty(|world| {
            world.stale = self.stale;
            world.hand = Hand::Undo(node);
        }));
    }

    pub(super) fn undo(&self, node: usize, out: &mut Vec<Self>) {
        if self.headscale.nodes[node].life == NodeLife::Removed {
            out.push(self.in_hand(Hand::TurnedAway));
            return;
        }
        self.call(
            |world| world.headscale.nodes[node].life = NodeLife::Undone,
            |world| world.hand = Hand::TurnedAway,
            out,
        );
    }

    pub(super) fn signed_in(&self, node: usize) -> Self {
        let node = joined(node, Naming::Settled);
        self.commit(Event::Joined { node }, Hand::Free)
    }
}
