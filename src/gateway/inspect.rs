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
use crate::i18n::text;
use crate::outbound::{Error, Missing, snowflake};

/// What the bot needs where the cards are.
const NEEDED: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS)
    // Without it, each card that waits is edited every hour to see whether it is there.
    .union(Permissions::READ_MESSAGE_HISTORY);

/// One line of `check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) subject: String,
    /// What is fine, or what is not.
    pub(crate) verdict: Result<String, Fault>,
}

/// What keeps the bot from its work at Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Token,
    Call(Error),
    FewSessions { left: u64 },
    Public,
    NotInGuild(GuildId),
    NoChannel(ChannelId),
    ForeignChannel(ChannelId),
    Lacks(Vec<&'static str>),
    NoRole(RoleId),
    NotMentionable { role: String },
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
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

    /// Whether the bot works all the same.
    pub(crate) fn is_harmless(&self) -> bool {
        matches!(self, Self::Public | Self::NotMentionable { .. })
    }
}

impl Finding {
    fn of<T>(subject: String, found: &Result<T, Fault>, describe: impl Fn(&T) -> String) -> Self {
        let verdict = found.as_ref().map(describe).map_err(Fault::clone);
        Self { subject, verdict }
    }
}

impl Connection {
    /// Asks Discord about everything that the bot needs there. Stops early where the rest cannot be known.
    pub(crate) async fn inspect(&self, rules: &DiscordRules) -> Vec<Finding> {
        let mut findings = Vec::new();
        let _ = self.inspect_into(&mut findings, rules).await;
        findings
    }

    async fn inspect_into(&self, findings: &mut Vec<Finding>, rules: &DiscordRules) -> Option<()> {
        let me = self.me().await;
        findings.push(Finding::of(text!("check-token"), &me, |me| {
            text!("check-token-fine", name = me.name.clone())
        }));
        let me = me.ok()?;
        findings.push(Finding::of(
            text!("check-gateway"),
            &self.starts_left().await,
            |left| text!("check-gateway-fine", left = *left),
        ));
        if self.is_public().await {
            findings.push(Finding::of(
                text!("check-application"),
                &Err(Fault::Public),
                String::clone,
            ));
        }
        let guild = self.guild(rules.guild, me.id).await;
        findings.push(Finding::of(text!("check-server"), &guild, |(guild, _)| {
            text!("check-server-fine", name = guild.name.clone())
        }));
        let (guild, bot) = guild.ok()?;
        findings.extend(rules.approver_roles.iter().map(|id| {
            let role = role(&guild, *id).ok_or(Fault::NoRole(*id));
            Finding::of(text!("check-role"), &role, |role| {
                text!("check-role-fine", name = role.name.clone())
            })
        }));
        let channel = self.channel(rules.admin_channel, &guild).await;
        let permissions = |channel: &GuildChannel| guild.user_permissions_in(channel, &bot);
        let usable = channel.as_ref().map_err(Fault::clone);
        let usable = usable.and_then(|channel| sufficient(permissions(channel)).map(|()| channel));
        findings.push(Finding::of(text!("check-channel"), &usable, |channel| {
            text!("check-channel-fine", name = channel.name.clone())
        }));
        let mentioned = role(&guild, rules.mention_role?)?;
        let mentionable = mentionable(mentioned, permissions(&channel.ok()?));
        findings.push(Finding::of(text!("check-mention"), &mentionable, |()| {
            text!("check-mention-fine", name = mentioned.name.clone())
        }));
        Some(())
    }

    async fn me(&self) -> Result<CurrentUser, Fault> {
        match self.rest().get(Route::UserMe).await {
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
        let found: Result<Value, Error> = self.rest().get(Route::Oauth2ApplicationCurrent).await;
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
            let guild = self.rest().get(Route::Guild { guild_id }).await?;
            Ok((guild, self.rest().get(member).await?))
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
        match self.rest().get(Route::Channel { channel_id }).await {
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
        Err(Fault::NotMentionable {
            role: role.name.clone(),
        })
    }
}
