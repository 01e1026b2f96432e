//! The last resort: a mention in the channel where the requester asked. Everybody there can read it, so that it
//! names neither device nor decision in more words than needed.

use super::words::mention;
use super::{Face, button, letter};
use crate::domain::{DeviceRequest, State};

/// Calls the requester while there is something to collect; calm afterwards.
pub fn notice(request: &DeviceRequest) -> Face {
    let who = mention(request.requester.id);
    let id = request.id;
    if letter::can_collect(request) {
        let text = format!(
            "{who}, something is ready for you (request {id}). Press the button: only you will see the answer."
        );
        return Face::text(text)
            .buttons(button::row(vec![button::claim(id)]))
            .pinging_member(request.requester.id);
    }
    let working = matches!(
        request.state,
        State::Pending { .. } | State::Approved { .. } | State::Issuing { .. }
    );
    Face::text(if working {
        format!("{who}, request {id} is being worked on.")
    } else {
        format!("{who}, there is nothing left to collect here (request {id}).")
    })
}
