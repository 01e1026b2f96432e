//! A device request: the facts that never change, and the state that carries its own data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

use super::{
    Abandoned, Attempt, ChannelId, ClaimReason, DeviceName, GuildId, Handover, InteractionId,
    IssuedKey, JoinedNode, MessageId, Person, Platform, Problem, Reason, RequestId, SignIn,
    Standing, Stop,
};

/// One person asking to enrol one device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeviceRequest {
    #[serde(skip)]
    pub id: RequestId,
    /// The latest command's interaction. When Discord repeats it, this request is found instead of another one made.
    pub interaction: InteractionId,
    pub requester: Person,
    /// When the requester joined the guild, according to Discord.
    pub member_since: Option<Timestamp>,
    /// Where the command was typed: the last resort for reaching the requester.
    pub asked_in: ChannelId,
    pub device: DeviceName,
    pub platform: Platform,
    pub reason: Option<Reason>,
    /// For a device that already waits in Headscale to be let in, and needs no key.
    pub sign_in: Option<SignIn>,
    /// What was known about the requester when they asked.
    pub history: History,
    /// Keys that were made for *Get my key*.
    #[serde(default)]
    pub claims: u32,
    pub created_at: Timestamp,
    /// When the last event was applied.
    pub updated_at: Timestamp,
    pub state: State,
    /// Counts applied events. Recording what was shown does not raise it.
    pub version: i64,
    /// Of the present step.
    pub backoff: Backoff,
    /// Keys that were not there when their attempts were given up, and that Headscale may still make.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub abandoned: Vec<Abandoned>,
    #[serde(skip)]
    pub card: Projection,
    #[serde(skip)]
    pub letter: Projection,
    /// A mention in the channel they asked from, for a requester whose direct messages are closed.
    #[serde(skip)]
    pub notice: Projection,
}

/// What an approver should know about a requester; counted when the request was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct History {
    /// Requests made before this one, whatever became of them.
    pub requests: u32,
    pub denials: u32,
    /// Devices with a live key or a joined node.
    pub devices: u32,
    /// The Headscale user that they have of their own.
    pub user: Option<String>,
    /// The channel of the last letter to them; another is opened if Discord no longer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letters: Option<ChannelId>,
}

/// Where a request stands, with exactly the data that this state has.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "status", rename_all = "snake_case")]
#[strum_discriminants(
    name(Status),
    doc = "The name of a state, without its data.",
    derive(Hash, PartialOrd, Ord, Display, EnumIter, EnumString, IntoStaticStr),
    strum(serialize_all = "snake_case", const_into_str)
)]
pub enum State {
    Pending {
        lapses_at: Timestamp,
    },
    Approved {
        approval: Approval,
    },
    /// A key may exist.
    Issuing {
        approval: Approval,
        attempt: Attempt,
        /// Asked while the outcome was open; done when it is known.
        stopping: Option<Stop>,
    },
    Delivered {
        approval: Approval,
        key: IssuedKey,
        /// How the key was shown.
        handover: Handover,
        /// Headscale has seen a device use the key.
        used: bool,
        /// The approver who asked to revoke it, until it is revoked.
        revoking: Option<Person>,
    },
    Claimable {
        approval: Approval,
        because: ClaimReason,
        until: Timestamp,
    },
    /// The bot has given up. An approver can retry or deny.
    Failed {
        approval: Approval,
        cause: Problem,
        lapses_at: Timestamp,
        /// The approvers have been called.
        called: bool,
    },
    Joined {
        approval: Approval,
        /// None for a device that was let in by its sign-in link.
        key: Option<IssuedKey>,
        node: JoinedNode,
        revoking: Option<Person>,
    },
    /// The key was used, and its device was never found: it was deleted at once, or has come back with another key.
    Lost {
        approval: Approval,
    },
    Denied {
        by: Person,
        reason: Option<Reason>,
    },
    Cancelled,
    /// Without an approval nobody decided in time; with one nobody collected the key in time.
    Expired {
        approval: Option<Approval>,
    },
    Revoked {
        approval: Approval,
        by: Person,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Approval {
    pub by: Person,
    pub at: Timestamp,
}

/// When a step may be tried again, and what went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Backoff {
    pub attempts: u32,
    pub retry_at: Option<Timestamp>,
    pub last_error: Option<Problem>,
}

impl Backoff {
    /// Nothing went wrong; it is merely too early.
    pub fn until(moment: Timestamp) -> Self {
        Self {
            retry_at: Some(moment),
            ..Self::default()
        }
    }
}

/// A message whose text is a pure function of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Projection {
    pub place: Option<MessageRef>,
    /// The version that the message shows; 0 before anything was shown.
    pub shown: i64,
    /// Raised when a message was found deleted or has moved, so the next one gets a nonce of its own.
    pub generation: i64,
    /// Discord did not take this message when it was last tried (direct messages closed); `shown` is then the version
    /// that it was tried for, so that the next is tried again.
    pub closed: bool,
    pub backoff: Backoff,
    /// Posted anew, shortly before the end of what it offers.
    #[serde(default)]
    pub reminded: bool,
    /// An approver wants it at the end of the channel, where it moves with the next generation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wanted_anew: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum ProjectionKind {
    Card,
    Letter,
    Notice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageRef {
    pub channel: ChannelId,
    pub message: MessageId,
}

impl MessageRef {
    /// Leads to the message, for whoever can see it.
    pub(crate) fn link(self, guild: GuildId) -> String {
        let Self { channel, message } = self;
        format!("https://discord.com/channels/{guild}/{channel}/{message}")
    }
}

impl Status {
    /// Open requests count against the limits, and a member has at most one per device name.
    pub(crate) const OPEN: [Self; 5] = [
        Self::Pending,
        Self::Approved,
        Self::Issuing,
        Self::Claimable,
        Self::Failed,
    ];
}

impl State {
    pub fn status(&self) -> Status {
        self.into()
    }

