//! One of every state, with every variant of its data that a rule looks at; and one of every event.

use super::people::{carol, moment};
use crate::domain::{
    Approval, Attempt, ClaimReason, Event, Handover, HeadscaleUserId, InteractionId, IssuedKey,
    JoinedNode, KeyId, Naming, NodeId, Person, Problem, Reason, SignIn, Standing, State, Stop,
};

pub(crate) fn approval() -> Approval {
    Approval {
        by: carol(),
        at: moment(30),
    }
}

pub(crate) fn pending() -> State {
    State::Pending {
        lapses_at: moment(86_400),
    }
}

pub(crate) fn approved() -> State {
    State::Approved {
        approval: approval(),
    }
}

pub(crate) fn claimable(because: ClaimReason) -> State {
    State::Claimable {
        approval: approval(),
        because,
        until: moment(259_200),
    }
}

pub(crate) fn failed() -> State {
    State::Failed {
        approval: approval(),
        cause: Problem::ApiKeyRefused,
        lapses_at: moment(86_400),
        called: true,
    }
}

fn uncalled() -> State {
    State::Failed {
        approval: approval(),
        cause: Problem::HeadscaleSlow,
        lapses_at: moment(86_400),
        called: false,
    }
}

pub(crate) fn by_claim() -> Handover {
    by_claim_because(ClaimReason::DirectMessagesClosed)
}

fn by_claim_because(because: ClaimReason) -> Handover {
    Handover::Claim {
        because,
        until: moment(259_200),
    }
}

pub(crate) fn issuing(handover: Handover) -> State {
    issuing_key(handover, None)
}

fn issuing_key(handover: Handover, key: Option<KeyId>) -> State {
    State::Issuing {
        approval: approval(),
        attempt: Attempt {
            user: HeadscaleUserId(3),
            key_expires_at: moment(3_660),
            key,
            handover,
        },
        stopping: None,
    }
}

fn stopping(state: State, stop: Stop) -> State {
    let State::Issuing {
        approval, attempt, ..
    } = state
    else {
        unreachable!("only an attempt is stopped")
    };
    State::Issuing {
        approval,
        attempt,
        stopping: Some(stop),
    }
}

