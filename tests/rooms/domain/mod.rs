//! The domain: the machine printed whole, and the rules one by one.

mod departure;
mod diagram;
mod owed;
mod rules;
mod transition_matrix;

use std::fmt::Write;

use crate::support::states::{self, moment, person};
use headscale_usher::domain::{
    Backoff, ChannelId, DeviceRequest, History, InteractionId, MessageId, MessageRef, Platform,
    Projection, ProjectionKind, RequestId, State,
};

pub(crate) const KINDS: [ProjectionKind; 3] = [
    ProjectionKind::Card,
    ProjectionKind::Letter,
    ProjectionKind::Notice,
];

/// A request in this state, with nothing shown yet.
pub(crate) fn request(state: State) -> DeviceRequest {
    DeviceRequest {
        sign_in: None,
        id: RequestId(42),
        interaction: InteractionId(1),
        requester: person(1),
        member_since: None,
        asked_in: ChannelId(77),
        device: "anna-laptop".parse().unwrap(),
        platform: Platform::Linux,
        reason: None,
        history: History::default(),
        created_at: moment(0),
        updated_at: moment(60),
        state,
        version: 5,
        backoff: Backoff::default(),
        card: Projection::default(),
        letter: Projection::default(),
        notice: Projection::default(),
    }
}

pub(crate) fn requests() -> Vec<(&'static str, DeviceRequest)> {
    states::all()
        .into_iter()
        .map(|(name, state)| (name, request(state)))
        .collect()
}

/// With all three messages posted, and showing this version.
pub(crate) fn showing(request: &DeviceRequest, shown: i64) -> DeviceRequest {
    let mut request = request.clone();
    for kind in KINDS {
        *request.projection_mut(kind) = Projection {
            place: Some(MessageRef {
                channel: ChannelId(5),
                message: MessageId(6),
            }),
            shown,
            ..Projection::default()
        };
    }
    request
}

pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column).unwrap_or_default();
            write!(line, "{cell:width$}  ").unwrap();
        }
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text
}
