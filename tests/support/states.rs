//! One of every state, with every variant of its data that a rule looks at; and one of every event.

use headscale_usher::domain::{
    Approval, Attempt, ClaimReason, Event, Handover, IssuedKey, JoinedNode, KeyId, MemberId,
    Naming, NodeId, Person, Problem, Reason, State,
};
use jiff::Timestamp;

pub(crate) fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + seconds).unwrap()
}

pub(crate) fn person(id: i64) -> Person {
    Person {
        id: MemberId(id),
        name: format!("member-{id}"),
    }
}

fn approval() -> Approval {
    Approval {
        by: person(9),
        at: moment(30),
    }
}

fn claim(because: ClaimReason) -> Handover {
    Handover::Claim {
        because,
        until: moment(5_000),
    }
}

pub(crate) fn all() -> Vec<(&'static str, State)> {
    let mut states = before_a_key();
    states.extend(with_a_key());
    states.extend(joined());
    states.extend(final_ones());
    states
}

fn before_a_key() -> Vec<(&'static str, State)> {
    let claimable = |because| State::Claimable {
        approval: approval(),
        because,
        until: moment(5_000),
    };
    vec![
        (
            "pending",
            State::Pending {
                lapses_at: moment(9_000),
            },
        ),
        (
            "approved",
            State::Approved {
                approval: approval(),
            },
        ),
        ("claimable", claimable(ClaimReason::DirectMessagesClosed)),
        ("claimable, lapsed", claimable(ClaimReason::KeyLapsed)),
        (
            "failed",
            State::Failed {
                approval: approval(),
                cause: Problem::HeadscaleRefused("no such tag".to_owned()),
                lapses_at: moment(9_000),
            },
        ),
    ]
}

fn with_a_key() -> Vec<(&'static str, State)> {
    let issuing = |key, handover| State::Issuing {
        approval: approval(),
        attempt: Attempt {
            key_expires_at: moment(3_600),
            key,
            handover,
        },
    };
    let delivered = |handover, used, revoking| State::Delivered {
        approval: approval(),
        key: IssuedKey {
            id: KeyId(7),
            expires_at: moment(3_600),
        },
        handover,
        used,
        revoking,
    };
    let (letter, key) = (Handover::Letter, Some(KeyId(7)));
    let claimed = claim(ClaimReason::DirectMessagesClosed);
    vec![
        ("issuing", issuing(None, letter)),
        ("issuing, key", issuing(key, letter)),
        (
            "issuing, link",
            issuing(None, Handover::SignIn { newest: NodeId(5) }),
        ),
        ("issuing, claim", issuing(None, claimed)),
        (
            "issuing, claim, key",
            issuing(key, claim(ClaimReason::KeyLapsed)),
        ),
        ("delivered", delivered(letter, false, None)),
        (
            "delivered, revoking",
            delivered(letter, false, Some(person(8))),
        ),
        ("delivered, used", delivered(letter, true, None)),
        (
            "delivered, used, revoking",
            delivered(letter, true, Some(person(8))),
        ),
        ("delivered, claim", delivered(claimed, false, None)),
        (
            "delivered, claim, revoking",
            delivered(claimed, false, Some(person(8))),
        ),
        ("delivered, claim, used", delivered(claimed, true, None)),
    ]
}

fn joined() -> Vec<(&'static str, State)> {
    let joined = |addresses: &[&str], naming, revoking| State::Joined {
        approval: approval(),
        key: Some(IssuedKey {
            id: KeyId(7),
            expires_at: moment(3_600),
        }),
        node: JoinedNode {
            other_owner: None,
            id: NodeId(11),
            name: "localhost-x1".to_owned(),
            addresses: addresses.iter().map(|ip| ip.parse().unwrap()).collect(),
            naming,
        },
        revoking,
    };
    let refused = Naming::Refused {
        cause: Problem::HeadscaleConflict("taken".to_owned()),
    };
    let both = ["100.64.0.1", "fd7a:115c:a1e0::1"];
    vec![
        ("joined", joined(&both, Naming::Settled, None)),
        (
            "joined, revoking",
            joined(&[], Naming::Settled, Some(person(8))),
        ),
        ("joined, unnamed", joined(&both[..1], Naming::Owed, None)),
        (
            "joined, unnamed, revoking",
            joined(&[], Naming::Owed, Some(person(8))),
        ),
        ("joined, name refused", joined(&both, refused, None)),
        (
            "joined, link",
            by_link(joined(&both, Naming::Settled, None)),
        ),
    ]
}

/// Let in by its link, under the wrong user.
fn by_link(state: State) -> State {
    let State::Joined {
        approval,
        mut node,
        revoking,
        ..
    } = state
    else {
        return state;
    };
    node.other_owner = Some("somebody".to_owned());
    State::Joined {
        approval,
        key: None,
        node,
        revoking,
    }
}

fn final_ones() -> Vec<(&'static str, State)> {
    let denied = |reason: &str| State::Denied {
        by: person(9),
        reason: Reason::parse(reason).unwrap(),
    };
    vec![
        ("denied", denied("")),
        ("denied, reason", denied("Please ask your team first.")),
        ("cancelled", State::Cancelled),
        ("expired", State::Expired { approval: None }),
        (
            "expired, approved",
            State::Expired {
                approval: Some(approval()),
            },
        ),
        (
            "revoked",
            State::Revoked {
                approval: approval(),
                by: person(8),
            },
        ),
    ]
}

pub(crate) fn events() -> Vec<Event> {
    let node = JoinedNode {
        other_owner: None,
        id: NodeId(11),
        name: "localhost-x1".to_owned(),
        addresses: vec![],
        naming: Naming::Owed,
    };
    vec![
        Event::Approved { by: person(9) },
        Event::Denied {
            by: person(9),
            reason: None,
        },
        Event::Cancelled,
        Event::Lapsed,
        Event::LetterRefused {
            claim_until: moment(8_000),
        },
        Event::IssueBegun {
            key_expires_at: moment(3_600),
        },
        Event::RegisterBegun {
            key_expires_at: moment(3_600),
            newest: NodeId(5),
        },
        Event::KeyCreated { key: KeyId(7) },
        Event::Delivered {
            look_at: moment(60),
        },
        Event::FoundUsed { key: KeyId(7) },
        Event::Reclaimed,
        Event::GivenUp {
            cause: Problem::HeadscaleRefused("no such tag".to_owned()),
            lapses_at: moment(9_000),
        },
        Event::Retried { by: person(9) },
        Event::KeyUsed,
        Event::Joined { node },
        Event::Named {
            name: "laptop".into(),
            naming: Naming::Settled,
        },
        Event::KeyLapsed {
            claim_until: moment(8_000),
        },
        Event::ClaimedAgain,
        Event::RevokeAsked { by: person(8) },
        Event::Revoked,
    ]
}
