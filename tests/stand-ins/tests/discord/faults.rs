//! Faults do what they say, to the unmodified client and to a plain one.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use serenity::all::{ChannelId, CreateEmbed, CreateMessage};
use stand_ins::discord::{Discord, Refusal};

use crate::{
    probe,
    raw::{Raw, finish},
};

const POST: &str = "POST /channels/{}/messages";

fn path(discord: &Discord) -> String {
    format!("/channels/{}/messages", discord.admin_channel_id())
}

fn card() -> Value {
    json!({"embeds": [{"title": "t"}]})
}

/// Posts with the unmodified client.
async fn serenity_posts(discord: &Discord) -> Result<(), serenity::Error> {
    let http = probe::http(discord);
    let channel = ChannelId::new(discord.admin_channel_id());
    let message = CreateMessage::new().embed(CreateEmbed::new().title("t"));
    channel.send_message(http, message).await.map(drop)
}

#[tokio::test]
async fn a_refusal_is_told_in_discords_words_and_changes_nothing() {
    let discord = Discord::start().await;
    let rows = [
        (Refusal::code(403, 50013, "Missing Permissions"), 403, 50013),
        (Refusal::html(502), 502, -1),
        (Refusal::rate_limited("user", 0.5), 429, -1),
        (Refusal::rate_limited("shared", 0.5), 429, -1),
        (Refusal::rate_limited("global", 0.5), 429, -1),
        (Refusal::cloudflare(3), 429, -1),
    ];
    for (refusal, status, code) in rows {
        let fault = discord.fault(POST).once().refuse(refusal);
        let refused = serenity_posts(&discord).await.unwrap_err();
        let serenity::Error::Http(serenity::http::HttpError::UnsuccessfulRequest(answer)) = refused
        else {
            panic!("{refused}")
        };
        assert_eq!(
            (answer.status_code.as_u16(), answer.error.code),
            (status, code)
        );
        assert_eq!(fault.hits(), 1);
    }
    assert!(discord.cards().is_empty());
    serenity_posts(&discord).await.unwrap();
    assert_eq!((discord.cards().len(), discord.count(POST)), (1, 7));
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    discord
        .fault(POST)
        .refuse(Refusal::rate_limited("global", 1.25));
    let answer = raw
        .request(Method::POST, &path(&discord))
        .json(&card())
        .send()
        .await
        .unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("retry-after"), header("x-ratelimit-global")),
        ("2".into(), "true".into())
    );
    discord.limit_rate(POST, 2, Duration::from_secs(5));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let answer = raw
            .request(Method::POST, &path(&discord))
            .json(&card())
            .send()
            .await
            .unwrap();
        let left = answer.headers()["x-ratelimit-remaining"]
            .to_str()
            .unwrap()
            .to_owned();
        seen.push((answer.status().as_u16(), left));
    }
    assert_eq!(
        seen,
        [(200, "1".into()), (200, "0".into()), (429, "0".into())]
    );
    discord.pass_time(Duration::from_secs(6));
    assert_eq!(raw.post(&path(&discord), &card()).await.0, 200);
}

#[tokio::test]
async fn a_reset_comes_before_the_effect_and_a_dropped_reply_after_it() {
    let discord = Discord::start().await;
    discord.fault(POST).reset();
    assert!(serenity_posts(&discord).await.is_err());
    assert!(discord.cards().is_empty());
    discord.fault(POST).drop_reply();
    assert!(serenity_posts(&discord).await.is_err());
    assert_eq!(discord.cards().len(), 1);
    discord.fault(POST).garble();
    assert!(serenity_posts(&discord).await.is_err());
    assert_eq!(discord.cards().len(), 2);
    let delivered: Vec<_> = discord
        .calls()
        .iter()
        .map(|call| (call.status, call.delivered))
        .collect();
    assert_eq!(
        delivered,
        [(None, false), (Some(200), false), (Some(200), false)]
    );
}

#[tokio::test]
async fn a_held_call_waits_before_or_after_its_effect() {
    let discord = Discord::start().await;
    let held = discord.fault(POST).hold();
    let release = async {
        held.arrived().await;
        assert!(discord.cards().is_empty());
        held.release();
    };
    let (posted, ()) = tokio::join!(serenity_posts(&discord), release);
    posted.unwrap();
    let held = discord.fault(POST).hold_reply();
    let release = async {
        held.arrived().await;
        assert_eq!(discord.cards().len(), 2);
        held.release();
    };
    let (posted, ()) = tokio::join!(serenity_posts(&discord), release);
    posted.unwrap();
}

#[tokio::test]
async fn a_held_call_whose_caller_died_has_no_effect() {
    let discord = Discord::start().await;
    let held = discord.fault(POST).hold();
    let caller = {
        let discord = discord.clone();
        tokio::spawn(async move { serenity_posts(&discord).await })
    };
    held.arrived().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    held.abandoned().await;
    held.release();
    serenity_posts(&discord).await.unwrap();
    assert_eq!(discord.cards().len(), 1);
}

