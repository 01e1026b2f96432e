//! The example file, and the same settings from the environment.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;

use super::place::{LEAST, Place};
use crate::config::Settings;
use crate::domain::{GuildId, RoleId, UserMapping};

const EXAMPLE: &str = include_str!("../../../config.example.toml");

#[test]
fn the_example_shows_the_defaults() {
    let example = Place::with(EXAMPLE).load();
    let defaults = Place::with(LEAST).load();
    assert_eq!(format!("{example:#?}"), format!("{defaults:#?}"));
}

#[test]
fn the_example_shows_every_key_and_no_other() {
    let shown: BTreeSet<String> = settings_in(EXAMPLE).into_keys().collect();
    let known: BTreeSet<String> = Settings::keys().into_iter().collect();
    assert_eq!(shown, known);
}

#[test]
fn every_line_of_the_example_that_is_off_is_valid_when_switched_on() {
    for (key, value) in settings_in(EXAMPLE) {
        if !EXAMPLE.contains(&format!("\n#{} = ", key.split('.').nth(1).expect("a key"))) {
            continue;
        }
        if key.ends_with("_file") || key == "headscale.user.fixed" || key == "headscale.command" {
            continue; // they exclude another one, and have tests of their own
        }
        let name = format!("USHER__{}", key.to_uppercase().replace('.', "__"));
        let place = Place::with(LEAST);
        assert!(
            place.load_with(&[(&name, &value)]).is_ok(),
            "{name}={value}"
        );
    }
}

/// Every `section.key` of a settings file with its value as a word, lines that are off included.
fn settings_in(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        let line = match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => rest,
            _ => line,
        };
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#'))
        {
            found.extend(keys_of(&format!("{section}.{key}"), value));
        }
    }
    found
}

fn keys_of(key: &str, value: &str) -> Vec<(String, String)> {
    let word = |value: &str| value.replace(['"', '[', ']'], "");
    match value
        .strip_prefix("{ ")
        .and_then(|rest| rest.strip_suffix(" }"))
    {
        Some(table) => {
            let (inner, value) = table.split_once(" = ").expect("one key in an inline table");
            vec![(format!("{key}.{inner}"), word(value))]
        }
        None => vec![(key.to_owned(), word(value))],
    }
}

#[test]
fn everything_can_come_from_the_environment_alone() {
    let env: Vec<(String, String)> = settings_in(EXAMPLE)
        .into_iter()
        .filter(|(key, _)| {
            !EXAMPLE.contains(&format!("\n#{} = ", key.rsplit('.').next().expect("a key")))
        })
        .filter(|(key, _)| key != "headscale.user.fixed")
        .map(|(key, value)| {
            (
                format!("USHER__{}", key.to_uppercase().replace('.', "__")),
                value,
            )
        })
        .collect();
    let (settings, warnings) = Settings::load(None, env).expect("settings that are in order");
    assert_eq!(
        format!("{settings:#?}"),
        format!("{:#?}", Place::with(LEAST).load())
    );
    assert_eq!(warnings, []);
}

#[test]
fn the_environment_wins_over_the_file() {
    let (settings, _) = Place::with(LEAST)
        .load_with(&[
            ("USHER__DISCORD__GUILD_ID", "7"),
            ("USHER__DISCORD__REQUESTER_ROLE_IDS", "11, 12"),
            ("USHER__HEADSCALE__CREATE_USERS", "false"),
            ("USHER__HEADSCALE__USER__FIXED", "members"),
            ("USHER__KEYS__TAGS", "tag:member,tag:guest"),
            ("USHER__REQUESTS__TTL", "1h 30m"),
            ("USHER__OPERATIONS__LISTEN", "off"),
            ("USHER__LOG__FORMAT", ""),
            ("PATH", "/bin"),
        ])
        .expect("settings that are in order");
    assert_eq!(settings.rules.discord.guild, GuildId(7));
    assert_eq!(settings.rules.discord.requester_roles, [11, 12].map(RoleId));
    assert!(!settings.rules.headscale.create_users);
    assert_eq!(
        settings.rules.headscale.user,
        UserMapping::Shared("members".parse().unwrap())
    );
    let tags = ["tag:member", "tag:guest"].map(|tag| tag.parse().unwrap());
    assert_eq!(settings.rules.keys.tags, tags);
    assert_eq!(settings.rules.requests.ttl.as_secs(), 5400);
    assert_eq!(settings.operations.listen, None);
}

#[test]
fn a_problem_from_the_environment_names_the_variable() {
    let refusal = Place::with(LEAST).refusal_with(&[
        ("USHER__DISCORD__GUILD_ID", "my server"),
        ("USHER__DISCORD__GUILD", "7"),
        ("USHER__DISCROD__TOKEN", "x"),
    ]);
    assert_snapshot!(refusal, @r#"
    3 problems in the settings (config.toml and the environment):
      discord.guild_id (from USHER__DISCORD__GUILD_ID): must be a Discord id, a number such as "112233445566778899" (Developer Mode, then Copy ID)
      discord.guild: is unknown; [discord] has token, token_file, guild_id, admin_channel_id, approver_role_ids, requester_role_ids, api_url, timeout, mention_role_id, mention_approvers
      discrod: is not a section that exists
    "#);
}

#[test]
fn a_variable_without_a_key_is_refused() {
    let refusal = Place::with(LEAST).refusal_with(&[("USHER__TOKEN", "secret")]);
    assert_snapshot!(refusal, @"
    1 problem in the settings (config.toml and the environment):
      USHER__TOKEN: must name a section and a key, as USHER__SECTION__KEY
    ");
}
