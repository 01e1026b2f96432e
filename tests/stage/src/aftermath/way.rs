//! The ways that a request can go.

use headscale_usher::domain::Status;
use stand_ins::discord::Refusal;
use stand_ins::headscale::Fault;

use crate::Stage;

/// One way that a request can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The key comes in a direct message.
    Letter,
    /// The first key's answer is lost, so the key is reclaimed before there is another.
    Reclaim,
    /// Direct messages are closed: the key is made on the requester's click.
    Claim,
    /// The requester lost the key that they collected, and collects another.
    ClaimAgain,
    /// An approver revokes a key that was not used.
    RevokeKey,
    /// An approver revokes the device.
    RevokeNode,
    /// The device waits with a sign-in link.
    Link,
    /// Direct messages are closed and the answer cannot be edited: the requester is called where they asked.
    Notice,
    /// An approver says no.
    Denial,
}

impl Way {
    pub const ALL: [Self; 9] = [
        Self::Letter,
        Self::Reclaim,
        Self::Claim,
        Self::ClaimAgain,
        Self::RevokeKey,
        Self::RevokeNode,
        Self::Link,
        Self::Notice,
        Self::Denial,
    ];

    /// Breaks what this way is about; the bot is not started yet.
    pub fn prepare(self, stage: &Stage) {
        if self == Self::Reclaim {
            let lost = Fault::ApplyThenDrop;
            stage.headscale.fault("POST", "/api/v1/preauthkey", lost);
        }
        if self == Self::Notice {
            let route = "PATCH /webhooks/{}/{}/messages/@original";
            let answers = stage.discord.fault(route);
            let gone = Refusal::code(404, 10_015, "Unknown Webhook");
            let without_key = answers.when(|call| call.files.is_empty());
            let _ = without_key.always().refuse(gone);
        }
    }

    /// The request's last status, and the number of devices in the network.
    pub fn ending(self) -> (Status, usize) {
        match self {
            Self::Denial => (Status::Denied, 0),
            Self::RevokeKey => (Status::Revoked, 0),
            Self::RevokeNode => (Status::Revoked, 1),
            Self::Letter
            | Self::Reclaim
            | Self::Claim
            | Self::ClaimAgain
            | Self::Notice
            | Self::Link => (Status::Joined, 1),
        }
    }
}
