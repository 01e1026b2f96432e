//! Replies in words, as the one answer that Discord allows.

use serenity::all::{CreateInteractionResponse as Response, CreateInteractionResponseMessage};

use crate::command::Reply;
use crate::domain::Refusal;
use crate::view::{self, Face, Terms};

/// `on_message`: the interaction came from a message, which the answer may replace.
pub(super) fn to(reply: Reply, on_message: bool, terms: &Terms) -> Response {
    match reply {
        Reply::Refused(refusal) => private(view::refusal(&refusal)),
        Reply::Seen => Response::Acknowledge,
        Reply::AskForReason(request) => Response::Modal(view::deny_form(request)),
        Reply::AlreadyDecided(request) => private(view::already_decided(&request)),
        Reply::HealCard(request) if on_message => {
            Response::UpdateMessage(view::card(&request, terms).update())
        }
        Reply::HealCard(_) => private(view::refusal(&Refusal::StaleMessage)),
        Reply::Cancelled(request) if on_message => {
            Response::UpdateMessage(view::submitted(&request, terms).update())
        }
        Reply::ConfirmRevoke(request) => {
            private(view::confirm_revoke(&request, terms.revoke_deletes))
        }
        Reply::Revoking(request) if on_message => {
            Response::UpdateMessage(view::revoking(&request).update())
        }
        Reply::Revoking(request) => private(view::revoking(&request)),
        Reply::Claiming(_) => {
            Response::Defer(CreateInteractionResponseMessage::new().ephemeral(true))
        }
        Reply::Submitted(request) | Reply::Cancelled(request) => {
            private(view::submitted(&request, terms))
        }
    }
}

pub(super) fn private(face: Face) -> Response {
    Response::Message(face.answer())
}
