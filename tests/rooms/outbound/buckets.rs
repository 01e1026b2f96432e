//! Discord's limits, call by call.

use super::*;

fn channel(id: u64) -> BucketKey {
    let channel_id = id.into();
    BucketKey::of(&Route::ChannelMessages { channel_id }, false)
}

fn answer(token: &str) -> BucketKey {
    let application_id = 1.into();
    let route = Route::WebhookOriginalInteractionResponse {
        application_id,
        token,
    };
    BucketKey::of(&route, false)
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| ((*name).try_into().unwrap(), value.parse().unwrap()))
        .collect()
}

fn bucket(limit: &str, remaining: &str, reset_after: &str) -> HeaderMap {
    headers(&[
        ("x-ratelimit-limit", limit),
        ("x-ratelimit-remaining", remaining),
        ("x-ratelimit-reset-after", reset_after),
    ])
}

#[test]
fn reading_a_channel_holds_up_no_message() {
    let (limits, now) = (Limits::default(), Instant::now());
    let route = Route::ChannelMessages {
        channel_id: 1.into(),
    };
    limits.learn(BucketKey::of(&route, true), &bucket("5", "0", "2.5"), now);
    assert_eq!(limits.take(channel(1), now), Ok(()));
}

#[test]
fn an_empty_bucket_waits_for_its_reset_and_no_other_bucket_does() {
    let (limits, now) = (Limits::default(), Instant::now());
    let window = Duration::from_millis(2500);
    limits.learn(channel(1), &bucket("5", "0", "2.5"), now);
    assert_eq!(limits.take(channel(1), now), Err(window));
    assert_eq!(limits.take(channel(2), now), Ok(()));
    for _ in 0..5 {
        assert_eq!(limits.take(channel(1), now + window), Ok(()));
    }
    assert_eq!(limits.take(channel(1), now + window), Err(window));
}

#[test]
fn each_interaction_token_has_a_bucket_of_its_own() {
    assert_eq!(answer("one"), answer("one"));
    assert_ne!(answer("one"), answer("two"));
}

#[test]
fn answers_that_overtake_each_other_do_not_refill_a_bucket() {
    let (limits, now) = (Limits::default(), Instant::now());
    limits.learn(channel(1), &bucket("5", "0", "1"), now);
    limits.learn(channel(1), &bucket("5", "3", "1"), now);
    assert!(limits.take(channel(1), now).is_err());
}

#[test]
fn a_global_limit_and_cloudflare_stop_every_route() {
    let minute = Duration::from_mins(1);
    for said in [
        headers(&[
            ("x-ratelimit-global", "true"),
            ("x-ratelimit-scope", "global"),
        ]),
        headers(&[("retry-after", "60")]),
    ] {
        let (limits, now) = (Limits::default(), Instant::now());
        limits.refused(channel(1), &said, now + minute);
        assert_eq!(limits.take(channel(2), now), Err(minute));
        assert_eq!(limits.take(channel(2), now + minute), Ok(()));
    }
}

#[test]
fn a_shared_limit_stops_its_own_route_only() {
    let (limits, now) = (Limits::default(), Instant::now());
    let wait = Duration::from_secs(3);
    let said = headers(&[("x-ratelimit-scope", "shared")]);
    limits.refused(channel(1), &said, now + wait);
    assert_eq!(limits.take(channel(1), now), Err(wait));
    assert_eq!(limits.take(channel(2), now), Ok(()));
}

#[test]
fn waiting_times_are_read_and_bounded() {
    let none = Value::Null;
    let header = |text| retry_after(&headers(&[("retry-after", text)]), &none);
    assert_eq!(header("3"), Some(Duration::from_secs(3)));
    assert_eq!(header("0.25"), Some(Duration::from_millis(250)));
    assert_eq!(header("1e300"), None);
    assert_eq!(header("999999"), Some(LONGEST_WAIT));
    assert_eq!(header("-1"), None);
    assert_eq!(header("soon"), None);
    let body = serde_json::json!({ "retry_after": 1.337 });
    assert_eq!(
        retry_after(&headers(&[("retry-after", "2")]), &body),
        Some(Duration::from_millis(1337))
    );
}
