//! Headscale's JSON, as tolerant as its releases differ: ids as text or numbers, times as text or as protobuf's
//! seconds and nanoseconds, camelCase over HTTP and `snake_case` from the program, nothing for an empty list.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::model::{Node, PreAuthKey, User};
use super::{KeyId, NodeId, UserId};

/// An id, as text or as a number; 0 where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id(pub(super) i64);

/// A time, or none: protobuf's zero time and `null` mean that there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Time(pub(super) Option<Timestamp>);

/// Text that goes from the answer straight into a secret. `None` if it was empty or absent.
#[derive(Debug, Default)]
pub(super) struct Hidden(pub(super) Option<SecretString>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUser {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default, alias = "display_name")]
    pub(super) display_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireKey {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) user: Option<WireUser>,
    #[serde(default)]
    pub(super) key: Hidden,
    #[serde(default)]
    pub(super) reusable: bool,
    #[serde(default)]
    pub(super) ephemeral: bool,
    #[serde(default)]
    pub(super) used: bool,
    #[serde(default)]
    pub(super) expiration: Time,
    #[serde(default, alias = "created_at")]
    pub(super) created_at: Time,
    #[serde(default, alias = "acl_tags", deserialize_with = "or_none")]
    pub(super) acl_tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireNode {
    pub(super) id: Id,
    #[serde(default)]
    name: String,
    #[serde(default, alias = "given_name")]
    given_name: String,
    #[serde(default, alias = "ip_addresses", deserialize_with = "or_none")]
    ip_addresses: Vec<String>,
    #[serde(default)]
    user: Option<WireUser>,
    #[serde(default, alias = "pre_auth_key")]
    pre_auth_key: Option<KeyReference>,
    #[serde(default)]
    online: bool,
    #[serde(default)]
    expiry: Time,
    #[serde(default, alias = "last_seen")]
    last_seen: Time,
    #[serde(default, alias = "created_at")]
    created_at: Time,
    /// From 0.28 on; before, see the next two.
    #[serde(default, deserialize_with = "or_none")]
    tags: Vec<String>,
    #[serde(default, alias = "forced_tags", deserialize_with = "or_none")]
    forced_tags: Vec<String>,
    #[serde(default, alias = "valid_tags", deserialize_with = "or_none")]
    valid_tags: Vec<String>,
}

/// A node's key. Releases up to 0.27 send its plaintext along, which is left unread.
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
    pub(super) users: Vec<WireUser>,
}

#[derive(Deserialize)]
pub(super) struct OneUser {
    pub(super) user: WireUser,
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
    pub(super) nodes: Vec<WireNode>,
}

#[derive(Deserialize)]
pub(super) struct OneNode {
    pub(super) node: WireNode,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKeys {
    #[serde(default, deserialize_with = "or_none")]
    pub(super) api_keys: Vec<WireApiKey>,
}

impl From<WireUser> for User {
    fn from(wire: WireUser) -> Self {
        Self {
            id: UserId(wire.id.0),
            name: wire.name,
            display_name: wire.display_name,
        }
    }
}

impl WireKey {
    pub(super) fn owner(&self) -> Option<UserId> {
        self.user
            .as_ref()
            .and_then(WireUser::known)
            .map(|user| UserId(user.id.0))
    }
}

impl WireUser {
    /// The program of 0.30 prints empty things where there are none.
    fn known(&self) -> Option<&Self> {
        (self.id.0 != 0).then_some(self)
    }
}

impl From<WireKey> for PreAuthKey {
    fn from(wire: WireKey) -> Self {
        Self {
            id: KeyId(wire.id.0),
            user: wire.owner(),
            expiration: wire.expiration.0,
            used: wire.used,
            reusable: wire.reusable,
            ephemeral: wire.ephemeral,
            created_at: wire.created_at.0,
            tags: wire.acl_tags,
        }
    }
}

impl From<WireNode> for Node {
    fn from(wire: WireNode) -> Self {
        let owner = wire.user.filter(|user| user.known().is_some());
        let (user, user_name) = match owner {
            Some(user) => (Some(UserId(user.id.0)), user.name),
            None => (None, String::new()),
        };
        let mut tags = [wire.tags, wire.forced_tags, wire.valid_tags].concat();
        tags.sort();
        tags.dedup();
        Self {
            id: NodeId(wire.id.0),
            name: wire.name,
            given_name: wire.given_name,
            addresses: wire
                .ip_addresses
                .iter()
                .filter_map(|text| text.parse::<IpAddr>().ok())
                .collect(),
            user,
            user_name,
            preauth_key: wire
                .pre_auth_key
                .filter(|key| key.id.0 != 0)
                .map(|key| KeyId(key.id.0)),
            online: wire.online,
            expiry: wire.expiry.0,
            last_seen: wire.last_seen.0,
            created_at: wire.created_at.0,
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
        match Either::deserialize(deserializer)? {
            Either::Number(id) if id >= 0 => Ok(Self(id)),
            Either::Number(_) => Err(de::Error::custom("an id is not negative")),
            Either::Text(text) if text.is_empty() => Ok(Self(0)),
            Either::Text(text) if text.bytes().all(|b| b.is_ascii_digit()) => text
                .parse()
                .map(Self)
                .map_err(|_| de::Error::custom("an id beyond its range")),
            Either::Text(_) => Err(de::Error::custom("an id is a number")),
        }
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

/// 0002-01-01: whatever is earlier is Go's zero time, in some time zone.
const YEAR_TWO: i64 = -62_104_060_800;

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ToSecret;
        impl Visitor<'_> for ToSecret {
            type Value = Hidden;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hidden, E> {
                Ok(Hidden((!text.is_empty()).then(|| SecretString::from(text))))
            }
        }
        deserializer.deserialize_str(ToSecret)
    }
}
