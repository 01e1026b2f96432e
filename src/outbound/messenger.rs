//! Posts and edits messages, and asks who is a member of the server.

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use serenity::http::{LightMethod, Route};
use serenity::model::channel::Nonce;
use serenity::model::id::{ChannelId, GuildId, MessageId, UserId};
use tokio::time::Instant;

use super::answers::{Answers, Face};
use super::message::is_same;
use super::rest::Body;
use super::{Error, Message, Missing, RestClient, SentAnswer};
use crate::domain::{self, DeviceRequest, MemberId, MessageRef, RequestId, RoleId, Rules};
use crate::view::{self, Rendered, ShownKey};

/// The most messages that Discord lists at once.
pub(crate) const LISTED: usize = 100;

/// The only writer of messages. Whatever it does can be repeated without posting a second message.
pub(crate) struct Messenger {
    rest: RestClient,
    rules: Arc<Rules>,
    /// To the commands that made requests.
    answers: Answers<RequestId>,
    /// Those that showed a key.
    shown_keys: Answers<RequestId>,
    /// Messages that a click was answered with.
    clicked: Answers<domain::MessageId>,
}

impl Messenger {
    pub(crate) fn new(rest: RestClient, rules: Arc<Rules>) -> Self {
        Self {
            rest,
            rules,
            answers: Answers::default(),
            shown_keys: Answers::default(),
            clicked: Answers::default(),
        }
    }

    /// Edits the message, or posts it if it has no place yet. Returns its place. An edit also removes a key and its QR
    /// code.
    pub(crate) async fn show(&self, message: Message<'_>) -> Result<MessageRef, Error> {
        let face = message.face(&self.rules);
        let Some(place) = message.place() else {
            return self.post(message, face).await;
        };
        if !message.is_elsewhere(&self.rules) {
            return self.edit(place, face).await.map(|()| place);
        }
        let here = self.post(message, face).await?;
        // Tried once: nothing depends on it, and a click there is told the same.
        if let Err(error) = self.edit(place, view::moved(here, &self.rules)).await {
            tracing::info!(%error, "a card does not say where it has gone");
        }
        Ok(here)
    }

    /// The oldest messages of a channel from this one on, [`LISTED`] at most. None are listed for a bot that may not
    /// read the channel's history.
    pub(crate) async fn listed_from(
        &self,
        first: MessageRef,
    ) -> Result<BTreeSet<domain::MessageId>, Error> {
        let channel_id = ChannelId::new(snowflake(first.channel.0)?);
        let after = first.message.0.saturating_sub(1);
        let params = [("after", after.to_string()), ("limit", LISTED.to_string())];
        let route = Route::ChannelMessages { channel_id };
        let listed: Vec<Value> = self.rest.get_with(route, params.into()).await?;
        let ids = listed
            .iter()
            .map(|message| id(message).map(domain::MessageId));
        ids.collect()
    }

    /// Edits the letter.
    pub(crate) async fn show_key(
        &self,
        request: &DeviceRequest,
        key: &ShownKey<'_>,
    ) -> Result<(), Error> {
        let face = view::letter_with_key(request, &self.rules, key);
        let face = face.map_err(|_| Error::Unshowable)?;
        let place = request.letter.place.ok_or(Error::Gone(Missing::Message))?;
        self.edit(place, face).await
    }

    /// In the private answer to *Get my key*, which is kept for [`Self::scrub`].
    pub(crate) async fn show_key_privately(
        &self,
        answer: &SentAnswer,
        request: &DeviceRequest,
        key: &ShownKey<'_>,
    ) -> Result<(), Error> {
        let face = view::claim_answer(request, &self.rules, key);
        let (kept, now) = (answer.clone(), Instant::now());
        self.shown_keys.remember(request.id, kept, None, now);
        self.replace(answer, face.map_err(|_| Error::Unshowable)?)
            .await
    }

    /// Keeps the private answer to the command for [`Self::edit_answer`]. It shows how this request stands.
    pub(crate) fn remember(&self, shown: &DeviceRequest, answer: SentAnswer) {
        let face = face(&view::submitted(shown, &self.rules)).ok();
        self.answers
            .remember(shown.id, answer, face, Instant::now());
    }

    /// Keeps the answer to a click, which changed this message, for later edits: Discord does not count them.
    pub(crate) fn remember_click(&self, on: MessageRef, answer: SentAnswer) {
        let now = Instant::now();
        self.clicked.remember(on.message, answer, None, now);
    }

    /// Edits the private answer to the command if it says something new, and if its token still lives.
    pub(crate) async fn edit_answer(&self, request: &DeviceRequest) -> Result<(), Error> {
        self.edit_one_of(&self.answers, request).await
    }

