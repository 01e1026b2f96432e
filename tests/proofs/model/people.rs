//! Everything that happens without the bot: people, time, calls that take effect late, and the process's death.

use super::world::{Hand, Key, Life, Node, NodeLife, Order, Why, World};
use super::{HOUR, Variant};
use crate::domain::{
    Abandoned, DepartureEvent, DepartureState, Event, HeadscaleUserId, State, Status,
};
use crate::support::people::carol;

impl World {
    pub(super) fn people(&self, out: &mut Vec<Self>) {
        if self.is_past() {
            return;
        }
        for key in self.visible_live_keys() {
            out.push(self.with(|world| world.join(key)));
        }
        self.time(out);
        self.press(out);
        self.decide(out);
        self.come_and_go(out);
        self.meddle(out);
        self.land(out);
        self.die(out);
    }

    /// Nothing that anybody does from here on concerns the request.
    fn is_past(&self) -> bool {
        let is_over = matches!(
            self.row.status(),
            Status::Revoked | Status::Expired | Status::Denied | Status::Cancelled | Status::Lost
        );
        let is_dead = |key: &Key| key.life != Life::Live;
        let is_out = |node: &Node| matches!(node.life, NodeLife::Removed | NodeLife::Undone);
        is_over
            && self.headscale.orders.is_empty()
            && self.row.abandoned.is_empty()
            && self.headscale.keys.iter().all(is_dead)
            && self.headscale.nodes.iter().all(is_out)
            && self.is_settled()
    }

    fn join(&mut self, key: usize) {
        let known = &mut self.headscale.keys[key];
        known.life = Life::Used;
        let node = Node {
            key: Some(key),
            user: Some(known.user),
            tagged: true,
            life: NodeLife::In,
            too_late: false,
        };
        self.headscale.nodes.push(node);
    }

    /// Headscale's clock may be an hour slow. A registration is begun as soon as that is on disk.
    fn time(&self, out: &mut Vec<Self>) {
        let is_last = self.tick + 1 >= self.course.moments.len();
        if is_last || matches!(self.hand, Hand::Knock { .. }) {
            return;
        }
        out.push(self.with(|world| {
            world.tick += 1;
            let now = world.now();
            for key in &mut world.headscale.keys {
                if key.life == Life::Live && key.expires_at + HOUR <= now {
                    key.life = Life::Expired;
                }
            }
            world.headscale.orders.retain(|order| order.until >= now);
        }));
    }

    /// *Get my key*: possible while nobody else has the request in hand.
    fn press(&self, out: &mut Vec<Self>) {
        if self.left.presses == 0 || self.hand != Hand::Free {
            return;
        }
        let is_let = self.gone.is_none() || self.course.variant == Variant::ClaimUnasked;
        if !is_let || self.row.is_claimable(self.now()).is_err() {
            return;
        }
        let pressed = self.with(|world| {
            world.left.presses -= 1;
            world.uninvited = world.gone.is_some();
        });
        let leaves_old = self.course.variant == Variant::KeyLeftByClaim;
        out.push(match self.row.status() {
            Status::Delivered if leaves_old => {
                let claim_until = self.now();
                pressed.commit(Event::KeyLapsed { claim_until }, Hand::Claim)
            }
            Status::Delivered => {
                let pressed = pressed.commit(Event::ClaimedAgain, Hand::Free);
                pressed.in_hand(Hand::Find(pressed.sought(Why::ClaimAgain)))
            }
            _ => pressed.in_hand(Hand::Claim),
        });
    }

    /// Approvers and the requester decide whenever the state allows it.
    fn decide(&self, out: &mut Vec<Self>) {
        if let State::Pending { .. } = self.row.state {
            out.extend(self.outside(Event::Approved { by: carol() }));
        }
        if self.left.decisions > 0 {
            let decided = self.with(|world| world.left.decisions -= 1);
            let by = carol();
            for event in [
                Event::Denied {
                    by: by.clone(),
                    reason: None,
                },
                Event::Retried { by: by.clone() },
                Event::RevokeAsked { by: by.clone() },
                Event::Cancelled,
            ] {
                out.extend(decided.outside(event));
            }
            for answer in [
                DepartureEvent::Kept { by: by.clone() },
                DepartureEvent::ExpireAsked {
                    by,
                    devices: vec![self.row.id],
                },
            ] {
                out.extend(decided.departure_after(answer));
            }
        }
        if self.left.links > 0 && self.gone.is_none() {
            let given = Self::link(i64::from(self.left.links), self.now());
            out.extend(self.outside(given).map(|mut world| {
                world.left.links -= 1;
                world.headscale.waiting = true;
                world
            }));
        }
    }

