//! The state's data, flat in the row: a column is NULL unless the status has it.

use std::net::IpAddr;

use jiff::Timestamp;

use super::entity::device_request::{Column, Model};
use super::row::{Misfit, maybe_reason, need, need_moment};
use crate::domain::{
    Approval, Attempt, ClaimReason, Handover, IssuedKey, JoinedNode, KeyId, MemberId, Naming,
    NodeId, Person, State, Status,
};

const LETTER: &str = "letter";
const CLAIM: &str = "claim";
const SIGN_IN: &str = "sign_in";
const MESSAGES_CLOSED: &str = "direct_messages_closed";
const KEY_LAPSED: &str = "key_lapsed";
const SETTLED: &str = "settled";
const OWED: &str = "owed";
const REFUSED: &str = "refused";

pub(super) fn put(row: &mut Model, state: &State) {
    if let Some(Approval { by, at }) = state.approval() {
        row.approved_by_id = Some(by.id.0);
        row.approved_by_name = Some(by.name.clone());
        row.approved_at = Some(at.as_millisecond());
    }
    match state {
        State::Pending { lapses_at } => row.lapses_at = Some(lapses_at.as_millisecond()),
        State::Approved { .. } | State::Cancelled | State::Expired { .. } => {}
        State::Issuing { attempt, .. } => put_attempt(row, *attempt),
        State::Delivered {
            key,
            handover,
            used,
            revoking,
            ..
        } => {
            put_key(row, *key);
            put_handover(row, *handover);
            row.key_used = Some(*used);
            put_revoking(row, revoking.as_ref());
        }
        State::Claimable { because, until, .. } => put_claim(row, *because, *until),
        State::Failed {
            cause, lapses_at, ..
        } => {
            row.cause = Some(cause.clone());
            row.lapses_at = Some(lapses_at.as_millisecond());
        }
        State::Joined {
            key,
            node,
            revoking,
            ..
        } => {
            if let Some(key) = key {
                put_key(row, *key);
            }
            put_node(row, node);
            put_revoking(row, revoking.as_ref());
        }
        State::Denied { by, reason } => {
            put_decided(row, by);
            row.denial_reason = reason.as_ref().map(ToString::to_string);
        }
        State::Revoked { by, .. } => put_decided(row, by),
    }
}

fn put_attempt(row: &mut Model, attempt: Attempt) {
    row.key_expires_at = Some(attempt.key_expires_at.as_millisecond());
    row.key_id = attempt.key.map(|key| key.0);
    put_handover(row, attempt.handover);
}

fn put_key(row: &mut Model, key: IssuedKey) {
    row.key_expires_at = Some(key.expires_at.as_millisecond());
    row.key_id = Some(key.id.0);
}

fn put_handover(row: &mut Model, handover: Handover) {
    match handover {
        Handover::Letter => row.handover = Some(LETTER.to_owned()),
        Handover::Claim { because, until } => {
            row.handover = Some(CLAIM.to_owned());
            put_claim(row, because, until);
        }
        Handover::SignIn { newest } => {
            row.handover = Some(SIGN_IN.to_owned());
            row.newest_node = Some(newest.0);
        }
    }
}

fn put_claim(row: &mut Model, because: ClaimReason, until: Timestamp) {
    let because = match because {
        ClaimReason::DirectMessagesClosed => MESSAGES_CLOSED,
        ClaimReason::KeyLapsed => KEY_LAPSED,
    };
    row.claim_because = Some(because.to_owned());
    row.claim_until = Some(until.as_millisecond());
}

fn put_revoking(row: &mut Model, by: Option<&Person>) {
    row.revoking_by_id = by.map(|by| by.id.0);
    row.revoking_by_name = by.map(|by| by.name.clone());
}

fn put_decided(row: &mut Model, by: &Person) {
    row.decided_by_id = Some(by.id.0);
    row.decided_by_name = Some(by.name.clone());
}

fn put_node(row: &mut Model, node: &JoinedNode) {
    let (naming, cause) = match &node.naming {
        Naming::Settled => (SETTLED, None),
        Naming::Owed => (OWED, None),
        Naming::Refused { cause } => (REFUSED, Some(cause.clone())),
    };
    row.node_id = Some(node.id.0);
    row.node_name = Some(node.name.clone());
    row.node_addresses = Some(spaced(&node.addresses));
    row.node_other_owner.clone_from(&node.other_owner);
    row.naming = Some(naming.to_owned());
    row.naming_cause = cause;
}

fn spaced(addresses: &[IpAddr]) -> String {
    let words: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    words.join(" ")
}

