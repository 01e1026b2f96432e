//! The handing over of a key, explored exhaustively: the real `apply` and `owed` against a model of Discord and
//! Headscale in which calls are refused or lose their answers, the process dies between any two of its actions,
//! time passes, direct messages are closed, and a person scans or presses *Get my key* at any moment.
//!
//! The real steps are asynchronous, so the order of the calls inside a step is written down here a second time
//! (`bot`). Nothing compares the two: whoever reorders a real step has to reorder it here as well.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a model names what it is about, and its numbers are worth reading"
)]

mod bot;
mod explore;
mod world;

use explore::explore;

const KEY_LIFE: i64 = 1;
const CLAIM_WINDOW: i64 = 2;

/// A way in which the protocol could have been written, and must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    AsWritten,
    /// An unknown key is not looked for by its expiration.
    NoFingerprint,
    /// A key that was unused before it was expired is taken to be unused.
    NoSecondLook,
    /// The key is shown before its id is on disk.
    IdAfterShowing,
    /// The letter is written when there is a key to put into it.
    LetterLast,
}

#[derive(Clone, Copy, Debug)]
struct Budget {
    faults: u8,
    crashes: u8,
    presses: u8,
}

fn more() -> bool {
    std::env::var_os("USHER_LONG_TESTS").is_some()
}

/// Time enough for a key to lapse and a claim window to end; with more, for both twice over.
fn last_tick() -> i64 {
    if more() { 3 } else { 2 }
}

fn budget() -> Budget {
    let more = more();
    Budget {
        faults: if more { 4 } else { 3 },
        crashes: if more { 4 } else { 3 },
        presses: if more { 2 } else { 1 },
    }
}

#[test]
fn no_crash_fault_or_scan_at_any_moment_breaks_the_handover() {
    let explored = explore(Variant::AsWritten, budget());
    println!("states explored: {}", explored.states);
    assert!(
        explored.violations.is_empty(),
        "{:#?}",
        explored.violations.first()
    );
    assert_eq!(explored.stuck, 0, "states from which nothing settles");
    assert!(
        explored.states > 10_000,
        "the model has shrunk to {}",
        explored.states
    );
}

/// A model that cannot fail proves nothing: each shortcut must be caught.
#[test]
fn every_shortcut_is_caught() {
    let small = Budget {
        faults: 2,
        crashes: 2,
        presses: 1,
    };
    for variant in [
        Variant::NoFingerprint,
        Variant::NoSecondLook,
        Variant::IdAfterShowing,
        Variant::LetterLast,
    ] {
        let explored = explore(variant, small);
        let found: Vec<_> = explored.violations.iter().map(|(what, _)| *what).collect();
        println!("{variant:?}: {found:?}");
        assert!(!found.is_empty(), "{variant:?} was not caught");
    }
}