    /// While a key may still be handed over, the requester cannot ask for another device of the same name. An unused
    /// key may lapse, which makes the request claimable again.
    pub(crate) fn reserves_name(&self) -> bool {
        Status::OPEN.contains(&self.status()) || matches!(self, Self::Delivered { used: false, .. })
    }

    /// What has to go when its requester leaves the server, and nobody is revoking yet: a live key, a device, or the
    /// right to collect a key.
    pub(crate) fn is_held(&self) -> bool {
        matches!(
            self,
            Self::Delivered { revoking: None, .. }
                | Self::Joined {
                    revoking: None,
                    node: JoinedNode {
                        standing: Standing::In,
                        ..
                    },
                    ..
                }
                | Self::Claimable { .. }
        )
    }

    /// Somebody may be about to use a key that was shown.
    pub(crate) fn is_key_on_screen(&self) -> bool {
        matches!(
            self,
            Self::Issuing { .. }
                | Self::Delivered {
                    used: false,
                    revoking: None,
                    ..
                }
        )
    }

    /// Who wants what it gave revoked, or has had it revoked.
    pub(crate) fn revoker(&self) -> Option<&Person> {
        if let Self::Revoked { by, .. } = self {
            return Some(by);
        }
        let (Self::Delivered { revoking, .. } | Self::Joined { revoking, .. }) = self else {
            return None;
        };
        revoking.as_ref()
    }

    /// Who asked to take everything back, while that is still to be done.
    pub(crate) fn revoking(&self) -> Option<&Person> {
        if let Self::Issuing { stopping, .. } = self {
            return stopping.as_ref().and_then(Stop::revoker);
        }
        if let Self::Delivered { revoking, .. } | Self::Joined { revoking, .. } = self {
            return revoking.as_ref();
        }
        None
    }

    /// Who approved and when, in every state that follows an approval.
    pub(crate) fn approval(&self) -> Option<&Approval> {
        match self {
            Self::Approved { approval }
            | Self::Issuing { approval, .. }
            | Self::Delivered { approval, .. }
            | Self::Claimable { approval, .. }
            | Self::Failed { approval, .. }
            | Self::Joined { approval, .. }
            | Self::Lost { approval }
            | Self::Revoked { approval, .. } => Some(approval),
            Self::Expired { approval } => approval.as_ref(),
            Self::Pending { .. } | Self::Denied { .. } | Self::Cancelled => None,
        }
    }
}

impl DeviceRequest {
    pub fn status(&self) -> Status {
        self.state.status()
    }

    /// What keeps an approved request from its key or device.
    pub(crate) fn held_up(&self) -> Option<&Problem> {
        let waits = matches!(self.status(), Status::Approved | Status::Issuing);
        self.backoff.last_error.as_ref().filter(|_| waits)
    }

    /// When the sign-in link runs out.
    pub(crate) fn sign_in_ends_at(&self) -> Option<Timestamp> {
        self.sign_in.as_ref().map(|link| link.ends_at)
    }

    pub(crate) fn projection(&self, kind: ProjectionKind) -> &Projection {
        match kind {
            ProjectionKind::Card => &self.card,
            ProjectionKind::Letter => &self.letter,
            ProjectionKind::Notice => &self.notice,
        }
    }

    pub(crate) fn projection_mut(&mut self, kind: ProjectionKind) -> &mut Projection {
        match kind {
            ProjectionKind::Card => &mut self.card,
            ProjectionKind::Letter => &mut self.letter,
            ProjectionKind::Notice => &mut self.notice,
        }
    }
}