pub(super) fn read(row: &Model) -> Result<State, Misfit> {
    Ok(match need(row.status.parse().ok(), Column::Status)? {
        Status::Pending => State::Pending {
            lapses_at: need_moment(row.lapses_at, Column::LapsesAt)?,
        },
        Status::Approved => State::Approved {
            approval: approval(row)?,
        },
        Status::Issuing => State::Issuing {
            approval: approval(row)?,
            attempt: attempt(row)?,
        },
        Status::Delivered => State::Delivered {
            approval: approval(row)?,
            key: key(row)?,
            handover: handover(row)?,
            used: need(row.key_used, Column::KeyUsed)?,
            revoking: revoking(row)?,
        },
        Status::Claimable => State::Claimable {
            approval: approval(row)?,
            because: claim_because(row)?,
            until: need_moment(row.claim_until, Column::ClaimUntil)?,
        },
        Status::Failed => State::Failed {
            approval: approval(row)?,
            cause: need(row.cause.clone(), Column::Cause)?,
            lapses_at: need_moment(row.lapses_at, Column::LapsesAt)?,
        },
        Status::Joined => State::Joined {
            approval: approval(row)?,
            key: row.key_id.map(|_| key(row)).transpose()?,
            node: node(row)?,
            revoking: revoking(row)?,
        },
        Status::Denied => State::Denied {
            by: decided(row)?,
            reason: maybe_reason(row.denial_reason.as_deref(), Column::DenialReason)?,
        },
        Status::Cancelled => State::Cancelled,
        Status::Expired => State::Expired {
            approval: row.approved_at.map(|_| approval(row)).transpose()?,
        },
        Status::Revoked => State::Revoked {
            approval: approval(row)?,
            by: decided(row)?,
        },
    })
}

fn approval(row: &Model) -> Result<Approval, Misfit> {
    Ok(Approval {
        by: Person {
            id: MemberId(need(row.approved_by_id, Column::ApprovedById)?),
            name: need(row.approved_by_name.clone(), Column::ApprovedByName)?,
        },
        at: need_moment(row.approved_at, Column::ApprovedAt)?,
    })
}

fn attempt(row: &Model) -> Result<Attempt, Misfit> {
    Ok(Attempt {
        key_expires_at: need_moment(row.key_expires_at, Column::KeyExpiresAt)?,
        key: row.key_id.map(KeyId),
        handover: handover(row)?,
    })
}

fn key(row: &Model) -> Result<IssuedKey, Misfit> {
    Ok(IssuedKey {
        id: KeyId(need(row.key_id, Column::KeyId)?),
        expires_at: need_moment(row.key_expires_at, Column::KeyExpiresAt)?,
    })
}

fn handover(row: &Model) -> Result<Handover, Misfit> {
    match row.handover.as_deref() {
        Some(LETTER) => Ok(Handover::Letter),
        Some(CLAIM) => Ok(Handover::Claim {
            because: claim_because(row)?,
            until: need_moment(row.claim_until, Column::ClaimUntil)?,
        }),
        Some(SIGN_IN) => Ok(Handover::SignIn {
            newest: NodeId(need(row.newest_node, Column::NewestNode)?),
        }),
        _ => Err(Column::Handover),
    }
}

fn claim_because(row: &Model) -> Result<ClaimReason, Misfit> {
    match row.claim_because.as_deref() {
        Some(MESSAGES_CLOSED) => Ok(ClaimReason::DirectMessagesClosed),
        Some(KEY_LAPSED) => Ok(ClaimReason::KeyLapsed),
        _ => Err(Column::ClaimBecause),
    }
}

fn revoking(row: &Model) -> Result<Option<Person>, Misfit> {
    let Some(id) = row.revoking_by_id else {
        return Ok(None);
    };
    Ok(Some(Person {
        id: MemberId(id),
        name: need(row.revoking_by_name.clone(), Column::RevokingByName)?,
    }))
}

fn decided(row: &Model) -> Result<Person, Misfit> {
    Ok(Person {
        id: MemberId(need(row.decided_by_id, Column::DecidedById)?),
        name: need(row.decided_by_name.clone(), Column::DecidedByName)?,
    })
}

fn node(row: &Model) -> Result<JoinedNode, Misfit> {
    Ok(JoinedNode {
        id: NodeId(need(row.node_id, Column::NodeId)?),
        name: need(row.node_name.clone(), Column::NodeName)?,
        addresses: addresses(row)?,
        other_owner: row.node_other_owner.clone(),
        naming: naming(row)?,
    })
}

fn addresses(row: &Model) -> Result<Vec<IpAddr>, Misfit> {
    need(row.node_addresses.as_deref(), Column::NodeAddresses)?
        .split_whitespace()
        .map(|word| word.parse().map_err(|_| Column::NodeAddresses))
        .collect()
}

fn naming(row: &Model) -> Result<Naming, Misfit> {
    match row.naming.as_deref() {
        Some(SETTLED) => Ok(Naming::Settled),
        Some(OWED) => Ok(Naming::Owed),
        Some(REFUSED) => Ok(Naming::Refused {
            cause: need(row.naming_cause.clone(), Column::NamingCause)?,
        }),
        _ => Err(Column::Naming),
    }
}
