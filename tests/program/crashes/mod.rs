//! The real program, killed at every point where it talks to somebody, and started again on the same file: nothing
//! is lost, nothing is doubled, no key is left behind.

mod matrix;
mod points;
mod storm;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        matrix::a_kill_at_any_point_loses_nothing_and_doubles_nothing,
        matrix::a_kill_when_something_unusual_happens_loses_nothing_either,
        storm::kills_at_random_instants_lose_nothing_and_double_nothing,
    ]
}
