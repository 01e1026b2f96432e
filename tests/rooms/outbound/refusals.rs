//! The messenger's reading of each refusal.

use std::time::Duration;

use stand_ins::discord::{Refusal, permission};

use super::office::{Office, POST, id};
use crate::domain::{MemberId, RoleId};
use crate::outbound::{Error, Missing, Outage};

#[tokio::test]
async fn closed_direct_messages_are_a_normal_outcome() {
    for code in [50_007, 50_278] {
        let office = Office::open().await;
        office.alice.close_dms(code);
        let outcome = office.show_letter(&office.approved()).await;
        assert_eq!(outcome, Err(Error::Closed));
    }
}

#[tokio::test]
async fn each_refusal_has_its_class() {
    let cases = [
        (
            Refusal::code(403, 50_001, "Missing Access"),
            Error::Forbidden { code: 50_001 },
        ),
        (
            Refusal::code(403, 50_013, "Missing Permissions"),
            Error::Forbidden { code: 50_013 },
        ),
        (
            Refusal::code(404, 10_003, "Unknown Channel"),
            Error::Gone(Missing::Channel),
        ),
        (
            Refusal::code(404, 10_013, "Unknown User"),
            Error::Gone(Missing::Member),
        ),
        (
            Refusal::code(400, 50_035, "Invalid Form Body"),
            Error::Rejected {
                status: 400,
                code: 50_035,
            },
        ),
        (Refusal::html(502), Error::Transient(Outage::Status(502))),
        (Refusal::html(503), Error::Transient(Outage::Status(503))),
        (
            Refusal::code(500, 0, "Internal Server Error"),
            Error::Transient(Outage::Status(500)),
        ),
        (
            Refusal::code(403, 40_003, "You are opening direct messages too fast"),
            Error::RateLimited {
                retry_after: Duration::from_secs(30),
            },
        ),
    ];
    for (refusal, expected) in cases {
        let office = Office::open().await;
        office.discord.fault(POST).refuse(refusal);
        let outcome = office.show_card(&office.request()).await;
        assert_eq!(outcome, Err(expected));
    }
}

#[tokio::test]
async fn a_member_is_gone_only_when_discord_says_so_in_its_own_words() {
    const LOOK: &str = "GET /guilds/{}/members/{}";
    let office = Office::patient(Duration::from_millis(500)).await;
    let alice = MemberId(id(office.alice.id()));
    let ask = || office.messenger.roles_of(alice);
    assert_eq!(ask().await, Ok(Some(Vec::new())));
    let role = office.discord.approver_role_id();
    office.alice.give_role(role);
    assert_eq!(ask().await, Ok(Some(vec![RoleId(id(role))])));
    for refusal in [
        Refusal::code(500, 10_007, "Unknown Member"),
        Refusal::code(503, 10_013, "Unknown User"),
        Refusal::code(403, 10_007, "Unknown Member"),
        Refusal::code(404, 10_004, "Unknown Guild"),
        Refusal::code(404, 0, "404: Not Found"),
        Refusal::code(403, 50_001, "Missing Access"),
        Refusal::html(404),
        Refusal::html(502),
        Refusal::body(200, serde_json::json!({ "user": { "id": "7" } })),
        Refusal::body(
            200,
            serde_json::json!({ "user": { "id": alice.to_string() } }),
        ),
        Refusal::body(200, serde_json::json!({})),
        Refusal::body(200, serde_json::json!({ "code": 10_007 })),
    ] {
        office.discord.fault(LOOK).refuse(refusal.clone());
        assert!(ask().await.is_err(), "{refusal:?}");
    }
    office.discord.fault(LOOK).hang();
    assert!(ask().await.is_err());
    office.discord.fault(LOOK).garble();
    assert!(ask().await.is_err());
    office.alice.leave();
    assert_eq!(ask().await, Ok(None));
    let nobody = office.messenger.roles_of(MemberId(7)).await;
    assert_eq!(nobody, Ok(None), "an account that is gone");
    office.finish();
}

#[tokio::test]
async fn a_missing_permission_is_forbidden_and_a_lost_channel_is_gone() {
    let office = Office::open().await;
    let channel = office.discord.admin_channel_id();
    office.discord.deny_bot(channel, permission::SEND_MESSAGES);
    let outcome = office.show_card(&office.request()).await;
    assert_eq!(outcome, Err(Error::Forbidden { code: 50_013 }));
    office.discord.delete_channel(channel);
    let outcome = office.show_card(&office.request()).await;
    assert_eq!(outcome, Err(Error::Gone(Missing::Channel)));
}

#[tokio::test]
async fn nothing_that_the_network_does_is_permanent() {
    let office = Office::patient(Duration::from_millis(300)).await;
    let request = office.request();
    office.discord.fault(POST).reset();
    let error = office.show_card(&request).await.unwrap_err();
    assert_eq!(error, Error::Transient(Outage::Connection));
    office.discord.fault(POST).hang();
    let error = office.show_card(&request).await.unwrap_err();
    assert_eq!(error, Error::Transient(Outage::Timeout));
    office.discord.fault(POST).garble();
    let error = office.show_card(&request).await.unwrap_err();
    assert_eq!(error, Error::Transient(Outage::Unreadable));
    office.show_card(&request).await.unwrap();
    assert_eq!(office.discord.cards().len(), 1);
}

#[tokio::test]
async fn a_refused_token_ends_all_traffic() {
    let office = Office::open().await;
    office.discord.reset_token();
    let request = office.request();
    let refused = office.connection.rest().refused();
    assert!(!refused.is_cancelled());
    for _ in 0..5 {
        let outcome = office.show_card(&request).await;
        assert_eq!(outcome, Err(Error::Unauthorised));
    }
    assert!(refused.is_cancelled());
    assert_eq!(office.discord.count(POST), 1);
}
