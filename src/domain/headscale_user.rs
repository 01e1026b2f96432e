//! Headscale's users and tags by names that every supported release accepts, and which user a member's devices belong
//! to. From 0.27 on Headscale itself checks no name, so the rules are here. The requester has no say in any of it.

use std::fmt;
use std::str::FromStr;

use super::Person;

/// Every supported release takes names of 2 to 32 characters.
const LONGEST_NAME: usize = 32;
/// The most digits that a snowflake has.
const LONGEST_ID: usize = 19;
const ID: &str = "{id}";
const USERNAME: &str = "{username}";

/// Which Headscale user a member's devices belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserMapping {
    /// One Headscale user for everybody.
    Shared(UserName),
    /// One Headscale user for each member.
    PerMember(UserTemplate),
}

/// The name of a member's Headscale user, made from `{id}`, `{username}` and fixed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTemplate(String);

/// The rule that a template breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTemplate {
    TellsNobodyApart,
    Repeats,
    OddCharacters,
    BadStart,
    BadEnd,
    TooLong,
    IdMayBeCut,
}

/// The name of a Headscale user: 2 to 32 of `a-z`, `0-9` and `-`, from a letter on, not ending in `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName(String);

/// An ACL tag: `tag:` and 1 to 63 of `a-z`, `0-9` and `-`, from a letter on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadUserName;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTag;

fn is_plain(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn is_word(text: &str) -> bool {
    starts_with_letter(text) && text.chars().all(is_plain)
}

fn starts_with_letter(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
}

impl UserMapping {
    /// The name that this member's Headscale user gets when it is first needed; later the user is known by its number.
    pub fn user_of(&self, person: &Person) -> UserName {
        match self {
            Self::Shared(name) => name.clone(),
            Self::PerMember(template) => template.filled_in(person),
        }
    }

    /// Two members can never come to the same name. Only then may a user that already exists in Headscale be taken for
    /// the member's own: anybody can call themselves `admin` on Discord.
    pub fn tells_members_apart(&self) -> bool {
        match self {
            Self::Shared(_) => false,
            Self::PerMember(template) => template.0.contains(ID),
        }
    }
}

impl Default for UserMapping {
    fn default() -> Self {
        Self::PerMember(UserTemplate(format!("discord-{ID}")))
    }
}

impl FromStr for UserTemplate {
    type Err = BadTemplate;

    /// Names are cut at 32 characters, so whatever tells two members apart must come before anything that may be cut.
    fn from_str(template: &str) -> Result<Self, BadTemplate> {
        let [ids, usernames] = [ID, USERNAME].map(|part| template.matches(part).count());
        let literal = template.replace(ID, "").replace(USERNAME, "");
        let rules = [
            (ids + usernames > 0, BadTemplate::TellsNobodyApart),
            (ids <= 1 && usernames <= 1, BadTemplate::Repeats),
            (literal.chars().all(is_plain), BadTemplate::OddCharacters),
            (
                starts_with_letter(template) || template.starts_with(USERNAME),
                BadTemplate::BadStart,
            ),
            (!template.ends_with('-'), BadTemplate::BadEnd),
            (
                ids * LONGEST_ID + literal.len() + 2 * usernames <= LONGEST_NAME,
                BadTemplate::TooLong,
            ),
            (
                ids + usernames < 2 || keeps_the_id_whole(template),
                BadTemplate::IdMayBeCut,
            ),
        ];
        match rules.into_iter().find(|(kept, _)| !kept) {
            Some((_, broken)) => Err(broken),
            None => Ok(Self(template.to_owned())),
        }
    }
}

/// A digit right after `{id}` could be taken for a part of it.
fn keeps_the_id_whole(template: &str) -> bool {
    let after = template.split_once(ID).map_or("", |(_, after)| after);
    after.starts_with('-') && after.contains(USERNAME)
}

impl UserTemplate {
    fn filled_in(&self, person: &Person) -> UserName {
        let text = self.0.replace(ID, &person.id.to_string());
        UserName::tidied(&text.replace(USERNAME, &person.name))
    }
}

impl UserName {
    /// The closest valid name.
    fn tidied(text: &str) -> Self {
        let mut name = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                name.push(c);
            } else if !name.is_empty() && !name.ends_with('-') {
                name.push('-');
            }
        }
        if !starts_with_letter(&name) {
            name.insert_str(0, "u-");
        }
        name.truncate(LONGEST_NAME);
        let name = name.trim_end_matches('-');
        Self(if name.len() < 2 {
            format!("{name}-user")
        } else {
            name.to_owned()
        })
    }
}

impl FromStr for UserName {
    type Err = BadUserName;

    fn from_str(text: &str) -> Result<Self, BadUserName> {
        let fits =
            (2..=LONGEST_NAME).contains(&text.len()) && is_word(text) && !text.ends_with('-');
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MemberId;

    fn user(template: &str, name: &str) -> String {
        let person = Person {
            id: MemberId(112_233_445_566_778_899),
            name: name.to_owned(),
        };
        let mapping = UserMapping::PerMember(UserTemplate(template.to_owned()));
        let user = mapping.user_of(&person);
        assert_eq!(user.as_str().parse(), Ok(user.clone()), "a valid name");
        user.to_string()
    }

    #[test]
    fn a_template_yields_a_name_that_every_headscale_accepts() {
        assert_eq!(user("discord-{id}", "anna"), "discord-112233445566778899");
        assert_eq!(user("{username}", "Anna.Lee_2"), "anna-lee-2");
        assert_eq!(user("{id}", "anna"), "u-112233445566778899");
        assert_eq!(user("{username}", "名前"), "u-user");
        assert_eq!(user("{username}", "__anna__lee"), "anna-lee");
        assert_eq!(user("{username}", "al"), "al");
    }

    #[test]
    fn templates_must_tell_members_apart_within_thirty_two_characters() {
        for template in [
            "discord-{id}",
            "{username}",
            "u{id}-{username}",
            "m-{username}-x",
            "d{id}7",
            "a-long-prefix{id}",
            "{username}-of-the-thirty-characters-club",
        ] {
            assert!(template.parse::<UserTemplate>().is_ok(), "{template}");
        }
        for template in [
            "discord",
            "{id}",
            "-{id}",
            "{username}-{id}",
            "u{id}{username}",
            "u{id}7{username}",
            "u{id}{id}",
            "a-long-prefix-{id}",
            "discord_{id}",
            "discord-{name}",
            "{username}-",
        ] {
            assert!(template.parse::<UserTemplate>().is_err(), "{template}");
        }
        let twice = "{username}-{username}".parse::<UserTemplate>();
        assert_eq!(twice, Err(BadTemplate::Repeats));
    }

    #[test]
    fn only_an_id_tells_members_apart() {
        let tells = |template: &str| {
            UserMapping::PerMember(UserTemplate(template.to_owned())).tells_members_apart()
        };
        assert!(tells("u{id}-{username}"));
        assert!(!tells("{username}"));
        let shared = UserMapping::Shared(UserName("everybody".to_owned()));
        assert!(!shared.tells_members_apart());
    }

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
