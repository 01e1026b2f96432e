//! What can be written to Discord, one verb each. The text is the view's; where and how it goes is decided here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use serenity::http::{LightMethod, Route};
use serenity::model::channel::Nonce;
use serenity::model::id::{ChannelId, GuildId, MessageId, UserId};

use super::wire::{Body, Call};
use super::{Answers, Error, Missing, PrivateAnswer, Wire};
use crate::domain;
use crate::domain::{
    Departure, DeviceRequest, MemberId, MessageRef, ProjectionKind, RequestId, Rules,
};
use crate::view::{self, Face, ShownKey};

/// The only writer of messages. Everything it does can be done again without a second message.
pub struct Messenger {
    wire: Wire,
    rules: Arc<Rules>,
    answers: Answers,
}

impl Messenger {
    pub fn new(wire: Wire, rules: Arc<Rules>) -> Self {
        Self {
            wire,
            rules,
            answers: Answers::default(),
        }
    }

    pub async fn post_card(&self, request: &DeviceRequest) -> Result<MessageRef, Error> {
        let face = || view::card(request, &self.rules);
        let nonce = nonce(request, ProjectionKind::Card);
        self.post(self.rules.discord.admin_channel, nonce, face)
            .await
    }

    pub async fn edit_card(&self, request: &DeviceRequest) -> Result<(), Error> {
        let face = view::card(request, &self.rules);
        self.edit(place(request.card.place)?, face).await
    }

    /// Opens the direct message and posts the letter as it is for the request's state, without a key.
    pub async fn open_letter(&self, request: &DeviceRequest) -> Result<MessageRef, Error> {
        let channel = self.open(request.requester.id).await?;
        let face = || view::letter(request, &self.rules);
        let nonce = nonce(request, ProjectionKind::Letter);
        self.post(channel, nonce, face).await
    }

    /// Whatever key the letter showed is gone from it afterwards, the picture too.
    pub async fn edit_letter(&self, request: &DeviceRequest) -> Result<(), Error> {
        let face = view::letter(request, &self.rules);
        self.edit(place(request.letter.place)?, face).await
    }

    pub async fn show_key(&self, request: &DeviceRequest, key: &ShownKey<'_>) -> Result<(), Error> {
        let face =
            view::letter_with_key(request, &self.rules, key).map_err(|_| Error::Unshowable)?;
        self.edit(place(request.letter.place)?, face).await
    }

    /// In the channel that they asked from, for a member who cannot be written to.
    pub async fn post_notice(&self, request: &DeviceRequest) -> Result<MessageRef, Error> {
        let nonce = nonce(request, ProjectionKind::Notice);
        self.post(request.asked_in, nonce, || view::notice(request))
            .await
    }

    pub async fn edit_notice(&self, request: &DeviceRequest) -> Result<(), Error> {
        let face = view::notice(request);
        self.edit(place(request.notice.place)?, face).await
    }

    /// Keeps the private answer to the command for [`Self::edit_answer`].
    pub fn remember(&self, request: RequestId, answer: PrivateAnswer) {
        self.answers.remember(request, answer);
    }

    /// The private answer to the command, while it can be written to.
    pub async fn edit_answer(&self, request: &DeviceRequest) -> Result<(), Error> {
        let answer = self.answers.of(request.id).ok_or(Error::Expired)?;
        let face = view::submitted(request, &self.rules);
        let result = self.replace(&answer, face).await;
        if result == Err(Error::Expired) {
            self.answers.forget(request.id);
        }
        result
    }

    /// In the private answer to *Get my key*.
    pub async fn show_key_privately(
        &self,
        answer: &PrivateAnswer,
        request: &DeviceRequest,
        key: &ShownKey<'_>,
    ) -> Result<(), Error> {
        let face = view::claim_answer(request, &self.rules, key).map_err(|_| Error::Unshowable)?;
        self.replace(answer, face).await
    }

