//! Checks for `headscale-usher check` that the bot can work in the server that the settings name.

use serde_json::Value;
use serenity::http::Route;
use serenity::model::Permissions;
use serenity::model::channel::{Channel, GuildChannel};
use serenity::model::guild::{Member, PartialGuild, Role};
use serenity::model::id;
use serenity::model::user::CurrentUser;

use super::Connection;
use crate::domain::{ChannelId, DiscordRules, GuildId, RoleId};
use crate::outbound::{Error, Missing, snowflake};

/// What the bot needs where the cards are.
const NEEDED: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS);

/// One line of `check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub subject: &'static str,
    /// What is fine, or what is not.
    pub verdict: Result<String, Fault>,
}

/// `Display` says what is wrong; [`Fault::remedy`] says how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("Discord does not accept the bot's token")]
    Token,
    #[error("{0}")]
    Call(#[from] Error),
    #[error("only {left} session starts are left for today")]
    FewSessions { left: u64 },
    #[error("anybody may add this bot to a server of theirs")]
    Public,
    #[error("the bot is not in the server {0}")]
    NotInGuild(GuildId),
    #[error("the channel {0} does not exist, or the bot may not see it")]
    NoChannel(ChannelId),
    #[error("the channel {0} belongs to another server")]
    ForeignChannel(ChannelId),
    #[error("the bot lacks permissions in the channel: {}", .0.join(", "))]
    Lacks(Vec<&'static str>),
    #[error("the server has no role {0}")]
    NoRole(RoleId),
    #[error("the bot cannot mention the role {0}: new cards will notify nobody")]
    NotMentionable(String),
}

impl Fault {
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Token => {
                "Put the bot's current token into discord.token: Developer Portal, Bot, Reset Token."
            }
            Self::Call(_) => {
                "Check the network, discord.api_url and Discord's status page, then try again."
            }
            Self::FewSessions { .. } => {
                "Something keeps restarting the bot. Stop it until tomorrow and look into its log."
            }
            Self::Public => "Switch off Public Bot: Developer Portal, Bot.",
            Self::NotInGuild(_) => {
                "Check discord.guild_id, and invite the bot: Developer Portal, OAuth2, scopes bot and applications.commands."
            }
            Self::NoChannel(_) => {
                "Check discord.admin_channel_id, and give the bot View Channel there."
            }
            Self::ForeignChannel(_) => {
                "Set discord.admin_channel_id to a channel of the server in discord.guild_id."
            }
            Self::Lacks(_) => "Give them to the bot's role: channel settings, Permissions.",
            Self::NoRole(_) => {
                "Correct discord.approver_role_ids: Server Settings, Roles, Copy Role ID."
            }
            Self::NotMentionable(_) => {
                "Allow anyone to mention the role: Server Settings, Roles; or give the bot Mention Everyone in the channel."
            }
        }
    }

    /// Whether the bot works all the same.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Public | Self::NotMentionable(_))
    }
}

impl Finding {
    fn of<T>(
        subject: &'static str,
        found: &Result<T, Fault>,
        describe: impl Fn(&T) -> String,
    ) -> Self {
        let verdict = found.as_ref().map(describe).map_err(Fault::clone);
        Self { subject, verdict }
    }
}

impl Connection {
    /// Asks Discord about everything that the bot needs there. Stops early where the rest cannot be known.
    pub async fn inspect(&self, rules: &DiscordRules) -> Vec<Finding> {
        let mut findings = Vec::new();
        let _ = self.inspect_into(&mut findings, rules).await;
        findings
    }

