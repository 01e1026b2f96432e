//! Whose turn it is to be looked for, and how long the pauses are.

use super::*;

fn owners(ids: &[i64]) -> Vec<Person> {
    let person = |id: &i64| Person {
        id: MemberId(*id),
        name: String::new(),
    };
    ids.iter().map(person).collect()
}

#[test]
fn everybody_has_their_turn_whoever_comes_and_goes() {
    let mut rota = Rota {
        last: Some(MemberId(2)),
    };
    let mut next = |ids: &[i64]| rota.next(&owners(ids)).map(|owner| owner.id.0);
    assert_eq!(next(&[1, 2, 5, 9]), Some(5));
    assert_eq!(next(&[1, 2, 7, 9]), Some(7));
    assert_eq!(next(&[1, 2, 3]), Some(1));
    assert_eq!(next(&[]), None);
    assert_eq!(next(&[1, 2, 3]), Some(2));
    let begun = Rota::default().next(&owners(&[4])).map(|owner| owner.id.0);
    assert_eq!(begun, Some(4));
}

#[test]
fn many_owners_do_not_become_many_questions_at_once() {
    let hour = Duration::from_hours(1);
    assert_eq!(pause(0, hour), hour);
    assert_eq!(pause(1, hour), hour);
    assert_eq!(pause(6, hour), Duration::from_mins(10));
    assert_eq!(pause(1_000_000, hour), SHORTEST_PAUSE);
}