    /// Whether Discord knows this person as a member of the server. It says no in one way only, and everything else is
    /// an error that says nothing about the person.
    pub async fn is_member(&self, member: MemberId) -> Result<bool, Error> {
        let guild_id = GuildId::new(snowflake(self.rules.discord.guild.0)?);
        let user_id = UserId::new(snowflake(member.0)?);
        let route = Route::GuildMember { guild_id, user_id };
        match self.wire.get::<Value>(route).await {
            Ok(found) if answered_id(&found["user"])? == member.0 => Ok(true),
            Ok(_) => Err(Error::unreadable()),
            Err(Error::Gone(Missing::Member)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The question to the approvers about somebody who left, or what became of it.
    pub async fn post_departure(
        &self,
        departure: &Departure,
        devices: &[DeviceRequest],
    ) -> Result<MessageRef, Error> {
        let face = || view::departure(departure, devices, &self.rules);
        let (id, generation) = (departure.id, departure.card.generation);
        let since = departure.first_missing_at.as_millisecond();
        let nonce = bounded(&format!("hud{id}-{generation}-{since:x}"));
        self.post(self.rules.discord.admin_channel, nonce, face)
            .await
    }

    pub async fn edit_departure(
        &self,
        departure: &Departure,
        devices: &[DeviceRequest],
    ) -> Result<(), Error> {
        let face = view::departure(departure, devices, &self.rules);
        self.edit(place(departure.card.place)?, face).await
    }

    /// For the approvers, once for each subject: told again within minutes, Discord hands back the first.
    pub async fn announce(&self, face: Face, subject: &str) -> Result<(), Error> {
        let mut hasher = DefaultHasher::new();
        subject.hash(&mut hasher);
        let nonce = format!("hua{:x}", hasher.finish());
        self.post(self.rules.discord.admin_channel, nonce, || face.clone())
            .await
            .map(drop)
    }

    async fn open(&self, member: MemberId) -> Result<domain::ChannelId, Error> {
        let answer = self
            .wire
            .call(Call {
                method: LightMethod::Post,
                route: Route::UserMeDmChannels,
                body: Some(Body {
                    json: json!({ "recipient_id": member.to_string() }),
                    file: None,
                }),
            })
            .await?;
        answered_id(&answer).map(domain::ChannelId)
    }

    async fn post(
        &self,
        channel: domain::ChannelId,
        nonce: String,
        face: impl Fn() -> Face,
    ) -> Result<MessageRef, Error> {
        let channel_id = channel_id(channel)?;
        let wanted = json(
            &face()
                .post()
                .nonce(Nonce::String(nonce))
                .enforce_nonce(true),
        )?;
        let answer = self.deliver(channel_id, wanted.clone()).await?;
        let place = MessageRef {
            channel,
            message: domain::MessageId(answered_id(&answer)?),
        };
        if !shows(&answer, &wanted) {
            self.edit(place, face()).await?;
        }
        Ok(place)
    }

    async fn deliver(&self, channel_id: ChannelId, json: Value) -> Result<Value, Error> {
        let call = Call {
            method: LightMethod::Post,
            route: Route::ChannelMessages { channel_id },
            body: Some(Body { json, file: None }),
        };
        self.wire.call(call).await
    }

    async fn edit(&self, place: MessageRef, face: Face) -> Result<(), Error> {
        let channel_id = channel_id(place.channel)?;
        let message_id = MessageId::new(snowflake(place.message.0)?);
        let file = face.attachment.clone();
        let call = Call {
            method: LightMethod::Patch,
            route: Route::ChannelMessage {
                channel_id,
                message_id,
            },
            body: Some(Body {
                json: json(&face.edit())?,
                file,
            }),
        };
        self.wire.call(call).await.map(drop)
    }

    /// Replaces a private answer, for as long as its token lives.
    pub async fn replace(&self, answer: &PrivateAnswer, face: Face) -> Result<(), Error> {
        let token = answer.token.expose_secret();
        let file = face.attachment.clone();
        let call = Call {
            method: LightMethod::Patch,
            route: Route::WebhookOriginalInteractionResponse {
                application_id: self.wire.http().application_id().ok_or(Error::Expired)?,
                token,
            },
            body: Some(Body {
                json: json(&face.edit_answer())?,
                file,
            }),
        };
        self.wire.call(call).await.map(drop)
    }
}

/// Discord hands back the message that already bears the nonce, if there is one: at most 25 characters.
/// The creation time tells apart requests of the same number from before and after a fresh database.
fn nonce(request: &DeviceRequest, kind: ProjectionKind) -> String {
    let letter = match kind {
        ProjectionKind::Card => 'c',
        ProjectionKind::Letter => 'l',
        ProjectionKind::Notice => 'n',
    };
    let generation = request.projection(kind).generation;
    bounded(&format!(
        "hu{}{letter}{generation}-{:x}",
        request.id.0,
        request.created_at.as_millisecond()
    ))
}

/// What differs most is at the end.
fn bounded(nonce: &str) -> String {
    let excess = nonce.len().saturating_sub(25);
    nonce[excess..].to_owned()
}

/// Whether the message handed back is the one that was sent, and not an older one with the same nonce.
fn shows(answer: &Value, wanted: &Value) -> bool {
    text_of(answer) == text_of(wanted)
}

/// What tells one face of a request from another.
fn text_of(message: &Value) -> Vec<String> {
    let mut texts = vec![text(&message["content"])];
    for embed in items(&message["embeds"]) {
        texts.extend([text(&embed["title"]), text(&embed["description"])]);
        for field in items(&embed["fields"]) {
            texts.extend([text(&field["name"]), text(&field["value"])]);
        }
    }
    for row in items(&message["components"]) {
        texts.extend(items(&row["components"]).map(|button| text(&button["custom_id"])));
    }
    texts
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn json(builder: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(builder).map_err(|_| Error::not_sent())
}

fn answered_id(answer: &Value) -> Result<i64, Error> {
    answer["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .ok_or(Error::unreadable())
}

fn place(place: Option<MessageRef>) -> Result<MessageRef, Error> {
    place.ok_or(Error::Gone(Missing::Message))
}

fn channel_id(ours: domain::ChannelId) -> Result<ChannelId, Error> {
    snowflake(ours.0).map(ChannelId::new)
}

/// Discord has no id 0, and serenity panics on it.
pub(crate) fn snowflake(ours: i64) -> Result<u64, Error> {
    u64::try_from(ours)
        .ok()
        .filter(|id| *id > 0)
        .ok_or(Error::not_sent())
}
