//! Devices that show a sign-in link and wait to be let in: for 15 minutes, once each.

use jiff::{SignedDuration, Timestamp};

use super::{Node, World};
use crate::headscale::Release;
use crate::headscale::chance::{self, BASE64, HEX};

const LIFE: SignedDuration = SignedDuration::from_mins(15);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    pub id: String,
    pub hostname: String,
    pub since: Timestamp,
}

impl World {
    /// Returns the id that its link ends in.
    pub(in crate::headscale) fn begin_sign_in(&mut self, hostname: &str) -> String {
        let random = if self.release == Release::V0_30 {
            chance::text(HEX, 24)
        } else {
            chance::text(BASE64, 24)
        };
        let id = format!("{}{random}", self.release.sign_in_prefix());
        self.begin_sign_in_as(&id, hostname);
        id
    }

    pub(in crate::headscale) fn begin_sign_in_as(&mut self, id: &str, hostname: &str) {
        let since = self.now();
        self.pending.push(PendingSignIn {
            id: id.to_owned(),
            hostname: hostname.to_owned(),
            since,
        });
    }

    /// `None` if the id is unknown, used or too old.
    pub(in crate::headscale) fn let_in(&mut self, id: &str, owner: u64) -> Option<Node> {
        let now = self.now();
        self.pending
            .retain(|pending| now.duration_since(pending.since) < LIFE);
        let position = self.pending.iter().position(|pending| pending.id == id)?;
        let pending = self.pending.remove(position);
        Some(self.add_node(&pending.hostname, Some(owner), None))
    }

    /// The release's answer to an id in a form that is not its own.
    pub(in crate::headscale) fn sign_in_objection(&self, id: &str) -> Option<String> {
        let prefix = self.release.sign_in_prefix();
        match id.strip_prefix(prefix) {
            None => Some(format!(
                "auth ID has invalid prefix: expected prefix \"{prefix}\""
            )),
            Some(random) if random.len() != 24 && prefix.is_empty() => {
                Some("registration ID must be 24 characters long".to_owned())
            }
            Some(random) if random.len() != 24 => Some(format!(
                "auth ID has invalid length: expected {}, got {}",
                prefix.len() + 24,
                id.len()
            )),
            Some(_) => None,
        }
    }
}
