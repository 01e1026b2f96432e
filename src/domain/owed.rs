//! What still has to be done for a request, derived from the request alone. There is no job queue: the worker asks
//! [`owed()`], does that, and asks again. Everything here can be done twice without harm.

use jiff::Timestamp;
use strum::IntoStaticStr;

use super::{Attempt, DeviceRequest, Handover, Naming, Projection, State, Status};

/// The one thing to do next for a request itself, in the imperative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Step {
    /// Post the direct message without a key, which shows whether direct messages are closed.
    OpenLetter,
    /// Let in the device that waits with its sign-in link.
    Register,
    /// Make a key and show it.
    Issue,
    /// Make sure that no key of an interrupted attempt is usable: nobody holds its plaintext any more.
    Reclaim,
    /// Tell the approvers that a request failed: a card that is edited calls nobody.
    CallApprovers,
    /// End a state whose deadline has passed.
    Lapse,
    /// See whether the key has been used, and by which node.
    LookForNode,
    /// Expire a key at the end of its lifetime, unless it has been used.
    LapseKey,
    /// Give the node the name that was requested.
    RenameNode,
    /// Revoke the key or the device.
    Revoke,
}

/// What a request may have to wait for. No lane waits for another: while Headscale is away, cards are still posted, and
/// somebody whose request was approved does not queue behind devices that are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Discord,
    Headscale,
    /// Headscale, too, for keys and devices that are out: looks, which nobody waits for, and whatever is revoked.
    Watch,
}

impl Lane {
    pub(crate) const DISCORD: [Status; 8] = [
        Status::Pending,
        Status::Claimable,
        Status::Failed,
        Status::Lost,
        Status::Denied,
        Status::Cancelled,
        Status::Expired,
        Status::Revoked,
    ];
    pub(crate) const HEADSCALE: [Status; 2] = [Status::Approved, Status::Issuing];
    /// Of what is watched. A device is due only if there is something to do; a key is due for look after look.
    pub(crate) const DEVICES: [Status; 1] = [Status::Joined];
    pub(crate) const KEYS: [Status; 1] = [Status::Delivered];

    pub(crate) fn of(status: Status) -> Self {
        if Self::DISCORD.contains(&status) {
            Self::Discord
        } else if Self::HEADSCALE.contains(&status) {
            Self::Headscale
        } else {
            Self::Watch
        }
    }
}

/// From when on each part is owed. Parts fail independently: a deleted channel must not stop a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    pub step: Option<(Step, Timestamp)>,
    pub card: Option<Timestamp>,
    pub letter: Option<Timestamp>,
    pub notice: Option<Timestamp>,
    /// A look for keys that were abandoned.
    pub late_key: Option<Timestamp>,
}