#[tokio::test]
async fn a_slow_discord_takes_its_time_for_every_call() {
    const LATENCY: Duration = Duration::from_millis(50);
    let discord = Discord::start().await;
    discord.set_latency(LATENCY);
    for _ in 0..2 {
        let begun = Instant::now();
        serenity_posts(&discord).await.unwrap();
        assert!(begun.elapsed() >= LATENCY);
    }
    assert_eq!(discord.cards().len(), 2);
}

#[tokio::test]
async fn a_fault_waits_its_turn_and_meets_only_whom_it_should() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let alice = discord.member("alice");
    let body = json!({"recipient_id": alice.id().to_string()});
    let dm = raw.post("/users/@me/channels", &body).await.1["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let letter = format!("/channels/{dm}/messages");
    let fault = discord
        .fault(POST)
        .in_dms()
        .after(1)
        .times(2)
        .refuse(Refusal::html(500));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(raw.post(&letter, &card()).await.0);
        assert_eq!(raw.post(&path(&discord), &card()).await.0, 200);
    }
    assert_eq!((seen, fault.hits()), (vec![200, 500, 500, 200], 2));
    let everywhere = discord.fault("*").always().refuse(Refusal::html(503));
    assert_eq!(raw.send(Method::GET, "/gateway", None).await.0, 503);
    assert_eq!(raw.post(&path(&discord), &card()).await.0, 503);
    everywhere.clear();
    assert_eq!(raw.post(&path(&discord), &card()).await.0, 200);
}

#[tokio::test]
async fn what_discord_tolerates_but_nobody_should_send_is_a_complaint() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let complaint = async |body: Value| {
        assert_eq!(raw.post(&path(&discord), &body).await.0, 200, "{body}");
        let complaints = discord.take_complaints();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        complaints[0].what.clone()
    };
    let none = json!({"parse": []});
    assert_eq!(
        complaint(json!({"content": "x"})).await,
        "allowed_mentions is missing"
    );
    let parsed = json!({"content": "x", "allowed_mentions": {"parse": ["users"]}});
    assert!(complaint(parsed).await.contains("parses"));
    let loud = json!({"content": "@here", "allowed_mentions": none});
    assert!(complaint(loud).await.contains("unescaped"));
    let typo = json!({"content": "x", "allowed_mentions": none, "embed": {}});
    assert_eq!(complaint(typo).await, "Discord knows no field `embed`");
    let client = reqwest::Client::builder().build().unwrap();
    finish(client.get(format!("{}/api/v10/gateway", discord.api_url()))).await;
    assert!(discord.take_complaints()[0].what.contains("User-Agent"));
    raw.send(Method::GET, "/stage-instances/1", None).await;
    assert!(discord.take_complaints()[0].what.contains("no such route"));
}

#[tokio::test]
async fn a_reset_token_opens_nothing_and_going_on_is_a_complaint() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    discord.reset_token();
    for _ in 0..2 {
        let (status, answer) = raw.send(Method::GET, "/users/@me", None).await;
        assert_eq!(
            (status, &answer["message"]),
            (401, &json!("401: Unauthorized"))
        );
    }
    assert_eq!(discord.take_complaints().len(), 1);
    discord.restore_token();
    assert_eq!(raw.send(Method::GET, "/users/@me", None).await.0, 200);
}

#[tokio::test]
async fn letters_depend_on_the_person_and_on_a_shared_guild() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let write = async |person: u64| {
        let body = json!({"recipient_id": person.to_string()});
        let (status, channel) = raw.post("/users/@me/channels", &body).await;
        if status != 200 {
            return (status, channel["code"].as_u64().unwrap());
        }
        let path = format!("/channels/{}/messages", channel["id"].as_str().unwrap());
        let (status, answer) = raw.post(&path, &card()).await;
        (status, answer["code"].as_u64().unwrap_or_default())
    };
    let alice = discord.member("alice");
    assert_eq!(write(alice.id()).await, (200, 0));
    for code in [50007, 50278] {
        alice.close_dms(code);
        assert_eq!(write(alice.id()).await, (403, u64::from(code)));
    }
    alice.open_dms();
    alice.leave();
    assert_eq!(write(alice.id()).await, (403, 50278));
    alice.join();
    alice.dms_too_fast(true);
    assert_eq!(write(alice.id()).await, (403, 40003));
    assert_eq!(write(discord.bot_id()).await, (400, 50007));
    assert_eq!(write(7).await, (404, 10013));
    let gone = format!("/guilds/{}/members/{}", discord.guild_id(), alice.id());
    assert_eq!(raw.send(Method::GET, &gone, None).await.0, 200);
    discord.remove_member(&alice);
    assert_eq!(raw.send(Method::GET, &gone, None).await.1["code"], 10007);
}

#[tokio::test]
async fn everything_sent_is_kept_for_a_search_for_secrets() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let body = json!({"content": "", "attachments": [{"id": 0}]});
    raw.upload(
        &path(&discord),
        &body,
        &[("files[0]", "a.png", b"s3cret".to_vec())],
    )
    .await;
    let call = discord.calls().pop().unwrap();
    assert_eq!(
        (call.route.as_str(), call.files[0].bytes.as_ref()),
        (POST, &b"s3cret"[..])
    );
    assert_eq!(call.body, Some(body));
    let holds = |payload: &Vec<u8>| payload.windows(6).any(|window| window == b"s3cret");
    assert!(discord.every_payload().iter().any(holds));
}
