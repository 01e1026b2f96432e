//! The requester's direct message. Never holds a key: the face that does is written elsewhere, once, and every
//! face from here replaces its text, its steps and its picture.

use std::fmt::Write as _;

use super::escape::escape;
use super::problem::problem;
use super::sheet::{Mood, Sheet};
use super::words::{addresses, mention, node_name, relative, revoker, title};
use super::{Face, button};
use crate::domain::Rules;
use crate::domain::{
    ClaimReason, DeviceRequest, Handover, JoinedNode, Naming, Problem, Reason, State,
};

/// The letter as it should look now, without a key.
pub fn letter(request: &DeviceRequest, rules: &Rules) -> Face {
    let (headline, mood, lines) = text(request, rules);
    let sheet = Sheet::new(title("Your device request", request), mood).lines(lines);
    let buttons = if can_collect(request) {
        vec![button::claim(request.id)]
    } else {
        Vec::new()
    };
    Face::sheet(Some(headline), sheet).buttons(button::row(buttons))
}

/// Whether *Get my key* makes a key: for the first time, or in the place of one that was collected and not used.
pub(super) fn can_collect(request: &DeviceRequest) -> bool {
    match &request.state {
        State::Claimable { .. }
        | State::Delivered {
            handover: Handover::Claim { .. },
            used: false,
            revoking: None,
            ..
        } => true,
        State::Pending { .. }
        | State::Approved { .. }
        | State::Issuing { .. }
        | State::Delivered { .. }
        | State::Failed { .. }
        | State::Joined { .. }
        | State::Denied { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => false,
    }
}

type Text = (String, Mood, Vec<String>);

/// The headline is what a phone shows before the message is opened.
fn text(request: &DeviceRequest, rules: &Rules) -> Text {
    let device = format!("`{}`", request.device);
    match &request.state {
        State::Pending { lapses_at } => said(
            format!("⏳ Your request for {device} waits for a decision."),
            Mood::Waiting,
            format!("It expires {}.", relative(*lapses_at)),
        ),
        State::Approved { approval } | State::Issuing { approval, .. } => said(
            format!("✅ Your request for {device} is approved."),
            Mood::Working,
            format!(
                "Approved by {}. Your key is being made and will appear in this message.",
                mention(approval.by.id)
            ),
        ),
        State::Delivered { .. } => delivered(request),
        State::Claimable { because, until, .. } => {
            said_claimable(&device, *because, &relative(*until))
        }
        State::Failed { cause, .. } => failed(request, &device, cause),
        State::Joined { node, revoking, .. } => match revoking {
            None => joined(request, node),
            Some(by) => revoking_text(&device, &revoker(by)),
        },
        State::Denied { by, reason } => denied(request, rules, &mention(by.id), reason.as_ref()),
        State::Cancelled => said(
            format!("↩️ Your request for {device} is cancelled."),
            Mood::Over,
            "You cancelled it. You may ask again with `/request-device`.".to_owned(),
        ),
        State::Expired { approval } => expired(&device, approval.is_some()),
        State::Revoked { by, .. } => said(
            format!("🚫 Your access for {device} has been revoked."),
            Mood::Over,
            format!(
                "Revoked by {} {}. What this request gave has been taken back: its key does not work any more.",
                revoker(by),
                relative(request.updated_at)
            ),
        ),
    }
}

fn failed(request: &DeviceRequest, device: &str, cause: &Problem) -> Text {
    let (what, next) = if request.sign_in.is_some() {
        (
            "the device could not be let in",
            "Open the app again so that it shows a new link, and use `/request-device` with that link. Links run out \
             after 15 minutes.",
        )
    } else {
        (
            "its key could not be made",
            "The approvers have been told and can try again. There is nothing for you to do.",
        )
    };
    said(
        format!("❗ Your request for {device} is approved, but {what}."),
        Mood::Trouble,
        format!("{}\n{next}", problem(cause)),
    )
}

fn said(headline: String, mood: Mood, line: String) -> Text {
    (headline, mood, vec![line])
}

fn said_claimable(device: &str, because: ClaimReason, until: &str) -> Text {
    let (what, why) = match because {
        ClaimReason::DirectMessagesClosed => (
            "waits to be collected",
            "It could not be sent to you in a direct message.",
        ),
        ClaimReason::KeyLapsed => (
            "lapsed before it was used",
            "That key does not work any more.",
        ),
    };
    said(
        format!("🔔 Your key for {device} {what}."),
        Mood::Waiting,
        format!(
            "{why} Press **Get my key** when you are at your device: a new key is made then, for your eyes only. \
             This offer ends {until}."
        ),
    )
}

fn delivered(request: &DeviceRequest) -> Text {
    let device = format!("`{}`", request.device);
    let State::Delivered {
        key,
        handover,
        used,
        revoking,
        ..
    } = &request.state
    else {
        return said(device, Mood::Handed, String::new());
    };
    if let Some(by) = revoking {
        return revoking_text(&device, &revoker(by));
    }
    if *used {
        return said(
            format!("📨 The key for {device} has been used."),
            Mood::Handed,
            "It works once, so it has been removed from here. Your device should be online in a moment.".to_owned(),
        );
    }
    let expires = relative(key.expires_at);
    match handover {
        Handover::Letter | Handover::SignIn { .. } => said(
            format!("📨 A key for {device} has been made."),
            Mood::Handed,
            format!("A key is shown only once. It expires {expires}."),
        ),
        Handover::Claim { .. } => said(
            format!("📨 You have collected your key for {device}."),
            Mood::Handed,
            format!(
                "It expires {expires}. Lost it? Press **Get my key** for a new one; the old one stops working first."
            ),
        ),
    }
}

fn revoking_text(device: &str, by: &str) -> Text {
    said(
        format!("🚫 Your access for {device} is being revoked."),
        Mood::Over,
        format!("{by} asked for it. What this request gave is being taken back."),
    )
}

fn joined(request: &DeviceRequest, node: &JoinedNode) -> Text {
    let addresses = addresses(node);
    let place = if addresses.is_empty() {
        String::new()
    } else {
        format!(" as {addresses}")
    };
    let headline = format!("✅ {} is online{place}.", node_name(node));
    let mut lines = vec![if request.sign_in.is_some() {
        "It was let in by its sign-in link and connects by itself.".to_owned()
    } else {
        "The key has done its work and is gone from this message.".to_owned()
    }];
    if let Naming::Refused { cause } = &node.naming {
        lines.push(format!(
            "It could not be given the name `{}`. {}",
            request.device,
            problem(cause)
        ));
    }
    (headline, Mood::Good, lines)
}

fn denied(request: &DeviceRequest, rules: &Rules, by: &str, reason: Option<&Reason>) -> Text {
    let mut line = format!("Denied by {by}.");
    match reason {
        Some(reason) => {
            let _ = write!(line, "\n> {}", escape(reason.as_str(), 1000));
        }
        None => line.push_str(" No reason was given; you may ask them."),
    }
    let until = request
        .updated_at
        .checked_add(rules.requests.cooldown_after_denial)
        .ok()
        .filter(|_| !rules.requests.cooldown_after_denial.is_zero());
    let again = match until {
        Some(until) => format!("You may ask again {}.", relative(until)),
        None => "You may ask again at any time.".to_owned(),
    };
    (
        format!("⛔ Your request for `{}` was denied.", request.device),
        Mood::Refused,
        vec![line, again],
    )
}

fn expired(device: &str, approved: bool) -> Text {
    let line = if approved {
        "It was approved, but no device joined in time. Please ask again with `/request-device`."
    } else {
        "Nobody decided in time. Please ask again with `/request-device`."
    };
    said(
        format!("💤 Your request for {device} has expired."),
        Mood::Over,
        line.to_owned(),
    )
}
