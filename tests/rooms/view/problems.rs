//! Every problem, as people read it.

use strum::IntoEnumIterator as _;

use super::reading::read;
use crate::domain::{Problem, Unreachable};
use crate::view::not_claimed;

#[test]
fn every_problem_has_a_sentence_of_its_own() {
    let reasons = Unreachable::iter().map(Problem::HeadscaleUnreachable);
    let mut shown: Vec<String> = Problem::iter()
        .chain(reasons)
        .map(|problem| read(&not_claimed(&problem)))
        .collect();
    shown.sort();
    shown.dedup();
    // The default reason for having no connection is already among the problems.
    assert_eq!(
        shown.len(),
        Problem::iter().count() + Unreachable::iter().count() - 1
    );
    for sentence in shown {
        assert!(
            !sentence.contains("problem-") && !sentence.contains("{$"),
            "{sentence}"
        );
    }
}
