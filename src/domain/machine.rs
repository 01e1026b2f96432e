//! The state machine. [`apply`] is the only place where a status changes.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an event that a state does not name is refused there"
)]

mod issuing;

use jiff::Timestamp;

use super::{
    Abandoned, Approval, Attempt, Backoff, ClaimReason, DeviceRequest, Event, Handover,
    InteractionId, IssuedKey, JoinedNode, Naming, Refusal, SignIn, Standing, State,
};

/// The request after the event, one version later. Resets the back-off, except after the five events of a key attempt,
/// whose failures must add up.
///
/// # Errors
/// [`Refusal::NotNow`] for an event that cannot happen in the present state.
pub fn apply(
    request: &DeviceRequest,
    event: Event,
    at: Timestamp,
) -> Result<DeviceRequest, Refusal> {
    let refused = Refusal::NotNow {
        status: request.status(),
    };
    let backoff = backoff_after(&request.backoff, &event);
    let abandoned = abandoned_after(request, &event, at);
    let (interaction, sign_in) = asked_by(request, &event);
    let claims = request.claims + u32::from(is_claimed(&request.state, &event));
    let state = next_state(request.state.clone(), event, at).ok_or(refused)?;
    Ok(DeviceRequest {
        state,
        version: request.version + 1,
        updated_at: at,
        backoff,
        abandoned,
        interaction,
        sign_in,
        claims,
        ..request.clone()
    })
}

/// A key has been made for *Get my key*.
fn is_claimed(state: &State, event: &Event) -> bool {
    let by_claim = matches!(state, State::Issuing { attempt, .. }
        if matches!(attempt.handover, Handover::Claim { .. }));
    by_claim && matches!(event, Event::KeyCreated { .. })
}

fn backoff_after(before: &Backoff, event: &Event) -> Backoff {
    if let Event::Delivered { look_at } = event {
        return Backoff::until(*look_at);
    }
    if matches!(
        event,
        Event::RegisterBegun { .. }
            | Event::Registered { .. }
            | Event::IssueBegun { .. }
            | Event::KeyCreated { .. }
            | Event::Reclaimed
    ) {
        before.clone()
    } else {
        Backoff::default()
    }
}

fn abandoned_after(before: &DeviceRequest, event: &Event, at: Timestamp) -> Vec<Abandoned> {
    let mut abandoned = before.abandoned.clone();
    if let (State::Issuing { attempt, .. }, Event::Reclaimed) = (&before.state, event) {
        abandoned.extend(attempt.abandoned(at));
    }
    abandoned
}

/// A device that used its key all the same came without its link.
fn asked_by(request: &DeviceRequest, event: &Event) -> (InteractionId, Option<SignIn>) {
    match event {
        Event::LinkGiven { interaction, link } => (*interaction, Some(link.clone())),
        Event::FoundUsed { .. } => (request.interaction, None),
        _ => (request.interaction, request.sign_in.clone()),
    }
}

