//! Departures: every state and every event, printed whole.

use super::table;
use crate::domain::{
    Choice, Departure, DepartureEvent, DepartureId, DepartureState, Person, Projection, RequestId,
};
use crate::support::people::{carol, moment, person};

fn departure(state: DepartureState) -> Departure {
    Departure {
        id: DepartureId(1),
        person: person(1),
        first_missing_at: moment(0),
        state,
        devices: vec![RequestId(4)],
        updated_at: moment(0),
        version: 1,
        card: Projection::default(),
    }
}

fn states() -> Vec<DepartureState> {
    let by = carol();
    vec![
        DepartureState::Missed,
        DepartureState::Asking { braked: false },
        DepartureState::Asking { braked: true },
        DepartureState::Kept { by: by.clone() },
        DepartureState::Expiring { by: by.clone() },
        DepartureState::Expired { by },
        DepartureState::Back { kept_by: None },
        DepartureState::Over,
    ]
}

fn still_missing(device: i64, expire_by: Option<Person>) -> DepartureEvent {
    DepartureEvent::StillMissing {
        devices: vec![RequestId(device)],
        expire_by,
        braked: false,
    }
}

fn events() -> Vec<(&'static str, DepartureEvent)> {
    let by = carol();
    let devices = vec![RequestId(5)];
    let braked = DepartureEvent::StillMissing {
        devices: vec![RequestId(4)],
        expire_by: None,
        braked: true,
    };
    vec![
        ("missing", still_missing(4, None)),
        ("missing, new device", still_missing(5, None)),
        ("missing, expire", still_missing(4, Some(Person::bot()))),
        ("missing, braked", braked),
        ("seen", DepartureEvent::Seen),
        ("keep", DepartureEvent::Kept { by: by.clone() }),
        ("expire all", DepartureEvent::ExpireAsked { by, devices }),
        ("nothing left", DepartureEvent::NothingLeft),
    ]
}

#[test]
fn the_machine_printed_whole() {
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(events().iter().map(|(name, _)| (*name).to_owned()));
    for state in states() {
        let mut row = vec![state.into_str().to_owned()];
        for (_, event) in events() {
            let after = departure(state.clone()).apply(event, moment(3_600));
            row.push(after.map_or("-", |after| after.state.into_str()).to_owned());
        }
        rows.push(row);
    }
    insta::assert_snapshot!(table(&rows), @"
              missing  missing, new device  missing, expire  missing, braked  seen  keep  expire all  nothing left
    missed    asking   asking               expiring         asking           -     -     expiring    -
    asking    -        asking               expiring         asking           back  kept  expiring    over
    asking    -        asking               -                -                back  kept  expiring    over
    kept      -        -                    -                -                back  -     -           -
    expiring  -        -                    -                -                -     -     -           expired
    expired   -        -                    -                -                -     -     -           -
    back      -        -                    -                -                -     -     -           -
    over      -        -                    -                -                -     -     -           -
    ");
}

#[test]
fn two_misses_count_from_an_hour_apart_and_never_before() {
    for expire_by in [None, Some(Person::bot())] {
        for (seconds, confirmed) in [(-7_200, false), (0, false), (3_599, false), (3_600, true)] {
            let event = still_missing(4, expire_by.clone());
            let after = departure(DepartureState::Missed).apply(event, moment(seconds));
            assert_eq!(after.is_some(), confirmed, "{seconds} s");
        }
    }
}

#[test]
fn a_decision_says_what_it_is_about() {
    let keep = DepartureEvent::Kept { by: carol() };
    let kept = departure(DepartureState::Asking { braked: false }).apply(keep, moment(1));
    assert_eq!(kept.unwrap().devices, [RequestId(4)], "as it was shown");
    let devices = vec![RequestId(4), RequestId(5)];
    let by = carol();
    let all = DepartureEvent::ExpireAsked { by, devices };
    let expiring = departure(DepartureState::Asking { braked: false })
        .apply(all, moment(1))
        .unwrap();
    assert_eq!(expiring.devices.len(), 2, "all there is by now");
    assert_eq!((expiring.version, expiring.updated_at), (2, moment(1)));
}

#[test]
fn a_question_that_the_brake_has_made_stays_one_when_a_device_is_added() {
    for braked in [true, false] {
        let asking = DepartureState::Asking { braked };
        let after = departure(asking.clone()).apply(still_missing(5, None), moment(3_600));
        assert_eq!(after.unwrap().state, asking);
    }
}

#[test]
fn an_answer_is_the_same_only_from_the_same_person() {
    let answered = |state: &DepartureState, choice, by: &Person| {
        departure(state.clone()).was_answered(choice, by)
    };
    for state in states() {
        use DepartureState::{Expired, Expiring, Kept};
        let kept = matches!(state, Kept { .. });
        let expired = matches!(state, Expiring { .. } | Expired { .. });
        assert_eq!(answered(&state, Choice::Keep, &carol()), kept);
        assert_eq!(answered(&state, Choice::ExpireAll, &carol()), expired);
        for choice in [Choice::Keep, Choice::ExpireAll] {
            assert!(!answered(&state, choice, &person(1)), "{state:?}");
        }
    }
}

#[test]
fn a_single_miss_is_shown_to_nobody() {
    for state in states() {
        let owed = departure(state.clone()).owes_card();
        assert_eq!(owed, state != DepartureState::Missed);
    }
    let mut shown = departure(DepartureState::Asking { braked: false });
    shown.card.shown = shown.version;
    assert!(!shown.owes_card());
}
