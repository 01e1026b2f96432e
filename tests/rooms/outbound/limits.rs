//! Discord's rate limits, kept.

use std::time::Duration;

use stand_ins::discord::Refusal;

use super::office::{OPEN, Office, POST, at};
use crate::domain::RequestId;
use crate::outbound::Error;

#[tokio::test]
async fn a_long_rate_limit_is_obeyed_without_another_call() {
    for refusal in [
        Refusal::rate_limited("user", 40.0),
        Refusal::rate_limited("shared", 40.0),
        Refusal::rate_limited("global", 40.0),
        Refusal::cloudflare(40),
    ] {
        let office = Office::open().await;
        office.discord.fault(POST).refuse(refusal);
        for _ in 0..5 {
            let outcome = office.show_card(&office.request()).await;
            let wait = outcome.unwrap_err().retry_after().unwrap();
            assert!((38..=40).contains(&wait.as_secs()), "{wait:?}");
        }
        assert_eq!(office.discord.count(POST), 1);
    }
}

#[tokio::test]
async fn a_global_limit_holds_letters_too_and_a_bucket_does_not() {
    let office = Office::open().await;
    let channel = office.discord.admin_channel_id();
    let fault = || office.discord.fault(POST).in_channel(channel);
    fault().refuse(Refusal::rate_limited("user", 40.0));
    office.show_card(&office.request()).await.unwrap_err();
    office.show_letter(&office.approved()).await.unwrap();

    let office = Office::open().await;
    office
        .discord
        .fault(POST)
        .refuse(Refusal::rate_limited("global", 40.0));
    office.show_card(&office.request()).await.unwrap_err();
    let outcome = office.show_letter(&office.approved()).await;
    assert!(outcome.unwrap_err().retry_after().is_some());
    assert_eq!(office.discord.count(OPEN), 0);
}

#[tokio::test]
async fn a_crowd_of_cards_waits_for_its_turn_and_is_never_refused() {
    let office = Office::open().await;
    office
        .discord
        .limit_rate(POST, 2, Duration::from_millis(200));
    for number in 0..6 {
        let mut request = office.request();
        request.id = RequestId(number);
        office.show_card(&request).await.unwrap();
    }
    let calls = office.discord.calls();
    assert!(calls.iter().all(|call| call.status == Some(200)));
    assert_eq!(office.discord.cards().len(), 6);
    office.finish();
}

#[tokio::test]
async fn edits_of_old_messages_wait_as_told() {
    let office = Office::open().await;
    let mut request = office.request();
    let place = office.show_card(&request).await.unwrap();
    office.discord.limit_old_edits(Some(0));
    office.discord.pass_time(Duration::from_hours(2));
    request.card = at(place);
    let error = office.show_card(&request).await.unwrap_err();
    assert!(matches!(error, Error::TooOld { .. }), "{error}");
}