    async fn inspect_into(&self, findings: &mut Vec<Finding>, rules: &DiscordRules) -> Option<()> {
        let me = self.me().await;
        findings.push(Finding::of("Discord token", &me, |me| {
            format!("accepted, the bot is @{}", me.name)
        }));
        let me = me.ok()?;
        findings.push(Finding::of(
            "Discord gateway",
            &self.starts_left().await,
            |left| format!("{left} session starts left for today"),
        ));
        if self.is_public().await {
            findings.push(Finding::of(
                "Discord application",
                &Err(Fault::Public),
                String::clone,
            ));
        }
        let guild = self.guild(rules.guild, me.id).await;
        findings.push(Finding::of("Discord server", &guild, |(guild, _)| {
            format!("the bot is in {}", guild.name)
        }));
        let (guild, bot) = guild.ok()?;
        findings.extend(rules.approver_roles.iter().map(|id| {
            let role = role(&guild, *id).ok_or(Fault::NoRole(*id));
            Finding::of("Approver role", &role, |role| {
                format!("@{} may approve", role.name)
            })
        }));
        let channel = self.channel(rules.admin_channel, &guild).await;
        let permissions = |channel: &GuildChannel| guild.user_permissions_in(channel, &bot);
        let usable = channel.as_ref().map_err(Fault::clone);
        let usable = usable.and_then(|channel| sufficient(permissions(channel)).map(|()| channel));
        findings.push(Finding::of("Admin channel", &usable, |channel| {
            format!("the bot may post cards in #{}", channel.name)
        }));
        let mentioned = role(&guild, rules.mention_role?)?;
        let mentionable = mentionable(mentioned, permissions(&channel.ok()?));
        findings.push(Finding::of("Approver call", &mentionable, |()| {
            format!("new cards mention @{}", mentioned.name)
        }));
        Some(())
    }

    async fn me(&self) -> Result<CurrentUser, Fault> {
        match self.wire().get(Route::UserMe).await {
            Err(Error::Unauthorised) => Err(Fault::Token),
            outcome => Ok(outcome?),
        }
    }

    async fn starts_left(&self) -> Result<u64, Fault> {
        let left = self.gateway_info().await?.starts_left;
        if left > self.policy().reserved_starts {
            Ok(left)
        } else {
            Err(Fault::FewSessions { left })
        }
    }

    /// False if there is no telling.
    async fn is_public(&self) -> bool {
        let found: Result<Value, Error> = self.wire().get(Route::Oauth2ApplicationCurrent).await;
        found.is_ok_and(|application| application["bot_public"] == true)
    }

    /// The server, and the bot as its member.
    async fn guild(
        &self,
        ours: GuildId,
        user_id: id::UserId,
    ) -> Result<(PartialGuild, Member), Fault> {
        let guild_id = id::GuildId::new(snowflake(ours.0)?);
        let member = Route::GuildMember { guild_id, user_id };
        let found = async {
            let guild = self.wire().get(Route::Guild { guild_id }).await?;
            Ok((guild, self.wire().get(member).await?))
        };
        match found.await {
            Err(Error::Gone(Missing::Guild | Missing::Member) | Error::Forbidden { .. }) => {
                Err(Fault::NotInGuild(ours))
            }
            outcome => Ok(outcome?),
        }
    }

    async fn channel(&self, ours: ChannelId, guild: &PartialGuild) -> Result<GuildChannel, Fault> {
        let channel_id = id::ChannelId::new(snowflake(ours.0)?);
        match self.wire().get(Route::Channel { channel_id }).await {
            Ok(Channel::Guild(channel)) if channel.guild_id == guild.id => Ok(channel),
            Ok(_) => Err(Fault::ForeignChannel(ours)),
            Err(Error::Gone(_) | Error::Forbidden { .. }) => Err(Fault::NoChannel(ours)),
            Err(error) => Err(Fault::Call(error)),
        }
    }
}

fn role(guild: &PartialGuild, ours: RoleId) -> Option<&Role> {
    let id = id::RoleId::new(snowflake(ours.0).ok()?);
    guild.roles.get(&id)
}

fn sufficient(permissions: Permissions) -> Result<(), Fault> {
    let lacking = NEEDED - permissions;
    if lacking.is_empty() {
        Ok(())
    } else {
        Err(Fault::Lacks(lacking.get_permission_names()))
    }
}

fn mentionable(role: &Role, permissions: Permissions) -> Result<(), Fault> {
    if role.mentionable || permissions.contains(Permissions::MENTION_EVERYONE) {
        Ok(())
    } else {
        Err(Fault::NotMentionable(format!("@{}", role.name)))
    }
}
