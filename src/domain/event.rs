//! What can happen to a request.

use jiff::Timestamp;
use strum::IntoStaticStr;

use super::{
    HeadscaleUserId, InteractionId, JoinedNode, KeyId, Naming, NodeId, Person, Problem, Reason,
    SignIn, Standing,
};

/// What happened, in the past tense.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Event {
    Approved {
        by: Person,
    },
    Denied {
        by: Person,
        reason: Option<Reason>,
    },
    Cancelled,
    /// The deadline of the present state has passed.
    Lapsed,
    /// The requester asked again with a link: the device needs no key, or shows a new link. An unused key is reclaimed
    /// first.
    LinkGiven {
        interaction: InteractionId,
        link: SignIn,
    },
    /// Direct messages are closed. This is known before any key exists.
    LetterRefused {
        claim_until: Timestamp,
    },
    /// Whoever was approved has left, or lost the role that may ask. There is no key yet.
    MembershipLost {
        claim_until: Timestamp,
    },
    /// From here on the waiting device may have been let in.
    RegisterBegun {
        user: HeadscaleUserId,
        /// Unique among all attempts, like a key's.
        key_expires_at: Timestamp,
        newest: NodeId,
    },
    /// The device is in, and has to get its tags before anybody is told.
    Registered {
        node: NodeId,
    },
    /// From here on a key may exist.
    IssueBegun {
        user: HeadscaleUserId,
        key_expires_at: Timestamp,
    },
    KeyCreated {
        key: KeyId,
    },
    /// The requester has been shown the key. The worker looks for the node that uses it from `look_at` on.
    Delivered {
        look_at: Timestamp,
    },
    /// The key of an interrupted attempt had been used after all.
    FoundUsed {
        key: KeyId,
    },
    /// No key of the attempt is usable any more.
    Reclaimed,
    GivenUp {
        cause: Problem,
        lapses_at: Timestamp,
    },
    /// The approvers have been called to a request that failed.
    Called,
    Retried {
        by: Person,
    },
    KeyUsed,
    Joined {
        node: JoinedNode,
    },
    /// Nor will it be looked for any longer.
    NodeNotFound,
    /// The node has the requested name, or never will.
    Named {
        name: String,
        naming: Naming,
    },
    /// The operator removed the node, or it expired, or it is back.
    StandingChanged {
        standing: Standing,
    },
    KeyLapsed {
        claim_until: Timestamp,
    },
    /// The requester pressed *Get my key* again: the key they were shown has to be reclaimed first.
    ClaimedAgain,
    RevokeAsked {
        by: Person,
    },
    /// The key or the device has been revoked.
    Revoked,
}

impl Event {
    /// What the audit log keeps beside the event's name. Never a secret, because events hold none.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::Denied { reason, .. } => reason.as_ref().map(ToString::to_string),
            Self::KeyCreated { key } | Self::FoundUsed { key } => Some(format!("key {key}")),
            Self::Registered { node } => Some(format!("node {node}")),
            Self::GivenUp { cause, .. }
            | Self::Named {
                naming: Naming::Refused { cause },
                ..
            } => Some(cause.to_string()),
            Self::Joined { node } => Some(match &node.naming {
                Naming::Refused { cause } => format!("node {}, not renamed: {cause}", node.id),
                Naming::Owed | Naming::Settled => format!("node {}", node.id),
            }),
            Self::StandingChanged { standing } => Some(standing.into_str().to_owned()),
            Self::Approved { .. }
            | Self::Cancelled
            | Self::Lapsed
            | Self::LinkGiven { .. }
            | Self::LetterRefused { .. }
            | Self::MembershipLost { .. }
            | Self::RegisterBegun { .. }
            | Self::IssueBegun { .. }
            | Self::Delivered { .. }
            | Self::Reclaimed
            | Self::Called
            | Self::Retried { .. }
            | Self::KeyUsed
            | Self::NodeNotFound
            | Self::Named { .. }
            | Self::KeyLapsed { .. }
            | Self::ClaimedAgain
            | Self::RevokeAsked { .. }
            | Self::Revoked => None,
        }
    }
}
