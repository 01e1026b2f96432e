//! Headscale's things as this program knows them, the same for every release and transport.

use std::net::IpAddr;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{KeyId, NodeId, Tag, UserId, UserName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// As Headscale has it; not every name there is a [`UserName`].
    pub name: String,
    /// Empty if none was given.
    pub display_name: String,
}

/// A user to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    pub name: UserName,
    /// What Headscale's front ends show; may be empty.
    pub display_name: String,
}

/// A single-use key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOrder {
    pub user: UserId,
    /// Headscale has no "never", and takes a missing expiration for "already expired".
    pub expiration: Timestamp,
    /// The device is removed from the network some time after it goes offline.
    pub ephemeral: bool,
    pub tags: Vec<Tag>,
}

/// A key that has just been made: the only moment at which its plaintext is known.
#[derive(Debug)]
pub struct IssuedKey {
    pub id: KeyId,
    /// How people may see it: `hskey-auth-0123456789ab-***`.
    pub prefix: String,
    pub secret: SecretString,
}

/// A key as listed. Never holds the plaintext, though releases up to 0.27 list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreAuthKey {
    pub id: KeyId,
    /// Nobody's, if it was made for a tag only.
    pub user: Option<UserId>,
    /// Without one the key is expired.
    pub expiration: Option<Timestamp>,
    /// A device has registered with it.
    pub used: bool,
    pub reusable: bool,
    pub ephemeral: bool,
    pub created_at: Option<Timestamp>,
    pub tags: Vec<String>,
}

/// A device in the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: NodeId,
    /// What the device calls itself; 0.27 and 0.28 write `invalid-…` over a name they do not like.
    pub name: String,
    /// Its name in the network's DNS.
    pub given_name: String,
    pub addresses: Vec<IpAddr>,
    /// From 0.28 on a tagged device belongs to a pseudo-user, or to nobody.
    pub user: Option<UserId>,
    pub user_name: String,
    /// The key that it registered with last.
    pub preauth_key: Option<KeyId>,
    pub online: bool,
    /// Until when its registration holds, if it ends at all.
    pub expiry: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
    pub tags: Vec<String>,
}

/// What Headscale knows about the API key that this program uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyStanding {
    ExpiresAt(Timestamp),
    /// Accepted, and without an end.
    NeverExpires,
    /// Accepted, but not to be found among the listed keys.
    NotListed,
    /// This transport needs no API key.
    NotNeeded,
}

/// A key as people may see it. From 0.28 on Headscale itself shows the first part, of fixed length: the parts may
/// contain dashes. Older keys have no such part; a few of their digits tell them apart and help nobody.
pub(super) fn masked(secret: &SecretString) -> String {
    const SHOWN: usize = "hskey-auth-".len() + 12;
    let text = secret.expose_secret();
    let shown = if text.starts_with("hskey-auth-") {
        SHOWN
    } else {
        6
    };
    let shown: String = text.chars().take(shown.min(text.len() / 2)).collect();
    format!("{shown}-***")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_key_shows_what_headscale_itself_shows() {
        let secret = SecretString::from(format!("hskey-auth-a-b_c4567890-{}", "x".repeat(64)));
        assert_eq!(masked(&secret), "hskey-auth-a-b_c4567890-***");
        assert_eq!(
            masked(&SecretString::from("0123456789ab".repeat(4))),
            "012345-***"
        );
        assert_eq!(masked(&SecretString::from("ab")), "a-***");
    }
}
