//! Which key is meant, and when it is dead.

use super::*;

const OWNER: HeadscaleUserId = HeadscaleUserId(3);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

fn key(id: i64, user: Option<HeadscaleUserId>, expiration: Option<i64>) -> PreAuthKey {
    PreAuthKey {
        id: KeyId(id),
        user,
        expiration: expiration.map(at),
        used: false,
        reusable: false,
        ephemeral: false,
        tags: Vec::new(),
    }
}

#[test]
fn a_key_is_known_by_its_number_and_else_by_its_owner_and_its_end() {
    let sought = |id| KeyMatch {
        id,
        user: OWNER,
        expires_at: at(5_000),
    };
    let slack = Duration::from_secs(1);
    let by_end = |user, expiration| sought(None).matches(&key(7, user, expiration), slack);
    for (expiration, is_it) in [(4_999, false), (5_000, true), (6_000, true), (6_001, false)] {
        assert_eq!(by_end(Some(OWNER), Some(expiration)), is_it, "{expiration}");
    }
    assert!(!by_end(Some(HeadscaleUserId(4)), Some(5_000)));
    assert!(!by_end(None, Some(5_000)));
    assert!(!by_end(Some(OWNER), None));
    let by_number = |id| sought(Some(KeyId(7))).matches(&key(id, None, None), slack);
    assert!(by_number(7), "whoever owns it");
    assert!(!by_number(8));
}

#[test]
fn only_an_end_that_did_not_change_and_is_to_come_proves_that_a_key_lives() {
    let ends = |expiration| key(7, Some(OWNER), expiration);
    let lives = |before, after, now| still_lives(before, &ends(after), at(now));
    let before = ends(Some(5_000));
    assert!(lives(Some(&before), Some(5_000), 4_999));
    assert!(!lives(Some(&before), Some(5_000), 5_000));
    assert!(!lives(Some(&before), Some(5_000), 5_001));
    assert!(
        !lives(Some(&before), Some(4_900), 4_000),
        "by Headscale's clock"
    );
    assert!(!lives(Some(&before), None, 4_000));
    assert!(lives(None, Some(5_000), 4_999));
    assert!(!lives(None, Some(5_000), 5_000));
}
