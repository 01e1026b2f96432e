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
async fn a_channel_is_listed_newest_first_in_parts_to_whom_may_read_it() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let admin = discord.admin_channel_id();
    let path = format!("/channels/{admin}/messages");
    let mut ids = Vec::new();
    for number in 0..6 {
        let body = json!({"content": number.to_string()});
        let (_, posted) = raw.post(&path, &body).await;
        ids.push(posted["id"].as_str().unwrap().to_owned());
    }
    let get = async |query: &str| {
        let path = format!("{path}?{query}");
        let (status, answer) = raw.send(Method::GET, &path, None).await;
        let listed = answer.as_array().into_iter().flatten();
        let listed: Vec<_> = listed
            .map(|message| ids.iter().position(|id| message["id"] == **id).unwrap())
            .collect();
        (status, answer["code"].as_u64().unwrap_or_default(), listed)
    };
    let (second, fourth) = (&ids[1], &ids[3]);
    for (query, listed) in [
        (String::new(), vec![5, 4, 3, 2, 1, 0]),
        ("limit=2".into(), vec![5, 4]),
        (format!("after={second}&limit=2"), vec![3, 2]),
        (format!("before={fourth}&limit=2"), vec![2, 1]),
        (format!("around={fourth}&limit=3"), vec![4, 3, 2]),
    ] {
        assert_eq!(get(&query).await, (200, 0, listed), "{query}");
    }
    let both = format!("after={second}&before={fourth}");
    for query in ["limit=0", "limit=101", "limit=many", "after=them", &both] {
        assert_eq!(get(query).await, (400, 50035, Vec::new()), "{query}");
    }
    discord.deny_bot(admin, permission::READ_MESSAGE_HISTORY);
    assert_eq!(get("").await, (200, 0, Vec::new()));
    discord.deny_bot(admin, permission::VIEW_CHANNEL);
    assert_eq!(get("").await, (403, 50001, Vec::new()));
    discord.delete_channel(admin);
    assert_eq!(get("").await, (404, 10003, Vec::new()));
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
