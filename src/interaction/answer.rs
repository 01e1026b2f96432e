//! A reply as the one answer that Discord allows.

use serde::{Serialize, Serializer};
use serde_json::json;
use serenity::all::CreateInteractionResponse as Response;

use crate::command::Reply;
use crate::domain::Rules;
use crate::view::{self, Rendered};

/// The first answer to an interaction, ready for the wire.
pub(super) enum FirstAnswer {
    Complete(Box<Response>),
    /// The member sees that something is under way. Only they will see what comes of it.
    Deferred,
}

impl Serialize for FirstAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Complete(response) => response.serialize(serializer),
            // serenity would add fields that this answer does not have: type 5 takes the flag *ephemeral* and no more.
            Self::Deferred => json!({ "type": 5, "data": { "flags": 64 } }).serialize(serializer),
        }
    }
}

/// `on_message`: the interaction came from a message, which the answer may replace.
pub(super) fn to(reply: &Reply, on_message: bool, rules: &Rules) -> FirstAnswer {
    let message = match reply {
        Reply::Claiming(..) => return FirstAnswer::Deferred,
        Reply::Seen => return complete(Response::Acknowledge),
        Reply::AskForReason(request) => {
            return complete(Response::Modal(view::deny_form(*request)));
        }
        Reply::Decided(request) => {
            return complete(Response::UpdateMessage(view::card(request, rules).update()));
        }
        Reply::Refused(refusal) => view::refusal(refusal),
        Reply::AlreadyDecided(request) => view::already_decided(request),
        Reply::DepartureDecided(departure) => view::departure_decided(departure),
        Reply::ConfirmRevoke(request) => view::confirm_revoke(request, rules.headscale.on_revoke),
        Reply::Revoking(request) => view::revoking(request),
        Reply::Listed { page, .. } => view::list(page, rules.discord.guild),
        Reply::PostingAgain(request) => view::posting_again(*request),
        Reply::Submitted(request)
        | Reply::Cancelled(request)
        | Reply::CancelledByLetter(request) => view::submitted(request, rules),
    };
    let replaces = matches!(
        reply,
        Reply::Cancelled(_) | Reply::Revoking(_) | Reply::Listed { on_list: true, .. }
    );
    if on_message && replaces {
        complete(Response::UpdateMessage(message.update()))
    } else {
        private(message)
    }
}

pub(super) fn private(message: Rendered) -> FirstAnswer {
    complete(Response::Message(message.answer()))
}

fn complete(response: Response) -> FirstAnswer {
    FirstAnswer::Complete(Box::new(response))
}
