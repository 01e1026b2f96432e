//! Guilds and who and what is in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::Value;

use super::Id;

#[derive(Clone, Debug)]
pub struct User {
    pub id: Id,
    pub username: String,
    pub global_name: Option<String>,
    pub bot: bool,
    pub locale: String,
    /// Decides whether the bot's direct messages reach this person.
    pub dms: DmDoor,
}

/// A person's door for direct messages from the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DmDoor {
    Open,
    /// Refused with this code: 50007 (blocked) or 50278 (closed, no mutual guild).
    Refused(u32),
}

#[derive(Clone, Debug)]
pub struct Role {
    pub id: Id,
    pub name: String,
    pub permissions: u64,
    pub mentionable: bool,
    pub managed: bool,
}

/// A person's place in one guild.
#[derive(Clone, Debug)]
pub struct Membership {
    pub user: Id,
    pub nick: Option<String>,
    pub roles: Vec<Id>,
    pub joined_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Guild {
    pub id: Id,
    pub name: String,
    pub owner: Id,
    pub roles: BTreeMap<Id, Role>,
    pub members: BTreeMap<Id, Membership>,
    /// Registered guild commands, as Discord would return them.
    pub commands: Vec<Value>,
    /// The roles that may use a command whatever its default, by the command's name.
    pub allowed_commands: BTreeMap<String, BTreeSet<Id>>,
    pub locale: String,
}

/// A permission overwrite of a channel; `target` is a role or a member.
#[derive(Clone, Copy, Debug)]
pub struct Overwrite {
    pub target: Id,
    pub is_member: bool,
    pub allow: u64,
    pub deny: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    GuildText { guild: Id },
    Dm { recipient: Id },
}

#[derive(Clone, Debug)]
pub struct Channel {
    pub id: Id,
    pub kind: ChannelKind,
    pub name: String,
    pub overwrites: Vec<Overwrite>,
    /// Message ids, oldest first; ephemeral ones are not among them.
    pub messages: Vec<Id>,
    /// Nonces that were enforced here, and the message each made.
    pub nonces: HashMap<String, Id>,
}

impl Channel {
    pub fn guild(&self) -> Option<Id> {
        match self.kind {
            ChannelKind::GuildText { guild } => Some(guild),
            ChannelKind::Dm { .. } => None,
        }
    }

    pub fn recipient(&self) -> Option<Id> {
        match self.kind {
            ChannelKind::Dm { recipient } => Some(recipient),
            ChannelKind::GuildText { .. } => None,
        }
    }
}
