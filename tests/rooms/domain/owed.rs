//! The whole of [`owed()`], printed, and what holds for every request whatever its messages show.

use jiff::Timestamp;
use proptest::prelude::*;
use strum::IntoEnumIterator as _;

use super::transition_matrix::is_final;
use super::{requests, table};
use crate::domain::{
    Backoff, ClaimReason, DeviceRequest, Handover, Owed, Problem, Projection, ProjectionKind,
    SignIn, State, owed,
};
use crate::support::people::moment;
use crate::support::requests::{posted, request, showing};
use crate::support::states;

fn with_closed_messages(request: &DeviceRequest) -> DeviceRequest {
    let mut request = request.clone();
    request.letter.closed = true;
    request.letter.shown = request.version;
    request
}

fn step(owed: &Owed) -> String {
    owed.step.map_or("·".to_owned(), |(step, at)| {
        format!(
            "{} {}",
            step.into_str(),
            at.duration_since(moment(0)).as_secs()
        )
    })
}

fn messages(owed: &Owed) -> String {
    let all = [
        ("card", owed.card),
        ("letter", owed.letter),
        ("notice", owed.notice),
    ];
    let due: Vec<&str> = all
        .iter()
        .filter(|(_, at)| at.is_some())
        .map(|(name, _)| *name)
        .collect();
    if due.is_empty() {
        "·".to_owned()
    } else {
        due.join("+")
    }
}

