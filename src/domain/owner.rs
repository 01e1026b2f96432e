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
    /// What every supported Headscale takes as a user's name: 2 to 32 of `a-z`, `0-9`, `-`, from a letter on.
    pub const MAX: usize = 32;

    /// The name that this member's Headscale user gets when it is first needed; later it is remembered by id.
    pub fn name_for(&self, person: &Person) -> String {
        match self {
            Self::Fixed(name) => name.clone(),
            Self::Template(template) => tidy(
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

fn tidy(name: &str) -> String {
    let mut tidy = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        let c = if c.is_ascii_alphanumeric() { c } else { '-' };
        let starts = tidy.is_empty();
        if (starts && c.is_ascii_alphabetic()) || (!starts && !(c == '-' && tidy.ends_with('-'))) {
            tidy.push(c);
        }
    }
    tidy.truncate(OwnerRule::MAX);
    let tidy = tidy.trim_end_matches('-');
    if tidy.len() < 2 {
        format!("member-{tidy}").trim_end_matches('-').to_owned()
    } else {
        tidy.to_owned()
    }
}
