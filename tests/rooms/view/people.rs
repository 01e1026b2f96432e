//! Anna asks, Bob approves; at the same moments every time.

use headscale_usher::domain::{
    Approval, Attempt, Backoff, ChannelId, ClaimReason, DeviceRequest, Handover, History,
    InteractionId, IssuedKey, JoinedNode, KeyId, MemberId, MessageId, MessageRef, Naming, NodeId,
    Person, Platform, Problem, Projection, Reason, RequestId, State,
};
use jiff::Timestamp;

pub(crate) use crate::support::rules::rules;

/// `at(0)` is when Anna asked; the unit is seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub(crate) fn anna() -> Person {
    Person {
        id: MemberId(175_928_847_299_117_063),
        name: "anna_lee".to_owned(),
    }
}

pub(crate) fn bob() -> Person {
    Person {
        id: MemberId(80_351_110_224_678_912),
        name: "bob".to_owned(),
    }
}

pub(crate) fn request(state: State) -> DeviceRequest {
    DeviceRequest {
        sign_in: None,
        id: RequestId(42),
        interaction: InteractionId(1),
        requester: anna(),
        member_since: Some(at(-86_400)),
        asked_in: ChannelId(5),
        device: "laptop".parse().unwrap(),
        platform: Platform::Linux,
        reason: Reason::parse("for *work*, see https://example.org").unwrap(),
        history: History::default(),
        created_at: at(0),
        updated_at: at(60),
        state,
        version: 3,
        backoff: Backoff::default(),
        card: posted(),
        letter: posted(),
        notice: Projection::default(),
    }
}

pub(crate) fn posted() -> Projection {
    Projection {
        place: Some(MessageRef {
            channel: ChannelId(6),
            message: MessageId(7),
        }),
        shown: 3,
        ..Projection::default()
    }
}

pub(crate) fn closed() -> Projection {
    Projection {
        closed: true,
        ..Projection::default()
    }
}

pub(crate) fn approval() -> Approval {
    Approval {
        by: bob(),
        at: at(30),
    }
}

pub(crate) fn pending() -> State {
    State::Pending {
        lapses_at: at(86_400),
    }
}

pub(crate) fn approved() -> State {
    State::Approved {
        approval: approval(),
    }
}

pub(crate) fn by_claim() -> Handover {
    Handover::Claim {
        because: ClaimReason::DirectMessagesClosed,
        until: at(259_200),
    }
}

pub(crate) fn issuing(handover: Handover) -> State {
    State::Issuing {
        approval: approval(),
        attempt: Attempt {
            key_expires_at: at(3660),
            key: None,
            handover,
        },
    }
}

fn key() -> IssuedKey {
    IssuedKey {
        id: KeyId(9),
        expires_at: at(3660),
    }
}

pub(crate) fn delivered(handover: Handover, used: bool, revoking: Option<Person>) -> State {
    State::Delivered {
        approval: approval(),
        key: key(),
        handover,
        used,
        revoking,
    }
}

pub(crate) fn claimable(because: ClaimReason) -> State {
    State::Claimable {
        approval: approval(),
        because,
        until: at(259_200),
    }
}

pub(crate) fn failed() -> State {
    State::Failed {
        approval: approval(),
        cause: Problem::ApiKeyRefused,
        lapses_at: at(86_400),
    }
}

pub(crate) fn joined(naming: Naming, revoking: Option<Person>) -> State {
    State::Joined {
        approval: approval(),
        key: Some(key()),
        node: JoinedNode {
            other_owner: None,
            id: NodeId(3),
            name: "laptop".to_owned(),
            addresses: vec![
                "100.64.0.7".parse().unwrap(),
                "fd7a:115c:a1e0::7".parse().unwrap(),
            ],
            naming,
        },
        revoking,
    }
}

pub(crate) fn denied(reason: &str) -> State {
    State::Denied {
        by: bob(),
        reason: Reason::parse(reason).unwrap(),
    }
}

pub(crate) fn expired(approved: bool) -> State {
    State::Expired {
        approval: approved.then(approval),
    }
}

pub(crate) fn revoked() -> State {
    State::Revoked {
        approval: approval(),
        by: bob(),
    }
}

/// Every status, and every difference within one that a person can see.
pub(crate) fn every_state() -> Vec<State> {
    vec![
        pending(),
        approved(),
        issuing(Handover::Letter),
        issuing(by_claim()),
        delivered(Handover::Letter, false, None),
        delivered(Handover::Letter, true, None),
        delivered(by_claim(), false, None),
        delivered(by_claim(), true, None),
        delivered(Handover::Letter, false, Some(bob())),
        claimable(ClaimReason::DirectMessagesClosed),
        claimable(ClaimReason::KeyLapsed),
        failed(),
        joined(Naming::Settled, None),
        joined(Naming::Owed, None),
        joined(
            Naming::Refused {
                cause: Problem::HeadscaleConflict(String::new()),
            },
            None,
        ),
        joined(Naming::Settled, Some(bob())),
        denied("not a work device"),
        denied(""),
        State::Cancelled,
        expired(false),
        expired(true),
        revoked(),
    ]
}
