//! Whether the bot can do its work where the settings put it: for `headscale-usher check`.

use serde::Deserialize;
use serde_json::Value;
use serenity::http::Route;
use serenity::model::Permissions;
use serenity::model::id::{ChannelId, GuildId, UserId};

use super::Connection;
use super::permissions::{Channel, Guild, Member, NEEDED, Snowflake, in_channel};
use crate::domain;
use crate::domain::{DiscordRules, RoleId};
use crate::outbound::{Error, Key, Missing};

/// One line of `check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub subject: &'static str,
    /// What is fine, or what is not.
    pub verdict: Result<String, Fault>,
}

/// `Display` says what is wrong; [`Fault::mend`] says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("Discord does not accept the bot's token")]
    Token,
    #[error("{0}")]
    Call(Error),
    #[error("only {left} session starts are left for today")]
    FewSessions { left: u64 },
    #[error("anybody may add this bot to a server of theirs")]
    Public,
    #[error("the bot is not in the server {0}")]
    NotInGuild(domain::GuildId),
    #[error("the channel {0} does not exist, or the bot may not see it")]
    NoChannel(domain::ChannelId),
    #[error("the channel {0} belongs to another server")]
    ForeignChannel(domain::ChannelId),
    #[error("the bot lacks permissions in the channel: {}", .0.join(", "))]
    Lacks(Vec<&'static str>),
    #[error("the server has no role {0}")]
    NoRole(RoleId),
    #[error("the role {0} cannot be mentioned by the bot: new cards will call nobody")]
    NotMentionable(String),
}

impl Fault {
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Token => {
                "Put the bot's present token into discord.token: Developer Portal, Bot, Reset Token."
            }
            Self::Call(_) => {
                "Check the network, discord.api_url and Discord's status page, then try again."
            }
            Self::FewSessions { .. } => {
                "Something restarts the bot again and again. Stop it until tomorrow and look into its log."
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

    /// The bot does its work all the same.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Public | Self::NotMentionable(_))
    }
}

#[derive(Deserialize)]
struct Me {
    id: Snowflake,
    username: String,
}

impl Connection {
    /// Asks Discord about everything that the bot needs there. Stops early where the rest cannot be known.
    pub async fn inspect(&self, rules: &DiscordRules) -> Vec<Finding> {
        let mut findings = Vec::new();
        let Some(me) = self.inspect_token(&mut findings).await else {
            return findings;
        };
        self.inspect_sessions(&mut findings).await;
        self.inspect_application(&mut findings).await;
        let Some((guild, member)) = self.inspect_guild(rules, me, &mut findings).await else {
            return findings;
        };
        findings.extend(
            rules
                .approver_roles
                .iter()
                .map(|role| inspect_role(&guild, *role)),
        );
        if let Some(may) = self
            .inspect_channel(rules, &guild, me, &member, &mut findings)
            .await
        {
            findings.extend(inspect_call(rules, &guild, may));
        }
        findings
    }

    async fn inspect_token(&self, findings: &mut Vec<Finding>) -> Option<Snowflake> {
        let me: Result<Me, Error> = self.wire().get(key("me"), Route::UserMe).await;
        let verdict = match &me {
            Ok(me) => Ok(format!("accepted, the bot is @{}", me.username)),
            Err(Error::Unauthorised) => Err(Fault::Token),
            Err(error) => Err(Fault::Call(*error)),
        };
        findings.push(Finding::new("Discord token", verdict));
        me.ok().map(|me| me.id)
    }

    async fn inspect_sessions(&self, findings: &mut Vec<Finding>) {
        let floor = self.tempo().session_floor;
        let verdict = match self.entrance().await {
            Ok(entrance) if entrance.left > floor => {
                Ok(format!("{} session starts left for today", entrance.left))
            }
            Ok(entrance) => Err(Fault::FewSessions {
                left: entrance.left,
            }),
            Err(error) => Err(Fault::Call(error)),
        };
        findings.push(Finding::new("Discord gateway", verdict));
    }

