//! The approvers' message: one per request, edited for life. Facts stay after the decision; the outcome is added.

use std::fmt::Write as _;

use serenity::builder::CreateActionRow;

use super::command::platform_name;
use super::escape::{code, escape};
use super::problem::problem;
use super::sheet::{Mood, Sheet};
use super::words::{
    addresses, counted, lasting, mention, moment, named, node_name, relative, revoker, title,
};
use super::{Face, button};
use crate::domain::{
    ClaimReason, DeviceRequest, Handover, JoinedNode, Naming, Reason, State, Status,
};
use crate::domain::{Rules, Tag, UserMapping};

/// The card as it should look now. The approvers are mentioned only where it is posted and waits for them.
pub fn card(request: &DeviceRequest, rules: &Rules) -> Face {
    let sheet = Sheet::new(title("Device request", request), mood(&request.state))
        .lines(status_lines(request))
        .field("Who", who(request))
        .field("What", what(request))
        .field("Approval gives", will_give(request, rules))
        .field("Why", quoted(request.reason.as_ref()))
        .field("So far", so_far(request))
        .field("Requested", moment(request.created_at))
        .field("Approved", approved(request))
        .field("Denied", denied(&request.state))
        .field("Trouble", trouble(request));
    let face = Face::sheet(None, sheet).buttons(buttons(request));
    match rules.discord.mention_role {
        Some(role) if pages(request) => Face {
            content: Some(format!("<@&{role}>")),
            ..face.pinging_role(role)
        },
        _ => face,
    }
}

fn pages(request: &DeviceRequest) -> bool {
    let waits = matches!(request.status(), Status::Pending | Status::Failed);
    waits && request.card.place.is_none()
}

fn buttons(request: &DeviceRequest) -> Vec<CreateActionRow> {
    let id = request.id;
    button::row(match request.status() {
        Status::Pending => vec![button::approve(id), button::deny(id)],
        Status::Failed => vec![button::retry(id), button::deny(id)],
        Status::Delivered | Status::Claimable | Status::Joined if !is_revoking(request) => {
            vec![button::revoke(id)]
        }
        Status::Delivered
        | Status::Claimable
        | Status::Joined
        | Status::Approved
        | Status::Issuing
        | Status::Denied
        | Status::Cancelled
        | Status::Expired
        | Status::Revoked => Vec::new(),
    })
}

/// An approver has said so and the worker is on it.
fn is_revoking(request: &DeviceRequest) -> bool {
    matches!(
        request.state,
        State::Delivered {
            revoking: Some(_),
            ..
        } | State::Joined {
            revoking: Some(_),
            ..
        }
    )
}

fn mood(state: &State) -> Mood {
    match state {
        State::Pending { .. } | State::Claimable { .. } => Mood::Waiting,
        State::Approved { .. } | State::Issuing { .. } => Mood::Working,
        State::Delivered { .. } => Mood::Handed,
        State::Joined { .. } => Mood::Good,
        State::Denied { .. } => Mood::Refused,
        State::Failed { .. } => Mood::Trouble,
        State::Cancelled | State::Expired { .. } | State::Revoked { .. } => Mood::Over,
    }
}

