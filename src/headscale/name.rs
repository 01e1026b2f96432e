//! Names that every supported release accepts. From 0.27 on, Headscale itself checks nothing.

use std::fmt;
use std::str::FromStr;

/// The name of a Headscale user: 2 to 32 of `a-z`, `0-9` and `-`, starting with a letter and not ending in `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName(String);

/// An ACL tag: `tag:` and 1 to 63 of `a-z`, `0-9` and `-`, starting with a letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a Headscale user name is 2 to 32 lower-case letters, digits and hyphens, starting with a letter and not ending \
     with a hyphen"
)]
pub struct BadUserName;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a tag is `tag:` and 1 to 63 lower-case letters, digits and hyphens, starting with a letter"
)]
pub struct BadTag;

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

impl FromStr for UserName {
    type Err = BadUserName;

    fn from_str(text: &str) -> Result<Self, BadUserName> {
        let fits = (2..=32).contains(&text.len()) && is_word(text) && !text.ends_with('-');
        fits.then(|| Self(text.to_owned())).ok_or(BadUserName)
    }
}

impl FromStr for Tag {
    type Err = BadTag;

    fn from_str(text: &str) -> Result<Self, BadTag> {
        let fits = text
            .strip_prefix("tag:")
            .is_some_and(|word| word.len() <= 63 && is_word(word));
        fits.then(|| Self(text.to_owned())).ok_or(BadTag)
    }
}

impl UserName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Tag {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_what_every_release_takes() {
        for good in ["alice", "a1", "team-b", "member-123456789012345678"] {
            assert_eq!(
                good.parse::<UserName>().as_ref().map(UserName::as_str),
                Ok(good)
            );
        }
        for bad in [
            "", "a", "1a", "-a", "a-", "Alice", "al.ice", "al ice", "käthe", "al@ice",
        ] {
            assert_eq!(bad.parse::<UserName>(), Err(BadUserName), "{bad}");
        }
        assert!("a".repeat(32).parse::<UserName>().is_ok());
        assert!("a".repeat(33).parse::<UserName>().is_err());
    }

    #[test]
    fn a_tag_starts_with_tag_and_is_lower_case() {
        assert!("tag:guest".parse::<Tag>().is_ok());
        for bad in ["guest", "tag:", "tag:1", "tag:Guest", "tag:a b", "Tag:a"] {
            assert_eq!(bad.parse::<Tag>(), Err(BadTag), "{bad}");
        }
    }
}
