//! The requester's direct message, never with a key in it. The version with the key is rendered once, in `handover`;
//! whatever is rendered here replaces its text, its steps and its picture.

use super::button;
use super::card::quoted;
use super::custom_id::Verb;
use super::embed::{BoundedEmbed, Tone};
use super::problem::problem;
use super::rendered::Rendered;
use super::steps::link_tip;
use super::words::{addresses, device, mention, node_name, relative, yes_or_no};
use crate::domain::{
    ClaimReason, DeviceRequest, Handover, JoinedNode, Naming, OnRevoke, Person, Problem, Reason,
    Rules, Standing, State,
};
use crate::i18n::text;

/// The letter as it should look now, without a key.
pub fn letter(request: &DeviceRequest, rules: &Rules) -> Rendered {
    let (headline, tone, mut lines) = compose(request, rules);
    if let State::Claimable { .. } = request.state {
        lines.extend(link_tip(request, rules));
    }
    let embed = BoundedEmbed::new(title(request), tone).lines(lines);
    Rendered::embed(Some(headline), embed).buttons(button::row(request.id, verbs(request)))
}

/// What the requester can do: stop it while there is no key, and collect one that waits.
pub(super) fn verbs(request: &DeviceRequest) -> &'static [Verb] {
    let has_no_key = matches!(
        request.state,
        State::Pending { .. }
            | State::Approved { .. }
            | State::Issuing { stopping: None, .. }
            | State::Claimable { .. }
            | State::Failed { .. }
    );
    match (can_collect(request), has_no_key) {
        (true, true) => &[Verb::Claim, Verb::Cancel],
        (true, false) => &[Verb::Claim],
        (false, true) => &[Verb::Cancel],
        (false, false) => &[],
    }
}

pub(super) fn title(request: &DeviceRequest) -> String {
    text!(
        "letter-title",
        request = request.id.to_string(),
        device = request.device.as_str()
    )
}

/// Whether *Get my key* makes a key: the first one, or a replacement for one that was collected but not used.
pub(super) fn can_collect(request: &DeviceRequest) -> bool {
    matches!(
        request.state,
        State::Claimable { .. }
            | State::Delivered {
                handover: Handover::Claim { .. },
                used: false,
                revoking: None,
                ..
            }
    )
}

/// The headline is what a phone shows before the message is opened.
type Text = (String, Tone, Vec<String>);

fn compose(request: &DeviceRequest, rules: &Rules) -> Text {
    let device = device(request);
    let by_link = request.sign_in.is_some();
    match &request.state {
        State::Pending { lapses_at } => (
            text!("letter-waiting", device = device),
            Tone::Waiting,
            vec![text!("letter-waiting-more", expires = relative(*lapses_at))],
        ),
        State::Approved { approval } | State::Issuing { approval, .. } => {
            let by = mention(approval.by.id);
            let more = if by_link {
                text!("letter-approved-link", by = by)
            } else {
                text!("letter-approved-key", by = by)
            };
            let trouble = request.held_up().map(problem);
            let trouble = trouble.map(|cause| text!("letter-held-up", problem = cause));
            (
                text!("letter-approved", device = device),
                Tone::Working,
                [more].into_iter().chain(trouble).collect(),
            )
        }
        State::Delivered {
            revoking: Some(by), ..
        }
        | State::Joined {
            revoking: Some(by), ..
        } => (
            text!("letter-revoking", device = device),
            Tone::Over,
            vec![text!("letter-revoking-more", by = revoker_to_member(by))],
        ),
        State::Delivered { .. } => delivered(request, &device),
        State::Claimable { because, until, .. } => claimable(&device, *because, &relative(*until)),
        State::Failed { cause, called, .. } => failed(&device, by_link, cause, *called),
        State::Joined { node, .. } => joined(request, node),
        State::Lost { .. } => (
            text!("letter-lost", device = device),
            Tone::Over,
            vec![text!("letter-lost-more")],
        ),
        State::Denied { by, reason } => denied(request, rules, &mention(by.id), reason.as_ref()),
        State::Cancelled => (
            text!("letter-cancelled", device = device),
            Tone::Over,
            vec![text!("letter-cancelled-more")],
        ),
        State::Expired { approval } => (
            text!("letter-expired", device = device),
            Tone::Over,
            vec![match approval {
                _ if by_link => text!("letter-expired-link"),
                Some(_) => text!("letter-expired-unused"),
                None => text!("letter-expired-undecided"),
            }],
        ),
        State::Revoked { by, .. } => revoked(request, rules, by),
    }
}

