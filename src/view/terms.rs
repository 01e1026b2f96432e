//! The operator's settings, as far as people are shown them.

use std::time::Duration;

use crate::domain::{OwnerRule, RoleId};

/// What an approval gives, and to whom things are said. Built once from the settings.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The address that people type into their client; the settings keep it under 300 characters.
    pub login_server: String,
    pub key_life: Duration,
    pub ephemeral: bool,
    pub tags: Vec<String>,
    pub owner: OwnerRule,
    pub create_users: bool,
    /// Revoking removes a node; otherwise it is signed out and can come back with a new key.
    pub revoke_deletes: bool,
    /// Mentioned when a card is posted.
    pub approver_role: Option<RoleId>,
    /// Zero: a denied member may ask again at once.
    pub cooldown_after_denial: Duration,
}
