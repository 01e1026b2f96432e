//! Which of the automatic backups stay.

use std::fs;

use super::remove_oldest;

#[test]
fn the_newest_backups_are_kept_and_nothing_that_is_not_ours_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("usher.db");
    for name in ["m0001_a", "m0002_b", "m0004_d", "upgrade"] {
        fs::write(dir.path().join(format!("usher.db.before-{name}")), "").unwrap();
    }
    let migrations = ["m0001_a", "m0002_b", "m0003_c", "m0004_d"];
    remove_oldest(&database, &migrations, 2).unwrap();
    let files = fs::read_dir(dir.path()).unwrap();
    let mut left: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(
        left,
        [
            "usher.db.before-m0002_b",
            "usher.db.before-m0004_d",
            "usher.db.before-upgrade"
        ]
    );
}
