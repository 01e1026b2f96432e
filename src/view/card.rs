//! The approvers' message. There is one per request, and it is edited for life: the facts stay, the outcome is added.

use super::button;
use super::command::platform_name;
use super::custom_id::Verb;
use super::embed::{BoundedEmbed, Tone};
use super::escape::{code, escape};
use super::problem::problem;
use super::rendered::Rendered;
use super::words::{
    addresses, device, introduced, lasting, mention, moment, named, node_name, relative, revoker,
    yes_or_no,
};
use crate::domain::{
    ClaimReason, DeviceRequest, Handover, JoinedNode, Naming, Reason, Rules, Standing, State,
    Status, Tag, UserMapping,
};
use crate::i18n::text;

/// The card as it should look now. It mentions the approvers only where it is posted, here or anew in another channel,
/// and needs them.
pub fn card(request: &DeviceRequest, rules: &Rules) -> Rendered {
    let title = text!(
        "card-title",
        request = request.id.to_string(),
        device = request.device.as_str()
    );
    let embed = BoundedEmbed::new(title, tone(request))
        .lines(status_lines(request))
        .field(text!("card-who"), who(request))
        .field(text!("card-what"), what(request))
        .field(text!("card-if-approved"), if_approved(request, rules))
        .field(text!("card-why"), quoted(request.reason.as_ref()))
        .field(text!("card-history"), history(request))
        .field(text!("card-requested"), moment(request.created_at))
        .field(text!("card-approved"), approved(request))
        .field(text!("card-denied"), denied(&request.state))
        .field(text!("card-problem"), problems(request));
    let rendered = Rendered::embed(None, embed).buttons(button::row(request.id, verbs(request)));
    match rules.discord.mention_role {
        Some(role) if needs_approvers(request, rules) => Rendered {
            content: Some(format!("<@&{role}>")),
            ..rendered.pinging_role(role)
        },
        _ => rendered,
    }
}

fn needs_approvers(request: &DeviceRequest, rules: &Rules) -> bool {
    let here = rules.discord.admin_channel;
    let is_posted = request.card.place.is_none_or(|place| place.channel != here);
    request.status() == Status::Pending && is_posted
}

fn verbs(request: &DeviceRequest) -> &'static [Verb] {
    match request.state {
        State::Pending { .. } => &[Verb::Approve, Verb::Deny],
        State::Failed { ref cause, .. } if cause.is_of_link() => &[Verb::Deny],
        State::Failed { .. } => &[Verb::Retry, Verb::Deny],
        State::Approved { .. }
        | State::Issuing { stopping: None, .. }
        | State::Claimable { .. }
        | State::Delivered { revoking: None, .. } => &[Verb::Revoke],
        State::Joined {
            revoking: None,
            ref node,
            ..
        } if node.standing != Standing::Removed => &[Verb::Revoke],
        State::Delivered { .. }
        | State::Joined { .. }
        | State::Issuing { .. }
        | State::Lost { .. }
        | State::Denied { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => &[],
    }
}

