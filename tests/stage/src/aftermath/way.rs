//! The ways that a request can go.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a way says only where it differs from the usual"
)]

use headscale_usher::domain::Status;
use stand_ins::discord::{Message, Refusal};
use stand_ins::headscale::Fault;

use crate::Stage;

pub(super) const KEYS: &str = "/api/v1/preauthkey";

/// One way that a request can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The key comes in a direct message.
    Letter,
    /// The first key's answer is lost, so the key is reclaimed before there is another.
    Reclaim,
    /// Headscale makes the first key long after the bot has asked what became of it.
    Late,
    /// Direct messages are closed: the key is made on the requester's click.
    Claim,
    /// The requester lost the key that they collected, and collects another.
    ClaimAgain,
    /// The same, and the operator has removed their Headscale user meanwhile.
    UserGone,
    /// Direct messages are closed and the answer cannot be edited: the requester is called where they asked.
    Notice,
    /// The same, and the offer is about to end: they are called once more.
    Reminder,
    /// Nobody used the key in its time, and the requester collects another.
    Lapse,
    /// An approver revokes a key that was not used.
    RevokeKey,
    /// An approver revokes the device.
    RevokeNode,
    /// An approver takes back an approval before a key is begun.
    RevokeApproved,
    /// An approver revokes while the key is being made.
    RevokeIssuing,
    /// The requester cancels while the key is being made, and Headscale makes none.
    CancelIssuing,
    /// It fails, and the requester cancels.
    CancelFailed,
    /// It fails, and an approver who is called tries again.
    Retry,
    /// The device waits with a sign-in link.
    Link,
    /// The same, where devices have tags.
    LinkTagged,
    /// The same, but Headscale refuses the tags.
    LinkRefused,
    /// The requester has a key and asks again with a sign-in link.
    LinkGiven,
    /// The operator signs the device out.
    SignedOut,
    /// The requester leaves the server; an approver has their device expired.
    Leaves,
    /// They leave, and the settings say to expire without asking.
    LeavesByRule,
    /// They leave, and an approver keeps their device.
    LeavesAndKeeps,
    /// They leave and come back before anybody has answered.
    LeavesAndReturns,
    /// An approver says no.
    Denial,
}

impl Way {
    pub const ALL: [Self; 26] = [
        Self::Letter,
        Self::Reclaim,
        Self::Late,
        Self::Claim,
        Self::ClaimAgain,
        Self::UserGone,
        Self::Notice,
        Self::Reminder,
        Self::Lapse,
        Self::RevokeKey,
        Self::RevokeNode,
        Self::RevokeApproved,
        Self::RevokeIssuing,
        Self::CancelIssuing,
        Self::CancelFailed,
        Self::Retry,
        Self::Link,
        Self::LinkTagged,
        Self::LinkRefused,
        Self::LinkGiven,
        Self::SignedOut,
        Self::Leaves,
        Self::LeavesByRule,
        Self::LeavesAndKeeps,
        Self::LeavesAndReturns,
        Self::Denial,
    ];

    /// Breaks what this way is about; the bot is not started yet.
    pub(super) fn breaks(self, stage: &mut Stage) {
        let headscale = &stage.headscale;
        match self {
            Self::Reclaim => headscale.fault("POST", KEYS, Fault::ApplyThenDrop),
            Self::Retry | Self::CancelFailed => {
                headscale.fault("POST", KEYS, Fault::refuse(400, "no such tag"));
                stage.settings.set("retries.attempts", 1);
            }
            Self::Late => drop(stage.settings.text_value("headscale.timeout", "500ms")),
            Self::LinkTagged | Self::LinkRefused => {
                stage.settings.set("keys.tags", "[\"tag:guest\"]");
                if self == Self::LinkTagged {
                    headscale.know_tag("tag:guest");
                }
            }
            Self::LeavesByRule => {
                let settings = &mut stage.settings;
                settings.text_value("requests.on_member_left", "expire");
            }
            Self::Notice | Self::Reminder => {
                let route = "PATCH /webhooks/{}/{}/messages/@original";
                let answers = stage.discord.fault(route);
                let gone = Refusal::code(404, 10_015, "Unknown Webhook");
                let without_key = answers.when(|call| call.files.is_empty());
                let _ = without_key.always().refuse(gone);
            }
            _ => {}
        }
    }