impl Owed {
    /// The earliest moment at which there is something to do.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        [
            self.step.map(|(_, at)| at),
            self.card,
            self.letter,
            self.notice,
            self.late_key,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// Pure and total.
pub fn owed(request: &DeviceRequest) -> Owed {
    Owed {
        step: step(request),
        card: behind(request, &request.card),
        letter: letter_is_owed(request)
            .then(|| behind(request, &request.letter))
            .flatten(),
        notice: notice_is_owed(request)
            .then(|| behind(request, &request.notice).or_else(|| reminder(request)))
            .flatten(),
        late_key: request.abandoned.iter().map(|key| key.look_at).min(),
    }
}

fn behind(request: &DeviceRequest, projection: &Projection) -> Option<Timestamp> {
    (projection.shown < request.version)
        .then(|| projection.backoff.retry_at.unwrap_or(request.updated_at))
}

/// An unanswered call is repeated, once.
fn reminder(request: &DeviceRequest) -> Option<Timestamp> {
    let at = request.reminded_at().filter(|_| !request.notice.reminded)?;
    Some(request.notice.backoff.retry_at.unwrap_or(at))
}

fn step(request: &DeviceRequest) -> Option<(Step, Timestamp)> {
    if let (State::Approved { .. }, Some(ends_at)) = (&request.state, request.sign_in_ends_at()) {
        return Some(register(request, ends_at));
    }
    let now = request.updated_at;
    let (step, at) = match &request.state {
        State::Failed {
            lapses_at,
            called: false,
            ..
        } if request.backoff.retry_at.is_none_or(|at| at < *lapses_at) => {
            (Step::CallApprovers, now)
        }
        State::Pending { lapses_at } | State::Failed { lapses_at, .. } => (Step::Lapse, *lapses_at),
        State::Claimable { until, .. } => (Step::Lapse, *until),
        State::Approved { .. } if request.letter.place.is_none() => (Step::OpenLetter, now),
        State::Approved { .. } => (Step::Issue, now),
        State::Issuing { .. } => (Step::Reclaim, now),
        State::Delivered {
            revoking: Some(_), ..
        }
        | State::Joined {
            revoking: Some(_), ..
        } => (Step::Revoke, now),
        State::Delivered {
            key, used: false, ..
        } => return Some(watch(request, key.expires_at)),
        State::Delivered { used: true, .. } => (Step::LookForNode, now),
        State::Joined { node, .. } if node.naming == Naming::Owed => (Step::RenameNode, now),
        State::Joined { .. }
        | State::Lost { .. }
        | State::Denied { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => return None,
    };
    Some((
        step,
        request.backoff.retry_at.map_or(at, |retry| retry.max(at)),
    ))
}

/// The request lapses with its link.
fn register(request: &DeviceRequest, ends_at: Timestamp) -> (Step, Timestamp) {
    let next = request.backoff.retry_at.unwrap_or(request.updated_at);
    if next < ends_at {
        (Step::Register, next)
    } else {
        (Step::Lapse, ends_at.max(request.updated_at))
    }
}

/// The worker looks now and then until the key expires, and then makes sure that it has.
fn watch(request: &DeviceRequest, ends_at: Timestamp) -> (Step, Timestamp) {
    let next_look = request.backoff.retry_at.unwrap_or(request.updated_at);
    if next_look < ends_at {
        (Step::LookForNode, next_look)
    } else {
        (Step::LapseKey, next_look)
    }
}

/// Only the step that holds the key writes the letter with the key in it.
fn letter_is_owed(request: &DeviceRequest) -> bool {
    match &request.state {
        State::Pending { .. } => false,
        // No step holds a key while this is asked.
        State::Issuing { attempt, .. } => {
            attempt.handover == Handover::Letter
                && request.letter.place.is_some()
                && request.held_up().is_some()
        }
        State::Delivered {
            handover: Handover::Letter,
            used,
            revoking,
            ..
        } => *used || revoking.is_some(),
        // Posting the first letter is a step, because a refusal decides what happens next.
        State::Approved { .. }
        | State::Claimable { .. }
        | State::Delivered { .. }
        | State::Lost { .. }
        | State::Cancelled => request.letter.place.is_some(),
        // A requester with a sign-in link has had no letter yet.
        State::Failed { .. } | State::Joined { .. } => {
            request.letter.place.is_some() || request.sign_in.is_some()
        }
        State::Denied { .. } | State::Expired { .. } | State::Revoked { .. } => true,
    }
}

/// A requester who cannot be messaged is mentioned in the channel where they asked; that message is kept current.
fn notice_is_owed(request: &DeviceRequest) -> bool {
    let unreachable = request.letter.closed || request.letter.place.is_none();
    match &request.state {
        State::Claimable { .. } => unreachable,
        State::Issuing {
            attempt:
                Attempt {
                    handover: Handover::Claim { .. },
                    ..
                },
            ..
        } => false,
        State::Pending { .. }
        | State::Approved { .. }
        | State::Issuing { .. }
        | State::Delivered { .. }
        | State::Failed { .. }
        | State::Joined { .. }
        | State::Lost { .. }
        | State::Denied { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => request.notice.place.is_some(),
    }
}
