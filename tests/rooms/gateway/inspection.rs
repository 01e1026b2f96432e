//! The inspection behind `check`: the bot and its place in Discord.

use stand_ins::discord::{Discord, permission};

use super::{open, quick};
use crate::domain::{ChannelId, DiscordRules, GuildId, RoleId};
use crate::gateway::inspect::{Fault, Finding};

fn place(discord: &Discord) -> DiscordRules {
    let role = RoleId(id(discord.approver_role_id()));
    DiscordRules {
        guild: GuildId(id(discord.guild_id())),
        admin_channel: ChannelId(id(discord.admin_channel_id())),
        approver_roles: vec![role],
        requester_roles: Vec::new(),
        mention_role: Some(role),
    }
}

fn id(theirs: u64) -> i64 {
    i64::try_from(theirs).unwrap()
}

async fn faults(discord: &Discord, place: &DiscordRules) -> Vec<Fault> {
    let connection = open(discord, &discord.api_url(), quick());
    let findings = connection.inspect(place).await;
    findings
        .into_iter()
        .filter_map(|it| it.verdict.err())
        .collect()
}

#[tokio::test]
async fn an_inspection_of_a_good_place_finds_no_fault() {
    let discord = Discord::start().await;
    let connection = open(&discord, &discord.api_url(), quick());
    let findings = connection.inspect(&place(&discord)).await;
    let lines: Vec<_> = findings
        .iter()
        .map(|Finding { subject, verdict }| format!("{subject}: {}", verdict.as_ref().unwrap()))
        .collect();
    assert_eq!(lines.len(), 6, "{lines:#?}");
    assert_eq!(discord.complaints(), []);
}

#[tokio::test]
async fn an_inspection_names_each_fault() {
    let discord = Discord::start().await;
    let good = place(&discord);
    let channel = discord.admin_channel_id();

    discord.deny_bot(channel, permission::EMBED_LINKS);
    assert_eq!(
        faults(&discord, &good).await,
        [Fault::Lacks(vec!["Embed Links"])]
    );
    discord.allow_bot(channel, permission::EMBED_LINKS);
    assert_eq!(faults(&discord, &good).await, []);

    let role = good.approver_roles[0];
    discord.set_mentionable(discord.approver_role_id(), false);
    let found = faults(&discord, &good).await;
    assert!(
        matches!(&found[..], [fault @ Fault::NotMentionable { .. }] if fault.is_harmless()),
        "{found:?}"
    );
    discord.set_mentionable(discord.approver_role_id(), true);

    let mut wrong = place(&discord);
    wrong.approver_roles = vec![role, RoleId(77)];
    wrong.admin_channel = ChannelId(78);
    assert_eq!(
        faults(&discord, &wrong).await,
        [Fault::NoRole(RoleId(77)), Fault::NoChannel(ChannelId(78))]
    );
    wrong.guild = GuildId(79);
    assert_eq!(
        faults(&discord, &wrong).await,
        [Fault::NotInGuild(GuildId(79))]
    );

    discord.gateway().starts_remaining(3);
    assert_eq!(
        faults(&discord, &good).await,
        [Fault::FewSessions { left: 3 }]
    );
    discord.reset_token();
    assert_eq!(faults(&discord, &good).await, [Fault::Token]);
}
