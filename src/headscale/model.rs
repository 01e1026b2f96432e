//! What goes into and comes out of Headscale, the same for every release and transport.

use std::net::IpAddr;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::domain::{HeadscaleUserId, KeyId, NodeId, Tag, UserName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: HeadscaleUserId,
    /// As Headscale has it: not every name there is a valid [`UserName`].
    pub name: String,
    /// May be empty.
    pub display_name: String,
}

/// A user to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    pub name: UserName,
    /// What Headscale's user interfaces show. May be empty.
    pub display_name: String,
}

/// A single-use key to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOrder {
    pub user: HeadscaleUserId,
    /// Mandatory: Headscale takes a key without an expiry for one that has already expired.
    pub expiration: Timestamp,
    /// Whether the device is removed from the network some time after it goes offline.
    pub ephemeral: bool,
    pub tags: Vec<Tag>,
}

/// A key that has just been created: the only time that its plaintext is known.
#[derive(Debug)]
pub struct IssuedKey {
    pub id: KeyId,
    pub secret: SecretString,
}

/// A key as listed, without its plaintext, which releases up to 0.27 list as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreAuthKey {
    pub id: KeyId,
    /// None if the key was created for tags only.
    pub user: Option<HeadscaleUserId>,
    /// A key without one has expired.
    pub expiration: Option<Timestamp>,
    /// A device has registered with it.
    pub used: bool,
    pub reusable: bool,
    pub ephemeral: bool,
    pub tags: Vec<String>,
}

/// A device in the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: NodeId,
    /// Its name in the network's DNS.
    pub given_name: String,
    pub addresses: Vec<IpAddr>,
    /// From 0.28 on, a tagged device belongs to a pseudo-user or to nobody.
    pub user: Option<HeadscaleUserId>,
    pub user_name: String,
    /// The key that it last registered with.
    pub preauth_key: Option<KeyId>,
    /// When it will be signed out, if ever.
    pub expiry: Option<Timestamp>,
    pub tags: Vec<String>,
}

impl Node {
    pub(crate) fn has(&self, tags: &[Tag]) -> bool {
        let mut tags = tags.iter().map(Tag::as_str);
        tags.all(|tag| self.tags.iter().any(|own| own == tag))
    }
}

/// What Headscale says about the API key that this program uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyStanding {
    ExpiresAt(Timestamp),
    NeverExpires,
    /// Accepted, but not among the listed keys.
    NotListed,
    /// The program needs no API key.
    NotNeeded,
}
