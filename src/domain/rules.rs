//! Everything the operator decided about people, keys and devices: typed, once. `config` parses straight into these
//! types, and every other room reads them. Sections and names are those of the settings file.

use std::time::Duration;

use super::{Address, ChannelId, GuildId, RoleId, Tag, UserMapping};

/// The operator's decisions.
#[derive(Clone, Debug)]
pub struct Rules {
    pub discord: DiscordRules,
    pub headscale: HeadscaleRules,
    pub keys: KeyRules,
    pub requests: RequestRules,
    pub retries: RetryRules,
}

/// The server that the bot serves, and who decides there.
#[derive(Clone, Debug)]
pub struct DiscordRules {
    pub guild: GuildId,
    pub admin_channel: ChannelId,
    /// Never empty: without an approver's role nobody could approve.
    pub approver_roles: Vec<RoleId>,
    /// Empty: every member of the server may ask.
    pub requester_roles: Vec<RoleId>,
    /// The role that a new card mentions.
    pub mention_role: Option<RoleId>,
}

/// What the bot may do at Headscale.
#[derive(Clone, Debug)]
pub struct HeadscaleRules {
    /// Where devices sign in; a pasted sign-in link has to lead there.
    pub login_server: Address,
    pub user: UserMapping,
    /// Create a Headscale user that does not exist yet.
    pub create_users: bool,
    /// Give an existing Headscale user to a member of the same name, even if the bot did not create the user.
    pub adopt_existing_users: bool,
    /// Give a node that joined the name that was requested.
    pub rename_node: bool,
    pub on_revoke: OnRevoke,
    /// The shortest pause between two looks for joined devices.
    pub watch_interval: Duration,
}

/// What a pre-auth key is good for.
#[derive(Clone, Debug)]
pub struct KeyRules {
    pub expiration: Duration,
    pub ephemeral: bool,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug)]
pub struct RequestRules {
    /// How long a request waits for a decision.
    pub ttl: Duration,
    /// How long an approved member may collect a key.
    pub claim_window: Duration,
    pub max_open_per_member: u32,
    pub max_per_day: u32,
    pub allow_self_approval: bool,
    /// Take the sign-in links that devices show.
    pub links: bool,
    /// Zero: a denied member may ask again at once.
    pub cooldown_after_denial: Duration,
    pub on_member_left: OnMemberLeft,
    /// If more members than this leave within a day, the approvers are asked whatever the rule.
    pub max_left_per_day: u64,
    /// The pause between two checks that one and the same member is still in the server.
    pub member_check_interval: Duration,
}

/// When to try a failed step again: after `first`, doubled each time up to `longest`, with some jitter.
#[derive(Clone, Debug)]
pub struct RetryRules {
    pub first: Duration,
    pub longest: Duration,
    /// After this many failures in a row, a step that can be given up is given up.
    pub attempts: u32,
    /// Requests worked on side by side in one lane.
    pub parallel: usize,
}

impl RetryRules {
    /// Whether a step that has failed so often is given up, if it can be.
    pub(crate) fn are_spent(&self, failures: u32) -> bool {
        failures >= self.attempts
    }
}

/// What revoking does to a device that has joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRevoke {
    /// Signs the device out; it needs a new key.
    Expire,
    /// Removes the device from the network.
    Delete,
}

/// What happens to the devices of a member who left the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMemberLeft {
    /// The approvers decide.
    Ask,
    /// The bot revokes them without asking.
    Expire,
    /// The bot does not check for members who left.
    Nothing,
}