    /// Says nothing when all is well or nothing can be learnt.
    async fn inspect_application(&self, findings: &mut Vec<Finding>) {
        let application: Result<Value, Error> = self
            .wire()
            .get(key("application"), Route::Oauth2ApplicationCurrent)
            .await;
        let public = application.is_ok_and(|it| it["bot_public"] == true);
        if public {
            findings.push(Finding::new("Discord application", Err(Fault::Public)));
        }
    }

    async fn inspect_guild(
        &self,
        rules: &DiscordRules,
        me: Snowflake,
        findings: &mut Vec<Finding>,
    ) -> Option<(Guild, Member)> {
        let found = self.guild(rules.guild, me).await;
        let verdict = match &found {
            Ok((guild, _)) => Ok(format!("the bot is in {}", guild.name)),
            Err(Error::Gone(Missing::Guild | Missing::Member) | Error::Forbidden { .. }) => {
                Err(Fault::NotInGuild(rules.guild))
            }
            Err(error) => Err(Fault::Call(*error)),
        };
        findings.push(Finding::new("Discord server", verdict));
        found.ok()
    }

    async fn guild(&self, guild: domain::GuildId, me: Snowflake) -> Result<(Guild, Member), Error> {
        let guild_id = GuildId::new(id(guild.0));
        let user_id = UserId::new(id(me.0));
        let guild = self
            .wire()
            .get(key("guild"), Route::Guild { guild_id })
            .await?;
        let member = self
            .wire()
            .get(key("member"), Route::GuildMember { guild_id, user_id })
            .await?;
        Ok((guild, member))
    }

    /// What the bot may do there.
    async fn inspect_channel(
        &self,
        rules: &DiscordRules,
        guild: &Guild,
        me: Snowflake,
        member: &Member,
        findings: &mut Vec<Finding>,
    ) -> Option<Permissions> {
        let channel_id = ChannelId::new(id(rules.admin_channel.0));
        let found: Result<Channel, Error> = self
            .wire()
            .get(key("channel"), Route::Channel { channel_id })
            .await;
        let judged = match found {
            Ok(channel) if channel.guild_id != Some(guild.id) => {
                Err(Fault::ForeignChannel(rules.admin_channel))
            }
            Ok(channel) => Ok((in_channel(guild, &channel, me, member), channel.name)),
            Err(Error::Gone(_) | Error::Forbidden { .. }) => {
                Err(Fault::NoChannel(rules.admin_channel))
            }
            Err(error) => Err(Fault::Call(error)),
        };
        let may = judged.as_ref().ok().map(|(may, _)| *may);
        let verdict = judged.and_then(|(may, name)| sufficient(may, name));
        findings.push(Finding::new("Admin channel", verdict));
        may
    }
}

impl Finding {
    fn new(subject: &'static str, verdict: Result<String, Fault>) -> Self {
        Self { subject, verdict }
    }
}

fn sufficient(may: Permissions, name: Option<String>) -> Result<String, Fault> {
    let lacks = NEEDED - may;
    if lacks.is_empty() {
        return Ok(format!(
            "the bot may post cards in #{}",
            name.unwrap_or_default()
        ));
    }
    Err(Fault::Lacks(lacks.get_permission_names()))
}

fn inspect_role(guild: &Guild, role: RoleId) -> Finding {
    let found = guild.roles.iter().find(|it| it.id.0 == role.0);
    let verdict = found
        .map(|it| format!("@{} may approve", it.name))
        .ok_or(Fault::NoRole(role));
    Finding::new("Approver role", verdict)
}

/// Whether the first post of a card reaches anybody.
fn inspect_call(rules: &DiscordRules, guild: &Guild, may: Permissions) -> Option<Finding> {
    let called = rules.mention_role?;
    let role = guild.roles.iter().find(|it| it.id.0 == called.0)?;
    let reached = role.mentionable || may.contains(Permissions::MENTION_EVERYONE);
    let verdict = if reached {
        Ok(format!("new cards call @{}", role.name))
    } else {
        Err(Fault::NotMentionable(format!("@{}", role.name)))
    };
    Some(Finding::new("Approver call", verdict))
}

fn key(route: &'static str) -> Key {
    Key { route, major: 0 }
}

/// serenity's ids are never zero; a zero of ours is nobody's.
fn id(ours: i64) -> u64 {
    u64::try_from(ours).unwrap_or(1).max(1)
}
