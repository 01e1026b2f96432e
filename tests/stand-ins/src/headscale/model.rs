//! The stand-in's data: users, keys, nodes, pending sign-ins, API keys. No HTTP, no JSON.

mod join;
mod names;
mod pending;

use jiff::{SignedDuration, Timestamp};

pub use join::JoinError;
pub(super) use names::objection;
pub use pending::PendingSignIn;

use super::Release;
use super::chance::{self, BASE64, HEX};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: u64,
    pub name: String,
    pub display_name: String,
    pub email: String,
    pub created_at: Timestamp,
}

/// A pre-auth key, plaintext included: a stand-in has no secrets from its test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub id: u64,
    pub user: Option<u64>,
    pub secret: String,
    /// `None` is what Headscale stores as the year 1: expired from birth.
    pub expiration: Option<Timestamp>,
    pub used: bool,
    pub reusable: bool,
    pub ephemeral: bool,
    pub tags: Vec<String>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: u64,
    /// The device's own name, as this release keeps it.
    pub name: String,
    pub given_name: String,
    pub addresses: [String; 2],
    pub user: Option<u64>,
    /// The key as it was when the node registered.
    pub key: Option<Key>,
    pub tags: Vec<String>,
    pub online: bool,
    pub expiry: Option<Timestamp>,
    pub created_at: Timestamp,
    pub last_seen: Timestamp,
    pub machine: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiKey {
    pub(super) id: u64,
    pub(super) text: String,
    pub(super) expiration: Timestamp,
    pub(super) created_at: Timestamp,
}

/// The pseudo-user that owns tagged devices from 0.28 on.
pub(super) const TAGGED_DEVICES: u64 = 2_147_455_555;

#[derive(Debug)]
pub(super) struct World {
    pub(super) release: Release,
    /// The version that it reports instead of its release's, such as `dev`.
    pub(super) version: Option<String>,
    pub(super) users: Vec<User>,
    pub(super) keys: Vec<Key>,
    pub(super) nodes: Vec<Node>,
    pub(super) pending: Vec<PendingSignIn>,
    pub(super) api_keys: Vec<ApiKey>,
    /// The tags that somebody may give, as the policy says; asked for from 0.28 on.
    pub(super) policy_tags: Vec<String>,
    /// Every plaintext that ever left this Headscale.
    pub(super) issued: Vec<String>,
    ahead: SignedDuration,
    last_id: [u64; 4],
}

#[derive(Clone, Copy)]
enum Kind {
    User,
    Key,
    Node,
    ApiKey,
}

impl World {
    pub(super) fn new(release: Release) -> Self {
        let mut world = Self {
            release,
            version: None,
            users: Vec::new(),
            keys: Vec::new(),
            nodes: Vec::new(),
            pending: Vec::new(),
            api_keys: Vec::new(),
            policy_tags: Vec::new(),
            issued: Vec::new(),
            ahead: SignedDuration::ZERO,
            last_id: [0; 4],
        };
        world.new_api_key();
        world
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead
    }

    pub(super) fn advance(&mut self, by: SignedDuration) {
        self.ahead += by;
    }

    /// Ids are never used again.
    fn next_id(&mut self, kind: Kind) -> u64 {
        let last = &mut self.last_id[kind as usize];
        *last += 1;
        *last
    }

    pub(super) fn new_api_key(&mut self) -> String {
        let (prefix, secret) = match self.release {
            Release::V0_26 | Release::V0_27 => {
                (chance::text(BASE64, 7) + ".", chance::text(BASE64, 32))
            }
            Release::V0_28 | Release::V0_29 => (hskey("api", BASE64), chance::text(BASE64, 64)),
            Release::V0_30 => (hskey("api", HEX), chance::text(HEX, 64)),
        };
        let now = self.now();
        let key = ApiKey {
            id: self.next_id(Kind::ApiKey),
            text: prefix + &secret,
            expiration: now + SignedDuration::from_hours(90 * 24),
            created_at: now,
        };
        self.api_keys.push(key.clone());
        key.text
    }

    pub(super) fn user_named(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    pub(super) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(super) fn add_user(&mut self, name: &str, display_name: &str, email: &str) -> User {
        let id = self.next_id(Kind::User);
        let user = User {
            id,
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            email: email.to_owned(),
            created_at: self.now(),
        };
        self.users.push(user.clone());
        user
    }

    /// A user takes the keys along: 0.28.0 takes everybody's.
    pub(super) fn remove_user(&mut self, id: u64) {
        let takes_all = self.release == Release::V0_28;
        self.users.retain(|user| user.id != id);
        self.keys.retain(|key| !takes_all && key.user != Some(id));
    }

    pub(super) fn add_key(&mut self, order: KeyOrder) -> Key {
        let secret = match self.release {
            Release::V0_26 | Release::V0_27 => chance::text(HEX, 48),
            Release::V0_28 | Release::V0_29 => hskey("auth", BASE64) + &chance::text(BASE64, 64),
            Release::V0_30 => hskey("auth", HEX) + &chance::text(HEX, 64),
        };
        self.issued.push(secret.clone());
        let key = Key {
            id: self.next_id(Kind::Key),
            user: order.user,
            secret,
            expiration: order.expiration,
            used: false,
            reusable: order.reusable,
            ephemeral: order.ephemeral,
            tags: order.tags,
            created_at: self.now(),
        };
        self.keys.push(key.clone());
        key
    }

    pub(super) fn is_live(&self, key: &Key) -> bool {
        (key.reusable || !key.used) && key.expiration.is_some_and(|at| at > self.now())
    }

    pub(super) fn node_mut(&mut self, id: u64) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| node.id == id)
    }
}

/// The properties of a new key.
#[derive(Debug, Default)]
pub(super) struct KeyOrder {
    pub(super) user: Option<u64>,
    pub(super) reusable: bool,
    pub(super) ephemeral: bool,
    pub(super) expiration: Option<Timestamp>,
    pub(super) tags: Vec<String>,
}

fn hskey(kind: &str, alphabet: &[u8]) -> String {
    format!("hskey-{kind}-{}-", chance::text(alphabet, 12))
}

impl Key {
    /// As a list shows it.
    pub(super) fn shown(&self, release: Release) -> String {
        match (release.masks_keys(), self.secret.get(..23)) {
            (true, Some(prefix)) if prefix.starts_with("hskey-auth-") => format!("{prefix}-***"),
            _ => self.secret.clone(),
        }
    }
}

impl ApiKey {
    /// As a list shows it.
    pub(super) fn prefix(&self) -> String {
        match self.text.split_once('.') {
            Some((prefix, _)) => prefix.to_owned(),
            None => format!("{}-***", &self.text[.."hskey-api-".len() + 12]),
        }
    }
}
