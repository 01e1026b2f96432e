//! The channel's share in a message: permissions, time limits, nonces, mentions.

use reqwest::Method;
use serde_json::{Value, json};
use stand_ins::discord::{Discord, permission};

use crate::raw::Raw;

#[tokio::test]
async fn missing_permissions_are_told_apart_from_missing_access() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let admin = discord.admin_channel_id();
    let path = format!("/channels/{admin}/messages");
    let embed = json!({"embeds": [{"title": "t"}]});
    let code = async || {
        let (status, answer) = raw.post(&path, &embed).await;
        (status, answer["code"].as_u64().unwrap_or_default())
    };
    assert_eq!(code().await, (200, 0));
    for bits in [permission::EMBED_LINKS, permission::SEND_MESSAGES] {
        discord.deny_bot(admin, bits);
        assert_eq!(code().await, (403, 50013));
        discord.allow_bot(admin, bits);
        assert_eq!(code().await, (200, 0));
    }
    discord.deny_bot(admin, permission::VIEW_CHANNEL);
    assert_eq!(code().await, (403, 50001));
    discord.delete_channel(admin);
    assert_eq!(code().await, (404, 10003));
}

#[tokio::test]
async fn old_messages_take_only_so_many_edits() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let path = format!("/channels/{}/messages", discord.admin_channel_id());
    let (_, posted) = raw.post(&path, &json!({"embeds": [{"title": "t"}]})).await;
    let path = format!("{path}/{}", posted["id"].as_str().unwrap());
    let edit = async || {
        raw.send(Method::PATCH, &path, Some(&json!({"components": []})))
            .await
    };
    discord.limit_old_edits(Some(1));
    assert_eq!(edit().await.0, 200);
    discord.pass_time(std::time::Duration::from_hours(2));
    assert_eq!(edit().await.0, 200);
    let (status, answer) = edit().await;
    assert_eq!((status, &answer["code"]), (429, &json!(30046)));
}

#[tokio::test]
async fn a_nonce_is_enforced_for_minutes_only_and_only_when_asked() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let path = format!("/channels/{}/messages", discord.admin_channel_id());
    let post = async |enforce: bool| {
        let body = json!({"embeds": [{"title": "t"}], "nonce": "n-1", "enforce_nonce": enforce});
        raw.post(&path, &body).await.1["id"].clone()
    };
    let first = post(true).await;
    assert_eq!(post(true).await, first);
    assert_ne!(post(false).await, first);
    discord.pass_time(std::time::Duration::from_mins(6));
    assert_ne!(post(true).await, first);
    assert_eq!(discord.cards().len(), 3);
}

#[tokio::test]
async fn mentions_notify_only_whom_they_may() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let alice = discord.member("alice").id();
    let role = discord.approver_role_id();
    let path = format!("/channels/{}/messages", discord.admin_channel_id());
    let content = format!("<@{alice}> <@&{role}> @everyone");
    let post = async |allowed: Value| {
        raw.post(
            &path,
            &json!({"content": content, "allowed_mentions": allowed}),
        )
        .await;
        discord.card().await.pings().clone()
    };
    assert!(post(json!({"parse": []})).await.is_empty());
    let pings = post(json!({"parse": ["users", "everyone"], "roles": [role.to_string()]})).await;
    assert_eq!(
        (pings.users.len(), pings.roles.len(), pings.everyone),
        (1, 1, false)
    );
    discord.set_mentionable(role, false);
    assert!(
        post(json!({"roles": [role.to_string()]}))
            .await
            .roles
            .is_empty()
    );
    discord.allow_bot(discord.admin_channel_id(), permission::MENTION_EVERYONE);
    let pings = post(json!({"parse": ["everyone", "roles"]})).await;
    assert_eq!(
        (pings.users.len(), pings.roles.len(), pings.everyone),
        (0, 1, true)
    );
    let complaints = discord.take_complaints();
    assert!(
        complaints
            .iter()
            .all(|complaint| complaint.what.contains("@everyone"))
    );
}