fn every_row() -> Vec<Vec<String>> {
    let mut rows = vec![
        [
            "",
            "STEP",
            "STEP, LETTER POSTED",
            "NOTHING POSTED",
            "ALL BEHIND",
            "MESSAGES CLOSED",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for (name, request) in requests() {
        let (new, behind) = (owed(&request), owed(&showing(&request, 4)));
        rows.push(vec![
            name.to_owned(),
            step(&new),
            step(&behind),
            messages(&new),
            messages(&behind),
            messages(&owed(&with_closed_messages(&request))),
        ]);
    }
    rows
}

/// The number is the second since the request was made: its last event was at 60, its key ends at 3660, its deadline is
/// at 86400, the end of its claim window at 259200.
#[test]
fn what_is_owed_in_each_state() {
    insta::assert_snapshot!(table(&every_row()), @"
                                STEP               STEP, LETTER POSTED  NOTHING POSTED  ALL BEHIND          MESSAGES CLOSED
    pending                     lapse 86400        lapse 86400          card            card+notice         card
    approved                    open_letter 60     issue 60             card            card+letter+notice  card
    claimable                   lapse 259200       lapse 259200         card+notice     card+letter         card+notice
    claimable, left             lapse 259200       lapse 259200         card+notice     card+letter         card+notice
    claimable, lapsed           lapse 259200       lapse 259200         card+notice     card+letter         card+notice
    failed                      lapse 86400        lapse 86400          card            card+letter+notice  card
    failed, not called          call_approvers 60  call_approvers 60    card            card+letter+notice  card
    issuing                     reclaim 60         reclaim 60           card            card+notice         card
    issuing, key                reclaim 60         reclaim 60           card            card+notice         card
    issuing, link               reclaim 60         reclaim 60           card            card+notice         card
    issuing, link, node         reclaim 60         reclaim 60           card            card+notice         card
    issuing, claim              reclaim 60         reclaim 60           card            card                card
    issuing, revoking           reclaim 60         reclaim 60           card            card+notice         card
    issuing, cancelling         reclaim 60         reclaim 60           card            card                card
    issuing, claim, key         reclaim 60         reclaim 60           card            card                card
    delivered                   look_for_node 60   look_for_node 60     card            card+notice         card
    delivered, revoking         revoke 60          revoke 60            card+letter     card+letter+notice  card
    delivered, used             look_for_node 60   look_for_node 60     card+letter     card+letter+notice  card
    delivered, used, revoking   revoke 60          revoke 60            card+letter     card+letter+notice  card
    delivered, claim            look_for_node 60   look_for_node 60     card            card+letter+notice  card
    delivered, claim, revoking  revoke 60          revoke 60            card            card+letter+notice  card
    delivered, claim, used      look_for_node 60   look_for_node 60     card            card+letter+notice  card
    joined                      ·                  ·                    card            card+letter+notice  card
    joined, revoking            revoke 60          revoke 60            card            card+letter+notice  card
    joined, unnamed             rename_node 60     rename_node 60       card            card+letter+notice  card
    joined, unnamed, revoking   revoke 60          revoke 60            card            card+letter+notice  card
    joined, name refused        ·                  ·                    card            card+letter+notice  card
    joined, link                ·                  ·                    card            card+letter+notice  card
    joined, expired             ·                  ·                    card            card+letter+notice  card
    joined, removed             ·                  ·                    card            card+letter+notice  card
    lost                        ·                  ·                    card            card+letter+notice  card
    denied                      ·                  ·                    card+letter     card+letter+notice  card
    denied, reason              ·                  ·                    card+letter     card+letter+notice  card
    cancelled                   ·                  ·                    card            card+letter+notice  card
    expired                     ·                  ·                    card+letter     card+letter+notice  card
    expired, approved           ·                  ·                    card+letter     card+letter+notice  card
    revoked                     ·                  ·                    card+letter     card+letter+notice  card
    ");
}

#[test]
fn a_finished_request_whose_messages_are_current_owes_nothing() {
    for (name, request) in requests() {
        if is_final(request.status()) {
            let owed = owed(&showing(&request, request.version));
            assert_eq!(owed.due_at(), None, "{name}");
        }
    }
}

#[test]
fn a_key_that_may_exist_is_always_looked_after() {
    for (name, request) in requests() {
        if matches!(
            request.state,
            State::Issuing { .. } | State::Delivered { used: false, .. }
        ) {
            let owed = owed(&showing(&request, request.version));
            assert!(owed.step.is_some(), "{name}");
        }
    }
}

#[test]
fn a_letter_with_a_key_in_it_is_not_overwritten_before_the_key_is_used() {
    for (name, request) in requests() {
        let untouched = matches!(
            request.state,
            State::Issuing { .. }
                | State::Delivered {
                    handover: Handover::Letter,
                    used: false,
                    revoking: None,
                    ..
                }
        );
        if untouched {
            assert_eq!(owed(&showing(&request, 1)).letter, None, "{name}");
        }
    }
}

#[test]
fn a_letter_says_what_holds_up_the_key_that_it_waits_for() {
    for (handover, is_owed) in [(Handover::Letter, true), (states::by_claim(), false)] {
        let mut issuing = showing(&request(states::issuing(handover)), 1);
        issuing.letter = posted(0);
        issuing.backoff.last_error = Some(Problem::HeadscaleSlow);
        assert_eq!(owed(&issuing).letter.is_some(), is_owed, "{handover:?}");
    }
}

fn any_moment() -> impl Strategy<Value = Timestamp> {
    (-100_000i64..100_000).prop_map(moment)
}

fn any_backoff() -> impl Strategy<Value = Backoff> {
    (0..20u32, prop::option::of(any_moment())).prop_map(|(attempts, retry_at)| Backoff {
        attempts,
        retry_at,
        last_error: None,
    })
}

fn any_projection() -> impl Strategy<Value = Projection> {
    (any::<bool>(), 0..6i64, any::<bool>(), any_backoff()).prop_map(
        |(is_posted, shown, closed, backoff)| Projection {
            closed,
            backoff,
            ..if is_posted {
                posted(shown)
            } else {
                Projection {
                    shown,
                    ..Projection::default()
                }
            }
        },
    )
}

fn any_request() -> impl Strategy<Value = DeviceRequest> {
    let state = prop::sample::select(states::all()).prop_map(|(_, state)| state);
    let shown = (any_projection(), any_projection(), any_projection());
    (state, any_backoff(), shown).prop_map(|(state, backoff, (card, letter, notice))| {
        DeviceRequest {
            backoff,
            card,
            letter,
            notice,
            ..request(state)
        }
    })
}

proptest! {
    #[test]
    fn what_is_owed_is_due_when_its_earliest_part_is(request in any_request()) {
        let owed = owed(&request);
        let step = owed.step.map(|(_, at)| at);
        let parts = [step, owed.card, owed.letter, owed.notice];
        prop_assert_eq!(owed.due_at(), parts.into_iter().flatten().min());
    }

    #[test]
    fn a_backoff_is_waited_out(request in any_request()) {
        if let (Some((_, at)), Some(retry_at)) = (owed(&request).step, request.backoff.retry_at) {
            prop_assert!(at >= retry_at);
        }
        for kind in ProjectionKind::iter() {
            let shown = request.projection(kind);
            let owed = owed(&request);
            let at = match kind {
                ProjectionKind::Card => owed.card,
                ProjectionKind::Letter => owed.letter,
                ProjectionKind::Notice => owed.notice,
            };
            if let (Some(at), Some(retry_at)) = (at, shown.backoff.retry_at) {
                prop_assert_eq!(at, retry_at);
            }
        }
    }

    #[test]
    fn a_message_that_is_current_is_not_owed(request in any_request()) {
        let owed = owed(&request);
        let parts = [(&request.card, owed.card), (&request.letter, owed.letter), (&request.notice, owed.notice)];
        for (shown, at) in parts {
            if shown.shown >= request.version {
                let reminded = at == owed.notice && request.reminded_at().is_some();
                prop_assert!(at.is_none() || reminded && !request.notice.reminded);
            }
        }
    }
}

#[test]
fn an_unanswered_call_is_repeated_once_a_day_before_the_offer_ends() {
    let claimable = states::claimable(ClaimReason::DirectMessagesClosed);
    let mut request = showing(&request(claimable), 5);
    request.letter.place = None;
    let at = |request: &DeviceRequest| owed(request).notice;
    assert_eq!(at(&request), Some(moment(259_200 - 86_400)));
    request.notice.backoff.retry_at = Some(moment(200_000));
    assert_eq!(at(&request), Some(moment(200_000)));
    request.updated_at = moment(259_200 - 600);
    request.notice.backoff = Backoff::default();
    assert_eq!(
        at(&request),
        Some(moment(259_200 - 300)),
        "of a short one, halfway"
    );
    request.notice.reminded = true;
    assert_eq!(at(&request), None);
}

fn step_at(request: &DeviceRequest, retry_at: i64) -> (&'static str, i64) {
    let mut request = request.clone();
    request.backoff.retry_at = Some(moment(retry_at));
    let (step, at) = owed(&request).step.expect("a step");
    (step.into_str(), at.duration_since(moment(0)).as_secs())
}

#[test]
fn approvers_are_called_before_the_deadline_and_for_no_link() {
    let failed = |cause| {
        request(State::Failed {
            approval: states::approval(),
            cause,
            lapses_at: moment(86_400),
            called: false,
        })
    };
    let slow = failed(Problem::HeadscaleSlow);
    assert_eq!(step_at(&slow, 86_399), ("call_approvers", 86_399));
    assert_eq!(step_at(&slow, 86_400), ("lapse", 86_400));
    assert_eq!(step_at(&slow, 86_401), ("lapse", 86_401));
    let refused = failed(Problem::LinkRefused(String::new()));
    assert_eq!(step_at(&refused, 70), ("lapse", 86_400));
}

#[test]
fn a_device_is_let_in_until_its_link_ends_and_looked_for_until_its_key_ends() {
    let mut linked = request(states::approved());
    linked.sign_in = Some(SignIn::new(
        "a-waiting-device-s-id-24".to_owned(),
        moment(0),
    ));
    assert_eq!(step_at(&linked, 899), ("register", 899));
    assert_eq!(step_at(&linked, 900), ("lapse", 900));
    assert_eq!(step_at(&linked, 901), ("lapse", 900));
    let delivered = request(states::delivered(Handover::Letter, false, None));
    assert_eq!(step_at(&delivered, 3_659), ("look_for_node", 3_659));
    assert_eq!(step_at(&delivered, 3_660), ("lapse_key", 3_660));
}
