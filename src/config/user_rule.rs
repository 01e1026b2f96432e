//! Which Headscale user a member's devices belong to: the rule as it is written in the settings.

use super::values::is_plain;

/// Headscale takes names of 2 to 32 characters in every supported release.
const LONGEST_NAME: usize = 32;
/// A snowflake's digits, at most.
const LONGEST_ID: usize = 19;
const ID: &str = "{id}";
const USERNAME: &str = "{username}";

/// How members map to Headscale users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRule {
    /// Everybody's devices belong to one Headscale user.
    Fixed(String),
    /// One Headscale user per member, named by a template over `{id}` and `{username}`.
    Template(String),
}

impl Default for UserRule {
    fn default() -> Self {
        Self::Template("discord-{id}".to_owned())
    }
}

impl UserRule {
    pub(super) fn fixed(name: &str) -> Result<Self, String> {
        let fits = (2..=LONGEST_NAME).contains(&name.len())
            && starts_with_letter(name)
            && !name.ends_with('-')
            && name.chars().all(is_plain);
        fits.then(|| Self::Fixed(name.to_owned())).ok_or_else(|| {
            "must be 2 to 32 of a-z, 0-9 and -, beginning with a letter, not ending with -"
                .to_owned()
        })
    }

    /// Names are cut at 32 characters, so whatever tells two members apart must come before anything that may be cut.
    pub(super) fn template(template: &str) -> Result<Self, String> {
        let [ids, usernames] = [ID, USERNAME].map(|part| template.matches(part).count());
        let literal = template.replace(ID, "").replace(USERNAME, "");
        if ids + usernames == 0 {
            Err(
                "must contain {id} or {username}; use `fixed` for one user for everybody"
                    .to_owned(),
            )
        } else if ids > 1 || usernames > 1 {
            Err("must contain {id} and {username} once each, at most".to_owned())
        } else if !literal.chars().all(is_plain) {
            Err("may contain {id}, {username}, and otherwise only a-z, 0-9 and -".to_owned())
        } else if !(starts_with_letter(template) || template.starts_with(USERNAME)) {
            Err("must begin with a letter or with {username}".to_owned())
        } else if template.ends_with('-') {
            Err("must not end with -".to_owned())
        } else if ids * LONGEST_ID + literal.len() + 2 * usernames > LONGEST_NAME {
            Err("is too long: names have 32 characters, and {id} takes up to 19 of them".to_owned())
        } else if ids + usernames == 2 && !keeps_the_id_whole(template) {
            Err("must have {id} before {username}, and a - between them".to_owned())
        } else {
            Ok(Self::Template(template.to_owned()))
        }
    }
}

fn starts_with_letter(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// A digit right after `{id}` could be taken for a part of it.
fn keeps_the_id_whole(template: &str) -> bool {
    let after = template.split_once(ID).map_or("", |(_, after)| after);
    after.starts_with('-') && after.contains(USERNAME)
}

#[cfg(test)]
mod tests {
    use super::UserRule;

    #[test]
    fn names_that_every_headscale_takes_are_accepted() {
        for name in [
            "ab",
            "members",
            "team-7",
            "a234567890123456789012345678901z",
        ] {
            assert!(UserRule::fixed(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "a",
            "7up",
            "-x",
            "x-",
            "Alice",
            "a.b",
            "a2345678901234567890123456789012z",
        ] {
            assert!(UserRule::fixed(name).is_err(), "{name}");
        }
    }

    #[test]
    fn templates_must_tell_members_apart_within_thirty_two_characters() {
        for template in [
            "discord-{id}",
            "{username}",
            "u{id}-{username}",
            "m-{username}-x",
            "d{id}7",
        ] {
            assert!(UserRule::template(template).is_ok(), "{template}");
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
            assert!(UserRule::template(template).is_err(), "{template}");
        }
    }
}
