//! What may happen while the outcome of an attempt is open.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an event that an attempt does not name is refused"
)]

use crate::domain::{Approval, Attempt, Event, Handover, IssuedKey, KeyId, Person, State, Stop};

/// An attempt cannot be given up: a key may be live until the attempt is delivered or reclaimed.
pub(super) fn after(
    approval: Approval,
    attempt: Attempt,
    stopping: Option<Stop>,
    event: Event,
) -> Option<State> {
    let by_link = matches!(attempt.handover, Handover::SignIn { .. });
    let revoking = stopping.as_ref().and_then(Stop::revoker).cloned();
    Some(match event {
        Event::KeyCreated { key } if attempt.key.is_none() && !by_link => State::Issuing {
            approval,
            attempt: Attempt {
                key: Some(key),
                ..attempt
            },
            stopping,
        },
        Event::Delivered { .. } => delivered(approval, attempt, attempt.key?, false, revoking),
        Event::FoundUsed { key } if !by_link && attempt.key.is_none_or(|known| known == key) => {
            delivered(approval, attempt, key, true, revoking)
        }
        Event::Registered { node } => State::Issuing {
            approval,
            attempt: attempt.registered(node)?,
            stopping,
        },
        Event::Joined { node } if by_link => State::Joined {
            approval,
            key: None,
            node,
            revoking,
        },
        Event::RevokeAsked { by } if revoking.is_none() => State::Issuing {
            approval,
            attempt,
            stopping: Some(Stop::Revoke { by }),
        },
        Event::Cancelled if revoking.is_none() => State::Issuing {
            approval,
            attempt,
            stopping: Some(Stop::Cancel),
        },
        Event::Reclaimed => reclaimed(approval, attempt, stopping),
        _ => return None,
    })
}

fn reclaimed(approval: Approval, attempt: Attempt, stopping: Option<Stop>) -> State {
    match (stopping, attempt.handover) {
        (Some(Stop::Revoke { by }), _) => State::Revoked { approval, by },
        (Some(Stop::Cancel), _) => State::Cancelled,
        (None, Handover::Letter | Handover::SignIn { .. }) => State::Approved { approval },
        (None, Handover::Claim { because, until }) => State::Claimable {
            approval,
            because,
            until,
        },
    }
}

fn delivered(
    approval: Approval,
    attempt: Attempt,
    id: KeyId,
    used: bool,
    revoking: Option<Person>,
) -> State {
    State::Delivered {
        approval,
        key: IssuedKey {
            id,
            user: attempt.user,
            expires_at: attempt.key_expires_at,
        },
        handover: attempt.handover,
        used,
        revoking,
    }
}
