//! Looking at Discord from outside: people by name, channels, waiting for things.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::mpsc;

use super::{Interaction, Member, Message};
use crate::discord::{
    Discord,
    faults::FaultAt,
    feed::Happening,
    gateway::GatewayControl,
    journal::{Call, Complaint},
    model::{Id, MessageRecord, World, permissions},
    shared::Shared,
};

impl Discord {
    /// `http://127.0.0.1:port`: give it to the client in the place of
    /// `https://discord.com`.
    pub fn api_url(&self) -> String {
        self.shared.origin()
    }

    /// `ws://127.0.0.1:port`, what `GET /gateway` answers.
    pub fn gateway_url(&self) -> String {
        self.shared.origin().replacen("http", "ws", 1)
    }

    pub fn token(&self) -> SecretString {
        self.shared.layout.token.clone().into()
    }

    pub fn application_id(&self) -> Id {
        self.shared.layout.application
    }

    pub fn bot_id(&self) -> Id {
        self.shared.layout.bot
    }

    pub fn guild_id(&self) -> Id {
        self.shared.layout.guild
    }

    pub fn admin_channel_id(&self) -> Id {
        self.shared.layout.admin_channel
    }

    pub fn general_channel_id(&self) -> Id {
        self.shared.layout.general_channel
    }

    pub fn approver_role_id(&self) -> Id {
        self.shared.layout.approver_role
    }

    /// A member of the guild, who joins if need be. Types in the general channel.
    pub fn member(&self, name: &str) -> Member {
        let id = self.shared.change(|state| {
            let world = &mut state.world;
            if let Some(known) = world.user_named(name) {
                return known.id;
            }
            let id = world.add_user(name, false);
            let home = world.home;
            world.join(home, id);
            id
        });
        Member {
            shared: Arc::clone(&self.shared),
            id,
            at: self.shared.layout.general_channel,
        }
    }

    /// A member with the approver role.
    pub fn approver(&self, name: &str) -> Member {
        let member = self.member(name);
        let role = self.approver_role_id();
        member.take_role(role);
        member.give_role(role);
        member.at(self.admin_channel_id())
    }

    /// Somebody who shares no guild with the bot.
    pub fn stranger(&self, name: &str) -> Member {
        let member = self.member(name);
        member.leave();
        member
    }

