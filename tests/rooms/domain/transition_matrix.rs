//! The whole of [`apply`], printed: the reader's diagram is a test.

use std::collections::BTreeSet;

use strum::IntoEnumIterator as _;

use super::{requests, table};
use crate::domain::{
    Approval, Attempt, Backoff, DeviceRequest, Event, Handover, HeadscaleUserId, KeyId, Naming,
    Refusal, State, Status, apply, owed,
};
use crate::support::people::moment;
use crate::support::requests::showing;
use crate::support::states;

/// Every outcome among the variants of a status; a question mark where some of them refuse.
fn cell(status: Status, event: &Event) -> String {
    let outcomes: Vec<Option<Status>> = requests()
        .iter()
        .filter(|(_, request)| request.status() == status)
        .map(|(_, request)| apply(request, event.clone(), moment(70)).ok())
        .map(|after| after.map(|after| after.status()))
        .collect();
    let words: BTreeSet<&str> = outcomes.iter().flatten().map(Status::into_str).collect();
    if words.is_empty() {
        return "·".to_owned();
    }
    let words: Vec<&str> = words.into_iter().collect();
    let sometimes = if outcomes.contains(&None) { "?" } else { "" };
    format!("{}{sometimes}", words.join("/"))
}

#[test]
fn every_status_under_every_event() {
    let open = Status::iter().filter(|status| !is_final(*status));
    let columns: Vec<Status> = open.collect();
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(
        columns
            .iter()
            .map(|status| status.into_str().to_uppercase()),
    );
    for event in states::events() {
        let mut row = vec![event.into_str().to_owned()];
        row.extend(columns.iter().map(|status| cell(*status, &event)));
        rows.push(row);
    }
    insta::assert_snapshot!(table(&rows), @"
                      PENDING    APPROVED   ISSUING                               DELIVERED   CLAIMABLE  FAILED     JOINED
    approved          approved   ·          ·                                     ·           ·          ·          ·
    denied            denied     ·          ·                                     ·           ·          denied     ·
    cancelled         cancelled  cancelled  issuing?                              ·           cancelled  cancelled  ·
    lapsed            expired    expired    ·                                     ·           expired    expired    ·
    link_given        pending    approved   ·                                     issuing?    approved   approved   ·
    letter_refused    ·          claimable  ·                                     ·           ·          ·          ·
    membership_lost   ·          claimable  ·                                     ·           ·          ·          ·
    issue_begun       ·          issuing    ·                                     ·           issuing    ·          ·
    register_begun    ·          issuing    ·                                     ·           ·          ·          ·
    registered        ·          ·          issuing?                              ·           ·          ·          ·
    key_created       ·          ·          issuing?                              ·           ·          ·          ·
    delivered         ·          ·          delivered?                            ·           ·          ·          ·
    found_used        ·          ·          delivered?                            ·           ·          ·          ·
    reclaimed         ·          ·          approved/cancelled/claimable/revoked  ·           ·          ·          ·
    given_up          ·          failed     ·                                     ·           ·          ·          ·
    called            ·          ·          ·                                     ·           ·          failed?    ·
    retried           ·          ·          ·                                     ·           ·          approved   ·
    key_used          ·          ·          ·                                     delivered?  ·          ·          ·
    standing_changed  ·          ·          ·                                     ·           ·          ·          joined?
    joined            ·          ·          joined?                               joined      ·          ·          ·
    node_not_found    ·          ·          ·                                     lost?       ·          ·          ·
    named             ·          ·          ·                                     ·           ·          ·          joined?
    key_lapsed        ·          ·          ·                                     claimable?  ·          ·          ·
    claimed_again     ·          ·          ·                                     issuing?    ·          ·          ·
    revoke_asked      ·          revoked    issuing?                              delivered?  revoked    ·          joined?
    revoked           ·          ·          ·                                     revoked?    ·          ·          revoked?
    ");
}

pub(crate) fn is_final(status: Status) -> bool {
    matches!(
        status,
        Status::Lost | Status::Denied | Status::Cancelled | Status::Expired | Status::Revoked
    )
}

#[test]
fn what_each_state_takes() {
    let mut rows = vec![];
    for (name, request) in requests() {
        let taken: Vec<&str> = states::events()
            .iter()
            .filter(|event| apply(&request, (*event).clone(), moment(70)).is_ok())
            .map(Event::into_str)
            .collect();
        rows.push(vec![name.to_owned(), taken.join(" · ")]);
    }
    insta::assert_snapshot!(table(&rows), @"
    pending                     approved · denied · cancelled · lapsed · link_given
    approved                    cancelled · lapsed · link_given · letter_refused · membership_lost · issue_begun · register_begun · given_up · revoke_asked
    claimable                   cancelled · lapsed · link_given · issue_begun · revoke_asked
    claimable, left             cancelled · lapsed · link_given · issue_begun · revoke_asked
    claimable, lapsed           cancelled · lapsed · link_given · issue_begun · revoke_asked
    failed                      denied · cancelled · lapsed · link_given · retried
    failed, not called          denied · cancelled · lapsed · link_given · called · retried
    issuing                     cancelled · key_created · found_used · reclaimed · revoke_asked
    issuing, key                cancelled · delivered · found_used · reclaimed · revoke_asked
    issuing, link               cancelled · registered · reclaimed · joined · revoke_asked
    issuing, link, node         cancelled · reclaimed · joined · revoke_asked
    issuing, claim              cancelled · key_created · found_used · reclaimed · revoke_asked
    issuing, revoking           delivered · found_used · reclaimed
    issuing, cancelling         cancelled · key_created · found_used · reclaimed · revoke_asked
    issuing, claim, key         cancelled · delivered · found_used · reclaimed · revoke_asked
    delivered                   link_given · key_used · joined · key_lapsed · revoke_asked
    delivered, revoking         key_used · joined · revoked
    delivered, used             joined · node_not_found · revoke_asked
    delivered, used, revoking   joined · revoked
    delivered, claim            link_given · key_used · joined · key_lapsed · claimed_again · revoke_asked
    delivered, claim, revoking  key_used · joined · revoked
    delivered, claim, used      joined · node_not_found · revoke_asked
    joined                      standing_changed · revoke_asked
    joined, revoking            standing_changed · revoked
    joined, unnamed             standing_changed · named · revoke_asked
    joined, unnamed, revoking   standing_changed · named · revoked
    joined, name refused        standing_changed · revoke_asked
    joined, link                standing_changed · revoke_asked
    joined, expired             revoke_asked
    joined, removed             revoke_asked
    lost
    denied
    denied, reason
    cancelled
    expired
    expired, approved
    revoked
    ");
}

#[test]
fn every_status_and_every_event_is_in_the_matrix() {
    let statuses: BTreeSet<Status> = requests().iter().map(|(_, it)| it.status()).collect();
    assert_eq!(statuses, Status::iter().collect());
    let words: BTreeSet<&str> = states::events().iter().map(Event::into_str).collect();
    assert_eq!(words.len(), 26);
}

fn every_step() -> Vec<(DeviceRequest, Event, Result<DeviceRequest, Refusal>)> {
    let mut steps = vec![];
    for (_, before) in requests() {
        let before = showing(&before, 3);
        for event in states::events() {
            let after = apply(&before, event.clone(), moment(70));
            steps.push((before.clone(), event, after));
        }
    }
    steps
}

#[test]
fn an_event_raises_the_version_by_one_and_forgets_failures_but_within_an_attempt() {
    for (mut before, event, _) in every_step() {
        before.backoff.attempts = 3;
        before.backoff.retry_at = Some(moment(99));
        let within_an_attempt = matches!(
            event,
            Event::IssueBegun { .. }
                | Event::RegisterBegun { .. }
                | Event::Registered { .. }
                | Event::KeyCreated { .. }
                | Event::Reclaimed
        );
        let Ok(after) = apply(&before, event.clone(), moment(70)) else {
            continue;
        };
        let made_for_a_claim = matches!(event, Event::KeyCreated { .. })
            && matches!(&before.state, State::Issuing { attempt, .. }
                if matches!(attempt.handover, Handover::Claim { .. }));
        let expected = DeviceRequest {
            claims: before.claims + u32::from(made_for_a_claim),
            version: before.version + 1,
            updated_at: moment(70),
            backoff: if let Event::Delivered { look_at } = event {
                Backoff::until(look_at)
            } else if within_an_attempt {
                before.backoff.clone()
            } else {
                Backoff::default()
            },
            state: after.state.clone(),
            // When an attempt is abandoned has a test of its own.
            abandoned: after.abandoned.clone(),
            interaction: after.interaction,
            sign_in: after.sign_in.clone(),
            ..before
        };
        assert_eq!(after, expected, "nothing else changes");
    }
}

#[test]
fn a_refusal_names_the_present_status() {
    for (before, _, after) in every_step() {
        if let Err(refusal) = after {
            let status = before.status();
            assert_eq!(refusal, Refusal::NotNow { status });
        }
    }
}

#[test]
fn a_state_in_which_a_key_may_exist_is_left_only_by_knowing_its_fate() {
    for (before, event, after) in every_step() {
        let leaves = after.is_ok_and(|after| after.status() != Status::Issuing);
        if before.status() == Status::Issuing && leaves {
            assert!(
                matches!(
                    event,
                    Event::Delivered { .. }
                        | Event::FoundUsed { .. }
                        | Event::Joined { .. }
                        | Event::Reclaimed
                ),
                "left by {event:?}"
            );
        }
    }
}

#[test]
fn what_is_final_stays() {
    for (before, event, after) in every_step() {
        if is_final(before.status()) {
            assert!(after.is_err(), "{event:?} revived a finished request");
        }
    }
}

#[test]
fn an_approval_is_remembered_until_somebody_says_no() {
    for (before, event, after) in every_step() {
        let Ok(after) = after else { continue };
        let approval: Option<&Approval> = before.state.approval();
        if approval.is_some() && !matches!(after.status(), Status::Denied | Status::Cancelled) {
            assert_eq!(after.state.approval(), approval, "lost by {event:?}");
        }
    }
}

#[test]
fn a_revocation_once_asked_for_is_not_forgotten() {
    for (before, event, after) in every_step() {
        let Ok(after) = after else { continue };
        if revoking(&before.state) {
            let kept = revoking(&after.state) || after.status() == Status::Revoked;
            assert!(kept, "forgotten by {event:?}");
        }
    }
}

fn revoking(state: &State) -> bool {
    matches!(
        state,
        State::Delivered {
            revoking: Some(_),
            ..
        } | State::Joined {
            revoking: Some(_),
            ..
        }
    )
}

/// Headscale may make it yet, unless it has answered or there is no key at all.
#[test]
fn an_attempt_that_is_given_up_without_an_answer_is_looked_for_again() {
    for (before, event, after) in every_step() {
        let State::Issuing { attempt, .. } = &before.state else {
            continue;
        };
        let is_open = attempt.key.is_none() && !matches!(attempt.handover, Handover::SignIn { .. });
        let expected = is_open && event == Event::Reclaimed;
        let Ok(after) = after else { continue };
        let kept: Vec<_> = after.abandoned.iter().map(|it| it.key_expires_at).collect();
        assert_eq!(kept == [attempt.key_expires_at], expected, "{event:?}");
        let due = owed(&after).late_key;
        assert_eq!(due, expected.then(|| moment(130)));
    }
}

#[test]
fn the_looks_grow_rarer_and_the_last_is_shortly_before_the_keys_end() {
    let named = |(name, _): &(&str, DeviceRequest)| *name == "issuing";
    let (_, before) = requests().into_iter().find(named).expect("it is listed");
    let after = apply(&before, Event::Reclaimed, moment(70)).unwrap();
    let mut looks = vec![];
    let mut next = after.abandoned.first().copied();
    while let Some(key) = next {
        looks.push(key.look_at.duration_since(moment(70)).as_secs());
        next = key.looked(key.look_at);
    }
    assert_eq!(looks, [60, 120, 240, 480, 960, 1920, 3530]);
}

#[test]
fn a_key_found_used_is_the_key_of_the_attempt() {
    let (_, known) = requests()
        .into_iter()
        .find(|(name, _)| *name == "issuing, key")
        .unwrap();
    let other = Event::FoundUsed { key: KeyId(8) };
    assert!(apply(&known, other, moment(70)).is_err());
}

#[test]
fn a_node_is_not_named_by_still_owing_its_name() {
    let (_, unnamed) = requests()
        .into_iter()
        .find(|(name, _)| *name == "joined, unnamed")
        .unwrap();
    let naming = Naming::Owed;
    let named = Event::Named {
        name: "laptop".into(),
        naming,
    };
    assert!(apply(&unnamed, named, moment(70)).is_err());
}

#[test]
fn a_claim_window_is_not_prolonged_by_the_keys_collected_in_it() {
    let (_, delivered) = requests()
        .into_iter()
        .find(|(name, _)| *name == "delivered, claim")
        .unwrap();
    let lapsed = Event::KeyLapsed {
        claim_until: moment(99_999),
    };
    let after = apply(&delivered, lapsed, moment(70)).unwrap();
    let State::Claimable { until, .. } = after.state else {
        panic!("not claimable");
    };
    assert_eq!(until, moment(259_200));
}

#[test]
fn an_attempt_begins_without_a_key() {
    for (name, before) in requests() {
        let begun = Event::IssueBegun {
            user: HeadscaleUserId(3),
            key_expires_at: moment(3_600),
        };
        let Ok(after) = apply(&before, begun, moment(70)) else {
            continue;
        };
        let State::Issuing { attempt, .. } = after.state else {
            panic!("{name} began something else");
        };
        let expected = Attempt {
            user: HeadscaleUserId(3),
            key_expires_at: moment(3_600),
            key: None,
            handover: attempt.handover,
        };
        assert_eq!(attempt, expected, "{name}");
    }
}
