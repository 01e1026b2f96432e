//! What can be posted and edited. The text is the view's; this knows where a message is and how it is recognised.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::domain::{
    ChannelId, Departure, DeviceRequest, MemberId, MessageRef, Projection, ProjectionKind, Rules,
};
use crate::view::{self, Rendered};

/// Discord's limit for a nonce.
const MAX_NONCE: usize = 25;

#[derive(Clone, Copy)]
pub(crate) enum Message<'a> {
    /// The card, the letter (without a key) or the notice of a request.
    Request(&'a DeviceRequest, ProjectionKind),
    /// The card about a member who left, with their devices.
    Departure(&'a Departure, &'a [DeviceRequest]),
    /// News for the approvers, once for each subject.
    Announcement {
        subject: &'a str,
        face: &'a Rendered,
    },
}

impl<'a> Message<'a> {
    /// None if it has to be posted.
    pub(super) fn place(self) -> Option<MessageRef> {
        self.projection().and_then(|shown| shown.place)
    }

    pub(crate) fn projection(self) -> Option<&'a Projection> {
        match self {
            Self::Request(request, kind) => Some(request.projection(kind)),
            Self::Departure(departure, _) => Some(&departure.card),
            Self::Announcement { .. } => None,
        }
    }

    /// A card in a channel that is no longer the approvers', or one that they want at the end of theirs: it is posted
    /// anew where they are.
    pub(crate) fn is_elsewhere(self, rules: &Rules) -> bool {
        let is_card = matches!(
            self,
            Self::Request(_, ProjectionKind::Card) | Self::Departure(..)
        );
        let here = rules.discord.admin_channel;
        let moves = |shown: &Projection| {
            let place = shown.place;
            place.is_some_and(|place| shown.wanted_anew || place.channel != here)
        };
        is_card && self.projection().is_some_and(moves)
    }

    /// Where to post it, if that is known.
    pub(super) fn channel(self, rules: &Rules) -> Option<ChannelId> {
        match self {
            Self::Request(request, ProjectionKind::Letter) => request.history.letters,
            Self::Request(request, ProjectionKind::Notice) => Some(request.asked_in),
            Self::Request(_, ProjectionKind::Card)
            | Self::Departure(..)
            | Self::Announcement { .. } => Some(rules.discord.admin_channel),
        }
    }

    /// Who reads it in direct messages.
    pub(super) fn reader(self) -> Option<MemberId> {
        match self {
            Self::Request(request, ProjectionKind::Letter) => Some(request.requester.id),
            Self::Request(..) | Self::Departure(..) | Self::Announcement { .. } => None,
        }
    }

    pub(super) fn face(self, rules: &Rules) -> Rendered {
        match self {
            Self::Request(request, ProjectionKind::Card) => view::card(request, rules),
            Self::Request(request, ProjectionKind::Letter) => view::letter(request, rules),
            Self::Request(request, ProjectionKind::Notice) => view::notice(request),
            Self::Departure(departure, devices) => view::departure(departure, devices, rules),
            Self::Announcement { face, .. } => face.clone(),
        }
    }

    /// Discord does not post a message whose nonce it has seen within the last minutes, but returns the earlier one.
    /// The time of creation tells apart rows with the same number from before and after a fresh database.
    pub(super) fn nonce(self, rules: &Rules) -> String {
        let moves = i64::from(self.is_elsewhere(rules));
        let nonce = match self {
            Self::Request(request, kind) => {
                let letter = match kind {
                    ProjectionKind::Card => 'c',
                    ProjectionKind::Letter => 'l',
                    ProjectionKind::Notice => 'n',
                };
                let (id, generation) = (request.id.0, request.projection(kind).generation + moves);
                let created = request.created_at.as_millisecond();
                format!("hu{id}{letter}{generation}-{created:x}")
            }
            Self::Departure(departure, _) => {
                let (id, generation) = (departure.id, departure.card.generation + moves);
                let since = departure.first_missing_at.as_millisecond();
                format!("hud{id}-{generation}-{since:x}")
            }
            Self::Announcement { subject, .. } => {
                let mut hasher = DefaultHasher::new();
                subject.hash(&mut hasher);
                format!("hua{:x}", hasher.finish())
            }
        };
        // The end differs most.
        let excess = nonce.len().saturating_sub(MAX_NONCE);
        nonce[excess..].to_owned()
    }
}

/// Whether Discord returned the message that was sent, and not an earlier version with the same nonce.
pub(super) fn is_same(returned: &Value, sent: &Value) -> bool {
    texts(returned) == texts(sent)
}

/// Everything in which two versions of a message can differ.
fn texts(message: &Value) -> Vec<&str> {
    let mut texts = vec![text(&message["content"])];
    for embed in items(&message["embeds"]) {
        texts.extend([text(&embed["title"]), text(&embed["description"])]);
        let fields = items(&embed["fields"]);
        texts.extend(fields.flat_map(|field| [text(&field["name"]), text(&field["value"])]));
    }
    let buttons = items(&message["components"]).flat_map(|row| items(&row["components"]));
    texts.extend(buttons.map(|button| text(&button["custom_id"])));
    texts
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default().trim()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
