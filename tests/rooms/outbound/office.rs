//! A messenger at its desk, and requests to write about.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use secrecy::SecretString;
use stand_ins::discord::{Discord, Member};

use crate::domain::{
    ChannelId, DeviceRequest, GuildId, Handover, MemberId, MessageRef, Person, Projection,
    ProjectionKind, RoleId, State,
};
use crate::gateway::{Connection, DiscordSettings};
use crate::operations::Health;
use crate::outbound::{Error, Message, Messenger};
use crate::support::people::alice;
use crate::support::requests::{posted, request};
use crate::support::rules::rules;
use crate::support::states::{approved, issuing, pending};
use crate::view::ShownKey;

pub(super) const POST: &str = "POST /channels/{}/messages";
pub(super) const EDIT: &str = "PATCH /channels/{}/messages/{}";
pub(super) const OPEN: &str = "POST /users/@me/channels";
pub(super) const ANSWER: &str = "PATCH /webhooks/{}/{}/messages/@original";
pub(super) const KEY: &str = "hskey-auth-abcdefghijkl-mnopqrstuvwxyz0123456789";

pub(super) struct Office {
    pub(super) discord: Discord,
    pub(super) connection: Connection,
    pub(super) messenger: Messenger,
    pub(super) alice: Member,
}

impl Office {
    pub(super) async fn open() -> Self {
        Self::patient(Duration::from_secs(10)).await
    }

    pub(super) async fn patient(request_timeout: Duration) -> Self {
        let discord = Discord::start().await;
        let settings = DiscordSettings {
            api_url: Some(discord.api_url().parse().unwrap()),
            request_timeout,
            ..DiscordSettings::new(discord.token())
        };
        let connection = Connection::open(settings, Health::new()).unwrap();
        let mut rules = rules();
        rules.discord.guild = GuildId(id(discord.guild_id()));
        rules.discord.admin_channel = ChannelId(id(discord.admin_channel_id()));
        rules.discord.mention_role = Some(RoleId(id(discord.approver_role_id())));
        Self {
            messenger: Messenger::new(connection.rest().clone(), Arc::new(rules)),
            alice: discord.member("alice"),
            discord,
            connection,
        }
    }

    pub(super) fn request(&self) -> DeviceRequest {
        self.request_in(pending())
    }

    pub(super) fn approved(&self) -> DeviceRequest {
        self.request_in(approved())
    }

    pub(super) fn issuing(&self, letter: Option<MessageRef>) -> DeviceRequest {
        let mut request = self.request_in(issuing(Handover::Letter));
        request.letter.place = letter;
        request
    }

    fn request_in(&self, state: State) -> DeviceRequest {
        DeviceRequest {
            requester: Person {
                id: MemberId(id(self.alice.id())),
                ..alice()
            },
            asked_in: ChannelId(id(self.discord.general_channel_id())),
            ..request(state)
        }
    }

    pub(super) async fn show_card(&self, request: &DeviceRequest) -> Result<MessageRef, Error> {
        self.show(request, ProjectionKind::Card).await
    }

    pub(super) async fn show_letter(&self, request: &DeviceRequest) -> Result<MessageRef, Error> {
        self.show(request, ProjectionKind::Letter).await
    }

    pub(super) async fn show_notice(&self, request: &DeviceRequest) -> Result<MessageRef, Error> {
        self.show(request, ProjectionKind::Notice).await
    }

    async fn show(
        &self,
        request: &DeviceRequest,
        kind: ProjectionKind,
    ) -> Result<MessageRef, Error> {
        self.messenger.show(Message::Request(request, kind)).await
    }

    /// The stand-in has nothing to say against any call.
    pub(super) fn finish(&self) {
        assert_eq!(self.discord.complaints(), []);
    }
}

pub(super) fn id(theirs: u64) -> i64 {
    i64::try_from(theirs).unwrap()
}

pub(super) fn at(place: MessageRef) -> Projection {
    Projection {
        place: Some(place),
        ..posted(1)
    }
}

/// The key of the request's attempt, as the step that made it would show it.
pub(super) fn shown<'a>(request: &DeviceRequest, secret: &'a SecretString) -> ShownKey<'a> {
    ShownKey {
        secret,
        expires_at: request.created_at + SignedDuration::from_hours(1),
    }
}
