//! Replies in words, as the one answer that Discord allows.

use serde::{Serialize, Serializer};
use serde_json::json;
use serenity::all::CreateInteractionResponse as Response;

use crate::command::Reply;
use crate::domain::{Refusal, Rules};
use crate::view::{self, Rendered};

/// The first answer to an interaction, ready for the wire.
pub(super) enum First {
    Said(Box<Response>),
    /// The person sees that something is under way; only they will see what comes of it.
    Thinking,
}

impl Serialize for First {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Said(response) => response.serialize(serializer),
            // serenity would add fields that this answer does not have: type 5 takes the flag *ephemeral* and no more.
            Self::Thinking => json!({ "type": 5, "data": { "flags": 64 } }).serialize(serializer),
        }
    }
}

/// `on_message`: the interaction came from a message, which the answer may replace.
pub(super) fn to(reply: Reply, on_message: bool, rules: &Rules) -> First {
    let response = match reply {
        Reply::Claiming(_) => return First::Thinking,
        Reply::Seen => Response::Acknowledge,
        Reply::AskForReason(request) => Response::Modal(view::deny_form(request)),
        Reply::HealCard(request) if on_message => {
            Response::UpdateMessage(view::card(&request, rules).update())
        }
        Reply::Cancelled(request) if on_message => {
            Response::UpdateMessage(view::submitted(&request, rules).update())
        }
        Reply::Revoking(request) if on_message => {
            Response::UpdateMessage(view::revoking(&request).update())
        }
        Reply::HealDeparture(departure, devices) if on_message => {
            Response::UpdateMessage(view::departure(&departure, &devices, rules).update())
        }
        Reply::HealCard(_) | Reply::HealDeparture(..) => {
            return private(view::refusal(&Refusal::StaleCard));
        }
        Reply::Refused(refusal) => return private(view::refusal(&refusal)),
        Reply::AlreadyDecided(request) => return private(view::already_decided(&request)),
        Reply::DepartureDecided(departure) => {
            return private(view::departure_decided(&departure));
        }
        Reply::Revoking(request) => return private(view::revoking(&request)),
        Reply::ConfirmRevoke(request) => {
            let on_revoke = rules.headscale.on_revoke;
            return private(view::confirm_revoke(&request, on_revoke));
        }
        Reply::Submitted(request) | Reply::Cancelled(request) => {
            return private(view::submitted(&request, rules));
        }
    };
    First::Said(Box::new(response))
}

pub(super) fn private(face: Rendered) -> First {
    First::Said(Box::new(Response::Message(face.answer())))
}