    /// Looks at the model.
    pub fn world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.shared.read(|state| look(&state.world))
    }

    /// Changes the model in ways no verb offers.
    pub fn change_world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.shared.change(|state| act(&mut state.world))
    }

    /// Waits until `look` finds something, but not for ever.
    pub async fn wait_for<T>(&self, look: impl Fn(&World) -> Option<T>, what: &str) -> T {
        let found = self.shared.find(what, |state| look(&state.world)).await;
        found.unwrap_or_else(|lost| panic!("{lost}"))
    }

    /// Like [`Discord::wait_for`], looking at the calls so far.
    pub async fn wait_for_call<T>(&self, look: impl Fn(&[Call]) -> Option<T>, what: &str) -> T {
        let found = self
            .shared
            .find(what, |state| look(state.notebook.calls()))
            .await;
        found.unwrap_or_else(|lost| panic!("{lost}"))
    }

    /// Waits until the bot is connected and has registered a command.
    pub async fn bot_is_ready(&self) {
        let found = self
            .shared
            .find("the bot to come online with its commands", |state| {
                let home = &state.world.guilds[&state.world.home];
                (!home.commands.is_empty() && state.gateway.is_online()).then_some(())
            });
        found.await.unwrap_or_else(|lost| panic!("{lost}"));
    }

    /// A stream of what the bot does from now on.
    pub fn feed(&self) -> mpsc::UnboundedReceiver<Happening> {
        self.shared.change(|state| state.feeds.subscribe())
    }

    /// Moves the clock that deadlines and tokens live by.
    pub fn pass_time(&self, by: std::time::Duration) {
        let by = by.try_into().expect("a duration that fits");
        self.shared.change(|state| state.world.pass_time(by));
    }

    /// A message by its id.
    pub fn message(&self, id: Id) -> Option<Message> {
        let record = self
            .shared
            .read(|state| state.world.messages.get(&id).cloned());
        record.map(|record| Message::shown(&self.shared, record))
    }

    /// An interaction by its id.
    pub fn interaction(&self, id: Id) -> Interaction {
        Interaction {
            shared: Arc::clone(&self.shared),
            id,
        }
    }

    /// The bot's messages in a channel, oldest first.
    pub fn messages_in(&self, channel: Id) -> Vec<Message> {
        let records = self.shared.read(|state| in_channel(&state.world, channel));
        records
            .into_iter()
            .map(|record| Message::new(&self.shared, record))
            .collect()
    }

    /// The bot's messages in the admin channel, oldest first.
    pub fn cards(&self) -> Vec<Message> {
        self.messages_in(self.admin_channel_id())
    }

    /// Messages of the bot that this test never looked at, oldest first.
    pub fn unread(&self) -> Vec<Message> {
        let mut records: Vec<_> = self.shared.read(|state| {
            let unseen = |m: &&MessageRecord| {
                m.author == state.world.bot && !state.looked_at.contains(&m.id)
            };
            state
                .world
                .messages
                .values()
                .filter(unseen)
                .cloned()
                .collect()
        });
        records.sort_by_key(|record| record.id);
        records
            .into_iter()
            .map(|record| Message::new(&self.shared, record))
            .collect()
    }

    /// Waits for a card; the latest.
    pub async fn card(&self) -> Message {
        self.card_where("a card", |_| true).await
    }

    /// Waits for a card that fits; the latest of them.
    pub async fn card_where(&self, what: &str, fits: impl Fn(&Message) -> bool) -> Message {
        self.message_where(self.admin_channel_id(), what, fits)
            .await
    }

    /// Waits for a message of the bot that fits; the latest of them.
    pub async fn message_where(
        &self,
        channel: Id,
        what: &str,
        fits: impl Fn(&Message) -> bool,
    ) -> Message {
        let latest = |world: &World| {
            let ids = world
                .channels
                .get(&channel)
                .map_or(&[][..], |channel| &channel.messages);
            let by_bot = |id: &&Id| {
                world
                    .messages
                    .get(id)
                    .is_some_and(|m| m.author == world.bot)
            };
            ids.iter().rev().filter(by_bot).copied().collect()
        };
        wait_for_message(&self.shared, what, latest, fits).await
    }

    /// Waits until this message says these words; looks at its latest version.
    pub async fn message_says(&self, message: &Message, words: &str) -> Message {
        let what = format!("message {} to say {words:?}", message.id());
        let id = message.id();
        let latest = |_: &World| vec![id];
        wait_for_message(&self.shared, &what, latest, |message| message.says(words)).await
    }

    /// The levers of the gateway.
    pub fn gateway(&self) -> GatewayControl {
        GatewayControl(Arc::clone(&self.shared))
    }

    /// Begins a fault at a route, `POST /channels/{}/messages`, or `*`.
    pub fn fault(&self, route: &str) -> FaultAt {
        FaultAt::new(Arc::clone(&self.shared), route)
    }

    /// Every REST call so far, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.read(|state| state.notebook.calls().to_vec())
    }

    /// The number of calls that this route got, journal or not.
    pub fn count(&self, route: &str) -> usize {
        self.shared.read(|state| state.notebook.count(route))
    }

    /// All calls so far, and those of them that count towards the limit of 50 a second; journal or not.
    pub fn calls_so_far(&self) -> (usize, usize) {
        self.shared.read(|state| state.notebook.totals())
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.shared.change(|state| state.notebook.forget());
    }

    /// All bytes the bot sent, REST bodies and gateway payloads.
    pub fn every_payload(&self) -> Vec<Vec<u8>> {
        self.shared.read(|state| {
            let bodies = state.notebook.calls().iter().map(|call| call.raw.to_vec());
            let spoken = state
                .notebook
                .gateway_payloads
                .iter()
                .map(|text| text.clone().into_bytes());
            bodies.chain(spoken).collect()
        })
    }

    /// Everything that no careful bot would have done.
    pub fn complaints(&self) -> Vec<Complaint> {
        self.shared
            .read(|state| state.notebook.complaints().to_vec())
    }

    /// The complaints so far, which are then forgotten: for tests that expect them.
    pub fn take_complaints(&self) -> Vec<Complaint> {
        self.shared.change(|state| state.notebook.take_complaints())
    }
}

fn in_channel(world: &World, channel: Id) -> Vec<MessageRecord> {
    let ids = world
        .channels
        .get(&channel)
        .map_or(&[][..], |channel| &channel.messages);
    let there = ids.iter().filter_map(|id| world.messages.get(id));
    there
        .filter(|message| message.author == world.bot)
        .cloned()
        .collect()
}

/// Waits for the first of the candidates that fits. Only ids are copied under the
/// lock; `fits` may look at the world itself.
pub(super) async fn wait_for_message(
    shared: &Arc<Shared>,
    what: &str,
    candidates: impl Fn(&World) -> Vec<Id>,
    fits: impl Fn(&Message) -> bool,
) -> Message {
    let load = |id: Id| {
        let record = shared.read(|state| state.world.messages.get(&id).cloned())?;
        Some(Message::new(shared, record))
    };
    let judge = |ids: Vec<Id>| {
        ids.into_iter()
            .filter_map(load)
            .find(|message| fits(message))
    };
    let found = shared
        .find_outside(what, |state| candidates(&state.world), judge)
        .await;
    let message = found.unwrap_or_else(|lost| {
        let newest = shared.read(|state| candidates(&state.world));
        let newest = newest.into_iter().find_map(load);
        let newest = newest.map_or("there is none".into(), |message| message.text());
        panic!("{lost}\nthe newest message:\n{newest}")
    });
    Message::shown(shared, message.record)
}

/// True if a person can see a message at all.
pub(super) fn can_see(world: &World, person: Id, message: &MessageRecord) -> bool {
    if let Some(only) = message.seen_only_by {
        return only == person;
    }
    let channel = world.channels.get(&message.channel);
    channel.is_some_and(|channel| {
        world.permissions_in(channel, person) & permissions::VIEW_CHANNEL != 0
    })
}
