//! The points at which the program is killed: each call that it makes, before and after its effect.

use stage::Stage;
use stage::aftermath::{Scan, Way};
use stand_ins::discord::{Call, Held};
use stand_ins::headscale::{Hold, When};

/// The subject of a call to Discord.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    Anything,
    /// A direct message.
    Letter,
    /// A direct message with a picture.
    Key,
    /// The approvers' channel, with these words.
    Card(&'static str),
    /// An edit of a card, whichever way it goes, with these words.
    Edited(&'static str),
    /// The channel in which the requester asked.
    Notice,
    /// A private answer that does, or does not, hold a picture.
    Answer {
        with_key: bool,
    },
    /// The second of the private answers that hold a picture.
    SecondAnswer,
    /// Anything with these words.
    Words(&'static str),
    /// An answer to an interaction, of this type.
    Type(u8),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Discord(&'static str, About),
    Headscale {
        method: &'static str,
        path: &'static str,
        /// The calls that have to be made first, in turn.
        behind: &'static [(&'static str, &'static str)],
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) way: Way,
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    pub(crate) when: When,
    pub(crate) scan: Scan,
}

/// A call that stands still.
pub(crate) enum Standing {
    Discord(Held),
    Headscale(Hold),
}

impl Standing {
    /// After the caller's death: what it left standing comes to its end, one way or the other.
    pub(crate) async fn let_go(self) {
        match self {
            Self::Discord(held) => {
                held.abandoned().await;
                held.release();
            }
            Self::Headscale(hold) => hold.release(),
        }
    }
}

impl Point {
    /// Waits until the program stands at this point. The first poll sets the trap.
    pub(crate) async fn reached(&self, stage: &Stage) -> Standing {
        match self.target {
            Target::Discord(route, about) => {
                let fault = stage.discord.fault(route).when(about.judge(stage));
                let fault = fault.after(about.comes_after());
                let held = match self.when {
                    When::Before => fault.hold(),
                    When::After => fault.hold_reply(),
                };
                held.arrived().await;
                Standing::Discord(held)
            }
            Target::Headscale {
                method,
                path,
                behind,
            } => {
                let hold = self.behind(stage, method, path, behind).await;
                hold.arrived().await;
                Standing::Headscale(hold)
            }
        }
    }

    /// Each call is let go only when the trap for the next is set.
    async fn behind(
        &self,
        stage: &Stage,
        method: &str,
        path: &str,
        behind: &[(&str, &str)],
    ) -> Hold {
        let mut last: Option<Hold> = None;
        for (method, path) in behind {
            let hold = stage.headscale.hold(method, path, When::Before);
            drop(last);
            hold.arrived().await;
            last = Some(hold);
        }
        let hold = stage.headscale.hold(method, path, self.when);
        drop(last);
        hold
    }
}

impl About {
    fn comes_after(self) -> usize {
        usize::from(matches!(self, Self::SecondAnswer))
    }

    fn judge(self, stage: &Stage) -> impl Fn(&Call) -> bool + Send + Sync + 'static {
        let admin = format!("/channels/{}/", stage.discord.admin_channel_id());
        let general = format!("/channels/{}/", stage.discord.general_channel_id());
        move |call| match self {
            Self::Anything => true,
            Self::Letter => is_direct(call) && call.files.is_empty(),
            Self::Key => is_direct(call) && !call.files.is_empty(),
            Self::Card(words) => call.path.starts_with(&admin) && says(call, words),
            Self::Edited(words) => {
                let is_edit = call.route == ANSWER || call.path.starts_with(&admin);
                is_edit && call.method == "PATCH" && says(call, words)
            }
            Self::Notice => call.path.starts_with(&general),
            Self::Answer { with_key } => call.files.is_empty() != with_key,
            Self::SecondAnswer => !call.files.is_empty(),
            Self::Words(words) => says(call, words),
            Self::Type(kind) => call.body.as_ref().is_some_and(|body| body["type"] == kind),
        }
    }
}

/// The stand-in's direct messages are the channels whose number begins with 5.
fn is_direct(call: &Call) -> bool {
    call.path.starts_with("/channels/5")
}

fn says(call: &Call, words: &str) -> bool {
    String::from_utf8_lossy(&call.raw).contains(words)
}

const CALLBACK: &str = "POST /interactions/{}/{}/callback";
const POST: &str = "POST /channels/{}/messages";
const PATCH: &str = "PATCH /channels/{}/messages/{}";
const ANSWER: &str = "PATCH /webhooks/{}/{}/messages/@original";
const OPEN: &str = "POST /users/@me/channels";
const MEMBER: &str = "GET /guilds/{}/members/{}";

const KEYS: &str = "/api/v1/preauthkey";
const EXPIRE: &str = "/api/v1/preauthkey/expire";
const USERS: &str = "/api/v1/user";
const NODES: &str = "/api/v1/node";
const TAGS: &str = "/api/v1/node/*/tags";
const EXPIRE_NODE: &str = "/api/v1/node/*/expire";
const REGISTER: &str = "/api/v1/auth/register";

const fn headscale(method: &'static str, path: &'static str) -> Target {
    Target::Headscale {
        method,
        path,
        behind: &[],
    }
}

const fn behind(
    behind: &'static [(&'static str, &'static str)],
    (method, path): (&'static str, &'static str),
) -> Target {
    Target::Headscale {
        method,
        path,
        behind,
    }
}

const fn edited(words: &'static str) -> Target {
    Target::Discord("*", About::Edited(words))
}

const LOOK_AGAIN: Target = behind(&[("POST", EXPIRE)], ("GET", KEYS));

pub(crate) type Line = (Way, &'static str, Target, Scan);

/// What happens every day.
#[rustfmt::skip]
pub(crate) const USUAL: &[Line] = &[
    (Way::Letter, "answer to the command", Target::Discord(CALLBACK, About::Type(4)), Scan::Later),
    (Way::Letter, "post the card", Target::Discord(POST, About::Card("")), Scan::Later),
    (Way::Letter, "answer to Approve", Target::Discord(CALLBACK, About::Words("Working")), Scan::Later),
    (Way::Letter, "open the direct message", Target::Discord(OPEN, About::Anything), Scan::Later),
    (Way::Letter, "post the letter", Target::Discord(POST, About::Letter), Scan::Later),
    (Way::Letter, "look for the user", headscale("GET", USERS), Scan::Later),
    (Way::Letter, "make the user", headscale("POST", USERS), Scan::Later),
    (Way::Letter, "make the key", headscale("POST", KEYS), Scan::Later),
    (Way::Letter, "edit the letter: key", Target::Discord(PATCH, About::Key), Scan::Later),
    (Way::Letter, "edit the letter: key", Target::Discord(PATCH, About::Key), Scan::Meanwhile),
    (Way::Letter, "edit the card: Key sent", edited("Key sent"), Scan::Later),
    (Way::Letter, "edit the card: Key sent", edited("Key sent"), Scan::Meanwhile),
    (Way::Letter, "watch: list the nodes", headscale("GET", NODES), Scan::Later),
    (Way::Letter, "watch: list the nodes", headscale("GET", NODES), Scan::Meanwhile),
    (Way::Letter, "watch: rename the node", headscale("POST", "/api/v1/node/*/rename/*"), Scan::AtOnce),
    (Way::Letter, "edit the letter: joined", Target::Discord(PATCH, About::Letter), Scan::AtOnce),
    (Way::Letter, "edit the card: Joined", edited("Joined"), Scan::AtOnce),
    (Way::Letter, "edit the answer: joined", Target::Discord(ANSWER, About::Words("is online")), Scan::AtOnce),

    (Way::Reclaim, "look", headscale("GET", KEYS), Scan::Later),
    (Way::Reclaim, "expire", headscale("POST", EXPIRE), Scan::Later),
    (Way::Reclaim, "look again", LOOK_AGAIN, Scan::Later),
    (Way::Reclaim, "make the second key", behind(&[("POST", EXPIRE)], ("POST", KEYS)), Scan::Later),
    (Way::Reclaim, "edit the letter: key", Target::Discord(PATCH, About::Key), Scan::Later),
    (Way::Reclaim, "delete the dead key", headscale("DELETE", KEYS), Scan::Later),
    (Way::Reclaim, "look for the known user", behind(&[("POST", EXPIRE)], ("GET", USERS)), Scan::Later),

    (Way::Claim, "post the letter, refused", Target::Discord(POST, About::Letter), Scan::Later),
    (Way::Claim, "edit the card: waiting", edited("waiting for"), Scan::Later),
    (Way::Claim, "edit the answer: offer", Target::Discord(ANSWER, About::Words("This offer ends")), Scan::Later),
    (Way::Claim, "answer to Get my key", Target::Discord(CALLBACK, About::Type(5)), Scan::Later),
    (Way::Claim, "look for the user", headscale("GET", USERS), Scan::Later),
    (Way::Claim, "make the user", headscale("POST", USERS), Scan::Later),
    (Way::Claim, "make the key", headscale("POST", KEYS), Scan::Later),
    (Way::Claim, "edit the answer: key", Target::Discord(ANSWER, About::Answer { with_key: true }), Scan::Later),
    (Way::Claim, "edit the answer: key", Target::Discord(ANSWER, About::Answer { with_key: true }), Scan::Meanwhile),
    (Way::Claim, "edit the card: collected", edited("Key collected"), Scan::Later),
    (Way::Claim, "watch: list the nodes", headscale("GET", NODES), Scan::AtOnce),
    (Way::Claim, "edit the card: Joined", edited("Joined"), Scan::AtOnce),

    (Way::ClaimAgain, "expire the first key", headscale("POST", EXPIRE), Scan::Later),
    (Way::ClaimAgain, "expire the first key", headscale("POST", EXPIRE), Scan::Meanwhile),
    (Way::ClaimAgain, "look again", LOOK_AGAIN, Scan::Later),
    (Way::ClaimAgain, "make the second key", behind(&[("POST", EXPIRE)], ("POST", KEYS)), Scan::Later),
    (Way::ClaimAgain, "edit the answer: second key", Target::Discord(ANSWER, About::SecondAnswer), Scan::Later),
    (Way::ClaimAgain, "edit the answer: second key", Target::Discord(ANSWER, About::SecondAnswer), Scan::Meanwhile),

    (Way::Notice, "post the notice", Target::Discord(POST, About::Notice), Scan::Later),
    (Way::Notice, "edit the notice: collected", Target::Discord(PATCH, About::Notice), Scan::Later),
    (Way::Notice, "edit the notice: joined", Target::Discord(PATCH, About::Words("nothing left")), Scan::AtOnce),

    (Way::RevokeKey, "answer to Revoke…", Target::Discord(CALLBACK, About::Words("Revoke now")), Scan::Later),
    (Way::RevokeKey, "answer to Revoke now", Target::Discord(CALLBACK, About::Words("is being revoked")), Scan::Later),
    (Way::RevokeKey, "expire", headscale("POST", EXPIRE), Scan::Later),
    (Way::RevokeKey, "expire", headscale("POST", EXPIRE), Scan::Meanwhile),
    (Way::RevokeKey, "look again", LOOK_AGAIN, Scan::Later),
    (Way::RevokeKey, "delete the dead key", headscale("DELETE", KEYS), Scan::Later),
    (Way::RevokeKey, "edit the letter: no key", Target::Discord(PATCH, About::Letter), Scan::Later),
    (Way::RevokeKey, "edit the card: Revoked", edited("Revoked"), Scan::Later),
    (Way::RevokeNode, "expire the node", headscale("POST", EXPIRE_NODE), Scan::AtOnce),
    (Way::RevokeNode, "edit the letter: revoked", Target::Discord(PATCH, About::Words("has been revoked")), Scan::AtOnce),
    (Way::RevokeNode, "edit the card: Revoked", edited("Revoked"), Scan::AtOnce),

    (Way::Link, "list the nodes", headscale("GET", NODES), Scan::Later),
    (Way::Link, "let the device in", headscale("POST", REGISTER), Scan::Later),
    (Way::Link, "rename the node", headscale("POST", "/api/v1/node/*/rename/*"), Scan::Later),
    (Way::Link, "post the letter", Target::Discord(POST, About::Letter), Scan::Later),
    (Way::Link, "edit the card: Joined", edited("Joined"), Scan::Later),

    (Way::Denial, "answer to Deny…", Target::Discord(CALLBACK, About::Type(9)), Scan::Later),
    (Way::Denial, "answer to the form", Target::Discord(CALLBACK, About::Words("Denied")), Scan::Later),
    (Way::Denial, "open the direct message", Target::Discord(OPEN, About::Anything), Scan::Later),
    (Way::Denial, "post the letter", Target::Discord(POST, About::Letter), Scan::Later),
];

/// What happens seldom: people change their minds, leave or are late, and operators work beside the bot.
#[rustfmt::skip]
pub(crate) const UNUSUAL: &[Line] = &[
    (Way::LinkTagged, "let the device in", headscale("POST", REGISTER), Scan::Later),
    (Way::LinkTagged, "tag the node", headscale("POST", TAGS), Scan::Later),
    (Way::LinkRefused, "tag the node", headscale("POST", TAGS), Scan::Later),
    (Way::LinkRefused, "remove the node", headscale("DELETE", "/api/v1/node/*"), Scan::Later),
    (Way::LinkRefused, "call the approvers", Target::Discord(POST, About::Card("but failed")), Scan::Later),
    (Way::LinkRefused, "post the letter", Target::Discord(POST, About::Letter), Scan::Later),

    (Way::LinkGiven, "answer to the link", Target::Discord(CALLBACK, About::Words("being added")), Scan::Later),
    (Way::LinkGiven, "look", headscale("GET", KEYS), Scan::Later),
    (Way::LinkGiven, "expire", headscale("POST", EXPIRE), Scan::Later),
    (Way::LinkGiven, "expire", headscale("POST", EXPIRE), Scan::Meanwhile),
    (Way::LinkGiven, "let the device in", headscale("POST", REGISTER), Scan::Later),
    (Way::LinkGiven, "edit the letter: joined", Target::Discord(PATCH, About::Words("is online")), Scan::Later),

    (Way::Late, "look", headscale("GET", KEYS), Scan::Later),
    (Way::Late, "expire", headscale("POST", EXPIRE), Scan::Later),
    (Way::Late, "delete the dead key", headscale("DELETE", KEYS), Scan::Later),

    (Way::Lapse, "expire", headscale("POST", EXPIRE), Scan::Later),
    (Way::Lapse, "edit the letter: offer", Target::Discord(PATCH, About::Words("expired before it was used")), Scan::Later),
    (Way::Lapse, "edit the card: offer", edited("expired unused"), Scan::Later),
    (Way::Lapse, "look for the member", Target::Discord(MEMBER, About::Anything), Scan::Later),
    (Way::Lapse, "edit the answer: key", Target::Discord(ANSWER, About::Answer { with_key: true }), Scan::Later),
    (Way::Lapse, "edit the answer: key", Target::Discord(ANSWER, About::Answer { with_key: true }), Scan::Meanwhile),

    (Way::UserGone, "look by number", headscale("GET", USERS), Scan::Later),
    (Way::UserGone, "look by name", behind(&[("GET", USERS)], ("GET", USERS)), Scan::Later),
    (Way::UserGone, "make the user", headscale("POST", USERS), Scan::Later),

    (Way::Reminder, "end the first call", Target::Discord(PATCH, About::Words("a newer message")), Scan::Later),
    (Way::Reminder, "call again", Target::Discord(POST, About::Words("still waiting")), Scan::Later),
    (Way::Reminder, "edit the second call", Target::Discord(PATCH, About::Words("nothing left")), Scan::AtOnce),

    (Way::Retry, "call the approvers", Target::Discord(POST, About::Card("but failed")), Scan::Later),
    (Way::Retry, "edit the letter: told", Target::Discord(PATCH, About::Words("have been told")), Scan::Later),
    (Way::Retry, "make the key again", headscale("POST", KEYS), Scan::Later),
    (Way::CancelFailed, "answer to Cancel", Target::Discord(CALLBACK, About::Words("is cancelled")), Scan::Later),
    (Way::CancelFailed, "edit the letter: cancelled", Target::Discord(PATCH, About::Letter), Scan::Later),
    (Way::CancelFailed, "edit the card: Cancelled", edited("Cancelled"), Scan::Later),
    (Way::CancelIssuing, "answer to Cancel", Target::Discord(CALLBACK, About::Words("being cancelled")), Scan::Later),
    (Way::CancelIssuing, "look", headscale("GET", KEYS), Scan::Later),
    (Way::CancelIssuing, "edit the card: Cancelled", edited("Cancelled"), Scan::Later),
    (Way::RevokeApproved, "answer to Revoke now", Target::Discord(CALLBACK, About::Words("is being revoked")), Scan::Later),
    (Way::RevokeApproved, "edit the letter: revoked", Target::Discord(PATCH, About::Words("has been revoked")), Scan::Later),
    (Way::RevokeApproved, "edit the card: Revoked", edited("Revoked"), Scan::Later),
    (Way::RevokeIssuing, "answer to Revoke now", Target::Discord(CALLBACK, About::Words("is being revoked")), Scan::Later),
    (Way::RevokeIssuing, "expire", headscale("POST", EXPIRE), Scan::Later),
    (Way::RevokeIssuing, "edit the card: Revoked", edited("Revoked"), Scan::Later),

    (Way::SignedOut, "list the nodes", headscale("GET", NODES), Scan::AtOnce),
    (Way::SignedOut, "edit the letter: signed out", Target::Discord(PATCH, About::Letter), Scan::AtOnce),
    (Way::SignedOut, "edit the card: Signed out", edited("Signed out"), Scan::AtOnce),

    (Way::Leaves, "look for the member", Target::Discord(MEMBER, About::Anything), Scan::AtOnce),
    (Way::Leaves, "post the question", Target::Discord(POST, About::Card("left the server")), Scan::AtOnce),
    (Way::Leaves, "answer to Expire all", Target::Discord(CALLBACK, About::Anything), Scan::AtOnce),
    (Way::Leaves, "edit the question: Expiring", Target::Discord(PATCH, About::Card("Expiring")), Scan::AtOnce),
    (Way::Leaves, "expire the node", headscale("POST", EXPIRE_NODE), Scan::AtOnce),
    (Way::Leaves, "edit the card: Revoked", edited("Revoked"), Scan::AtOnce),
    (Way::Leaves, "edit the question: Expired", Target::Discord(PATCH, About::Card("Expired 1 device")), Scan::AtOnce),
    (Way::LeavesByRule, "look for the member", Target::Discord(MEMBER, About::Anything), Scan::AtOnce),
    (Way::LeavesByRule, "expire the node", headscale("POST", EXPIRE_NODE), Scan::AtOnce),
    (Way::LeavesByRule, "post what was done", Target::Discord(POST, About::Card("Departure")), Scan::AtOnce),
    (Way::LeavesByRule, "edit what was done", Target::Discord(PATCH, About::Card("Expired 1 device")), Scan::AtOnce),
    (Way::LeavesAndKeeps, "answer to Keep", Target::Discord(CALLBACK, About::Anything), Scan::AtOnce),
    (Way::LeavesAndKeeps, "edit the question: Kept", Target::Discord(PATCH, About::Card("Kept")), Scan::AtOnce),
    (Way::LeavesAndReturns, "look for the member", Target::Discord(MEMBER, About::Anything), Scan::AtOnce),
    (Way::LeavesAndReturns, "edit the question: Back", Target::Discord(PATCH, About::Card("Back")), Scan::AtOnce),
];

/// Every line twice: before and after the effect. A key can only be scanned meanwhile if it was shown.
pub(crate) fn of(lines: &[Line]) -> Vec<Point> {
    let both = [When::Before, When::After];
    let points = lines
        .iter()
        .flat_map(|line| both.map(|when| point(*line, when)));
    points.filter(Point::is_possible).collect()
}

fn point((way, name, target, scan): Line, when: When) -> Point {
    Point {
        way,
        name,
        target,
        when,
        scan,
    }
}

impl Point {
    /// Only a key that is shown and lives can be used while the program is dead.
    fn is_possible(&self) -> bool {
        if self.scan != Scan::Meanwhile {
            return true;
        }
        match self.target {
            Target::Discord(_, About::Key | About::Answer { .. } | About::SecondAnswer) => {
                self.when == When::After
            }
            Target::Headscale { path, .. } if path == EXPIRE => self.when == When::Before,
            Target::Discord(..) | Target::Headscale { .. } => true,
        }
    }
}
