//! When the nodes are listed: often while somebody waits, then ever less.

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

#[test]
fn somebody_in_front_of_the_device_waits_seconds() {
    let interval = WatchInterval::new(Duration::from_secs(15));
    let (mut now, mut looks) = (at(1), Vec::new());
    while now < at(20_000) {
        now = interval.next_look(at(1), now);
        looks.push(now.as_millisecond());
    }
    assert_eq!(looks[..3], [2_500, 5_000, 7_500]);
    assert!(interval.is_same(at(2_500), at(4_999)));
    assert!(!interval.is_same(at(4_999), at(5_000)));
}

#[test]
fn later_the_looks_are_in_whole_intervals_and_ever_rarer() {
    let interval = WatchInterval::new(Duration::from_secs(15));
    let five_minutes = 300_000;
    let first = interval.next_look(at(0), at(five_minutes));
    assert_eq!(first, at(345_000));
    let late = interval.next_look(at(0), at(10 * five_minutes));
    assert_eq!(late, at(3_315_000));
}

#[test]
fn an_operator_who_wants_it_faster_gets_it() {
    let interval = WatchInterval::new(Duration::from_millis(100));
    assert_eq!(interval.next_look(at(0), at(120)), at(200));
}
