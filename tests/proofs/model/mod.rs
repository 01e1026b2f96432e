//! One request, explored exhaustively: the real `apply`, `owed`, `is_held`, `is_claimable` and `Departure::apply` against
//! a model of Discord and Headscale in which calls are refused, lose their answers or take effect late, the process
//! dies between any two of its actions and comes back with other settings, time passes while it is down, and people
//! scan, click, leave, come back and remove devices at any moment, also in the middle of a step.
//!
//! The real steps are asynchronous, so the order of the calls inside a step is written down here a second time (`bot`,
//! `keys`, `links`, `patrols`). Nothing compares the two: whoever reorders a real step has to reorder it here as well.
//!
//! Out of reach is what needs a second request or member (a name that is taken, the brake on departures, sharing a list
//! of nodes, waiting for somebody else's registration) and what is decided elsewhere: the words that `view` makes of a
//! row, deleted and moved messages, keys that are scrubbed from private answers, settings that refuse links, back-off.
//! A create hangs for an hour at most and a registration for a minute; Headscale's clock is an hour slow.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a model names what it is about, and its numbers are worth reading"
)]

mod bot;
mod explore;
mod keys;
mod links;
mod patrols;
mod people;
mod properties;
mod variants;
mod world;

use jiff::SignedDuration;

use explore::explore;
use variants::Variant;
use world::World;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(2);
const CLAIM_WINDOW: SignedDuration = SignedDuration::from_hours(2);
const FAILED_FOR: SignedDuration = SignedDuration::from_hours(2);

/// The moments at which anything happens, in seconds: a key's two hours, its end, and its end by a slow clock.
const OF_A_KEY: &[i64] = &[0, 3_600, 7_200, 10_800];
/// Around the end of a link's quarter of an hour.
const OF_A_LINK: &[i64] = &[0, 885, 915, 1_020, 10_800];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Just approved; its card is still to be posted.
    Uncarded,
    /// Just approved.
    Approved,
    Asked,
    /// Just approved; the device waits with a link.
    WithLink,
}