/// Emoji and word first, so that a glance is enough and colour is not needed.
fn status_lines(request: &DeviceRequest) -> Vec<String> {
    let requester = mention(request.requester.id);
    let since = relative(request.updated_at);
    let line = match &request.state {
        State::Pending { lapses_at } => {
            format!("⏳ **Waiting** · expires {}", relative(*lapses_at))
        }
        State::Approved { approval } => {
            format!("⚙️ **Working** · approved by {}", mention(approval.by.id))
        }
        State::Issuing { approval, attempt } => match attempt.handover {
            Handover::Letter => {
                format!("⚙️ **Working** · approved by {}", mention(approval.by.id))
            }
            Handover::SignIn { .. } => {
                format!(
                    "⚙️ **Working** · {} approved, the device is being let in",
                    mention(approval.by.id)
                )
            }
            Handover::Claim { .. } => {
                format!("⚙️ **Working** · {requester} is collecting the key")
            }
        },
        State::Delivered { .. } => delivered(request),
        State::Claimable { because, until, .. } => {
            let why = match because {
                ClaimReason::DirectMessagesClosed => "direct messages are closed",
                ClaimReason::KeyLapsed => "the key lapsed unused",
            };
            format!(
                "🔔 **Approved** · {why}, waiting for {requester} to collect the key · expires {}",
                relative(*until)
            )
        }
        State::Failed {
            cause, lapses_at, ..
        } => format!(
            "❗ **Failed** · {}\nRetry when it is mended · expires {}",
            problem(cause),
            relative(*lapses_at)
        ),
        State::Joined { node, revoking, .. } => {
            return joined(request, node, revoking.is_some());
        }
        State::Denied { by, .. } => format!("⛔ **Denied** by {} {since}", mention(by.id)),
        State::Cancelled => format!("↩️ **Cancelled** by {requester} {since}"),
        State::Expired { approval: None } => {
            format!("💤 **Expired** {since} · nobody decided in time")
        }
        State::Expired { approval: Some(_) } => {
            format!("💤 **Expired** {since} · approved, but no device joined in time")
        }
        State::Revoked { by, .. } => format!("🚫 **Revoked** by {} {since}", revoker(by)),
    };
    vec![line]
}

fn delivered(request: &DeviceRequest) -> String {
    let State::Delivered {
        key,
        handover,
        used,
        revoking,
        ..
    } = &request.state
    else {
        return String::new();
    };
    let requester = mention(request.requester.id);
    if let Some(by) = revoking {
        return format!("⚙️ **Revoking** · asked for by {}", revoker(by));
    }
    if *used {
        return "📨 **Key used** · waiting for the device to appear".to_owned();
    }
    let how = match handover {
        Handover::Letter | Handover::SignIn { .. } => format!("**Key sent** to {requester}"),
        Handover::Claim { .. } => format!("**Key collected** by {requester}"),
    };
    format!("📨 {how} · expires {}", relative(key.expires_at))
}

fn joined(request: &DeviceRequest, node: &JoinedNode, revoking: bool) -> Vec<String> {
    let mut lines = vec![if revoking {
        "⚙️ **Revoking**".to_owned()
    } else {
        format!("✅ **Joined** as {}", node_name(node))
    }];
    let addresses = addresses(node);
    if !addresses.is_empty() {
        lines.push(format!("Addresses: {addresses}"));
    }
    if let Some(other) = &node.other_owner {
        lines.push(format!(
            "⚠️ It belongs to the Headscale user {}, not to the one that was meant",
            code(other, 80)
        ));
    }
    match &node.naming {
        Naming::Settled => {}
        Naming::Owed => lines.push(format!("Being renamed to `{}`", request.device)),
        Naming::Refused { cause } => lines.push(format!(
            "❗ Could not be renamed to `{}`. {}",
            request.device,
            problem(cause)
        )),
    }
    lines
}

fn who(request: &DeviceRequest) -> String {
    let person = &request.requester;
    let mut ages = format!(
        "Account made <t:{}:R>",
        person.id.created_at_millis() / 1000
    );
    if let Some(since) = request.member_since {
        let _ = write!(ages, " · joined the server {}", relative(since));
    }
    format!(
        "{}\n-# {} · {}\n{ages}",
        mention(person.id),
        escape(&person.name, 80),
        person.id
    )
}

fn what(request: &DeviceRequest) -> String {
    let device = format!(
        "`{}` · {}",
        request.device,
        platform_name(request.platform).english
    );
    match (request.sign_in_ends_at(), request.status()) {
        (None, _) => device,
        (Some(end), Status::Pending | Status::Approved | Status::Issuing | Status::Failed) => {
            format!(
                "{device}\nWaits with a sign-in link, which runs out {}; after that it is too late to approve",
                relative(end)
            )
        }
        (Some(_), _) => format!("{device}\nAsked with a sign-in link"),
    }
}

