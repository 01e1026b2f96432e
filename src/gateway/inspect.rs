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
use crate::i18n::text;
use crate::outbound::{Error, Key, Missing};

/// One line of `check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub subject: String,
    /// A sentence about what is fine, or the fault.
    pub verdict: Result<String, Fault>,
}

/// What keeps the bot from its work at Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Token,
    Call(Error),
    FewSessions { left: u64 },
    Public,
    NotInGuild(domain::GuildId),
    NoChannel(domain::ChannelId),
    ForeignChannel(domain::ChannelId),
    Lacks(Vec<&'static str>),
    NoRole(RoleId),
    NotMentionable { role: String },
}

impl Fault {
    /// What is wrong, and how to put it right.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Token => text!("check-token-wrong"),
            Self::Call(error) => text!("check-discord-call", cause = error.to_string()),
            Self::FewSessions { left } => text!("check-gateway-few", left = *left),
            Self::Public => text!("check-application-public"),
            Self::NotInGuild(guild) => text!("check-server-absent", guild = guild.to_string()),
            Self::NoChannel(channel) => {
                text!("check-channel-absent", channel = channel.to_string())
            }
            Self::ForeignChannel(channel) => {
                text!("check-channel-foreign", channel = channel.to_string())
            }
            Self::Lacks(names) => text!("check-channel-lacks", permissions = names.join(", ")),
            Self::NoRole(role) => text!("check-role-absent", role = role.to_string()),
            Self::NotMentionable { role } => text!("check-mention-silent", name = role.clone()),
        }
    }

    /// The bot does its work all the same.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Public | Self::NotMentionable { .. })
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
            Ok(me) => Ok(text!("check-token-fine", name = me.username.clone())),
            Err(Error::Unauthorised) => Err(Fault::Token),
            Err(error) => Err(Fault::Call(*error)),
        };
        findings.push(Finding::new(text!("check-token"), verdict));
        me.ok().map(|me| me.id)
    }

    async fn inspect_sessions(&self, findings: &mut Vec<Finding>) {
        let floor = self.tempo().session_floor;
        let verdict = match self.entrance().await {
            Ok(entrance) if entrance.left > floor => {
                Ok(text!("check-gateway-fine", left = entrance.left))
            }
            Ok(entrance) => Err(Fault::FewSessions {
                left: entrance.left,
            }),
            Err(error) => Err(Fault::Call(error)),
        };
        findings.push(Finding::new(text!("check-gateway"), verdict));
    }

    /// Says nothing when all is well or nothing can be learnt.
    async fn inspect_application(&self, findings: &mut Vec<Finding>) {
        let application: Result<Value, Error> = self
            .wire()
            .get(key("application"), Route::Oauth2ApplicationCurrent)
            .await;
        let public = application.is_ok_and(|it| it["bot_public"] == true);
        if public {
            findings.push(Finding::new(text!("check-application"), Err(Fault::Public)));
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
            Ok((guild, _)) => Ok(text!("check-server-fine", name = guild.name.clone())),
            Err(Error::Gone(Missing::Guild | Missing::Member) | Error::Forbidden { .. }) => {
                Err(Fault::NotInGuild(rules.guild))
            }
            Err(error) => Err(Fault::Call(*error)),
        };
        findings.push(Finding::new(text!("check-server"), verdict));
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
        findings.push(Finding::new(text!("check-channel"), verdict));
        may
    }
}

impl Finding {
    fn new(subject: String, verdict: Result<String, Fault>) -> Self {
        Self { subject, verdict }
    }
}

fn sufficient(may: Permissions, name: Option<String>) -> Result<String, Fault> {
    let lacks = NEEDED - may;
    if lacks.is_empty() {
        return Ok(text!("check-channel-fine", name = name.unwrap_or_default()));
    }
    Err(Fault::Lacks(lacks.get_permission_names()))
}

fn inspect_role(guild: &Guild, role: RoleId) -> Finding {
    let found = guild.roles.iter().find(|it| it.id.0 == role.0);
    let verdict = found
        .map(|it| text!("check-role-fine", name = it.name.clone()))
        .ok_or(Fault::NoRole(role));
    Finding::new(text!("check-role"), verdict)
}

/// Whether the first post of a card reaches anybody.
fn inspect_call(rules: &DiscordRules, guild: &Guild, may: Permissions) -> Option<Finding> {
    let called = rules.mention_role?;
    let role = guild.roles.iter().find(|it| it.id.0 == called.0)?;
    let reached = role.mentionable || may.contains(Permissions::MENTION_EVERYONE);
    let verdict = if reached {
        Ok(text!("check-mention-fine", name = role.name.clone()))
    } else {
        Err(Fault::NotMentionable {
            role: role.name.clone(),
        })
    };
    Some(Finding::new(text!("check-mention"), verdict))
}

fn key(route: &'static str) -> Key {
    Key { route, major: 0 }
}

/// serenity's ids are never zero; a zero of ours is nobody's.
fn id(ours: i64) -> u64 {
    u64::try_from(ours).unwrap_or(1).max(1)
}