/// One exploration: what stays the same while the world goes on, and how often what may happen.
#[derive(Clone, Copy, Debug)]
struct Course {
    name: &'static str,
    start: Start,
    moments: &'static [i64],
    /// Before 0.29, an expired device that kept its key comes back.
    old_release: bool,
    budget: Budget,
    variant: Variant,
    /// So many states, unless the model has shrunk.
    states: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Budget {
    faults: u8,
    crashes: u8,
    presses: u8,
    /// Calls that take effect late.
    late: u8,
    links: u8,
    decisions: u8,
    /// Leaving and coming back.
    leaves: u8,
    /// Restarts with another rule whose the keys are.
    owners: u8,
    /// Devices that the operator expires or removes.
    meddling: u8,
}

const NOTHING: Budget = Budget {
    faults: 0,
    crashes: 0,
    presses: 0,
    late: 0,
    links: 0,
    decisions: 0,
    leaves: 0,
    owners: 0,
    meddling: 0,
};

const HANDOVER: Course = Course {
    name: "handing over",
    start: Start::Uncarded,
    moments: &[0, 7_200, 10_800],
    old_release: false,
    budget: Budget {
        faults: 2,
        crashes: 1,
        presses: 1,
        ..NOTHING
    },
    variant: Variant::AsWritten,
    states: 300_000,
};

const KEYS_END: Course = Course {
    name: "a key's end",
    start: Start::Approved,
    // The day after it is over by the last.
    moments: &[0, 7_200, 10_800, 216_000],
    budget: Budget {
        faults: 1,
        crashes: 1,
        // The second takes back the key of the first.
        presses: 2,
        ..NOTHING
    },
    states: 150_000,
    ..HANDOVER
};

const LATE: Course = Course {
    name: "late keys and other owners",
    moments: OF_A_KEY,
    budget: Budget {
        faults: 1,
        late: 1,
        owners: 1,
        presses: 1,
        ..NOTHING
    },
    states: 250_000,
    ..KEYS_END
};

const LINKS: Course = Course {
    name: "links",
    start: Start::WithLink,
    moments: OF_A_LINK,
    budget: Budget {
        faults: 2,
        crashes: 1,
        late: 1,
        decisions: 1,
        owners: 1,
        ..NOTHING
    },
    states: 150_000,
    ..KEYS_END
};

const UPGRADES: Course = Course {
    name: "links in place of keys",
    start: Start::Asked,
    moments: &[0, 885, 915, 10_800],
    budget: Budget {
        faults: 1,
        links: 1,
        decisions: 1,
        ..NOTHING
    },
    states: 150_000,
    ..KEYS_END
};

const LEAVING: Course = Course {
    name: "leaving, coming back and removed devices",
    start: Start::Asked,
    moments: OF_A_KEY,
    old_release: true,
    budget: Budget {
        presses: 1,
        leaves: 2,
        meddling: 1,
        decisions: 1,
        ..NOTHING
    },
    states: 250_000,
    ..KEYS_END
};

const STOPPING: Course = Course {
    name: "revoking and cancelling",
    moments: HANDOVER.moments,
    budget: Budget {
        faults: 1,
        crashes: 1,
        presses: 1,
        decisions: 2,
        ..NOTHING
    },
    states: 300_000,
    ..KEYS_END
};

fn holds(course: Course) {
    let explored = explore(course);
    println!("{}: {} states", course.name, explored.states);
    let how = |way: &[World]| way.iter().map(World::told).collect::<Vec<_>>().join("\n");
    for (what, way) in &explored.violations {
        println!("{what}:\n{}", how(way));
    }
    assert!(explored.violations.is_empty(), "{}", course.name);
    assert_eq!(explored.stuck, 0, "states from which nothing settles");
    assert!(explored.states >= course.states, "the model has shrunk");
}

#[test]
fn no_crash_fault_or_scan_at_any_moment_breaks_the_handover() {
    holds(HANDOVER);
}

#[test]
fn whoever_joins_at_a_keys_end_is_seen() {
    holds(KEYS_END);
}

#[test]
fn keys_that_are_made_late_or_for_another_owner_are_taken_back() {
    holds(LATE);
}

#[test]
fn a_link_lets_in_one_device_or_none() {
    holds(LINKS);
}

#[test]
fn a_link_takes_the_place_of_a_key() {
    holds(UPGRADES);
}

#[test]
fn whoever_leaves_at_any_moment_keeps_nothing() {
    holds(LEAVING);
}

#[test]
fn whatever_is_stopped_at_any_moment_gives_nothing() {
    holds(STOPPING);
}

/// A model that cannot fail proves nothing: each shortcut must be caught.
#[test]
fn every_shortcut_is_caught() {
    use Variant as V;
    let shortcuts: [(Course, &[Variant]); 7] = [
        (
            HANDOVER,
            &[
                V::NoFingerprint,
                V::NoSecondLook,
                V::IdAfterShowing,
                V::LetterLast,
                V::AbsentIsGone,
            ],
        ),
        (KEYS_END, &[V::EndOverlooked, V::KeyLeftByClaim]),
        (LATE, &[V::TodaysOwner, V::LateKeyForgotten]),
        (
            LINKS,
            &[
                V::LinkWithoutTags,
                V::LinkOutlived,
                V::LinkLeftOpen,
                V::StopKnocks,
            ],
        ),
        (UPGRADES, &[V::KeyLeftByLink]),
        (
            LEAVING,
            &[
                V::ClaimUnasked,
                V::LetterUnasked,
                V::OfferOverlooked,
                V::ExpiredComesBack,
                V::RemovalOverlooked,
            ],
        ),
        (STOPPING, &[V::ApprovedStands, V::StopForgotten]),
    ];
    for (course, variants) in shortcuts {
        for variant in variants.iter().copied() {
            let explored = explore(Course { variant, ..course });
            let found = explored.violations.first().map(|(what, _)| *what);
            println!(
                "{variant:?}: caught after {} states: {found:?}",
                explored.states
            );
            assert!(found.is_some(), "{variant:?} was not caught");
        }
    }
}
