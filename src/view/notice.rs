//! The last resort: a mention in the channel where the requester asked. Everybody there can read it, so it names
//! neither the device nor the decision.

use super::words::mention;
use super::{Face, button, letter};
use crate::domain::{DeviceRequest, Status};
use crate::i18n::text;

/// Mentions the requester while there is something to collect; pings nobody afterwards.
pub fn notice(request: &DeviceRequest) -> Face {
    let who = mention(request.requester.id);
    let id = request.id.to_string();
    if letter::can_collect(request) {
        return Face::text(text!("notice-ready", who = who, request = id))
            .buttons(button::row(vec![button::claim(request.id)]))
            .pinging_member(request.requester.id);
    }
    Face::text(match request.status() {
        Status::Pending | Status::Approved | Status::Issuing => {
            text!("notice-working", who = who, request = id)
        }
        Status::Delivered
        | Status::Claimable
        | Status::Failed
        | Status::Joined
        | Status::Denied
        | Status::Cancelled
        | Status::Expired
        | Status::Revoked => text!("notice-over", who = who, request = id),
    })
}
