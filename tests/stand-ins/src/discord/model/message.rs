//! Messages and the files on them.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Id,
    flags::{EPHEMERAL, LOADING},
};

#[derive(Clone, Debug)]
pub struct Attachment {
    pub id: Id,
    pub filename: String,
    pub description: Option<String>,
    pub content_type: Option<String>,
    pub bytes: Arc<[u8]>,
}

/// The people whom a message notified, resolved the way Discord resolves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pings {
    pub users: BTreeSet<Id>,
    pub roles: BTreeSet<Id>,
    pub everyone: bool,
}

impl Pings {
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.roles.is_empty() && !self.everyone
    }
}

#[derive(Clone, Debug)]
pub struct MessageRecord {
    pub id: Id,
    pub channel: Id,
    pub author: Id,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub attachments: Vec<Attachment>,
    pub flags: u64,
    pub nonce: Option<Value>,
    pub tts: bool,
    pub created: Timestamp,
    pub edited: Option<Timestamp>,
    /// The notifications the message sent when it was posted. Edits never notify.
    pub pings: Pings,
    /// Mentions that render as such, from the latest version.
    pub mentions: Pings,
    /// The interaction this message answers.
    pub interaction: Option<Id>,
    /// Set on ephemeral messages: the only person who sees it.
    pub seen_only_by: Option<Id>,
}

impl MessageRecord {
    pub fn is_ephemeral(&self) -> bool {
        self.flags & EPHEMERAL != 0
    }

    pub fn is_loading(&self) -> bool {
        self.flags & LOADING != 0
    }
}
