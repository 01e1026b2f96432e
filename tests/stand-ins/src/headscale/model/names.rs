//! The rules for device names, release by release.

use super::World;
use crate::headscale::Release;
use crate::headscale::chance::{self, HEX};

/// The name that is kept as the device's own.
pub(super) fn kept(release: Release, hostname: &str) -> String {
    match release {
        Release::V0_26 | Release::V0_29 | Release::V0_30 => hostname.to_owned(),
        Release::V0_27 | Release::V0_28 => {
            let lower = hostname.to_ascii_lowercase();
            if is_hostname(&lower) {
                lower
            } else {
                format!("invalid-{}", chance::text(HEX, 8))
            }
        }
    }
}

/// The DNS label made of it, before anybody looks whether it is free.
pub(super) fn label(release: Release, name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let replaced = |with: &str| -> String {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        lower
            .chars()
            .map(|c| {
                if fits(c) {
                    c.to_string()
                } else {
                    with.to_owned()
                }
            })
            .collect()
    };
    match release {
        Release::V0_26 => replaced(""),
        Release::V0_27 | Release::V0_28 => lower,
        Release::V0_29 | Release::V0_30 => {
            let label = replaced("-").trim_matches('-').to_owned();
            if label.is_empty() {
                "node".to_owned()
            } else {
                label
            }
        }
    }
}

fn is_hostname(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (2..=63).contains(&name.len())
        && name.chars().all(fits)
        && name.starts_with(edge)
        && name.ends_with(edge)
}

/// The refusal of a rename, in the release's words; `None` if the name is fine.
pub(in crate::headscale) fn objection(release: Release, name: &str) -> Option<String> {
    let shown = format!("\"{name}\"");
    let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let odd = name.chars().find(|&c| !label(c) && c != '.');
    let upper = name.chars().any(|c| c.is_ascii_uppercase());
    match release {
        Release::V0_26 if name.len() < 2 => {
            Some("name must be at least 2 characters long".to_owned())
        }
        Release::V0_26 if name.len() > 63 => Some(format!(
            "DNS segment must not be over 63 chars. {name} doesn't comply with this rule: invalid user name"
        )),
        Release::V0_26 if upper => Some(format!(
            "DNS segment should be lowercase. {name} doesn't comply with this rule: invalid user name"
        )),
        Release::V0_26 => odd.map(|_| format!("DNS segment should only be composed of lowercase ASCII letters numbers, hyphen and dots. {name} doesn't comply with these rules: invalid user name")),
        Release::V0_27 | Release::V0_28 if name.len() < 2 => Some(format!(
            "hostname {shown} is too short, must be at least 2 characters"
        )),
        Release::V0_27 | Release::V0_28 if name.len() > 63 => Some(format!(
            "hostname {shown} is too long, must not exceed 63 characters"
        )),
        Release::V0_27 | Release::V0_28 if upper => Some(format!(
            "hostname {shown} must be lowercase (try \"{}\")",
            name.to_ascii_lowercase()
        )),
        Release::V0_27 | Release::V0_28 => {
            odd.map(|_| format!("hostname {shown} contains invalid characters, only lowercase letters, numbers, hyphens and dots are allowed"))
        }
        Release::V0_29 | Release::V0_30 => invalid_label(release, name),
    }
}

fn invalid_label(release: Release, name: &str) -> Option<String> {
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let why = if name.is_empty() {
        "empty DNS label".to_owned()
    } else if name.len() > 63 {
        "is too long, max length is 63 bytes".to_owned()
    } else if let Some(odd) = name.chars().find(|&c| !label(c)) {
        format!("contains invalid character '{odd}'")
    } else {
        return None;
    };
    let lead = if release == Release::V0_30 {
        "given name is not a valid DNS label: "
    } else {
        ""
    };
    Some(format!(
        "{lead}\"{name}\" is not a valid DNS label: \"{name}\" is not a valid DNS label: {why}"
    ))
}

impl World {
    pub(super) fn free_given_name(&self, label: &str) -> String {
        let taken = |name: &str| self.nodes.iter().any(|node| node.given_name == name);
        if !taken(label) {
            return label.to_owned();
        }
        match self.release {
            Release::V0_26 | Release::V0_27 | Release::V0_28 => {
                format!("{label}-{}", chance::text(HEX, 8))
            }
            Release::V0_29 | Release::V0_30 => {
                let mut number = 1;
                while taken(&format!("{label}-{number}")) {
                    number += 1;
                }
                format!("{label}-{number}")
            }
        }
    }
}
