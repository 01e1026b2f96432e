//! Who is heard, and who waits.

use super::*;

const ALICE: MemberId = MemberId(1);
const BOB: MemberId = MemberId(2);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn admitted(throttle: &Throttle, person: MemberId, second: i64) -> Result<(), Refusal> {
    throttle.admit(person, at(second))
}

#[test]
fn who_is_refused_too_often_waits_out_the_minute_alone() {
    let throttle = Throttle::default();
    for _ in 0..ALLOWED {
        assert_eq!(admitted(&throttle, ALICE, 0), Ok(()));
        assert_eq!(throttle.spend(ALICE, at(0)), Ok(()));
    }
    let wait = Err(Refusal::TooFast { until: at(60) });
    assert_eq!(throttle.spend(ALICE, at(1)), wait);
    assert_eq!(admitted(&throttle, ALICE, 59), wait);
    assert_eq!(admitted(&throttle, BOB, 59), Ok(()));
    assert_eq!(admitted(&throttle, ALICE, 60), Ok(()));
    assert_eq!(throttle.spend(ALICE, at(60)), Ok(()));
    assert_eq!(admitted(&throttle, ALICE, 61), Ok(()));
}

#[test]
fn who_is_granted_everything_is_never_slowed_down_nor_remembered() {
    let throttle = Throttle::default();
    for _ in 0..10 * ALLOWED {
        assert_eq!(admitted(&throttle, ALICE, 0), Ok(()));
    }
    assert!(throttle.usages().is_empty());
}

#[test]
fn many_at_once_spend_no_more_than_one_by_one() {
    let throttle = Throttle::default();
    let many = 2 * ALLOWED;
    assert!((0..many).all(|_| admitted(&throttle, ALICE, 0).is_ok()));
    let spent = (0..many).filter(|_| throttle.spend(ALICE, at(0)).is_ok());
    assert_eq!(spent.count(), usize::try_from(ALLOWED).unwrap());
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let throttle = Throttle::default();
    for _ in 0..ALLOWED {
        let _ = throttle.spend(ALICE, at(1_000_000));
    }
    assert_eq!(admitted(&throttle, ALICE, 0), Ok(()));
}

#[test]
fn a_crowd_is_not_remembered_for_ever() {
    let throttle = Throttle::default();
    let crowd = i64::try_from(REMEMBERED).unwrap() + 10;
    for person in 0..crowd {
        let _ = throttle.spend(MemberId(person), at(0));
    }
    assert!(throttle.usages().len() <= REMEMBERED);
}

#[test]
fn a_crowd_whose_minute_is_over_makes_room_for_those_who_still_wait() {
    let throttle = Throttle::default();
    for _ in 0..ALLOWED {
        assert_eq!(throttle.spend(ALICE, at(30)), Ok(()));
    }
    let crowd = i64::try_from(REMEMBERED).unwrap();
    for person in 3..=crowd + 1 {
        let _ = throttle.spend(MemberId(person), at(0));
    }
    assert_eq!(throttle.spend(BOB, at(61)), Ok(()));
    let wait = Err(Refusal::TooFast { until: at(90) });
    assert_eq!(admitted(&throttle, ALICE, 61), wait);
}
