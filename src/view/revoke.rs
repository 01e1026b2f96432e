//! Revoking asks once more, privately: it ends a device's access.

use super::words::mention;
use super::{Face, button, escape};
use crate::domain::{DeviceRequest, State};

/// What *Revoke now* will do, and the button.
pub fn confirm_revoke(request: &DeviceRequest, nodes_are_deleted: bool) -> Face {
    let who = mention(request.requester.id);
    let device = escape::code(request.device.as_str(), 100);
    let effect = match (&request.state, nodes_are_deleted) {
        (State::Joined { .. }, true) => format!("removes {device} of {who} from the network"),
        (State::Joined { .. }, false) => {
            format!("signs {device} of {who} out of the network until it gets a new key")
        }
        _ => format!("makes the key for {device} of {who} useless"),
    };
    let text = format!(
        "Revoking request {} {effect}. {who} will be told.",
        request.id
    );
    Face::text(text).buttons(button::row(vec![button::confirm_revoke(request.id)]))
}

/// In the place of the question, once the decision is stored. Done is said by the card.
pub fn revoking(request: &DeviceRequest) -> Face {
    Face::text(format!(
        "Request {} is being revoked; its card will say when it is done.",
        request.id
    ))
}
