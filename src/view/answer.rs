//! Private answers to the command and to clicks, including those that come too late or hit an error of ours.

use super::card::quoted;
use super::custom_id::Verb;
use super::problem::problem;
use super::rendered::Rendered;
use super::steps::link_tip;
use super::words::{device, mention, relative, revoker, yes_or_no};
use super::{button, escape, letter};
use crate::domain::{DeviceRequest, OnRevoke, Problem, Rules, Standing, State, Stop};
use crate::i18n::text;

/// The answer to `/request-device`, which keeps up with the request for as long as Discord lets it be edited.
pub fn submitted(request: &DeviceRequest, rules: &Rules) -> Rendered {
    let mut text = submitted_text(request);
    if let State::Pending { .. } = request.state
        && let Some(tip) = link_tip(request, rules)
    {
        text = format!("{text}\n\n{tip}");
    }
    Rendered::text(text).buttons(button::row(request.id, letter::verbs(request)))
}

fn submitted_text(request: &DeviceRequest) -> String {
    let name = text!(
        "answer-name",
        request = request.id.to_string(),
        device = device(request)
    );
    let by_link = request.sign_in.is_some();
    if let Some(cause) = request.held_up() {
        return text!("answer-held-up", name = name, problem = problem(cause));
    }
    match &request.state {
        State::Pending { lapses_at } => pending(request, &name, &relative(*lapses_at)),
        State::Issuing {
            stopping: Some(Stop::Cancel),
            ..
        } => text!("answer-cancelling", name = name),
        State::Approved { .. } | State::Issuing { .. } if by_link => {
            text!("answer-approved-link", name = name)
        }
        State::Approved { .. } => text!("answer-approved-key", name = name),
        State::Issuing { .. } => text!("answer-making-key", name = name),
        State::Delivered {
            revoking: Some(_), ..
        }
        | State::Joined {
            revoking: Some(_), ..
        } => text!("answer-revoking", name = name),
        State::Delivered { used: true, .. } => text!("answer-key-used", name = name),
        State::Delivered { .. } if letter::can_collect(request) => {
            text!("answer-key-collected", name = name)
        }
        State::Delivered { .. } => text!("answer-key-sent", name = name),
        State::Claimable { until, .. } => {
            text!("answer-claimable", name = name, until = relative(*until))
        }
        State::Failed { .. } if by_link => text!("answer-failed-link", name = name),
        State::Failed { called, .. } => {
            text!(
                "answer-failed-key",
                name = name,
                called = yes_or_no(*called)
            )
        }
        State::Joined { node, .. } if node.standing == Standing::In => {
            text!("answer-online", name = name)
        }
        State::Joined { .. } => text!("answer-gone", name = name),
        State::Lost { .. } => text!("answer-lost", name = name),
        State::Denied { by, reason } => {
            let denied = text!("answer-denied", name = name, by = mention(by.id));
            match reason {
                Some(_) => format!("{denied}\n{}", quoted(reason.as_ref())),
                None => denied,
            }
        }
        State::Cancelled => text!("answer-cancelled", name = name),
        State::Expired { .. } if by_link => text!("answer-expired-link", name = name),
        State::Expired { .. } => text!("answer-expired", name = name),
        State::Revoked { by, .. } => text!("answer-revoked", name = name, by = revoker(by)),
    }
}

/// The same words before and after the card is posted, so the answer need not be edited for that.
fn pending(request: &DeviceRequest, name: &str, expires: &str) -> String {
    if request.card.place.is_some() || request.card.backoff.attempts == 0 {
        text!("answer-saved", name = name, expires = expires)
    } else {
        text!("answer-not-posted", name = name, expires = expires)
    }
}

/// The answer to *Get my key* when no key could be made.
pub fn not_claimed(cause: &Problem) -> Rendered {
    Rendered::text(text!("answer-not-claimed", problem = problem(cause)))
}

/// Tells whoever clicked second what happened, without blame.
pub(crate) fn already_decided(request: &DeviceRequest) -> Rendered {
    let since = relative(request.updated_at);
    let id = request.id.to_string();
    Rendered::text(match &request.state {
        State::Pending { .. } => text!("decided-pending", request = id),
        State::Denied { by, .. } => {
            text!(
                "decided-denied",
                request = id,
                by = mention(by.id),
                since = since
            )
        }
        State::Cancelled => {
            let by = mention(request.requester.id);
            text!("decided-cancelled", request = id, by = by, since = since)
        }
        State::Expired { approval: None } => {
            text!("decided-expired", request = id, since = since)
        }
        State::Revoked { by, .. } => {
            text!(
                "decided-revoked",
                request = id,
                by = revoker(by),
                since = since
            )
        }
        State::Lost { .. } => text!("decided-lost", request = id, since = since),
        State::Failed { .. } => text!("decided-failed", request = id, since = since),
        State::Approved { approval }
        | State::Issuing { approval, .. }
        | State::Delivered { approval, .. }
        | State::Claimable { approval, .. }
        | State::Joined { approval, .. }
        | State::Expired {
            approval: Some(approval),
        } => {
            let (by, since) = (mention(approval.by.id), relative(approval.at));
            text!("decided-approved", request = id, by = by, since = since)
        }
    })
}

/// Asks for confirmation before revoking, and says what *Revoke now* will do.
pub(crate) fn confirm_revoke(request: &DeviceRequest, on_revoke: OnRevoke) -> Rendered {
    let (id, who) = (request.id.to_string(), mention(request.requester.id));
    let device = device(request);
    let text = match (&request.state, on_revoke) {
        (State::Joined { .. }, OnRevoke::Delete) => {
            text!("revoke-removes", request = id, who = who, device = device)
        }
        (State::Joined { .. }, OnRevoke::Expire) => {
            text!("revoke-signs-out", request = id, who = who, device = device)
        }
        _ if request.sign_in.is_some() => {
            text!(
                "revoke-stops-link",
                request = id,
                who = who,
                device = device
            )
        }
        (State::Approved { .. } | State::Issuing { .. } | State::Claimable { .. }, _) => {
            text!("revoke-stops", request = id, who = who, device = device)
        }
        _ => text!("revoke-ends-key", request = id, who = who, device = device),
    };
    Rendered::text(text).buttons(button::row(request.id, &[Verb::RevokeYes]))
}

/// Replaces that question once the decision is stored.
pub(crate) fn revoking(request: &DeviceRequest) -> Rendered {
    Rendered::text(text!("revoke-started", request = request.id.to_string()))
}

/// The log says what went wrong, under the same id.
pub(crate) fn error_with_id(error_id: &str) -> Rendered {
    Rendered::text(text!("answer-error", id = escape::code(error_id, 60)))
}
