//! The answer to whether the database may be replaced.

use super::is_yes;

#[test]
fn only_a_yes_is_a_yes() {
    for yes in ["y\n", "Yes\n", " YES"] {
        assert!(is_yes(&mut yes.as_bytes()).unwrap(), "{yes:?}");
    }
    for no in ["", "\n", "n\n", "yesterday\n", "no\ny\n"] {
        assert!(!is_yes(&mut no.as_bytes()).unwrap(), "{no:?}");
    }
}
