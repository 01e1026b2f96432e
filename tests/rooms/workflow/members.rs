//! How long the pauses between two questions are.

use super::*;

#[test]
fn many_holders_do_not_become_many_questions_at_once() {
    let hour = Duration::from_hours(1);
    assert_eq!(pause(0, hour), hour);
    assert_eq!(pause(1, hour), hour);
    assert_eq!(pause(6, hour), Duration::from_mins(10));
    assert_eq!(pause(1_000_000, hour), SHORTEST_PAUSE);
}