    /// The requester's direct messages are closed.
    pub(super) fn is_unreachable(self) -> bool {
        use Way as W;
        matches!(
            self,
            W::Claim | W::ClaimAgain | W::UserGone | W::Notice | W::Reminder
        )
    }

    pub(super) fn has_link(self) -> bool {
        matches!(self, Self::Link | Self::LinkTagged | Self::LinkRefused)
    }

    /// The key is not for use: something else happens to it.
    pub(super) fn spares_key(self) -> bool {
        use Way as W;
        let stopped = matches!(self, W::RevokeKey | W::RevokeIssuing | W::CancelIssuing);
        stopped || self == W::LinkGiven
    }

    /// The call during which somebody puts a stop to it.
    pub(super) fn stopped_during(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::RevokeApproved => Some(("GET", "/api/v1/user")),
            Self::RevokeIssuing | Self::CancelIssuing => Some(("POST", KEYS)),
            _ => None,
        }
    }

    /// What an approver presses on this card.
    pub(super) fn decisions(self, card: &Message) -> &'static [&'static str] {
        match self {
            Self::Denial => &["Deny…"],
            Self::RevokeApproved | Self::RevokeIssuing => &["Approve", "Revoke…"],
            // An approval could be revoked before; the story is about a key.
            Self::RevokeKey if card.says("Key sent") || card.says("Key used") => &["Revoke…"],
            Self::RevokeNode if card.says("Joined") && !card.says("Being renamed") => &["Revoke…"],
            _ => &["Approve"],
        }
    }

    /// The answer to the question about a member who left.
    pub(super) fn answer_about_leaving(self) -> Option<&'static str> {
        match self {
            Self::Leaves => Some("Expire all"),
            Self::LeavesAndKeeps => Some("Keep"),
            _ => None,
        }
    }

    /// What the card about a member who left says in the end.
    pub(super) fn end_of_leaving(self) -> Option<&'static str> {
        match self {
            Self::Leaves | Self::LeavesByRule => Some("Expired 1 device"),
            Self::LeavesAndKeeps => Some("Kept"),
            Self::LeavesAndReturns => Some("Back"),
            _ => None,
        }
    }

    /// What card and letter say in the end.
    pub(super) fn last_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Denial => ("Denied", "was denied"),
            Self::RevokeKey | Self::RevokeNode | Self::RevokeApproved | Self::RevokeIssuing => {
                ("Revoked", "has been revoked")
            }
            Self::CancelIssuing | Self::CancelFailed => ("Cancelled", "is cancelled"),
            Self::LinkRefused => ("be given its tags", "couldn't be added"),
            Self::SignedOut => ("Signed out", "was signed out"),
            // Nobody writes to people who have left.
            Self::Leaves | Self::LeavesByRule => ("Revoked", ""),
            _ => ("**Joined** as `{}`", "is online"),
        }
    }

    /// The request's last status, and the number of devices in the network.
    pub fn ending(self) -> (Status, usize) {
        match self {
            Self::Denial => (Status::Denied, 0),
            Self::RevokeKey | Self::RevokeApproved | Self::RevokeIssuing => (Status::Revoked, 0),
            Self::CancelIssuing | Self::CancelFailed => (Status::Cancelled, 0),
            Self::LinkRefused => (Status::Failed, 0),
            Self::RevokeNode | Self::Leaves | Self::LeavesByRule => (Status::Revoked, 1),
            _ => (Status::Joined, 1),
        }
    }
}