fn delivered(request: &DeviceRequest, device: &str) -> Text {
    let State::Delivered {
        key,
        handover,
        used,
        ..
    } = &request.state
    else {
        return (String::new(), Tone::Handed, Vec::new());
    };
    let expires = relative(key.expires_at);
    let (headline, more) = match handover {
        _ if *used => (
            text!("letter-used", device = device),
            text!("letter-used-more"),
        ),
        Handover::Letter | Handover::SignIn { .. } => (
            text!("letter-key-sent", device = device),
            text!("letter-key-sent-more", expires = expires),
        ),
        Handover::Claim { .. } => (
            text!("letter-collected", device = device),
            text!("letter-collected-more", expires = expires),
        ),
    };
    (headline, Tone::Handed, vec![more])
}

fn claimable(device: &str, because: ClaimReason, until: &str) -> Text {
    let (headline, more) = match because {
        ClaimReason::DirectMessagesClosed => (
            text!("letter-to-collect", device = device),
            text!("letter-dms-closed-more", until = until),
        ),
        ClaimReason::MembershipLost => (
            text!("letter-to-collect", device = device),
            text!("letter-membership-lost-more", until = until),
        ),
        ClaimReason::KeyLapsed => (
            text!("letter-key-lapsed", device = device),
            text!("letter-key-lapsed-more", until = until),
        ),
    };
    (headline, Tone::Waiting, vec![more])
}

fn failed(device: &str, by_link: bool, cause: &Problem, called: bool) -> Text {
    let (headline, more) = if by_link {
        (
            text!("letter-failed-link", device = device),
            text!("letter-failed-link-more"),
        )
    } else {
        (
            text!("letter-failed-key", device = device),
            text!("letter-failed-key-more", called = yes_or_no(called)),
        )
    };
    (headline, Tone::Trouble, vec![problem(cause), more])
}

fn joined(request: &DeviceRequest, node: &JoinedNode) -> Text {
    let name = node_name(node);
    let since = relative(request.updated_at);
    let over = |headline, more| (headline, Tone::Over, vec![more]);
    match node.standing {
        Standing::In => {}
        Standing::Expired => {
            let headline = text!("letter-signed-out", name = name, since = since);
            return over(headline, text!("letter-signed-out-more"));
        }
        Standing::Removed => {
            let headline = text!("letter-removed", name = name, since = since);
            return over(headline, text!("letter-removed-more"));
        }
    }
    let headline = match addresses(node) {
        Some(addresses) => text!("letter-online-as", name = name, addresses = addresses),
        None => text!("letter-online", name = name),
    };
    let mut lines = vec![if request.sign_in.is_some() {
        text!("letter-online-link")
    } else {
        text!("letter-online-key")
    }];
    if let Naming::Refused { cause } = &node.naming {
        lines.push(text!(
            "letter-not-renamed",
            device = device(request),
            problem = problem(cause)
        ));
    }
    (headline, Tone::Good, lines)
}

fn denied(request: &DeviceRequest, rules: &Rules, by: &str, reason: Option<&Reason>) -> Text {
    let cooldown = rules.requests.cooldown_after_denial;
    let until = request.updated_at.checked_add(cooldown).ok();
    let until = until.filter(|_| !cooldown.is_zero());
    let mut lines = match reason {
        Some(_) => vec![text!("letter-denied-by", by = by), quoted(reason)],
        None => vec![text!("letter-denied-silently", by = by)],
    };
    lines.push(match until {
        Some(until) => text!("letter-ask-again-at", at = relative(until)),
        None => text!("letter-ask-again"),
    });
    let headline = text!("letter-denied", device = device(request));
    (headline, Tone::Refused, lines)
}

/// Says what it means for the device. By now nothing tells whether one had joined.
fn revoked(request: &DeviceRequest, rules: &Rules, by: &Person) -> Text {
    let by = revoker_to_member(by);
    let since = relative(request.updated_at);
    let effect = match rules.headscale.on_revoke {
        OnRevoke::Delete => "delete",
        OnRevoke::Expire => "expire",
    };
    let more = if request.sign_in.is_some() {
        text!(
            "letter-revoked-link",
            by = by,
            since = since,
            effect = effect
        )
    } else {
        text!(
            "letter-revoked-key",
            by = by,
            since = since,
            effect = effect
        )
    };
    let headline = text!("letter-revoked", device = device(request));
    (headline, Tone::Over, vec![more])
}

/// Who revoked it, in words for the member whose device it was.
fn revoker_to_member(by: &Person) -> String {
    if by.is_bot() {
        text!("revoked-by-bot-you")
    } else {
        mention(by.id)
    }
}