fn next_state(state: State, event: Event, at: Timestamp) -> Option<State> {
    match state {
        State::Pending { .. } => from_pending(event, at),
        State::Approved { approval } => from_approved(approval, event),
        State::Issuing {
            approval,
            attempt,
            stopping,
        } => issuing::after(approval, attempt, stopping, event),
        State::Delivered { .. } => from_delivered(state, event),
        State::Claimable {
            approval,
            because,
            until,
        } => from_claimable(approval, because, until, event),
        State::Failed { .. } => from_failed(state, event),
        State::Joined { .. } => from_joined(state, event),
        State::Lost { .. }
        | State::Denied { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => None,
    }
}

fn from_pending(event: Event, at: Timestamp) -> Option<State> {
    Some(match event {
        Event::Approved { by } => State::Approved {
            approval: Approval { by, at },
        },
        Event::Denied { by, reason } => State::Denied { by, reason },
        Event::Cancelled => State::Cancelled,
        Event::Lapsed => State::Expired { approval: None },
        Event::LinkGiven { link, .. } => State::Pending {
            lapses_at: link.ends_at,
        },
        _ => return None,
    })
}

fn from_approved(approval: Approval, event: Event) -> Option<State> {
    Some(match event {
        Event::LinkGiven { .. } => State::Approved { approval },
        // The sign-in link has run out.
        Event::Lapsed => State::Expired {
            approval: Some(approval),
        },
        Event::LetterRefused { claim_until } => State::Claimable {
            approval,
            because: ClaimReason::DirectMessagesClosed,
            until: claim_until,
        },
        Event::MembershipLost { claim_until } => State::Claimable {
            approval,
            because: ClaimReason::MembershipLost,
            until: claim_until,
        },
        Event::IssueBegun {
            user,
            key_expires_at,
        } => State::Issuing {
            approval,
            attempt: Attempt {
                user,
                key_expires_at,
                key: None,
                handover: Handover::Letter,
            },
            stopping: None,
        },
        Event::RegisterBegun {
            user,
            key_expires_at,
            newest,
        } => State::Issuing {
            approval,
            attempt: Attempt {
                user,
                key_expires_at,
                key: None,
                handover: Handover::SignIn { newest, node: None },
            },
            stopping: None,
        },
        Event::GivenUp { cause, lapses_at } => State::Failed {
            approval,
            cause,
            lapses_at,
            called: false,
        },
        Event::Cancelled => State::Cancelled,
        Event::RevokeAsked { by } => State::Revoked { approval, by },
        _ => return None,
    })
}

fn from_delivered(state: State, event: Event) -> Option<State> {
    let State::Delivered {
        approval,
        key,
        handover,
        used,
        revoking,
    } = state
    else {
        return None;
    };
    Some(match event {
        Event::KeyUsed if !used => State::Delivered {
            approval,
            key,
            handover,
            used: true,
            revoking,
        },
        Event::Joined { node } => State::Joined {
            approval,
            key: Some(key),
            node,
            revoking,
        },
        Event::NodeNotFound if used && revoking.is_none() => State::Lost { approval },
        Event::KeyLapsed { claim_until } if !used && revoking.is_none() => {
            claimable_again(approval, handover, claim_until)
        }
        Event::ClaimedAgain if !used && revoking.is_none() => {
            let Handover::Claim { .. } = handover else {
                return None;
            };
            reopened(approval, key, handover)
        }
        Event::LinkGiven { .. } if !used && revoking.is_none() => {
            reopened(approval, key, Handover::Letter)
        }
        Event::RevokeAsked { by } if revoking.is_none() => State::Delivered {
            approval,
            key,
            handover,
            used,
            revoking: Some(by),
        },
        Event::Revoked => State::Revoked {
            approval,
            by: revoking?,
        },
        _ => return None,
    })
}

/// Collecting keys does not extend a claim window.
fn claimable_again(approval: Approval, handover: Handover, claim_until: Timestamp) -> State {
    let until = match handover {
        Handover::Letter | Handover::SignIn { .. } => claim_until,
        Handover::Claim { until, .. } => until,
    };
    State::Claimable {
        approval,
        because: ClaimReason::KeyLapsed,
        until,
    }
}

/// A second claim begins by reclaiming the key of the first; so does a link.
fn reopened(approval: Approval, key: IssuedKey, handover: Handover) -> State {
    State::Issuing {
        approval,
        attempt: Attempt {
            user: key.user,
            key_expires_at: key.expires_at,
            key: Some(key.id),
            handover,
        },
        stopping: None,
    }
}

fn from_claimable(
    approval: Approval,
    because: ClaimReason,
    until: Timestamp,
    event: Event,
) -> Option<State> {
    Some(match event {
        Event::IssueBegun {
            user,
            key_expires_at,
        } => State::Issuing {
            approval,
            attempt: Attempt {
                user,
                key_expires_at,
                key: None,
                handover: Handover::Claim { because, until },
            },
            stopping: None,
        },
        Event::Lapsed => State::Expired {
            approval: Some(approval),
        },
        Event::Cancelled => State::Cancelled,
        Event::LinkGiven { .. } => State::Approved { approval },
        Event::RevokeAsked { by } => State::Revoked { approval, by },
        _ => return None,
    })
}

fn from_failed(state: State, event: Event) -> Option<State> {
    let State::Failed {
        approval,
        cause,
        lapses_at,
        called,
    } = state
    else {
        return None;
    };
    Some(match event {
        Event::Called if !called => State::Failed {
            approval,
            cause,
            lapses_at,
            called: true,
        },
        Event::Retried { .. } | Event::LinkGiven { .. } => State::Approved { approval },
        Event::Denied { by, reason } => State::Denied { by, reason },
        Event::Cancelled => State::Cancelled,
        Event::Lapsed => State::Expired {
            approval: Some(approval),
        },
        _ => return None,
    })
}

fn from_joined(state: State, event: Event) -> Option<State> {
    let State::Joined {
        approval,
        key,
        node,
        revoking,
    } = state
    else {
        return None;
    };
    Some(match event {
        Event::Named { name, naming } if node.naming == Naming::Owed && naming != Naming::Owed => {
            State::Joined {
                approval,
                key,
                node: JoinedNode {
                    name,
                    naming,
                    ..node
                },
                revoking,
            }
        }
        Event::StandingChanged { standing }
            if ![Standing::Removed, standing].contains(&node.standing) =>
        {
            State::Joined {
                approval,
                key,
                node: JoinedNode { standing, ..node },
                revoking,
            }
        }
        Event::RevokeAsked { by } if revoking.is_none() => State::Joined {
            approval,
            key,
            node,
            revoking: Some(by),
        },
        Event::Revoked => State::Revoked {
            approval,
            by: revoking?,
        },
        _ => return None,
    })
}