    pub(super) fn departure_after(&self, event: DepartureEvent) -> Option<Self> {
        let departure = self.departure.as_ref()?;
        let departure = departure.apply(event, self.now())?;
        Some(self.with(|world| {
            world.departure = Some(departure);
            world.forget_departure_version();
        }))
    }

    pub(super) fn forget_departure_version(&mut self) {
        if let Some(departure) = &mut self.departure {
            departure.version = 1;
        }
    }

    fn come_and_go(&self, out: &mut Vec<Self>) {
        if self.left.leaves > 0 {
            out.push(self.with(|world| {
                world.left.leaves -= 1;
                world.gone = match world.gone {
                    None => Some(world.tick),
                    Some(_) => None,
                };
            }));
        }
        if !self.discord.closed && self.left.faults > 0 {
            out.push(self.with(|world| {
                world.left.faults -= 1;
                world.discord.closed = true;
            }));
        }
    }

    /// What the operator does to devices, and what a device that kept its key does.
    fn meddle(&self, out: &mut Vec<Self>) {
        for (index, node) in self.headscale.nodes.iter().enumerate() {
            let mut becomes = |life| {
                let mut next = self.clone();
                next.headscale.nodes[index].life = life;
                next.left.meddling -= u8::from(life != NodeLife::In);
                out.push(next);
            };
            if node.life == NodeLife::In && self.left.meddling > 0 {
                becomes(NodeLife::Removed);
                becomes(NodeLife::Expired);
            }
            if node.life == NodeLife::Expired && self.course.old_release && node.key.is_some() {
                becomes(NodeLife::In);
            }
        }
    }

    fn land(&self, out: &mut Vec<Self>) {
        for index in 0..self.headscale.orders.len() {
            out.push(self.with(|world| {
                let order = world.headscale.orders.remove(index);
                world.take_effect(order);
            }));
        }
    }

    /// Headscale does what it was told.
    pub(super) fn take_effect(&mut self, order: Order) {
        let Some(expires_at) = order.key_expires_at else {
            if self.headscale.waiting {
                self.headscale.waiting = false;
                self.headscale.nodes.push(Node {
                    key: None,
                    user: Some(order.user),
                    tagged: false,
                    life: NodeLife::In,
                    too_late: order.too_late,
                });
            }
            return;
        };
        let is_over = expires_at + HOUR <= self.now();
        self.headscale.keys.push(Key {
            user: order.user,
            expires_at,
            life: if is_over { Life::Expired } else { Life::Live },
        });
    }

    /// A call that is being made may take effect all the same.
    fn die(&self, out: &mut Vec<Self>) {
        let mut dead = Vec::new();
        if self.left.crashes > 0 && (self.hand != Hand::Free || self.missed) {
            dead.push(self.with(|world| world.left.crashes -= 1));
        }
        // Started again with other settings.
        if self.left.owners > 0 {
            dead.push(self.with(|world| {
                world.left.owners -= 1;
                world.headscale.user = HeadscaleUserId(4);
            }));
        }
        for world in &mut dead {
            world.drop_hand();
            world.missed = false;
            out.extend(self.order().and_then(|order| world.with_late(order)));
        }
        out.extend(dead);
    }

    /// The call that the hand is about to make.
    pub(super) fn order(&self) -> Option<Order> {
        let State::Issuing { attempt, .. } = &self.row.state else {
            return None;
        };
        let (key_expires_at, until, too_late) = match self.hand {
            Hand::Create => {
                // It hangs for an hour, but not into the last minute of its key.
                let ends_at = attempt.key_expires_at;
                let until = self.later(HOUR).min(ends_at - Abandoned::PATIENCE);
                (Some(ends_at), until, false)
            }
            Hand::Knock { too_late } => (None, self.later(Abandoned::PATIENCE), too_late),
            _ => return None,
        };
        Some(Order {
            user: attempt.user,
            key_expires_at,
            until,
            too_late,
        })
    }

    pub(super) fn with_late(&self, order: Order) -> Option<Self> {
        (self.left.late > 0).then(|| {
            self.with(|world| {
                world.left.late -= 1;
                world.headscale.orders.push(order);
            })
        })
    }

    pub(super) fn visible_live_keys(&self) -> Vec<usize> {
        let letters = self.discord.letters.iter();
        let shown = letters.filter_map(|letter| letter.shows);
        let mut keys: Vec<usize> = shown.chain(self.discord.answers.iter().copied()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| self.headscale.keys[*key].life == Life::Live);
        keys
    }

    pub(super) fn asks_about_departure(&self) -> bool {
        let state = self.departure.as_ref().map(|departure| &departure.state);
        matches!(
            state,
            Some(DepartureState::Asking { .. } | DepartureState::Kept { .. })
        )
    }
}
