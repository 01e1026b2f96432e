//! The rules' answers to people. `Display` is the text that the person reads; it names the field and the rule.

use jiff::Timestamp;

use super::{DeviceName, RequestId, Status};

/// A rule said no. Never an error of ours, never more than information in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{}", device_name(typed, suggestion.as_ref()))]
    DeviceName {
        typed: String,
        suggestion: Option<DeviceName>,
    },
    #[error("platform: choose one of linux, macos, windows, android, ios, tv or other.")]
    Platform { typed: String },
    #[error("link: {cause}. Paste the whole link that your device shows, such as `{example}`.")]
    Link { cause: String, example: String },
    #[error("reason: {length} characters are too many; at most 400 are allowed.")]
    ReasonTooLong { length: usize },
    #[error("Device requests can only be made and decided in the server that this bot serves.")]
    WrongGuild,
    #[error("Only members with one of the roles chosen by the operator may request devices here.")]
    MayNotAsk,
    #[error("Only approvers can do that. Nothing was changed.")]
    MayNotDecide,
    #[error("Another approver has to decide about your own request.")]
    SelfApproval,
    #[error("Only the person who made the request can do that. Nothing was changed.")]
    NotTheRequester,
    #[error(
        "You already have {open} open requests; at most {limit} are allowed at a time. Cancel one or wait for a decision."
    )]
    TooManyOpen { open: u32, limit: u32 },
    #[error(
        "You have made {made} requests in the last 24 hours; at most {limit} are allowed. Try again later."
    )]
    TooManyToday { made: u32, limit: u32 },
    #[error("Your last request was denied. You may ask again <t:{}:R>.", until.as_second())]
    CoolingDown { until: Timestamp },
    #[error("You already have an open request for `{device}`: {request}.")]
    AlreadyOpen {
        request: RequestId,
        device: DeviceName,
    },
    #[error("This request is not known here any more.")]
    UnknownRequest,
    #[error(
        "This message is not the request's own card. Please use the card in the approvers' channel."
    )]
    StaleMessage,
    #[error("{}", not_now(*status))]
    NotNow { status: Status },
    #[error("The time to collect this key is over. Please make a new request.")]
    ClaimOver,
    #[error(
        "A key is being made for this request at this moment. Please try again in a few seconds."
    )]
    Busy,
    #[error(
        "That was too often in a short time. Nothing was changed. Please try again <t:{}:R>.",
        until.as_second()
    )]
    TooFast { until: Timestamp },
}

fn device_name(typed: &str, suggestion: Option<&DeviceName>) -> String {
    let shown: String = typed
        .chars()
        .filter(|c| !c.is_control() && *c != '`')
        .collect();
    let shown = match super::text::clean(&shown) {
        nothing if nothing.is_empty() => "this".to_owned(),
        shown => format!("`{shown}`"),
    };
    let rule = format!(
        "device: {shown} cannot be a device's name. A name has 2 to 63 characters: small letters a-z, digits and \
         hyphens, with no hyphen at either end."
    );
    match suggestion {
        Some(name) => format!("{rule} How about `{name}`?"),
        None => rule,
    }
}

fn not_now(status: Status) -> String {
    let sentence = match status {
        Status::Pending => "It still waits for a decision",
        Status::Approved | Status::Issuing => "It is approved and being worked on",
        Status::Delivered => "Its key has been handed over",
        Status::Claimable => "It is approved and waits to be collected",
        Status::Failed => "It has failed and waits for an approver",
        Status::Joined => "Its device has joined",
        Status::Denied => "It has been denied",
        Status::Cancelled => "It has been cancelled",
        Status::Expired => "It has expired",
        Status::Revoked => "It has been revoked",
    };
    format!("That is not possible now. {sentence}.")
}
