//! What the worker has found due and not yet begun, and the turns that are under way. Asks nobody: the worker looks into
//! the store, and only when the plan is over, because a look for each turn would cost more than the turn.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use jiff::Timestamp;
use tokio::task::{JoinError, JoinSet};

use crate::domain::{Lane, RequestId};
use crate::store::DueRequests;

/// The outcome of one look, as far as it is still to be worked off.
#[derive(Debug)]
pub(super) struct Plan {
    discord: VecDeque<RequestId>,
    headscale: VecDeque<RequestId>,
    /// Lanes in which more is due than was told.
    more: Vec<Lane>,
    /// In other hands when they were found due, and when that was.
    passed_over: HashMap<RequestId, (Lane, Instant)>,
    next: Timestamp,
}

/// How a turn ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) request: RequestId,
    /// What was written before this moment was seen by the turn.
    pub(super) read_at: Instant,
    /// When there is more to do for this request.
    pub(super) next: Option<Timestamp>,
}

impl Plan {
    /// Over at once.
    pub(super) fn none() -> Self {
        Self::of(DueRequests::default(), Timestamp::MIN, |_| false)
    }

    /// What is in other hands is passed over.
    pub(super) fn of(
        agenda: DueRequests,
        next: Timestamp,
        in_other_hands: impl Fn(RequestId) -> bool,
    ) -> Self {
        let mut plan = Self {
            discord: VecDeque::new(),
            headscale: VecDeque::new(),
            more: agenda.more,
            passed_over: HashMap::new(),
            next,
        };
        for (request, lane) in agenda.due {
            if in_other_hands(request) {
                plan.pass_over(request, lane);
            } else {
                plan.queue(lane).push_back(request);
            }
        }
        plan
    }

    /// Somebody has written something.
    pub(super) fn end(&mut self) {
        self.next = Timestamp::MIN;
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        let ran_dry = |lane: &Lane| match lane {
            Lane::Discord => self.discord.is_empty(),
            Lane::Headscale => self.headscale.is_empty(),
        };
        self.next <= now || self.more.iter().any(ran_dry)
    }

    /// When to look again.
    pub(super) fn next(&self) -> Timestamp {
        self.next
    }

    pub(super) fn take(&mut self, lane: Lane) -> Option<RequestId> {
        self.queue(lane).pop_front()
    }

    pub(super) fn pass_over(&mut self, request: RequestId, lane: Lane) {
        self.passed_over.insert(request, (lane, Instant::now()));
    }

    /// What was written after the turn had last looked, and was passed over because of that turn, is taken up now.
    pub(super) fn hear_of(&mut self, ended: &Ended) {
        if let Some((lane, at)) = self.passed_over.remove(&ended.request)
            && at > ended.read_at
        {
            self.queue(lane).push_back(ended.request);
        }
        self.next = ended.next.map_or(self.next, |next| next.min(self.next));
    }

    fn queue(&mut self, lane: Lane) -> &mut VecDeque<RequestId> {
        match lane {
            Lane::Discord => &mut self.discord,
            Lane::Headscale => &mut self.headscale,
        }
    }
}

/// The turns that are under way, lane by lane.
#[derive(Default)]
pub(super) struct Hands {
    discord: JoinSet<Ended>,
    headscale: JoinSet<Ended>,
}

impl Hands {
    pub(super) fn of(&mut self, lane: Lane) -> &mut JoinSet<Ended> {
        match lane {
            Lane::Discord => &mut self.discord,
            Lane::Headscale => &mut self.headscale,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.discord.len() + self.headscale.len()
    }

    /// None if there was no turn to wait for.
    pub(super) async fn next_done(&mut self) -> Option<Result<Ended, JoinError>> {
        tokio::select! {
            Some(ended) = self.discord.join_next() => Some(ended),
            Some(ended) = self.headscale.join_next() => Some(ended),
            else => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agenda(due: &[i64], more: &[Lane]) -> DueRequests {
        DueRequests {
            due: due.iter().map(|id| (RequestId(*id), LANE)).collect(),
            next: None,
            more: more.to_vec(),
        }
    }

    fn ended(request: i64, read_at: Instant) -> Ended {
        Ended {
            request: RequestId(request),
            read_at,
            next: None,
        }
    }

    const LANE: Lane = Lane::Headscale;
    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const LATER: Timestamp = Timestamp::MAX;

    #[test]
    fn what_was_written_after_the_turns_last_look_is_taken_up_when_it_ends() {
        let before = Instant::now();
        let mut plan = Plan::of(agenda(&[1, 2], &[]), LATER, |id| id == RequestId(1));
        assert_eq!(plan.take(LANE), Some(RequestId(2)));
        assert_eq!(plan.take(LANE), None);
        plan.hear_of(&ended(1, before));
        assert_eq!(plan.take(LANE), Some(RequestId(1)));
    }

    #[test]
    fn what_the_turn_has_seen_itself_is_not_done_again() {
        let mut plan = Plan::of(agenda(&[1], &[]), LATER, |_| true);
        let after = Instant::now() + std::time::Duration::from_nanos(1);
        plan.hear_of(&ended(1, after));
        assert_eq!(plan.take(LANE), None);
    }

    #[test]
    fn a_plan_is_over_when_it_is_time_or_when_a_lane_with_more_runs_dry() {
        assert!(Plan::none().is_over(NOW));
        let mut plan = Plan::of(agenda(&[1], &[LANE]), LATER, |_| false);
        assert!(!plan.is_over(NOW));
        plan.take(LANE);
        assert!(plan.is_over(NOW));
        let mut plan = Plan::of(agenda(&[], &[]), LATER, |_| false);
        assert!(!plan.is_over(NOW));
        let next = Some(NOW);
        plan.hear_of(&Ended {
            next,
            ..ended(1, Instant::now())
        });
        assert!(plan.is_over(NOW));
    }
}
