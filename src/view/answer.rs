//! Private answers: to the command, to clicks, to losers of a race, and when something went wrong on our side.

use super::problem::problem;
use super::steps::link_steps;
use super::words::{mention, relative, revoker};
use super::{Face, button, escape, letter};
use crate::domain::Rules;
use crate::domain::{DeviceRequest, Problem, Projection, State};

/// The answer to `/request-device`, and every later face of it.
pub fn submitted(request: &DeviceRequest, rules: &Rules) -> Face {
    let mut text = submitted_text(request);
    if let State::Pending { .. } = request.state {
        let better = link_steps(request.platform, &rules.headscale.login_server.to_string());
        if let Some(better) = better.filter(|_| request.sign_in.is_none()) {
            text = format!("{text}\n-# {better}");
        }
        return Face::text(text).buttons(button::row(vec![button::cancel(request.id)]));
    }
    let face = Face::text(text);
    if letter::can_collect(request) {
        return face.buttons(button::row(vec![button::claim(request.id)]));
    }
    face
}

fn submitted_text(request: &DeviceRequest) -> String {
    let name = format!("Request {} (`{}`)", request.id, request.device);
    match &request.state {
        State::Pending { lapses_at } => pending(&name, &request.card, &relative(*lapses_at)),
        State::Approved { .. } | State::Issuing { .. } if request.sign_in.is_some() => {
            format!("✅ {name} is approved; your device is being let in.")
        }
        State::Approved { .. } => {
            format!("✅ {name} is approved. Your key comes in a direct message.")
        }
        State::Issuing { .. } => format!("✅ {name} is approved. Your key is being made."),
        State::Delivered { revoking, used, .. } => {
            delivered(request, &name, revoking.is_some(), *used)
        }
        State::Claimable { until, .. } => format!(
            "🔔 {name} is approved. Press **Get my key** when you are at your device; this offer ends {}.",
            relative(*until)
        ),
        State::Failed { .. } => format!(
            "❗ {name} is approved, but its key could not be made yet. The approvers have been told."
        ),
        State::Joined { revoking, .. } if revoking.is_some() => {
            format!("🚫 {name} is being revoked.")
        }
        State::Joined { .. } => format!("✅ {name}: your device is online."),
        State::Denied { by, reason } => match reason {
            Some(reason) => format!(
                "⛔ {name} was denied by {}.\n> {}",
                mention(by.id),
                escape::escape(reason.as_str(), 1000)
            ),
            None => format!("⛔ {name} was denied by {}.", mention(by.id)),
        },
        State::Cancelled => format!("↩️ {name} is cancelled."),
        State::Expired { .. } => {
            format!("💤 {name} has expired. Please ask again with `/request-device`.")
        }
        State::Revoked { by, .. } => format!("🚫 {name} was revoked by {}.", revoker(by)),
    }
}

fn delivered(request: &DeviceRequest, name: &str, revoking: bool, used: bool) -> String {
    if revoking {
        format!("🚫 {name} is being revoked.")
    } else if used {
        format!("📨 {name}: the key has been used. Your device should be online in a moment.")
    } else if letter::can_collect(request) {
        format!(
            "📨 {name}: you have collected your key. Lost it? Press **Get my key** for a new one."
        )
    } else {
        format!("📨 {name} is approved. Your key is in your direct messages.")
    }
}

/// Said only once it is done: until the card is there the request is on its way.
fn pending(request_name: &str, card: &Projection, lapses: &str) -> String {
    if card.place.is_some() {
        return format!(
            "⏳ {request_name} was sent to the approvers. You will get a direct message when they have decided; \
             it expires {lapses}."
        );
    }
    if card.backoff.attempts == 0 {
        return format!("⏳ {request_name} is stored and on its way to the approvers.");
    }
    format!(
        "⏳ {request_name} is kept, but could not be shown to the approvers yet. It will be, without your \
         doing; it expires {lapses}."
    )
}

pub fn not_claimed(cause: &Problem) -> Face {
    Face::text(format!(
        "Your key couldn't be made just now. {} Press the button again in a minute.",
        problem(cause)
    ))
}

/// For whoever came second: what happened, without blame.
pub fn already_decided(request: &DeviceRequest) -> Face {
    let since = relative(request.updated_at);
    let happened = match &request.state {
        State::Pending { .. } => "nobody has decided yet".to_owned(),
        State::Denied { by, .. } => format!("{} denied this {since}", mention(by.id)),
        State::Cancelled => format!("{} cancelled this {since}", mention(request.requester.id)),
        State::Expired { approval: None } => format!("this expired {since}"),
        State::Revoked { by, .. } => format!("{} revoked this {since}", revoker(by)),
        State::Failed { .. } => format!("this was approved, but failed {since}"),
        State::Approved { approval }
        | State::Issuing { approval, .. }
        | State::Delivered { approval, .. }
        | State::Claimable { approval, .. }
        | State::Joined { approval, .. }
        | State::Expired {
            approval: Some(approval),
        } => format!(
            "{} approved this {}",
            mention(approval.by.id),
            relative(approval.at)
        ),
    };
    Face::text(format!(
        "Request {}: {happened}. Your click changed nothing.",
        request.id
    ))
}

/// What went wrong is in the log, under this id.
pub fn error_with_id(error_id: &str) -> Face {
    Face::text(format!(
        "Something went wrong on our side (error id {}). Please try again in a moment; if it happens again, tell \
         an approver this id.",
        escape::code(error_id, 60)
    ))
}
