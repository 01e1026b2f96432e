//! The whole of Discord in one value.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::{
    Attachment, Channel, ChannelKind, DmDoor, Guild, Id, InteractionRecord, Membership,
    MessageRecord, Overwrite, Role, User, permissions, snowflake_at,
};
use crate::discord::layout::Layout;

/// Everything Discord knows.
#[derive(Clone, Debug)]
pub struct World {
    pub users: BTreeMap<Id, User>,
    pub guilds: BTreeMap<Id, Guild>,
    pub channels: BTreeMap<Id, Channel>,
    pub messages: HashMap<Id, MessageRecord>,
    pub interactions: HashMap<Id, InteractionRecord>,
    /// Interaction tokens and whose they are.
    pub tokens: HashMap<String, Id>,
    /// Ephemeral messages of each person, oldest first.
    pub whispers: HashMap<Id, Vec<Id>>,
    /// The bot's token; `None` after a reset in the developer portal.
    pub token: Option<String>,
    pub application: Id,
    pub bot: Id,
    pub home: Id,
    pub admin_channel: Id,
    pub general_channel: Id,
    pub approver_role: Id,
    /// Intents switched on in the developer portal.
    pub privileged_intents: u64,
    /// People the bot may not open a DM channel with just now (40003).
    pub dms_too_fast: BTreeSet<Id>,
    /// When command names were created lately.
    creates: Vec<Timestamp>,
    /// The number of edits of messages older than an hour that still go through.
    pub(crate) old_edits_left: Option<usize>,
    last_id: Id,
    ahead: SignedDuration,
}

impl World {
    pub(crate) fn new(layout: &Layout) -> Self {
        let mut world = Self {
            users: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: HashMap::new(),
            interactions: HashMap::new(),
            tokens: HashMap::new(),
            whispers: HashMap::new(),
            token: Some(layout.token.clone()),
            application: layout.application,
            bot: layout.bot,
            home: layout.guild,
            admin_channel: layout.admin_channel,
            general_channel: layout.general_channel,
            approver_role: layout.approver_role,
            privileged_intents: 0,
            dms_too_fast: BTreeSet::new(),
            creates: Vec::new(),
            old_edits_left: None,
            last_id: 0,
            ahead: SignedDuration::ZERO,
        };
        world.furnish();
        world
    }

    /// The guild with its owner, the bot, the approver role and two channels.
    fn furnish(&mut self) {
        let owner = self.add_user("owner", false);
        let (bot, home, role) = (self.bot, self.home, self.approver_role);
        self.users.insert(bot, new_user(bot, "usher", true));
        self.add_guild(home, "The Community", owner);
        let bot_role = self.fresh_id();
        let guild = self
            .guilds
            .get_mut(&home)
            .expect("the home guild was just added");
        guild.roles.insert(role, new_role(role, "approvers", 0));
        let managed = Role {
            managed: true,
            ..new_role(bot_role, "usher", permissions::BOT)
        };
        guild.roles.insert(bot_role, managed);
        if let Some(member) = guild.members.get_mut(&bot) {
            member.roles.push(bot_role);
        }
        let see = permissions::VIEW_CHANNEL;
        let hidden = vec![
            Overwrite {
                target: home,
                is_member: false,
                allow: 0,
                deny: see,
            },
            Overwrite {
                target: role,
                is_member: false,
                allow: see,
                deny: 0,
            },
            Overwrite {
                target: bot_role,
                is_member: false,
                allow: see,
                deny: 0,
            },
        ];
        self.add_channel(self.general_channel, home, "general", Vec::new());
        self.add_channel(self.admin_channel, home, "device-requests", hidden);
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead
    }

    pub(crate) fn pass_time(&mut self, by: SignedDuration) {
        self.ahead += by;
    }

    /// A snowflake for now, greater than every one before it.
    pub(crate) fn fresh_id(&mut self) -> Id {
        self.last_id = snowflake_at(self.now()).max(self.last_id + 1);
        self.last_id
    }

    /// A guild with the bot in it and nothing else.
    pub(crate) fn add_guild(&mut self, id: Id, name: &str, owner: Id) {
        let everyone = new_role(id, "@everyone", permissions::EVERYONE);
        let guild = Guild {
            id,
            name: name.into(),
            owner,
            roles: BTreeMap::from([(id, everyone)]),
            members: BTreeMap::new(),
            commands: Vec::new(),
            allowed_commands: BTreeMap::new(),
            locale: "en-US".into(),
        };
        self.guilds.insert(id, guild);
        self.join(id, owner);
        self.join(id, self.bot);
    }

    pub(crate) fn add_channel(
        &mut self,
        id: Id,
        guild: Id,
        name: &str,
        overwrites: Vec<Overwrite>,
    ) {
        let kind = ChannelKind::GuildText { guild };
        self.channels
            .insert(id, new_channel(id, kind, name, overwrites));
    }

