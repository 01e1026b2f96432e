//! What must never be seen.

use super::keys::index_of;
use super::world::{Key, Life, NodeLife, World};
use crate::domain::{DepartureState, Event, Naming, Standing, State, Status};
use crate::support::people::carol;

impl World {
    pub(super) fn violation(&self) -> Option<&'static str> {
        let always = self
            .of_keys()
            .or_else(|| self.of_messages())
            .or_else(|| self.of_devices())
            .or_else(|| self.of_stopping());
        if always.is_some() || !self.is_settled() {
            return always;
        }
        self.of_what_is_said()
            .or_else(|| self.of_what_is_over())
            .or_else(|| self.of_who_left())
    }

    fn live_keys(&self) -> impl Iterator<Item = &Key> {
        let keys = self.headscale.keys.iter();
        keys.filter(|key| key.life == Life::Live)
    }

    /// Nobody holds it, and it will be looked for.
    fn is_abandoned(&self, key: &Key) -> bool {
        let mut abandoned = self.row.abandoned.iter();
        abandoned.any(|known| known.key_expires_at == key.expires_at)
    }

    fn of_keys(&self) -> Option<&'static str> {
        let live = self.live_keys();
        if live.filter(|key| !self.is_abandoned(key)).count() > 1 {
            return Some("two usable keys");
        }
        if self.visible_live_keys().len() > 1 {
            return Some("two keys that people hold");
        }
        let is_made = self.row.status() == Status::Issuing && !self.is_by_link();
        (self.uninvited && is_made).then_some("a fresh key for somebody who left")
    }

    fn of_messages(&self) -> Option<&'static str> {
        let letters = &self.discord.letters;
        let first = letters.iter().filter(|letter| letter.generation == 0);
        let first = first.count();
        if first > 1 || letters.len() > first + usize::from(self.discord.closed) {
            return Some("two letters");
        }
        (self.discord.cards > 1).then_some("two cards")
    }

    fn of_devices(&self) -> Option<&'static str> {
        let nodes = &self.headscale.nodes;
        let stayed = nodes.iter().filter(|node| node.life != NodeLife::Undone);
        if stayed.count() > 1 {
            return Some("two devices from one approval");
        }
        let too_late = nodes.iter().any(|node| node.too_late);
        if too_late {
            return Some("a link let a device in after its end");
        }
        let State::Joined { node, .. } = &self.row.state else {
            return None;
        };
        (!nodes[index_of(node.id)].tagged).then_some("a device is in without its tags")
    }

    /// Whatever may still come out can be stopped.
    fn of_stopping(&self) -> Option<&'static str> {
        if self.stopped_after.is_some_and(|then| self.attempts > then) {
            return Some("an attempt begins after somebody stopped it");
        }
        let by_approver = match &self.row.state {
            State::Approved { .. } | State::Claimable { .. } => true,
            State::Issuing { stopping, .. } => stopping.is_none(),
            State::Delivered { revoking, .. } | State::Joined { revoking, .. } => {
                revoking.is_none()
            }
            _ => false,
        };
        let by_requester = matches!(
            self.row.status(),
            Status::Pending | Status::Approved | Status::Claimable | Status::Failed
        );
        let by = carol();
        if by_approver && self.apply(Event::RevokeAsked { by }).is_none()
            || by_requester && self.apply(Event::Cancelled).is_none()
        {
            return Some("nobody can stop it");
        }
        None
    }

    /// Card and letter against the world.
    fn of_what_is_said(&self) -> Option<&'static str> {
        let letters = &self.discord.letters;
        let letters_show = letters.iter().any(|letter| {
            letter.generation == self.row.letter.generation && letter.shows.is_some()
        });
        match &self.row.state {
            State::Delivered {
                key, used: false, ..
            } => {
                let known = &self.headscale.keys[usize::try_from(key.id.0).unwrap()];
                let taken_back = known.expires_at != key.expires_at;
                taken_back.then_some("the key that was handed over is dead")
            }
            State::Delivered { key, .. } => {
                let index = usize::try_from(key.id.0).unwrap();
                let lost = self.node_of(index).is_some() && self.owes().step.is_none();
                let used = self.headscale.keys[index].life == Life::Used;
                (lost || !used).then_some("a device that joined is looked for no more")
            }
            State::Joined { node, .. } => {
                let there = match self.headscale.nodes[index_of(node.id)].life {
                    NodeLife::In => Standing::In,
                    NodeLife::Expired => Standing::Expired,
                    NodeLife::Removed | NodeLife::Undone => Standing::Removed,
                };
                let named = node.naming != Naming::Owed;
                (there != node.standing || !named).then_some("the card is wrong about the device")
            }
            _ if letters_show && !self.row.letter.closed => {
                Some("a letter shows a key that is of no use")
            }
            _ => None,
        }
    }

    /// What the cards call revoked, cancelled, denied or expired gives nothing, nor does what is still to come.
    fn of_what_is_over(&self) -> Option<&'static str> {
        let status = self.row.status();
        let handed_over = status == Status::Delivered;
        let held = usize::from(handed_over) * self.visible_live_keys().len();
        let live = self.live_keys();
        if live.filter(|key| !self.is_abandoned(key)).count() > held {
            return Some("an orphan live key");
        }
        let nodes = self.headscale.nodes.iter();
        let may_come_back = |life| life == NodeLife::Expired && self.course.old_release;
        let mut inside = nodes.filter(|node| node.life == NodeLife::In || may_come_back(node.life));
        // The outcome of an attempt is open until nothing can take effect any more.
        let gives = matches!(status, Status::Joined | Status::Delivered | Status::Issuing);
        if !gives && inside.next().is_some() {
            return Some("a device is in that was never announced");
        }
        let link_ended = self.row.sign_in_ends_at();
        let open = matches!(status, Status::Pending | Status::Approved | Status::Failed);
        let outlived = open && link_ended.is_some_and(|end| self.is_over_for(end));
        outlived.then_some("a request outlives its link")
    }

    /// Whoever left long enough ago to be sure keeps nothing, unless an approver says so.
    fn of_who_left(&self) -> Option<&'static str> {
        let since = self.gone.filter(|_| !self.asks_about_departure())?;
        let last = self.departure.as_ref();
        let is_missed = last.is_some_and(|last| last.state == DepartureState::Missed);
        if is_missed || !self.is_over_for(self.moment_of(since)) {
            return None;
        }
        let holds = !self.visible_live_keys().is_empty()
            || self.nodes_in().next().is_some()
            || self.row.status() == Status::Claimable;
        holds.then_some("somebody who left keeps what they have")
    }
}
