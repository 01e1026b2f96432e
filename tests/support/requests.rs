//! The one builder of requests; a test changes what it is about.

use strum::IntoEnumIterator as _;

use super::people::{alice, moment};
use crate::domain::{
    Backoff, ChannelId, DeviceRequest, History, InteractionId, MessageId, MessageRef, Platform,
    Projection, ProjectionKind, Reason, RequestId, State,
};

/// Alice's request in this state, which it reached a minute after she asked. Nothing has been posted.
pub(crate) fn request(state: State) -> DeviceRequest {
    DeviceRequest {
        sign_in: None,
        id: RequestId(42),
        interaction: InteractionId(1),
        requester: alice(),
        member_since: Some(moment(-86_400)),
        asked_in: ChannelId(77),
        device: "laptop".parse().unwrap(),
        platform: Platform::Linux,
        reason: Reason::parse("for *work*, see https://example.org").unwrap(),
        history: History::default(),
        claims: 0,
        created_at: moment(0),
        updated_at: moment(60),
        state,
        version: 5,
        backoff: Backoff::default(),
        card: Projection::default(),
        letter: Projection::default(),
        notice: Projection::default(),
        abandoned: Vec::new(),
    }
}

/// With all three messages posted, and showing this version.
pub(crate) fn showing(request: &DeviceRequest, shown: i64) -> DeviceRequest {
    let mut request = request.clone();
    for kind in ProjectionKind::iter() {
        *request.projection_mut(kind) = posted(shown);
    }
    request
}

pub(crate) fn posted(shown: i64) -> Projection {
    Projection {
        place: Some(MessageRef {
            channel: ChannelId(5),
            message: MessageId(6),
        }),
        shown,
        ..Projection::default()
    }
}