    pub(crate) fn add_user(&mut self, name: &str, bot: bool) -> Id {
        let id = user_id(self.users.len());
        self.users.insert(id, new_user(id, name, bot));
        id
    }

    pub(crate) fn join(&mut self, guild: Id, user: Id) {
        let joined_at = self.now() - SignedDuration::from_hours(24 * 90);
        if let Some(guild) = self.guilds.get_mut(&guild) {
            let member = Membership {
                user,
                nick: None,
                roles: Vec::new(),
                joined_at,
            };
            guild.members.insert(user, member);
        }
    }

    /// The DM channel with a person, opened if need be.
    pub(crate) fn dm_with(&mut self, recipient: Id) -> Id {
        if let Some(found) = self.dm_of(recipient) {
            return found;
        }
        // DM channels are looked up by person often: keep one id per person.
        let id = 500_000_000_000_000_000 + recipient % 100_000_000_000_000_000;
        let kind = ChannelKind::Dm { recipient };
        self.channels
            .insert(id, new_channel(id, kind, "", Vec::new()));
        id
    }

    pub(crate) fn dm_of(&self, recipient: Id) -> Option<Id> {
        let id = 500_000_000_000_000_000 + recipient % 100_000_000_000_000_000;
        self.channels.contains_key(&id).then_some(id)
    }

    /// True if the bot and this person share a guild.
    pub(crate) fn shares_guild(&self, user: Id) -> bool {
        self.guilds
            .values()
            .any(|g| g.members.contains_key(&user) && g.members.contains_key(&self.bot))
    }

    /// The permissions of a user in any channel, DMs included.
    pub(crate) fn permissions_in(&self, channel: &Channel, user: Id) -> u64 {
        match channel.kind {
            ChannelKind::Dm { recipient } if recipient == user || user == self.bot => {
                permissions::EVERYONE
            }
            ChannelKind::Dm { .. } => 0,
            ChannelKind::GuildText { guild } => self
                .guilds
                .get(&guild)
                .map_or(0, |guild| permissions::in_channel(guild, channel, user)),
        }
    }

    pub fn user_named(&self, name: &str) -> Option<&User> {
        self.users.values().find(|user| user.username == name)
    }

    /// Adds to the created command names of the last day and counts them.
    pub(crate) fn count_creates(&mut self, new: usize) -> usize {
        let now = self.now();
        let day = SignedDuration::from_hours(24);
        self.creates.retain(|at| now.duration_since(*at) < day);
        self.creates.extend(std::iter::repeat_n(now, new));
        self.creates.len()
    }

    /// True if an edit of an old message is one too many.
    pub(crate) fn refuses_old_edit(&mut self) -> bool {
        match &mut self.old_edits_left {
            None => false,
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        }
    }

    /// Stores a message where it belongs.
    pub(crate) fn keep(&mut self, message: MessageRecord) -> Id {
        let id = message.id;
        match message.seen_only_by {
            Some(person) => self.whispers.entry(person).or_default().push(id),
            None => {
                if let Some(channel) = self.channels.get_mut(&message.channel) {
                    channel.messages.push(id);
                }
            }
        }
        self.messages.insert(id, message);
        id
    }

    pub(crate) fn forget_message(&mut self, id: Id) -> Option<MessageRecord> {
        let message = self.messages.remove(&id)?;
        if let Some(channel) = self.channels.get_mut(&message.channel) {
            channel.messages.retain(|kept| *kept != id);
        }
        if let Some(person) = message.seen_only_by
            && let Some(whispers) = self.whispers.get_mut(&person)
        {
            whispers.retain(|kept| *kept != id);
        }
        Some(message)
    }

    pub(crate) fn attachment(&self, channel: Id, id: Id) -> Option<&Attachment> {
        let of_channel = self.messages.values().filter(|m| m.channel == channel);
        of_channel.flat_map(|m| &m.attachments).find(|a| a.id == id)
    }
}

/// People get small, recognisable and stable ids.
fn user_id(nth: usize) -> Id {
    600_000_000_000_000_001 + nth as Id
}

fn new_user(id: Id, name: &str, bot: bool) -> User {
    User {
        id,
        username: name.into(),
        global_name: None,
        bot,
        locale: "en-US".into(),
        dms: DmDoor::Open,
    }
}

pub(crate) fn new_role(id: Id, name: &str, permissions: u64) -> Role {
    Role {
        id,
        name: name.into(),
        permissions,
        mentionable: true,
        managed: false,
    }
}

fn new_channel(id: Id, kind: ChannelKind, name: &str, overwrites: Vec<Overwrite>) -> Channel {
    Channel {
        id,
        kind,
        name: name.into(),
        overwrites,
        messages: Vec::new(),
        nonces: HashMap::new(),
    }
}
