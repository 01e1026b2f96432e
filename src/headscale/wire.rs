//! Headscale's JSON, read as tolerantly as its releases differ: ids as text or numbers, times as text or as protobuf's
//! seconds and nanoseconds, `camelCase` over HTTP and `snake_case` from the program, `null` for an empty list.

use std::fmt;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use zeroize::Zeroizing;

use super::{Error, Node, PreAuthKey, User};
use crate::domain::{HeadscaleUserId, KeyId, NodeId};

/// What was sent or printed. It may hold a key: it is wiped when dropped, and has no `Debug`.
pub(super) struct Body(Zeroizing<Vec<u8>>);

impl Body {
    pub(super) fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.0).map_err(|_| Error::Unreadable("not of the expected shape"))
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.0.trim_ascii() == text.as_bytes()
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.0).contains(text)
    }
}

/// An id; 0 stands for none.
#[derive(Clone, Copy, Debug)]
struct Id(i64);

/// A time; protobuf's zero time and `null` mean that there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Time(pub(super) Option<Timestamp>);

/// Text that goes from the answer straight into a secret. Empty text counts as none.
#[derive(Debug, Default)]
struct SecretText(Option<SecretString>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUser {
    id: Id,
    #[serde(default)]
    name: String,
    #[serde(default, alias = "display_name")]
    display_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireKey {
    id: Id,
    #[serde(default)]
    user: Option<WireUser>,
    #[serde(default)]
    key: SecretText,
    #[serde(default)]
    reusable: bool,
    #[serde(default)]
    ephemeral: bool,
    #[serde(default)]
    used: bool,
    #[serde(default)]
    expiration: Time,
    #[serde(default, alias = "acl_tags", deserialize_with = "or_none")]
    acl_tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireNode {
    id: Id,
    #[serde(default, alias = "given_name")]
    given_name: String,
    #[serde(default, alias = "ip_addresses", deserialize_with = "or_none")]
    ip_addresses: Vec<String>,
    #[serde(default)]
    user: Option<WireUser>,
    #[serde(default, alias = "pre_auth_key")]
    pre_auth_key: Option<KeyReference>,
    #[serde(default)]
    expiry: Time,
    /// From 0.28 on; earlier releases have the next two instead.
    #[serde(default, deserialize_with = "or_none")]
    tags: Vec<String>,
    #[serde(default, alias = "forced_tags", deserialize_with = "or_none")]
    forced_tags: Vec<String>,
    #[serde(default, alias = "valid_tags", deserialize_with = "or_none")]
    valid_tags: Vec<String>,
}

/// A node's key. Releases up to 0.27 send its plaintext along, which is not read.
#[derive(Debug, Deserialize)]
struct KeyReference {
    id: Id,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireApiKey {
    #[serde(default)]
    pub(super) prefix: String,
    #[serde(default)]
    pub(super) expiration: Time,
}

#[derive(Deserialize)]
pub(super) struct Users {
    #[serde(default, deserialize_with = "or_none")]
    pub(super) users: Vec<User>,
}

#[derive(Deserialize)]
pub(super) struct OneUser {
    pub(super) user: User,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Keys {
    #[serde(default, deserialize_with = "or_none")]
    pub(super) pre_auth_keys: Vec<WireKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneKey {
    pub(super) pre_auth_key: WireKey,
}

#[derive(Deserialize)]
pub(super) struct Nodes {
    #[serde(default, deserialize_with = "or_none")]
    pub(super) nodes: Vec<Node>,
}

#[derive(Deserialize)]
pub(super) struct OneNode {
    pub(super) node: Node,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKeys {
    #[serde(default, deserialize_with = "or_none")]
    pub(super) api_keys: Vec<WireApiKey>,
}

impl<'de> Deserialize<'de> for User {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WireUser::deserialize(deserializer).map(Self::from)
    }
}

impl From<WireUser> for User {
    fn from(wire: WireUser) -> Self {
        Self {
            id: HeadscaleUserId(wire.id.0),
            name: wire.name,
            display_name: wire.display_name,
        }
    }
}

/// Where there is no user, the program of 0.30 prints an empty one.
fn known(user: Option<WireUser>) -> Option<User> {
    user.filter(|user| user.id.0 != 0).map(User::from)
}

impl WireKey {
    pub(super) fn id(&self) -> KeyId {
        KeyId(self.id.0)
    }

    pub(super) fn expiration(&self) -> Option<Timestamp> {
        self.expiration.0
    }

    pub(super) fn plaintext(self) -> Option<SecretString> {
        self.key.0
    }
}

impl From<WireKey> for PreAuthKey {
    fn from(wire: WireKey) -> Self {
        Self {
            id: wire.id(),
            user: known(wire.user).map(|user| user.id),
            expiration: wire.expiration.0,
            used: wire.used,
            reusable: wire.reusable,
            ephemeral: wire.ephemeral,
            tags: wire.acl_tags,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WireNode::deserialize(deserializer).map(Self::from)
    }
}

impl From<WireNode> for Node {
    fn from(wire: WireNode) -> Self {
        let user = known(wire.user);
        let key = wire.pre_auth_key.filter(|key| key.id.0 != 0);
        let addresses = wire
            .ip_addresses
            .iter()
            .filter_map(|text| text.parse().ok());
        let mut tags = [wire.tags, wire.forced_tags, wire.valid_tags].concat();
        tags.sort();
        tags.dedup();
        Self {
            id: NodeId(wire.id.0),
            given_name: wire.given_name,
            addresses: addresses.collect(),
            user: user.as_ref().map(|user| user.id),
            user_name: user.map(|user| user.name).unwrap_or_default(),
            preauth_key: key.map(|key| KeyId(key.id.0)),
            expiry: wire.expiry.0,
            tags,
        }
    }
}

fn or_none<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(i64),
            Text(String),
        }
        let id = match Either::deserialize(deserializer)? {
            Either::Text(text) if text.is_empty() => Some(0),
            Either::Text(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
            Either::Text(_) => None,
            Either::Number(id) => (id >= 0).then_some(id),
        };
        id.map(Self).ok_or_else(|| de::Error::custom("not an id"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(Timestamp),
            Protobuf {
                #[serde(default)]
                seconds: i64,
                #[serde(default)]
                nanos: i32,
            },
        }
        let time = match Option::<Either>::deserialize(deserializer)? {
            None => None,
            Some(Either::Text(time)) => Some(time),
            Some(Either::Protobuf { seconds, nanos }) => {
                Some(Timestamp::new(seconds, nanos).map_err(de::Error::custom)?)
            }
        };
        Ok(Self(time.filter(|time| time.as_second() > YEAR_TWO)))
    }
}

/// 0002-01-01: anything earlier is Go's zero time in some time zone.
const YEAR_TWO: i64 = -62_104_060_800;

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ToSecret;
        impl Visitor<'_> for ToSecret {
            type Value = SecretText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretText, E> {
                Ok(SecretText(
                    (!text.is_empty()).then(|| SecretString::from(text)),
                ))
            }
        }
        deserializer.deserialize_str(ToSecret)
    }
}
