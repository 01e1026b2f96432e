//! The steps that make keys, look for what became of them, and take them back.

use super::world::{Hand, Life, Node, NodeLife, Sought, Why, World};
use super::{CLAIM_WINDOW, KEY_LIFE, Variant};
use crate::domain::{
    Attempt, Event, Handover, JoinedNode, KeyId, Naming, NodeId, Standing, State, Status,
};

impl World {
    pub(super) fn begin(&self) -> Self {
        let mut next = self.commit(
            Event::IssueBegun {
                user: self.headscale.user,
                key_expires_at: self.fingerprint(),
            },
            Hand::Create,
        );
        next.attempts += 1;
        next
    }

    /// Unique to the millisecond.
    pub(super) fn fingerprint(&self) -> jiff::Timestamp {
        self.later(KEY_LIFE) + jiff::SignedDuration::from_millis(self.attempts + 1)
    }

    /// A click's membership is asked for, and the claim checked, before a key is made.
    pub(super) fn claim(&self) -> Self {
        if self.row.is_claimable(self.now()).is_err() {
            return self.with(Self::drop_hand);
        }
        self.begin()
    }

    pub(super) fn create(&self, out: &mut Vec<Self>) {
        let Some(order) = self.order() else {
            unreachable!("a key is created for an attempt");
        };
        let key = self.headscale.keys.len();
        self.call(
            |world| world.take_effect(order),
            |world| world.hand = Hand::Created(key),
            out,
        );
        // It timed out, and Headscale goes on.
        let given_up = self.faulty(|_| {});
        out.extend(given_up.and_then(|world| world.with_late(order)));
    }

    pub(super) fn created(&self, key: usize) -> Self {
        if self.course.variant == Variant::IdAfterShowing {
            return self.in_hand(Hand::Show(key));
        }
        self.commit(
            Event::KeyCreated {
                key: KeyId(number(key)),
            },
            Hand::Show(key),
        )
    }

    pub(super) fn delivered(&self, key: usize) -> Self {
        let look_at = self.now();
        let known = match self.course.variant {
            Variant::IdAfterShowing => {
                let key = KeyId(number(key));
                self.commit(Event::KeyCreated { key }, Hand::Shown(0))
            }
            _ => self.clone(),
        };
        if known.hand == Hand::Free {
            return known;
        }
        known.commit(Event::Delivered { look_at }, Hand::Free)
    }

    pub(super) fn sought(&self, why: Why) -> Sought {
        let (id, user, expires_at) = match &self.row.state {
            State::Issuing { attempt, .. } => (attempt.key, attempt.user, attempt.key_expires_at),
            State::Delivered { key, .. } => (Some(key.id), key.user, key.expires_at),
            state => unreachable!("no key to take back while {state:?}"),
        };
        let id = id.map(|id| usize::try_from(id.0).unwrap());
        Sought {
            id,
            user,
            expires_at,
            why,
        }
    }

    pub(super) fn look_for_late_key(&self, out: &mut Vec<Self>) {
        let due = self
            .row
            .abandoned
            .iter()
            .find(|key| key.look_at <= self.now());
        let Some(key) = due else { return };
        out.push(self.in_hand(Hand::Find(Sought {
            id: None,
            user: key.user,
            expires_at: key.key_expires_at,
            why: Why::Late,
        })));
    }

    fn listed(&self, sought: Sought) -> Option<usize> {
        let user = match self.course.variant {
            Variant::TodaysOwner => self.headscale.user,
            _ => sought.user,
        };
        self.headscale
            .keys
            .iter()
            .enumerate()
            .position(|(index, key)| {
                key.user == user
                    && sought
                        .id
                        .map_or(key.expires_at == sought.expires_at, |id| id == index)
            })
    }

    /// The first look. A list may lack a key that is there.
    pub(super) fn find(&self, sought: Sought, out: &mut Vec<Self>) {
        out.push(self.found(sought, self.listed(sought)));
        if sought.id.is_some() {
            let lacking = self.faulty(|_| {});
            out.extend(lacking.map(|world| {
                let world = world.with(|world| world.stale = self.stale);
                world.found(sought, None)
            }));
        }
        out.extend(self.faulty(|_| {}));
    }

    fn found(&self, sought: Sought, listed: Option<usize>) -> Self {
        let blind = match self.course.variant {
            Variant::NoFingerprint => sought.id.is_none(),
            Variant::AbsentIsGone | Variant::TodaysOwner => listed.is_none(),
            _ => false,
        };
        match listed.or(sought.id) {
            None => self.fate(sought, None, true),
            Some(_) if blind => self.fate(sought, None, true),
            Some(key) if listed.is_some() && self.life(key) == Life::Used => {
                self.fate(sought, Some(key), false)
            }
            Some(key) => self.in_hand(Hand::Expire(sought, key)),
        }
    }

    fn life(&self, key: usize) -> Life {
        self.headscale.keys[key].life
    }

    /// Headscale sets the expiration to now, whether the key is used or not: the fingerprint is gone.
    pub(super) fn expire(&self, sought: Sought, key: usize, out: &mut Vec<Self>) {
        let now = self.now();
        self.call(
            |world| {
                let known = &mut world.headscale.keys[key];
                known.expires_at = now;
                if known.life == Life::Live {
                    known.life = Life::Expired;
                }
            },
            |world| world.hand = Hand::LookAgain(sought, key),
            out,
        );
    }

