//! The powers of moderators, owners and Discord itself over the bot.

use super::{Interaction, Member, Message};
use crate::discord::{
    Discord,
    feed::Happening,
    gateway::repeat,
    model::{Id, Overwrite, World, permissions},
};

impl Discord {
    /// A moderator deletes a message.
    pub fn delete_message(&self, message: &Message) {
        self.shared.change(|state| {
            state.world.forget_message(message.id());
            state.tell(Happening::Deleted(message.id()));
        });
    }

    /// The channel goes, with all that was in it.
    pub fn delete_channel(&self, channel: Id) {
        self.shared.change(|state| {
            let world = &mut state.world;
            world.channels.remove(&channel);
            world
                .messages
                .retain(|_, message| message.channel != channel);
        });
    }

    /// A new text channel that everyone can use.
    pub fn add_channel(&self, name: &str) -> Id {
        self.shared.change(|state| {
            let world = &mut state.world;
            let (id, home) = (world.fresh_id(), world.home);
            world.add_channel(id, home, name, Vec::new());
            id
        })
    }

    /// The member leaves or is kicked.
    pub fn remove_member(&self, member: &Member) {
        member.leave();
    }

    /// Takes permissions from the bot in a channel; see [`permission`].
    pub fn deny_bot(&self, channel: Id, bits: u64) {
        self.overwrite_bot(channel, |own| {
            own.deny |= bits;
            own.allow &= !bits;
        });
    }

    /// Gives permissions to the bot in a channel.
    pub fn allow_bot(&self, channel: Id, bits: u64) {
        self.overwrite_bot(channel, |own| {
            own.allow |= bits;
            own.deny &= !bits;
        });
    }

    fn overwrite_bot(&self, channel: Id, act: impl FnOnce(&mut Overwrite)) {
        self.shared.change(|state| {
            let bot = state.world.bot;
            let Some(channel) = state.world.channels.get_mut(&channel) else {
                return;
            };
            let own = channel
                .overwrites
                .iter()
                .position(|o| o.is_member && o.target == bot);
            let own = own.unwrap_or_else(|| {
                channel.overwrites.push(Overwrite {
                    target: bot,
                    is_member: true,
                    allow: 0,
                    deny: 0,
                });
                channel.overwrites.len() - 1
            });
            act(&mut channel.overwrites[own]);
        });
    }

    /// The bot's permissions in a channel.
    pub fn bot_permissions(&self, channel: Id) -> u64 {
        let held = |world: &World| {
            let channel = world.channels.get(&channel)?;
            Some(world.permissions_in(channel, world.bot))
        };
        self.world(held).unwrap_or_default()
    }

    /// The token is reset in the developer portal: from now on 401 and 4004.
    pub fn reset_token(&self) {
        self.shared.change(|state| state.world.token = None);
    }

    /// The first token is good again.
    pub fn restore_token(&self) {
        let token = self.shared.layout.token.clone();
        self.shared.change(|state| state.world.token = Some(token));
    }

    /// The bot is invited to another guild as well.
    pub fn add_guild(&self, id: Id, name: &str) {
        self.shared.change(|state| {
            let owner = state.world.add_user(&format!("owner-of-{id}"), false);
            state.world.add_guild(id, name, owner);
        });
    }

    /// The bot is removed from a guild.
    pub fn kick_bot(&self, guild: Id) {
        self.shared.change(|state| {
            let bot = state.world.bot;
            state
                .world
                .guilds
                .get_mut(&guild)
                .map(|guild| guild.members.remove(&bot))
        });
    }

    /// Edits of messages older than an hour are refused (30046) after this many;
    /// `None` ends it.
    pub fn limit_old_edits(&self, left: Option<usize>) {
        self.shared
            .change(|state| state.world.old_edits_left = left);
    }

    /// Makes every bucket of a route this small.
    pub fn limit_rate(&self, route: &str, calls: u32, period: std::time::Duration) {
        let period = period.try_into().expect("a duration that fits");
        self.shared
            .change(|state| state.buckets.resize(route, calls, period));
    }

    /// From now on so much time passes before anything is done about a call, as on a long way or a busy day.
    pub fn set_latency(&self, latency: std::time::Duration) {
        self.shared.change(|state| state.latency = latency);
    }

    /// An administrator allows a command to a role, in the server's settings.
    pub fn allow_command(&self, command: &str, role: Id) {
        self.shared.change(|state| {
            let home = state.world.home;
            let guild = state.world.guilds.get_mut(&home);
            let guild = guild.expect("the home guild is always there");
            let roles = guild.allowed_commands.entry(command.into());
            roles.or_default().insert(role);
        });
    }

    /// Lets everyone mention a role, or nobody.
    pub fn set_mentionable(&self, role: Id, mentionable: bool) {
        self.shared.change(|state| {
            let roles = state
                .world
                .guilds
                .values_mut()
                .filter_map(|guild| guild.roles.get_mut(&role));
            roles.for_each(|role| role.mentionable = mentionable);
        });
    }

    /// Switches privileged intents on or off in the portal.
    pub fn allow_intents(&self, bits: u64) {
        self.shared
            .change(|state| state.world.privileged_intents = bits);
    }

    /// Delivers an interaction again.
    pub fn redeliver(&self, interaction: &Interaction) {
        self.shared.change(|state| repeat(state, interaction.id()));
    }
}

/// Permission bits for [`Discord::deny_bot`] and [`Discord::allow_bot`].
pub mod permission {
    use super::permissions;

    pub const VIEW_CHANNEL: u64 = permissions::VIEW_CHANNEL;
    pub const SEND_MESSAGES: u64 = permissions::SEND_MESSAGES;
    pub const EMBED_LINKS: u64 = permissions::EMBED_LINKS;
    pub const ATTACH_FILES: u64 = permissions::ATTACH_FILES;
    pub const READ_MESSAGE_HISTORY: u64 = permissions::READ_MESSAGE_HISTORY;
    pub const MENTION_EVERYONE: u64 = permissions::MENTION_EVERYONE;
    pub const USE_APPLICATION_COMMANDS: u64 = permissions::USE_APPLICATION_COMMANDS;
}
