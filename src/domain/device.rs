//! The device: its name on the network, its platform, and the sign-in link it may be waiting with.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

/// A name that every supported Headscale accepts as a node's DNS label: 2 to 63 of `a-z`, `0-9` and `-`,
/// with no hyphen at either end.
///
/// ```
/// use headscale_usher::domain::DeviceName;
/// let name: DeviceName = "anna-laptop".parse().unwrap();
/// assert_eq!(name.as_str(), "anna-laptop");
/// let better = DeviceName::suggest("Anna's Laptop").unwrap();
/// assert_eq!(better.as_str(), "anna-s-laptop");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct DeviceName(String);

impl DeviceName {
    pub const MIN: usize = 2;
    /// RFC 1035, 2.3.4: a label has 63 octets at most.
    pub const MAX: usize = 63;

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// None if it breaks a rule.
    pub(super) fn checked(typed: &str) -> Option<Self> {
        is_label(typed).then(|| Self(typed.to_owned()))
    }

    /// The nearest valid name to what was typed, if there is one.
    pub fn suggest(typed: &str) -> Option<Self> {
        let mut label = String::new();
        for c in typed.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                label.push(c);
            } else if !label.is_empty() && !label.ends_with('-') {
                label.push('-');
            }
        }
        label.truncate(Self::MAX);
        let label = label.trim_end_matches('-');
        Self::checked(label)
    }
}

fn is_label(s: &str) -> bool {
    (DeviceName::MIN..=DeviceName::MAX).contains(&s.len())
        && s.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !s.starts_with('-')
        && !s.ends_with('-')
}

impl TryFrom<String> for DeviceName {
    type Error = &'static str;

    fn try_from(stored: String) -> Result<Self, Self::Error> {
        Self::checked(&stored).ok_or("not a device name")
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the device runs, which decides the steps that its owner is shown.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Platform {
    Linux,
    Macos,
    Windows,
    Android,
    Ios,
    Tv,
    Other,
}

/// The id in the link that a waiting device shows, taken from a whole link to our own Headscale. It is useless to anybody
/// who cannot approve it, and to everybody a quarter of an hour later.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SignIn {
    id: String,
    /// When Headscale forgets the device.
    pub ends_at: Timestamp,
}

impl SignIn {
    /// How long Headscale keeps a waiting device in memory, unless its operator has changed that.
    /// Source: Headscale 0.23 to 0.30, `register_cache_expiration`.
    pub const LIFE: std::time::Duration = std::time::Duration::from_mins(15);

    /// The caller has checked the id's form.
    pub fn new(id: String, seen_at: Timestamp) -> Self {
        let ends_at = seen_at.saturating_add(Self::LIFE);
        Self {
            id,
            ends_at: ends_at.unwrap_or(Timestamp::MAX),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.id
    }
}
