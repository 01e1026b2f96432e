//! One person, by name.

use std::sync::Arc;

use super::Message;
use crate::discord::{
    model::{DmDoor, Id, MessageRecord, User, World},
    shared::{Shared, State},
};

/// A person on Discord. Verbs that act are in `acting`.
#[derive(Clone)]
pub struct Member {
    pub(super) shared: Arc<Shared>,
    pub(super) id: Id,
    /// The channel the person types in.
    pub(super) at: Id,
}

impl Member {
    pub fn id(&self) -> Id {
        self.id
    }

    /// `<@id>`
    pub fn mention(&self) -> String {
        format!("<@{}>", self.id)
    }

    pub fn name(&self) -> String {
        self.read_user(|user| user.username.clone())
    }

    fn read_user<T>(&self, look: impl FnOnce(&User) -> T) -> T {
        self.shared.read(|state| look(&state.world.users[&self.id]))
    }

    fn change_user(&self, act: impl FnOnce(&mut User)) {
        self.shared
            .change(|state| state.world.users.get_mut(&self.id).map(act));
    }

    /// The same person, typing in another channel.
    #[must_use]
    pub fn at(&self, channel: Id) -> Self {
        Self {
            at: channel,
            ..self.clone()
        }
    }

    /// The same person, typing in the direct messages with the bot.
    #[must_use]
    pub fn in_dms(&self) -> Self {
        let channel = self.shared.change(|state| state.world.dm_with(self.id));
        self.at(channel)
    }

    /// Letters are refused with 50278 (closed) or 50007 (blocked).
    pub fn close_dms(&self, code: u32) {
        self.change_user(|user| user.dms = DmDoor::Refused(code));
    }

    pub fn open_dms(&self) {
        self.change_user(|user| user.dms = DmDoor::Open);
    }

    /// Opening a DM channel with this person is refused with 40003 for now.
    pub fn dms_too_fast(&self, refuse: bool) {
        self.shared.change(|state| {
            let people = &mut state.world.dms_too_fast;
            if refuse {
                people.insert(self.id)
            } else {
                people.remove(&self.id)
            }
        });
    }

    pub fn rename(&self, name: &str) {
        self.change_user(|user| user.username = name.into());
    }

    /// The language of the client, `de`.
    pub fn speaks(&self, locale: &str) {
        self.change_user(|user| user.locale = locale.into());
    }

    pub fn give_role(&self, role: Id) {
        self.change_roles(|roles| roles.push(role));
    }

    pub fn take_role(&self, role: Id) {
        self.change_roles(|roles| roles.retain(|held| *held != role));
    }

    fn change_roles(&self, act: impl FnOnce(&mut Vec<Id>)) {
        self.shared.change(|state| {
            let home = state.world.home;
            let guild = state.world.guilds.get_mut(&home);
            let member = guild.and_then(|guild| guild.members.get_mut(&self.id));
            member.map(|member| act(&mut member.roles))
        });
    }

    /// Leaves the guild.
    pub fn leave(&self) {
        self.shared.change(|state| {
            let home = state.world.home;
            state
                .world
                .guilds
                .get_mut(&home)
                .map(|guild| guild.members.remove(&self.id))
        });
    }

    /// Comes (back) into the guild, without roles.
    pub fn join(&self) {
        self.shared.change(|state| {
            let home = state.world.home;
            state.world.join(home, self.id);
        });
    }

    /// The bot's direct messages, oldest first.
    pub fn letters(&self) -> Vec<Message> {
        let records: Vec<_> = self
            .shared
            .read(|state| letters(&state.world, self.id).cloned().collect());
        records
            .into_iter()
            .map(|record| Message::shown(&self.shared, record))
            .collect()
    }

    /// Waits for a direct message of the bot; the latest.
    pub async fn letter(&self) -> Message {
        self.letter_where("a letter", |_| true).await
    }

    /// Waits for a direct message that fits; the latest of them.
    pub async fn letter_where(&self, what: &str, fits: impl Fn(&Message) -> bool) -> Message {
        let what = format!("{what} to {}", self.name());
        self.wait(
            &what,
            |world| letters(world, self.id).rev().map(|m| m.id).collect(),
            fits,
        )
        .await
    }

    pub async fn letter_says(&self, words: &str) -> Message {
        let what = format!("a letter that says {words:?}");
        let fits = |letter: &Message| letter.says(words);
        self.letter_where(&what, fits).await
    }

    pub async fn letter_with_key(&self) -> Message {
        let fits = |letter: &Message| letter.scan().is_some();
        self.letter_where("a letter with a key", fits).await
    }

    /// The ephemeral messages this person sees, oldest first.
    pub fn answers(&self) -> Vec<Message> {
        let records: Vec<_> = self
            .shared
            .read(|state| whispers(&state.world, self.id).cloned().collect());
        records
            .into_iter()
            .map(|record| Message::shown(&self.shared, record))
            .collect()
    }

    /// Waits for an ephemeral message that says this; the latest of them.
    pub async fn sees_answer(&self, words: &str) -> Message {
        let what = format!("{} to be told {words:?}", self.name());
        let look = |world: &World| whispers(world, self.id).rev().map(|m| m.id).collect();
        self.wait(&what, look, |message| message.says(words)).await
    }

    async fn wait(
        &self,
        what: &str,
        candidates: impl Fn(&World) -> Vec<Id>,
        fits: impl Fn(&Message) -> bool,
    ) -> Message {
        super::world::wait_for_message(&self.shared, what, candidates, fits).await
    }

    /// True if the message is there for this person.
    pub fn can_see(&self, message: &Message) -> bool {
        self.shared.read(|state| {
            let there = state.world.messages.get(&message.id());
            there.is_some_and(|there| self.sees(state, there))
        })
    }

    pub(super) fn sees(&self, state: &State, message: &MessageRecord) -> bool {
        super::world::can_see(&state.world, self.id, message)
    }
}

fn letters(world: &World, person: Id) -> impl DoubleEndedIterator<Item = &MessageRecord> {
    let channel = world
        .dm_of(person)
        .and_then(|channel| world.channels.get(&channel));
    let ids = channel.map_or(&[][..], |channel| &channel.messages);
    let there = ids.iter().filter_map(|id| world.messages.get(id));
    there.filter(|message| message.author == world.bot)
}

fn whispers(world: &World, person: Id) -> impl DoubleEndedIterator<Item = &MessageRecord> {
    let ids = world.whispers.get(&person).map_or(&[][..], Vec::as_slice);
    ids.iter().filter_map(|id| world.messages.get(id))
}