fn key() -> IssuedKey {
    IssuedKey {
        id: KeyId(7),
        user: HeadscaleUserId(3),
        expires_at: moment(3_660),
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

pub(crate) fn node(naming: Naming) -> JoinedNode {
    JoinedNode {
        other_owner: None,
        id: NodeId(11),
        name: "laptop".to_owned(),
        addresses: vec![
            "100.64.0.7".parse().unwrap(),
            "fd7a:115c:a1e0::7".parse().unwrap(),
        ],
        naming,
        standing: Standing::In,
    }
}

pub(crate) fn joined(naming: Naming, revoking: Option<Person>) -> State {
    State::Joined {
        approval: approval(),
        key: Some(key()),
        node: node(naming),
        revoking,
    }
}

pub(crate) fn joined_but(standing: Standing) -> State {
    State::Joined {
        approval: approval(),
        key: Some(key()),
        node: JoinedNode {
            standing,
            ..node(Naming::Settled)
        },
        revoking: None,
    }
}

/// Let in by its link, under the wrong user.
fn joined_by_link() -> State {
    State::Joined {
        approval: approval(),
        key: None,
        node: JoinedNode {
            other_owner: Some("somebody".to_owned()),
            addresses: vec!["100.64.0.7".parse().unwrap()],
            ..node(Naming::Settled)
        },
        revoking: None,
    }
}

/// Renamed by nobody: another device has the name.
pub(crate) fn name_refused() -> Naming {
    Naming::Refused {
        cause: Problem::HeadscaleConflict(String::new()),
    }
}

pub(crate) fn lost() -> State {
    State::Lost {
        approval: approval(),
    }
}

pub(crate) fn denied(reason: &str) -> State {
    State::Denied {
        by: carol(),
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
        by: carol(),
    }
}

pub(crate) fn all() -> Vec<(&'static str, State)> {
    use ClaimReason::{DirectMessagesClosed, KeyLapsed, MembershipLost};
    let (letter, lapsed) = (Handover::Letter, by_claim_because(KeyLapsed));
    let link = |node| Handover::SignIn {
        newest: NodeId(5),
        node,
    };
    let known = Some(KeyId(7));
    let by = || Some(carol());
    vec![
        ("pending", pending()),
        ("approved", approved()),
        ("claimable", claimable(DirectMessagesClosed)),
        ("claimable, left", claimable(MembershipLost)),
        ("claimable, lapsed", claimable(KeyLapsed)),
        ("failed", failed()),
        ("failed, not called", uncalled()),
        ("issuing", issuing(letter)),
        ("issuing, key", issuing_key(letter, known)),
        ("issuing, link", issuing(link(None))),
        ("issuing, link, node", issuing(link(Some(NodeId(11))))),
        ("issuing, claim", issuing(by_claim())),
        (
            "issuing, revoking",
            stopping(issuing_key(letter, known), Stop::Revoke { by: carol() }),
        ),
        (
            "issuing, cancelling",
            stopping(issuing(lapsed), Stop::Cancel),
        ),
        ("issuing, claim, key", issuing_key(lapsed, known)),
        ("delivered", delivered(letter, false, None)),
        ("delivered, revoking", delivered(letter, false, by())),
        ("delivered, used", delivered(letter, true, None)),
        ("delivered, used, revoking", delivered(letter, true, by())),
        ("delivered, claim", delivered(by_claim(), false, None)),
        (
            "delivered, claim, revoking",
            delivered(by_claim(), false, by()),
        ),
        ("delivered, claim, used", delivered(by_claim(), true, None)),
        ("joined", joined(Naming::Settled, None)),
        ("joined, revoking", joined(Naming::Settled, by())),
        ("joined, unnamed", joined(Naming::Owed, None)),
        ("joined, unnamed, revoking", joined(Naming::Owed, by())),
        ("joined, name refused", joined(name_refused(), None)),
        ("joined, link", joined_by_link()),
        ("joined, expired", joined_but(Standing::Expired)),
        ("joined, removed", joined_but(Standing::Removed)),
        ("lost", lost()),
        ("denied", denied("")),
        ("denied, reason", denied("not a work device")),
        ("cancelled", State::Cancelled),
        ("expired", expired(false)),
        ("expired, approved", expired(true)),
        ("revoked", revoked()),
    ]
}

pub(crate) fn events() -> Vec<Event> {
    let claim_until = moment(8_000);
    let node = JoinedNode {
        addresses: vec![],
        ..node(Naming::Owed)
    };
    vec![
        Event::Approved { by: carol() },
        Event::Denied {
            by: carol(),
            reason: None,
        },
        Event::Cancelled,
        Event::Lapsed,
        Event::LinkGiven {
            interaction: InteractionId(2),
            link: SignIn::new("a-waiting-device-s-id-24".to_owned(), moment(70)),
        },
        Event::LetterRefused { claim_until },
        Event::MembershipLost { claim_until },
        Event::IssueBegun {
            user: HeadscaleUserId(3),
            key_expires_at: moment(3_600),
        },
        Event::RegisterBegun {
            user: HeadscaleUserId(3),
            key_expires_at: moment(3_600),
            newest: NodeId(5),
        },
        Event::Registered { node: NodeId(11) },
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
        Event::Called,
        Event::Retried { by: carol() },
        Event::KeyUsed,
        Event::StandingChanged {
            standing: Standing::Expired,
        },
        Event::Joined { node },
        Event::NodeNotFound,
        Event::Named {
            name: "laptop".into(),
            naming: Naming::Settled,
        },
        Event::KeyLapsed { claim_until },
        Event::ClaimedAgain,
        Event::RevokeAsked { by: carol() },
        Event::Revoked,
    ]
}
