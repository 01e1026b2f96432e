//! Addresses, and the role that new cards mention.

use insta::assert_snapshot;

use super::place::{LEAST, Place, least_but};

#[test]
fn the_login_server_is_the_url_unless_told_otherwise() {
    let settings = Place::with(LEAST).load();
    assert_eq!(
        settings.rules.headscale.login_server.to_string(),
        "https://headscale.example.org"
    );
}

#[test]
fn an_address_that_members_cannot_reach_is_warned_of() {
    let place = Place::with(&least_but(
        "https://headscale.example.org",
        "http://headscale:8080",
    ));
    assert_snapshot!(place.warnings_with(&[]), @"headscale.login_server is not set: members will be given http://headscale:8080, which their devices cannot reach");
    let env = [("USHER__HEADSCALE__LOGIN_SERVER", "https://vpn.example.org")];
    assert_eq!(place.warnings_with(&env), "");
}

#[test]
fn plain_http_over_the_internet_has_to_be_asked_for() {
    let place = Place::with(&least_but(
        "https://headscale.example.org",
        "http://headscale.example.org",
    ));
    assert_snapshot!(place.refusal(), @"
    1 problem in the settings (config.toml and the environment):
      headscale.url: must begin with https://; plain http:// is for loopback and private hosts, unless headscale.allow_insecure_http = true
    ");
    let env = [("USHER__HEADSCALE__ALLOW_INSECURE_HTTP", "true")];
    assert_snapshot!(place.warnings_with(&env), @"headscale.url: the API key travels to http://headscale.example.org unencrypted");
}

#[test]
fn a_new_card_mentions_the_first_approver_role_unless_told_otherwise() {
    let mentioned = |env: &[(&str, &str)]| {
        let (settings, _) = Place::with(LEAST)
            .load_with(env)
            .expect("settings that are in order");
        settings.rules.discord.mention_role.map(|role| role.0)
    };
    assert_eq!(mentioned(&[]), Some(100_000_000_000_000_003));
    assert_eq!(
        mentioned(&[("USHER__DISCORD__MENTION_ROLE_ID", "5")]),
        Some(5)
    );
    assert_eq!(
        mentioned(&[("USHER__DISCORD__MENTION_APPROVERS", "false")]),
        None
    );
}

#[test]
fn the_program_takes_the_place_of_address_and_key() {
    let settings = super::place::least_but("url = \"https://headscale.example.org\"", "");
    let settings = settings.replace(
        "api_key = \"CHANGE-ME.this-is-not-a-real-key\"",
        "command = [\"docker\", \"exec\", \"headscale\", \"headscale\"]",
    );
    let place = Place::with(&settings);
    assert_snapshot!(place.refusal_with(&[]), @"
    1 problem in the settings (config.toml and the environment):
      headscale.login_server: is missing: with headscale.command, nothing else says where devices sign in
    ");
    let server = [("USHER__HEADSCALE__LOGIN_SERVER", "https://vpn.example.org")];
    let (loaded, _) = place
        .load_with(&server)
        .expect("settings that are in order");
    assert_eq!(
        loaded.headscale.access.name(),
        "`docker exec headscale headscale`"
    );
    let both = [
        server[0],
        ("USHER__HEADSCALE__URL", "https://vpn.example.org"),
    ];
    assert_snapshot!(place.refusal_with(&both), @"
    1 problem in the settings (config.toml and the environment):
      headscale.url (from USHER__HEADSCALE__URL): must not be set together with headscale.command, which replaces it
    ");
}

#[test]
fn an_address_holds_neither_credentials_nor_a_question() {
    use crate::domain::{Address, BadAddress};
    for (text, expected) in [
        ("https://anna@example.org", BadAddress::Credentials),
        ("https://:secret@example.org", BadAddress::Credentials),
        ("https://example.org/?a=b", BadAddress::Query),
        ("https://example.org/#top", BadAddress::Query),
        ("ftp://example.org", BadAddress::Scheme),
    ] {
        assert_eq!(text.parse::<Address>(), Err(expected), "{text}");
    }
}