/// What a click on Approve does, in plain words.
fn will_give(request: &DeviceRequest, rules: &Rules) -> String {
    let kind = if rules.keys.ephemeral {
        "Ephemeral: the device is removed soon after it goes offline"
    } else {
        "The device stays until it is removed"
    };
    if request.sign_in.is_some() {
        return format!(
            "{}\nThe device that shows {}'s link is let in at once; no key is made",
            owner(request, rules),
            mention(request.requester.id)
        );
    }
    let mut lines = vec![
        owner(request, rules),
        format!(
            "A key that works once and lasts {}",
            lasting(rules.keys.expiration)
        ),
        kind.to_owned(),
    ];
    if !rules.keys.tags.is_empty() {
        lines.push(tags(&rules.keys.tags));
    }
    lines.join("\n")
}

fn tags(tags: &[Tag]) -> String {
    const SHOWN: usize = 6;
    let names: Vec<_> = tags
        .iter()
        .take(SHOWN)
        .map(|tag| code(tag.as_str(), 70))
        .collect();
    let more = match tags.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("Tags: {}{more}", names.join(", "))
}

/// A member who asked before under another name keeps the user they have: the name is what a new one would get.
fn owner(request: &DeviceRequest, rules: &Rules) -> String {
    let name = code(
        rules.headscale.user.user_of(&request.requester).as_str(),
        80,
    );
    let origin = if rules.headscale.create_users {
        "**new** if there is none yet"
    } else {
        "has to exist already"
    };
    match &rules.headscale.user {
        UserMapping::Shared(_) => format!("Headscale user {name}, for everybody ({origin})"),
        UserMapping::PerMember(_) => format!("Headscale user {name}, their own ({origin})"),
    }
}

fn quoted(reason: Option<&Reason>) -> String {
    // 400 characters are at most 800 units once escaped.
    reason
        .map(|reason| format!("> {}", escape(reason.as_str(), 1000)))
        .unwrap_or_default()
}

fn so_far(request: &DeviceRequest) -> String {
    let history = request.history;
    if history.requests == 0 {
        return "First request".to_owned();
    }
    let mut parts = vec![counted(
        history.requests,
        "earlier request",
        "earlier requests",
    )];
    if history.denials > 0 {
        parts.push(format!("{} denied", history.denials));
    }
    parts.push(counted(history.devices, "device", "devices"));
    parts.join(" · ")
}

fn approved(request: &DeviceRequest) -> String {
    let Some(approval) = request.state.approval() else {
        return String::new();
    };
    let own = if approval.by.id == request.requester.id {
        "\n⚠️ Self-approval: requester and approver are the same person"
    } else {
        ""
    };
    format!("{} {}{own}", named(&approval.by), moment(approval.at))
}

fn denied(state: &State) -> String {
    let State::Denied { by, reason } = state else {
        return String::new();
    };
    match reason {
        Some(_) => format!("{}\n{}", named(by), quoted(reason.as_ref())),
        None => format!("{}, without a reason", named(by)),
    }
}

/// What an approver may want to help with.
fn trouble(request: &DeviceRequest) -> String {
    let mut lines = Vec::new();
    if let Some(cause) = &request.backoff.last_error {
        let again = match request.backoff.retry_at {
            Some(at) => format!(" Next attempt {}.", relative(at)),
            None => String::new(),
        };
        lines.push(format!("{}{again}", problem(cause)));
    }
    lines.extend(untold(request));
    lines.join("\n")
}

/// The requester ought to know, and does not.
fn untold(request: &DeviceRequest) -> Option<String> {
    let waits_for_letter = match request.status() {
        Status::Failed | Status::Joined | Status::Denied | Status::Expired | Status::Revoked => {
            true
        }
        Status::Pending
        | Status::Approved
        | Status::Issuing
        | Status::Delivered
        | Status::Claimable
        | Status::Cancelled => false,
    };
    let requester = mention(request.requester.id);
    if waits_for_letter && request.letter.closed {
        return Some(format!(
            "{requester} could not be told: their direct messages are closed."
        ));
    }
    let stuck = request.letter.shown < request.version && request.letter.backoff.attempts > 0;
    (waits_for_letter && stuck)
        .then(|| format!("{requester} could not be told yet: Discord did not take the message."))
}