    /// Puts how the request stands into the place of a key that is of no more use, where a private answer showed one.
    ///
    /// # Errors
    /// Only those after which it is worth trying again.
    pub(crate) async fn scrub(&self, request: &DeviceRequest) -> Result<(), Error> {
        match self.edit_one_of(&self.shown_keys, request).await {
            Err(error) if error.is_passing() => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Takes the button from a call that is about to be posted anew.
    pub(crate) async fn end_call(&self, request: &DeviceRequest) -> Result<(), Error> {
        match request.notice.place {
            Some(place) => self.edit(place, view::earlier_call(request)).await,
            None => Ok(()),
        }
    }

    async fn edit_one_of(
        &self,
        answers: &Answers<RequestId>,
        request: &DeviceRequest,
    ) -> Result<(), Error> {
        let answer = answers.get(request.id, Instant::now());
        let (answer, shown) = answer.ok_or(Error::Expired)?;
        let rendered = view::submitted(request, &self.rules);
        let next = Some(face(&rendered)?);
        if next == shown {
            return Ok(());
        }
        let result = self.replace(&answer, rendered).await;
        match result {
            Ok(()) => answers.shows(request.id, next),
            Err(Error::Expired) => answers.forget(request.id),
            Err(_) => answers.shows(request.id, None),
        }
        result
    }

    /// The roles of this member of the server, or None if Discord knows no such member. There is only one way in which
    /// it says so; every other refusal says nothing about the person.
    pub(crate) async fn roles_of(&self, member: MemberId) -> Result<Option<Vec<RoleId>>, Error> {
        let guild_id = GuildId::new(snowflake(self.rules.discord.guild.0)?);
        let user_id = UserId::new(snowflake(member.0)?);
        let route = Route::GuildMember { guild_id, user_id };
        match self.rest.get::<Value>(route).await {
            Ok(found) if id(&found["user"])? == member.0 => roles(&found["roles"]).map(Some),
            Ok(_) => Err(Error::unreadable()),
            Err(Error::Gone(Missing::Member)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn post(&self, message: Message<'_>, face: Rendered) -> Result<MessageRef, Error> {
        let known = match message.channel(&self.rules) {
            Some(channel) => self.post_in(channel, message, &face).await,
            None => Err(Error::Gone(Missing::Channel)),
        };
        match (known, message.reader()) {
            (Err(Error::Gone(Missing::Channel)), Some(reader)) => {
                let channel = self.open_direct_channel(reader).await?;
                self.post_in(channel, message, &face).await
            }
            (known, _) => known,
        }
    }

    async fn post_in(
        &self,
        channel: domain::ChannelId,
        message: Message<'_>,
        face: &Rendered,
    ) -> Result<MessageRef, Error> {
        let nonce = Nonce::String(message.nonce(&self.rules));
        let builder = face.clone().post().nonce(nonce).enforce_nonce(true);
        let body = Body::new(&builder, None)?;
        let sent = body.json.clone();
        let channel_id = ChannelId::new(snowflake(channel.0)?);
        let route = Route::ChannelMessages { channel_id };
        let posted = self.rest.call(LightMethod::Post, route, Some(body)).await?;
        let message = domain::MessageId(id(&posted)?);
        let place = MessageRef { channel, message };
        if !is_same(&posted, &sent) {
            self.edit(place, face.clone()).await?;
        }
        Ok(place)
    }

    async fn open_direct_channel(&self, member: MemberId) -> Result<domain::ChannelId, Error> {
        let body = Body::new(&json!({ "recipient_id": member.to_string() }), None)?;
        let route = Route::UserMeDmChannels;
        let channel = self.rest.call(LightMethod::Post, route, Some(body)).await?;
        id(&channel).map(domain::ChannelId)
    }

    /// Through the last click on the message, if that can still be.
    async fn edit(&self, place: MessageRef, face: Rendered) -> Result<(), Error> {
        if let Some((click, _)) = self.clicked.get(place.message, Instant::now()) {
            match self.replace(&click, face.clone()).await {
                Err(Error::Expired) => self.clicked.forget(place.message),
                result => return result,
            }
        }
        let file = face.attachment.clone();
        let body = Body::new(&face.edit(), file)?;
        let route = Route::ChannelMessage {
            channel_id: ChannelId::new(snowflake(place.channel.0)?),
            message_id: MessageId::new(snowflake(place.message.0)?),
        };
        self.rest
            .call(LightMethod::Patch, route, Some(body))
            .await?;
        Ok(())
    }

    /// Edits an answer.
    pub(crate) async fn replace(&self, answer: &SentAnswer, face: Rendered) -> Result<(), Error> {
        let file = face.attachment.clone();
        let body = Body::new(&face.edit_answer(), file)?;
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: self.rest.http().application_id().ok_or(Error::Expired)?,
            token: answer.token.expose_secret(),
        };
        self.rest
            .call(LightMethod::Patch, route, Some(body))
            .await?;
        Ok(())
    }
}

fn face(rendered: &Rendered) -> Result<Face, Error> {
    let body = Body::new(&rendered.clone().edit_answer(), None)?;
    Ok(Face::of(&body.json))
}

fn roles(ids: &Value) -> Result<Vec<RoleId>, Error> {
    let role = |id: &Value| id.as_str()?.parse().ok().map(RoleId);
    let roles = ids.as_array().map(|ids| ids.iter().map(role).collect());
    roles.flatten().ok_or(Error::unreadable())
}

fn id(object: &Value) -> Result<i64, Error> {
    let id = object["id"].as_str().and_then(|id| id.parse().ok());
    id.ok_or(Error::unreadable())
}

/// Discord has no id 0, and serenity panics on it.
pub(crate) fn snowflake(ours: i64) -> Result<u64, Error> {
    let id = u64::try_from(ours).ok().filter(|id| *id > 0);
    id.ok_or(Error::not_sent())
}
