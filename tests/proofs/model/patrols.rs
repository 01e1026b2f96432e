//! The loops beside the worker: who left, and which devices are still there. What they find they commit at any moment.

use super::Variant;
use super::keys::index_of;
use super::world::{NodeLife, World};
use crate::domain::{
    Departure, DepartureEvent, DepartureState, Event, Person, Standing, State, Status,
};

impl World {
    pub(super) fn patrols(&self, out: &mut Vec<Self>) {
        self.check_member(out);
        self.settle_departure(out);
        self.check_node(out);
    }

    pub(super) fn patrols_rest(&self) -> bool {
        let mut out = Vec::new();
        self.patrols(&mut out);
        out.is_empty()
    }

    fn is_held(&self) -> bool {
        let overlooked = self.course.variant == Variant::OfferOverlooked
            && self.row.status() == Status::Claimable;
        self.row.state.is_held() && !overlooked
    }

    /// Only whoever holds something is looked for.
    fn check_member(&self, out: &mut Vec<Self>) {
        if !self.is_held() {
            return;
        }
        let last = self.departure.as_ref();
        if self.gone.is_none() {
            if last.is_some_and(|last| last.state == DepartureState::Missed) {
                out.push(self.with(|world| world.departure = None));
            }
            out.extend(self.departure_after(DepartureEvent::Seen));
            return;
        }
        match last {
            Some(last) if last.is_open() => {
                // The operator's rule decides, or the approvers are asked.
                let by_rule = (last.state == DepartureState::Missed).then(Person::bot);
                for expire_by in [by_rule, None] {
                    out.extend(self.departure_after(DepartureEvent::StillMissing {
                        devices: vec![self.row.id],
                        expire_by,
                        braked: false,
                    }));
                }
            }
            Some(last) if matches!(last.state, DepartureState::Kept { .. }) => {}
            Some(_) | None => out.push(self.with(|world| {
                let missed = Departure::missed(world.row.requester.clone(), world.now());
                world.departure = Some(missed);
            })),
        }
    }

    fn settle_departure(&self, out: &mut Vec<Self>) {
        let Some(departure) = self.departure.as_ref().filter(|last| last.is_open()) else {
            return;
        };
        let held = self.is_held();
        if let DepartureState::Expiring { by } = &departure.state {
            if held {
                out.extend(self.outside(Event::RevokeAsked { by: by.clone() }));
            } else if is_over(self.row.status()) {
                out.extend(self.departure_after(DepartureEvent::NothingLeft));
            }
        } else if !held {
            out.push(match departure.state {
                DepartureState::Missed => self.with(|world| world.departure = None),
                _ => self
                    .departure_after(DepartureEvent::NothingLeft)
                    .unwrap_or_else(|| unreachable!("a question without a device is over")),
            });
        }
    }

    /// A node that was missing before, too, has been removed.
    fn check_node(&self, out: &mut Vec<Self>) {
        let State::Joined { node, .. } = &self.row.state else {
            return;
        };
        if self.course.variant == Variant::RemovalOverlooked {
            return;
        }
        let standing = match self.headscale.nodes[index_of(node.id)].life {
            NodeLife::In => Standing::In,
            NodeLife::Expired => Standing::Expired,
            NodeLife::Removed | NodeLife::Undone => Standing::Removed,
        };
        if standing == Standing::Removed && node.standing != standing && !self.missed {
            out.push(self.with(|world| world.missed = true));
        } else if let Some(noted) = self.outside(Event::StandingChanged { standing }) {
            out.push(noted.with(|world| world.missed = false));
        }
    }
}

/// Gives nothing, and will give nothing by itself.
fn is_over(status: Status) -> bool {
    matches!(
        status,
        Status::Revoked
            | Status::Expired
            | Status::Denied
            | Status::Cancelled
            | Status::Failed
            | Status::Lost
    )
}
