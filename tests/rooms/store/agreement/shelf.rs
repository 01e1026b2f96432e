//! What the store should hold, as a plain list.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Backoff, DeviceRequest, Event, History, InteractionId, MemberId, Person, Problem, Projection,
    ProjectionKind, Record, Refusal, RequestId, State, Status, apply, owed,
};
use crate::rooms::store::scene::ask;
use crate::store::{Submission, Swap};
use crate::support::people::moment;
use crate::support::requests::request;
use crate::support::rules::rules;

pub(super) const MEMBERS: std::ops::RangeInclusive<i64> = 1..=3;

/// What the store should hold. Requests stand at the place of their number less one.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    pub(super) requests: Vec<DeviceRequest>,
    /// Of each line in the audit log: the request, its version, and what happened.
    pub(super) audit: Vec<(i64, i64, String)>,
    /// How much has been done; every deed takes a second.
    pub(super) deeds: i64,
    /// How the last deed ended.
    pub(super) ended: Option<Ended>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ended {
    Submitted(Submission),
    Swapped(Swap),
    Done,
}

impl Shelf {
    pub(super) fn now(&self) -> Timestamp {
        moment(self.deeds)
    }

    pub(super) fn submit(&mut self, interaction: i64, member: i64, device: &str) -> Submission {
        let asked = |it: &&DeviceRequest| it.interaction == InteractionId(interaction);
        if let Some(earlier) = self.requests.iter().find(asked) {
            return Submission::Redelivered(Box::new(earlier.clone()));
        }
        let theirs: Vec<_> = self.of(MemberId(member)).collect();
        let taken = |it: &&&DeviceRequest| it.device.as_str() == device && it.state.reserves_name();
        if let Some(open) = theirs.iter().find(taken) {
            return Submission::Refused(Refusal::AlreadyOpen {
                request: open.id,
                device: open.device.clone(),
            });
        }
        let (history, record) = past(&theirs, self.now());
        if let Err(refusal) = rules().within_limits(record, self.now()) {
            return Submission::Refused(refusal);
        }
        let new = self.fresh(interaction, member, device, history);
        self.audit.push((new.id.0, 1, "requested".to_owned()));
        self.requests.push(new.clone());
        Submission::New(Box::new(new))
    }

    fn fresh(
        &self,
        interaction: i64,
        member: i64,
        device: &str,
        history: History,
    ) -> DeviceRequest {
        let new = ask(interaction, member, device);
        DeviceRequest {
            id: number(self.requests.len()),
            interaction: new.interaction,
            requester: new.requester,
            member_since: new.member_since,
            asked_in: new.asked_in,
            device: new.device,
            platform: new.platform,
            reason: new.reason,
            history,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
            ..request(State::Pending {
                lapses_at: lapses_at(self.now()),
            })
        }
    }

    pub(super) fn of(&self, member: MemberId) -> impl Iterator<Item = &DeviceRequest> {
        let theirs = move |it: &&DeviceRequest| it.requester.id == member;
        self.requests.iter().filter(theirs)
    }

    pub(super) fn record(&mut self, index: usize, event: Event, late: bool) -> Swap {
        if late {
            return Swap::Lost;
        }
        let name = event.clone().into_str().to_owned();
        let before = &self.requests[index];
        let after = apply(before, event, self.now()).expect("only what is possible is tried");
        self.audit.push((after.id.0, after.version, name));
        self.requests[index] = after;
        Swap::Done
    }

    pub(super) fn show(&mut self, index: usize, kind: ProjectionKind, new: &Projection) {
        let shown = self.requests[index].projection_mut(kind);
        let known = shown.place.filter(|_| shown.generation == new.generation);
        *shown = new.clone();
        shown.place = new.place.or(known);
    }

    pub(super) fn repaint(&mut self, index: usize) {
        let request = &mut self.requests[index];
        let (before, status) = (request.version - 1, request.status());
        let with_letter = matches!(status, Status::Approved | Status::Issuing);
        let kinds = [
            Some(ProjectionKind::Card),
            with_letter.then_some(ProjectionKind::Letter),
        ];
        for kind in kinds.into_iter().flatten() {
            let shown = request.projection_mut(kind);
            if shown.place.is_some() {
                shown.shown = shown.shown.min(before);
            }
        }
    }

    /// In the order in which they become due.
    pub(super) fn due(&self) -> Vec<(Timestamp, &DeviceRequest)> {
        let due = |request| Some((owed(request).due_at()?, request));
        let mut due: Vec<_> = self.requests.iter().filter_map(due).collect();
        due.sort_by_key(|(at, request)| (*at, request.id));
        due
    }

    pub(super) fn holders(&self) -> Vec<&Person> {
        let holds = |member: &i64| self.of(MemberId(*member)).any(|it| it.state.is_held());
        let holders = MEMBERS.filter(holds);
        holders
            .filter_map(|member| self.of(MemberId(member)).next().map(|it| &it.requester))
            .collect()
    }
}

fn past(theirs: &[&DeviceRequest], now: Timestamp) -> (History, Record) {
    let count = |what: &dyn Fn(&DeviceRequest) -> bool| {
        u32::try_from(theirs.iter().filter(|request| what(request)).count()).unwrap()
    };
    let yesterday = now - SignedDuration::from_hours(24);
    let is_denied = |it: &DeviceRequest| it.status() == Status::Denied;
    let has = |it: &DeviceRequest| {
        it.state.is_held() && matches!(it.status(), Status::Delivered | Status::Joined)
    };
    let denied = theirs.iter().filter(|it| is_denied(it));
    let lettered = theirs
        .iter()
        .filter(|it| it.letter != Projection::default());
    let last_letter = lettered.max_by_key(|it| it.id);
    let history = History {
        requests: count(&|_| true),
        denials: count(&is_denied),
        devices: count(&has),
        user: None,
        letters: last_letter.and_then(|it| Some(it.letter.place?.channel)),
    };
    let record = Record {
        open: count(&|it| Status::OPEN.contains(&it.status())),
        last_day: count(&|it| it.created_at > yesterday),
        last_denied_at: denied.map(|it| it.updated_at).max(),
    };
    (history, record)
}

pub(super) fn lapses_at(now: Timestamp) -> Timestamp {
    now + SignedDuration::from_hours(72)
}

pub(super) fn backoff(retry_at: Timestamp) -> Backoff {
    Backoff {
        attempts: 1,
        retry_at: Some(retry_at),
        last_error: Some(Problem::HeadscaleSlow),
    }
}

/// Of the request at this place.
pub(super) fn number(index: usize) -> RequestId {
    RequestId(i64::try_from(index).unwrap() + 1)
}
