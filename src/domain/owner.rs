//! Which Headscale user a member's devices belong to. The requester has no say in it.

use super::Person;

/// How members map to Headscale users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerRule {
    /// Everybody's devices belong to one Headscale user.
    Fixed(String),
    /// One Headscale user per member, named by a template over `{id}` and `{username}`.
    Template(String),
}

impl OwnerRule {
    /// The name that this member's Headscale user gets when it is first needed; later it is remembered by its number.
    /// A template yields 2 to 32 of `a-z`, `0-9` and `-`, from a letter on: what every supported Headscale accepts.
    pub fn owner_of(&self, person: &Person) -> String {
        match self {
            Self::Fixed(name) => name.clone(),
            Self::Template(template) => user_name(
                &template
                    .replace("{id}", &person.id.to_string())
                    .replace("{username}", &person.name),
            ),
        }
    }

    /// Whether two members can never come to the same name: only then may a user that already exists in Headscale
    /// be taken for the member's own. Anybody can call themselves `admin` on Discord.
    pub fn tells_members_apart(&self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Template(template) => template.contains("{id}"),
        }
    }
}

fn user_name(filled_in: &str) -> String {
    const MAX: usize = 32;
    let mut name = String::new();
    for c in filled_in.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "u-");
    }
    name.truncate(MAX);
    let name = name.trim_end_matches('-');
    if name.len() < 2 {
        return format!("{name}-user");
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MemberId;

    fn owner(template: &str, name: &str) -> String {
        let person = Person {
            id: MemberId(112_233_445_566_778_899),
            name: name.to_owned(),
        };
        OwnerRule::Template(template.to_owned()).owner_of(&person)
    }

    #[test]
    fn a_template_yields_a_name_that_every_headscale_accepts() {
        assert_eq!(owner("discord-{id}", "anna"), "discord-112233445566778899");
        assert_eq!(owner("{username}", "Anna.Lee_2"), "anna-lee-2");
        assert_eq!(owner("{id}", "anna"), "u-112233445566778899");
        assert_eq!(owner("{username}", "名前"), "u-user");
    }
}