fn tone(request: &DeviceRequest) -> Tone {
    match &request.state {
        _ if request.held_up().is_some() => Tone::Trouble,
        State::Pending { .. } | State::Claimable { .. } => Tone::Waiting,
        State::Approved { .. } | State::Issuing { .. } => Tone::Working,
        State::Delivered { .. } => Tone::Handed,
        State::Joined { node, .. } if node.standing == Standing::In => Tone::Good,
        State::Denied { .. } => Tone::Refused,
        State::Failed { .. } => Tone::Trouble,
        State::Joined { .. }
        | State::Lost { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => Tone::Over,
    }
}

/// One line, and a few more for a device that has joined.
fn status_lines(request: &DeviceRequest) -> Vec<String> {
    let mut lines = vec![status_line(request)];
    if let State::Joined { node, .. } = &request.state {
        lines.extend(joined(request, node));
    }
    lines
}

/// Emoji and word come first, so a glance is enough and colour is never needed.
fn status_line(request: &DeviceRequest) -> String {
    let who = mention(request.requester.id);
    let since = relative(request.updated_at);
    if let Some(trouble) = trouble(request).filter(|_| request.held_up().is_some()) {
        return text!("card-is-held-up", trouble = trouble);
    }
    if let Some(by) = request.state.revoking() {
        return text!("card-is-revoking", by = revoker(by));
    }
    match &request.state {
        State::Pending { lapses_at } => text!("card-is-waiting", expires = relative(*lapses_at)),
        State::Approved { approval } => text!("card-is-working", by = mention(approval.by.id)),
        State::Issuing {
            approval, attempt, ..
        } => {
            let by = mention(approval.by.id);
            match attempt.handover {
                Handover::Letter => text!("card-is-working", by = by),
                Handover::SignIn { .. } => text!("card-is-adding", by = by),
                Handover::Claim { .. } => text!("card-is-collecting", who = who),
            }
        }
        State::Delivered { used: true, .. } => text!("card-key-used"),
        State::Delivered { key, handover, .. } => {
            let expires = relative(key.expires_at);
            match handover {
                Handover::Claim { .. } => text!("card-key-collected", who = who, expires = expires),
                Handover::Letter | Handover::SignIn { .. } => {
                    text!("card-key-sent", who = who, expires = expires)
                }
            }
        }
        State::Claimable { because, until, .. } => claimable(*because, &who, &relative(*until)),
        State::Failed {
            cause, lapses_at, ..
        } => text!(
            "card-has-failed",
            problem = problem(cause),
            expires = relative(*lapses_at),
            retry = yes_or_no(!cause.is_of_link())
        ),
        State::Joined { node, .. } => match node.standing {
            Standing::In => text!("card-has-joined", name = node_name(node)),
            Standing::Expired => text!("card-signed-out", name = node_name(node), since = since),
            Standing::Removed => text!("card-removed", name = node_name(node), since = since),
        },
        State::Lost { .. } => text!("card-lost", since = since),
        State::Denied { by, .. } => text!("card-was-denied", by = mention(by.id), since = since),
        State::Cancelled => text!("card-was-cancelled", who = who, since = since),
        State::Expired { approval } => expired(request, approval.is_some(), &since),
        State::Revoked { by, .. } => text!("card-was-revoked", by = revoker(by), since = since),
    }
}

fn claimable(because: ClaimReason, who: &str, expires: &str) -> String {
    match because {
        ClaimReason::DirectMessagesClosed => text!("card-dms-closed", who = who, expires = expires),
        ClaimReason::MembershipLost => {
            text!("card-membership-lost", who = who, expires = expires)
        }
        ClaimReason::KeyLapsed => text!("card-key-lapsed", who = who, expires = expires),
    }
}

fn expired(request: &DeviceRequest, is_approved: bool, since: &str) -> String {
    let decided = yes_or_no(is_approved);
    if request.sign_in.is_some() {
        text!("card-expired-link", since = since, decided = decided)
    } else {
        text!("card-expired", since = since, decided = decided)
    }
}

fn joined(request: &DeviceRequest, node: &JoinedNode) -> Vec<String> {
    let addresses = addresses(node).map(|addresses| {
        let count = node.addresses.len();
        text!("card-addresses", count = count, addresses = addresses)
    });
    let other_owner = node.other_owner.as_ref();
    let other_owner = other_owner.map(|user| text!("card-other-owner", user = code(user, 80)));
    let naming = match &node.naming {
        Naming::Settled => None,
        Naming::Owed => Some(text!("card-renaming", device = device(request))),
        Naming::Refused { cause } => Some(text!(
            "card-not-renamed",
            device = device(request),
            problem = problem(cause)
        )),
    };
    [addresses, other_owner, naming]
        .into_iter()
        .flatten()
        .collect()
}

fn who(request: &DeviceRequest) -> String {
    let person = &request.requester;
    let created = format!("<t:{}:R>", person.id.created_at_millis() / 1000);
    let account = match request.member_since {
        Some(since) => text!(
            "card-account-joined",
            created = created,
            joined = relative(since)
        ),
        None => text!("card-account", created = created),
    };
    format!("{}\n{account}", introduced(person))
}

fn what(request: &DeviceRequest) -> String {
    let platform = platform_name(request.platform).english;
    let device = format!("{} · {platform}", device(request));
    let link = match (request.sign_in_ends_at(), request.status()) {
        (None, _) => return device,
        (Some(end), Status::Pending | Status::Approved | Status::Issuing | Status::Failed) => {
            text!("card-link-waiting", end = relative(end))
        }
        (Some(_), _) => text!("card-link"),
    };
    format!("{device}\n{link}")
}

/// Says what *Approve* does, in plain words.
fn if_approved(request: &DeviceRequest, rules: &Rules) -> String {
    let mut lines = vec![headscale_user(request, rules)];
    if request.sign_in.is_some() {
        lines.push(text!(
            "card-gives-access",
            who = mention(request.requester.id)
        ));
        lines.extend(tags(&rules.keys.tags));
        return lines.join("\n");
    }
    lines.push(text!(
        "card-gives-key",
        life = lasting(rules.keys.expiration)
    ));
    lines.push(if rules.keys.ephemeral {
        text!("card-gives-ephemeral")
    } else {
        text!("card-gives-lasting")
    });
    lines.extend(tags(&rules.keys.tags));
    lines.join("\n")
}

fn tags(tags: &[Tag]) -> Option<String> {
    const SHOWN: usize = 6;
    let names = tags.iter().take(SHOWN).map(|tag| code(tag.as_str(), 70));
    let names = names.collect::<Vec<_>>().join(", ");
    match tags.len().checked_sub(SHOWN) {
        _ if tags.is_empty() => None,
        None | Some(0) => Some(text!("card-gives-tags", tags = names)),
        Some(more) => Some(text!("card-gives-more-tags", tags = names, more = more)),
    }
}

/// Names the user that the member has, or the one that would be created.
fn headscale_user(request: &DeviceRequest, rules: &Rules) -> String {
    let own = request.history.user.as_ref();
    if let (UserMapping::PerMember(_), Some(own)) = (&rules.headscale.user, own) {
        return text!("card-gives-own-user", user = code(own, 80));
    }
    let name = rules.headscale.user.user_of(&request.requester);
    let mapping = match &rules.headscale.user {
        UserMapping::Shared(_) => "shared",
        UserMapping::PerMember(_) => "own",
    };
    let creates = if rules.headscale.create_users {
        "yes"
    } else {
        "no"
    };
    text!(
        "card-gives-user",
        user = code(name.as_str(), 80),
        mapping = mapping,
        creates = creates
    )
}

/// The limit cuts nothing: 400 characters are at most 800 units once escaped.
pub(super) fn quoted(reason: Option<&Reason>) -> String {
    let quote = |reason: &Reason| format!("> {}", escape(reason.as_str(), 1000));
    reason.map(quote).unwrap_or_default()
}

fn history(request: &DeviceRequest) -> String {
    let history = &request.history;
    if history.requests == 0 {
        return text!("card-first-request");
    }
    text!(
        "card-earlier",
        requests = history.requests,
        denials = history.denials,
        devices = history.devices
    )
}

fn approved(request: &DeviceRequest) -> String {
    let Some(approval) = request.state.approval() else {
        return String::new();
    };
    let by = named(&approval.by);
    let line = text!("card-approved-by", by = by, at = moment(approval.at));
    if approval.by.id == request.requester.id {
        return format!("{line}\n{}", text!("card-self-approval"));
    }
    line
}

fn denied(state: &State) -> String {
    let State::Denied { by, reason } = state else {
        return String::new();
    };
    match reason {
        Some(_) => format!("{}\n{}", named(by), quoted(reason.as_ref())),
        None => text!("card-denied-silently", by = named(by)),
    }
}

/// Lists what an approver may want to help with.
fn problems(request: &DeviceRequest) -> String {
    let trouble = trouble(request).filter(|_| request.held_up().is_none());
    let lines = [trouble, not_told(request)].into_iter().flatten();
    lines.collect::<Vec<_>>().join("\n")
}

fn trouble(request: &DeviceRequest) -> Option<String> {
    request.backoff.last_error.as_ref().map(|cause| {
        let next = request.backoff.retry_at;
        let next = next.map(|at| text!("card-next-attempt", at = relative(at)));
        [Some(problem(cause)), next]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    })
}

/// Warns when the requester should have been told something and couldn't be.
fn not_told(request: &DeviceRequest) -> Option<String> {
    let needs_letter = match request.status() {
        Status::Failed
        | Status::Joined
        | Status::Lost
        | Status::Denied
        | Status::Expired
        | Status::Revoked => true,
        Status::Pending
        | Status::Approved
        | Status::Issuing
        | Status::Delivered
        | Status::Claimable
        | Status::Cancelled => false,
    };
    let who = mention(request.requester.id);
    let is_behind = request.letter.shown < request.version;
    if needs_letter && request.letter.closed && !is_behind {
        return Some(text!("card-not-told-closed", who = who));
    }
    let stuck = is_behind && request.letter.backoff.attempts > 0;
    (needs_letter && stuck).then(|| text!("card-not-told-yet", who = who))
}
