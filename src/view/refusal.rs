//! Says which rule refused something, and what it would allow.

use super::escape::{code, fit};
use super::rendered::Rendered;
use super::words::relative;
use crate::domain::{DeviceName, Reason, Refusal};
use crate::i18n::text;

/// The private answer to whoever was refused.
pub fn refusal(refusal: &Refusal) -> Rendered {
    Rendered::text(fit(&sentence(refusal), 2000))
}

fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::DeviceName { typed, suggestion } => {
            device_name(&code(typed, 80), suggestion.as_ref())
        }
        Refusal::Platform => text!("refusal-platform"),
        Refusal::Link { cause, example } => {
            text!(
                "refusal-link",
                cause = cause.into_str(),
                example = code(example, 400)
            )
        }
        Refusal::NoLinks { ephemeral } => {
            let because = if *ephemeral { "ephemeral" } else { "off" };
            text!("refusal-no-links", because = because)
        }
        Refusal::ReasonTooLong { length } => {
            text!(
                "refusal-reason-too-long",
                length = *length,
                limit = Reason::MAX
            )
        }
        Refusal::WrongGuild => text!("refusal-wrong-guild"),
        Refusal::MayNotAsk => text!("refusal-may-not-ask"),
        Refusal::MayNotDecide => text!("refusal-may-not-decide"),
        Refusal::SelfApproval => text!("refusal-self-approval"),
        Refusal::NotTheRequester => text!("refusal-not-the-requester"),
        Refusal::NotAMember => text!("refusal-not-a-member"),
        Refusal::TooManyOpen { open, limit } => {
            text!("refusal-too-many-open", open = *open, limit = *limit)
        }
        Refusal::TooManyToday { made, limit } => {
            text!("refusal-too-many-today", made = *made, limit = *limit)
        }
        Refusal::CoolingDown { until } => text!("refusal-cooling-down", until = relative(*until)),
        Refusal::AlreadyOpen { request, device } => {
            text!(
                "refusal-already-open",
                device = code(device.as_str(), 80),
                request = request.to_string()
            )
        }
        Refusal::UnknownRequest => text!("refusal-unknown-request"),
        Refusal::StaleCard { link } => text!("refusal-stale-card", link = link.clone()),
        Refusal::CardMoves => text!("refusal-card-moves"),
        Refusal::StaleLetter => text!("refusal-stale-letter"),
        Refusal::NotNow { status } => text!("refusal-not-now", status = status.into_str()),
        Refusal::ClaimOver => text!("refusal-claim-over"),
        Refusal::TooManyKeys { limit } => text!("refusal-too-many-keys", limit = *limit),
        Refusal::Busy => text!("refusal-busy"),
        Refusal::TooFast { until } => text!("refusal-too-fast", until = relative(*until)),
    }
}

fn device_name(typed: &str, suggestion: Option<&DeviceName>) -> String {
    let rule = text!("refusal-device-name", typed = typed);
    let Some(name) = suggestion.map(|name| code(name.as_str(), 80)) else {
        return rule;
    };
    let suggestion = text!("refusal-device-name-suggestion", name = name);
    format!("{rule} {suggestion}")
}
