//! The cast of every test: Alice asks, Carol approves. `moment(0)` is when Alice asked; the unit is seconds.

use jiff::Timestamp;

use crate::domain::{MemberId, Person};

pub(crate) fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// Her name has to be escaped wherever it is shown.
pub(crate) fn alice() -> Person {
    Person {
        id: MemberId(175_928_847_299_117_063),
        name: "alice_lee".to_owned(),
    }
}

pub(crate) fn carol() -> Person {
    Person {
        id: MemberId(80_351_110_224_678_912),
        name: "carol".to_owned(),
    }
}

/// One of a crowd.
pub(crate) fn person(number: i64) -> Person {
    Person {
        id: MemberId(number),
        name: format!("member-{number}"),
    }
}
