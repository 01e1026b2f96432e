//! The operator's settings, as far as people are shown them.

use std::time::Duration;

use crate::domain::{Person, RoleId};

/// What an approval gives, and to whom things are said. Built once from the settings.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The address that people type into their client; the settings keep it under 300 characters.
    pub login_server: String,
    pub key_life: Duration,
    pub ephemeral: bool,
    pub tags: Vec<String>,
    pub owner: OwnerRule,
    pub create_users: bool,
    /// Mentioned when a card is posted.
    pub approver_role: Option<RoleId>,
    /// Zero: a denied member may ask again at once.
    pub cooldown_after_denial: Duration,
}

/// Which Headscale user a member's devices belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerRule {
    /// One user for everybody.
    Fixed(String),
    /// A user per member: `{id}` and `{username}` are filled in.
    Template(String),
}

impl OwnerRule {
    /// The user's name if it had to be made today. A template yields 2 to 32 of `a-z`, `0-9` and `-`, starting
    /// with a letter: the one form that every Headscale accepts.
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
