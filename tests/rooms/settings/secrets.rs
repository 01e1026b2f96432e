//! Tokens and keys: from one place only, and never shown.

use std::fs;

use insta::assert_snapshot;
use secrecy::ExposeSecret;

use super::place::{LEAST, Place, least_but};
use crate::config::{Access, Secret, Settings};

fn api_key(settings: &Settings) -> &Secret {
    match &settings.headscale.access {
        Access::Api { key, .. } => key,
        Access::Program { .. } => panic!("these settings name an address"),
    }
}

#[test]
fn a_secret_comes_from_a_file_without_its_line_break() {
    let place = Place::with(&least_but(
        "api_key = \"CHANGE-ME.this-is-not-a-real-key\"",
        "",
    ));
    let file = place.write("key", "hskey-api-abc\n", 0o600);
    let env = [(
        "USHER__HEADSCALE__API_KEY_FILE",
        file.to_str().expect("a plain name"),
    )];
    let (settings, warnings) = place.load_with(&env).expect("settings that are in order");
    assert_eq!(api_key(&settings).value().expose_secret(), "hskey-api-abc");
    assert_eq!(warnings, []);
    assert_eq!(api_key(&settings).file(), Some(file.as_path()));
}

#[test]
fn a_secret_given_twice_is_refused() {
    let place = Place::with(LEAST);
    let refusal = place.refusal_with(&[("USHER__DISCORD__TOKEN_FILE", "/run/secrets/token")]);
    assert_snapshot!(refusal, @"
    1 problem in the settings (config.toml and the environment):
      discord.token: is set, and so is discord.token_file: keep one of them
    ");
}

#[test]
fn a_secret_file_that_holds_no_secret_is_refused() {
    let place = Place::with(&least_but(
        "token = \"CHANGE-ME.this-is-not-a-real-token\"",
        "",
    ));
    place.write("empty", "\n", 0o600);
    place.write("prose", "my secret\n", 0o600);
    place.write("large", &"x".repeat(5000), 0o600);
    let refusals: Vec<String> = ["missing", "empty", "prose", "large"]
        .into_iter()
        .map(|name| {
            let file = place.dir.path().join(name).display().to_string();
            place.refusal_with(&[("USHER__DISCORD__TOKEN_FILE", &file)])
        })
        .collect();
    assert_snapshot!(refusals.join("\n"), @"
    1 problem in the settings (config.toml and the environment):
      discord.token_file (from USHER__DISCORD__TOKEN_FILE): missing: cannot be read: No such file or directory (os error 2)
    1 problem in the settings (config.toml and the environment):
      discord.token_file (from USHER__DISCORD__TOKEN_FILE): empty: is empty
    1 problem in the settings (config.toml and the environment):
      discord.token_file (from USHER__DISCORD__TOKEN_FILE): prose: must be the bare secret: one word of plain letters, digits and signs
    1 problem in the settings (config.toml and the environment):
      discord.token_file (from USHER__DISCORD__TOKEN_FILE): large: is longer than 4096 characters
    ");
}

#[test]
fn secrets_that_everybody_on_the_machine_can_read_are_warned_of() {
    let place = Place::with(&least_but(
        "token = \"CHANGE-ME.this-is-not-a-real-token\"",
        "",
    ));
    place.write(
        "config.toml",
        &fs::read_to_string(place.dir.path().join("config.toml")).expect("our file"),
        0o644,
    );
    let file = place.write("token", "abc.def", 0o644).display().to_string();
    assert_snapshot!(place.warnings_with(&[("USHER__DISCORD__TOKEN_FILE", &file)]), @"
    discord.token_file: every user of this machine can read token; `chmod o-r token` stops that
    config.toml holds headscale.api_key, and every user of this machine can read it; `chmod o-r config.toml` stops that
    ");
}

#[test]
fn settings_can_be_printed_without_a_secret() {
    let printed = format!("{:?}", Place::with(LEAST).load());
    assert!(printed.contains("token: Secret(given)"));
    assert!(!printed.contains("not-a-real"));
}