    pub(super) fn look_again(&self, sought: Sought, key: usize, out: &mut Vec<Self>) {
        let looked = self.course.variant != Variant::NoSecondLook;
        let used = looked && self.life(key) == Life::Used;
        out.push(self.fate(sought, used.then_some(key), false));
        out.extend(self.faulty(|_| {}));
    }

    /// Tells the machine the key's fate.
    fn fate(&self, sought: Sought, used: Option<usize>, unseen: bool) -> Self {
        let claim_until = self.later(CLAIM_WINDOW);
        match (sought.why, used) {
            (Why::Late, _) => self.looked_for_late(sought, unseen),
            (Why::Reclaim | Why::ClaimAgain, Some(key)) => {
                let key = KeyId(number(key));
                self.commit(Event::FoundUsed { key }, Hand::Free)
            }
            (Why::Reclaim, None) => self.commit(Event::Reclaimed, Hand::Free),
            (Why::ClaimAgain, None) => self.commit(Event::Reclaimed, Hand::Claim),
            (Why::Lapse, Some(_)) => self.commit(Event::KeyUsed, Hand::Free),
            (Why::Lapse, None) => self.commit(Event::KeyLapsed { claim_until }, Hand::Free),
            (Why::Revoke, None) => self.commit(Event::Revoked, Hand::Free),
            (Why::Revoke, Some(key)) => {
                let event = match self.node_of(key) {
                    Some(node) => Event::Joined {
                        node: joined(node, Naming::Settled),
                    },
                    None => Event::Revoked,
                };
                self.commit(event, Hand::Free)
            }
        }
    }

    /// No event: nothing that people see changes.
    fn looked_for_late(&self, sought: Sought, unseen: bool) -> Self {
        let now = self.now();
        self.with(|world| {
            world.drop_hand();
            let abandoned = &mut world.row().abandoned;
            let at = abandoned
                .iter()
                .position(|key| key.key_expires_at == sought.expires_at);
            let looked = at.map(|at| abandoned.remove(at));
            abandoned.extend(looked.filter(|_| unseen).and_then(|key| key.looked(now)));
        })
    }

    pub(super) fn node_of(&self, key: usize) -> Option<usize> {
        self.headscale.nodes.iter().position(|node| {
            node.key == Some(key) && matches!(node.life, NodeLife::In | NodeLife::Expired)
        })
    }

    pub(super) fn look_for_node(&self, out: &mut Vec<Self>) {
        let State::Delivered { key, used, .. } = &self.row.state else {
            return;
        };
        let found = self.node_of(usize::try_from(key.id.0).unwrap());
        out.extend(self.faulty(|_| {}));
        let Some(node) = found else {
            out.push(if *used && self.now() >= key.looked_for_until() {
                self.commit(Event::NodeNotFound, Hand::Free)
            } else {
                self.postponed()
            });
            return;
        };
        let joined_as = |naming| Event::Joined {
            node: joined(node, naming),
        };
        out.push(self.commit(joined_as(Naming::Settled), Hand::Free));
        // Renaming failed.
        let nameless = self.faulty(|_| {});
        out.extend(nameless.map(|world| world.commit(joined_as(Naming::Owed), Hand::Free)));
    }

    pub(super) fn rename_node(&self, out: &mut Vec<Self>) {
        let event = Event::Named {
            name: "laptop".to_owned(),
            naming: Naming::Settled,
        };
        out.push(self.commit(event, Hand::Free));
        out.extend(self.faulty(|_| {}));
    }

    /// First the key, then the node that used it. Where an expired node can come back, it is removed.
    pub(super) fn revoke(&self, out: &mut Vec<Self>) {
        if self.row.status() == Status::Delivered {
            out.push(self.in_hand(Hand::Find(self.sought(Why::Revoke))));
            return;
        }
        let State::Joined { node, .. } = &self.row.state else {
            return;
        };
        let index = index_of(node.id);
        let life = if self.course.old_release && self.course.variant != Variant::ExpiredComesBack {
            NodeLife::Removed
        } else {
            NodeLife::Expired
        };
        self.call(
            |world| {
                let node = &mut world.headscale.nodes[index];
                if matches!(node.life, NodeLife::In | NodeLife::Expired) {
                    node.life = life;
                }
            },
            |world| world.hand = Hand::Revoked,
            out,
        );
    }

    pub(super) fn is_by_claim(&self) -> bool {
        let State::Issuing {
            attempt: Attempt { handover, .. },
            ..
        } = &self.row.state
        else {
            return false;
        };
        matches!(handover, Handover::Claim { .. })
    }

    pub(super) fn nodes_in(&self) -> impl Iterator<Item = &Node> {
        let nodes = self.headscale.nodes.iter();
        nodes.filter(|node| node.life == NodeLife::In)
    }
}

/// What the request keeps of a node.
pub(super) fn joined(node: usize, naming: Naming) -> JoinedNode {
    JoinedNode {
        id: node_id(node),
        name: "laptop".to_owned(),
        addresses: Vec::new(),
        other_owner: None,
        naming,
        standing: Standing::In,
    }
}

/// Headscale counts nodes from one.
pub(super) fn node_id(node: usize) -> NodeId {
    NodeId(number(node) + 1)
}

pub(super) fn index_of(node: NodeId) -> usize {
    usize::try_from(node.0 - 1).unwrap()
}

fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap()
}
