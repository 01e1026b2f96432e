//! Refusals: everything that is wrong, at once, by key and rule.

use std::path::Path;

use insta::assert_snapshot;

use super::place::{LEAST, Place, extended, least_but};
use crate::config::{Problems, Settings};

#[test]
fn without_any_settings_three_lines_say_what_to_do() {
    let problems = Problems::nothing_configured();
    assert!(problems.is_nothing_configured());
    assert_snapshot!(problems, @"
    There are no settings yet. Copy config.example.toml to config.toml and fill in [discord] and [headscale],
    or set the same keys in the environment, such as USHER__DISCORD__TOKEN and USHER__HEADSCALE__URL.
    Then run `headscale-usher check`: it tells you what is missing and how to fix it.
    ");
}

#[test]
fn a_missing_file_is_a_sentence() {
    let place = Place::with(LEAST);
    let missing = place.dir.path().join("missing.toml");
    let problems = Settings::load(Some(&missing), []).expect_err("no such file");
    assert_snapshot!(place.tell(&problems), @"
    1 problem in the settings (missing.toml and the environment):
      missing.toml: cannot be read: No such file or directory (os error 2)
    ");
}

#[test]
fn a_syntax_error_names_the_line_and_shows_nothing_of_it() {
    let refusal = Place::with("[discord]\ntoken = \"very-secret\nguild_id = 7\n").refusal();
    assert!(!refusal.contains("very-secret"));
    assert_snapshot!(refusal, @r#"
    1 problem in the settings (config.toml and the environment):
      config.toml: line 2 is not TOML: invalid basic string, expected `"`
    "#);
    let refusal = Place::with("[discord]\nguild_id = 99999999999999999999\n").refusal();
    assert_snapshot!(refusal, @"
    1 problem in the settings (config.toml and the environment):
      config.toml: is not TOML: number too large to fit in target type
    ");
}

#[test]
fn an_empty_file_is_told_everything_that_is_missing() {
    assert_snapshot!(Place::with("").refusal(), @"
    6 problems in the settings (config.toml and the environment):
      discord.token: is missing: the bot's token, from Discord's developer portal; set it here, in discord.token_file or in USHER__DISCORD__TOKEN
      discord.guild_id: is missing: the id of your Discord server
      discord.admin_channel_id: is missing: the id of the channel where the approvers decide
      discord.approver_role_ids: must name at least one role; without one nobody can approve
      headscale.url: is missing: the address of Headscale's API
      headscale.api_key: is missing: made by `headscale apikeys create`; set it here, in headscale.api_key_file or in USHER__HEADSCALE__API_KEY
    ");
}

/// Breaks every rule there is.
const BROKEN: &str = r#"
    extra = 1
    [discord]
    token = "Bot abc"
    guild_id = -5
    admin_channel_id = "general"
    approver_role_ids = []
    requester_role_ids = ["1", "two"]
    api_url = "ftp://example.org"
    mention_role_id = 1
    mention_approvers = false
    colour = "red"
    [headscale]
    url = "http://headscale.example.org"
    api_key = ""
    login_server = "https://alice:hunter2@example.org"
    user = { fixed = "A", template = "{username}-{id}", both = true }
    create_users = "yes"
    adopt_existing_users = 1
    timeout = "soon"
    watch_interval = "1d"
    allow_insecure_http = []
    [keys]
    expiration = "10s"
    ephemeral = { no = true }
    tags = ["member"]
    [requests]
    ttl = 7
    claim_window = "0s"
    max_open_per_member = 0
    max_per_day = 1.5
    allow_self_approval = "maybe"
    cooldown_after_denial = "-1s"
    on_member_left = "ban"
    member_check_interval = "1s"
    [retries]
    first = "1m"
    longest = "5s"
    attempts = "many"
    parallel = 1000
    [database]
    url = "postgres://usher:hunter2@localhost/usher"
    [operations]
    listen = "localhost:80"
    [log]
    format = "xml"
    filter = "info,=="
    [loggin]
    "#;

#[test]
fn every_broken_rule_is_reported_at_once() {
    let refusal = Place::with(BROKEN).refusal();
    assert!(!refusal.contains("hunter2"));
    assert_snapshot!(refusal, @r#"
    39 problems in the settings (config.toml and the environment):
      discord.token: must be the bare secret: one word of plain letters, digits and signs
      discord.guild_id: must be a Discord id, a number such as "112233445566778899" (Developer Mode, then Copy ID)
      discord.admin_channel_id: must be a Discord id, a number such as "112233445566778899" (Developer Mode, then Copy ID)
      discord.requester_role_ids: must be a Discord id, a number such as "112233445566778899" (Developer Mode, then Copy ID)
      discord.api_url: must begin with https:// or http://
      discord.approver_role_ids: must name at least one role; without one nobody can approve
      discord.mention_role_id: is set, but mention_approvers = false: keep one of them
      discord.colour: is unknown; [discord] has token, token_file, guild_id, admin_channel_id, approver_role_ids, requester_role_ids, api_url, timeout, mention_role_id, mention_approvers
      headscale.api_key: is empty
      headscale.login_server: must not contain a user name or a password
      headscale.user.fixed: must be 2 to 32 of a-z, 0-9 and -, starting with a letter and not ending with -
      headscale.user.template: must have {id} before {username}, with a - between them
      headscale.user.both: is unknown; [headscale.user] has fixed, template
      headscale.create_users: must be true or false
      headscale.adopt_existing_users: must be true or false
      headscale.timeout: must be a duration from 100ms to 2m, such as "90s", "1h 30m" or "7d"
      headscale.watch_interval: must be a duration from 100ms to 1h, such as "90s", "1h 30m" or "7d"
      headscale.allow_insecure_http: must be a single value
      headscale.url: must begin with https://; plain http:// is for loopback and private hosts, unless headscale.allow_insecure_http = true
      keys.expiration: must be a duration from 1m to 30d, such as "90s", "1h 30m" or "7d"
      keys.ephemeral: must be a single value
      keys.tags: must be tags such as "tag:member": a letter, then up to 62 of a-z, 0-9 and -
      requests.ttl: must be a duration from 1m to 365d, such as "90s", "1h 30m" or "7d"
      requests.claim_window: must be a duration from 1m to 365d, such as "90s", "1h 30m" or "7d"
      requests.max_open_per_member: must be a whole number from 1 to 100
      requests.max_per_day: must be a whole number from 1 to 1000
      requests.allow_self_approval: must be true or false
      requests.cooldown_after_denial: must be a duration from 0s to 365d, such as "90s", "1h 30m" or "7d"
      requests.on_member_left: must be "ask", "expire" or "nothing"
      requests.member_check_interval: must be a duration from 1m to 30d, such as "90s", "1h 30m" or "7d"
      retries.attempts: must be a whole number from 1 to 100
      retries.parallel: must be a whole number from 1 to 64
      retries.longest: must not be shorter than retries.first
      database.url: must begin with sqlite://; other databases are not supported
      operations.listen: must be an IP address and a port, such as "127.0.0.1:8787", or "off"
      log.format: must be "text" or "json"
      log.filter: must be a log filter, such as "info" or "info,headscale_usher=debug"
      extra: is not a section that exists
      loggin: is not a section that exists
    "#);
}

#[test]
fn a_section_that_is_no_table_is_refused() {
    let refusal = Place::with("discord = 1\nheadscale = { user = \"alice\" }").refusal();
    assert_snapshot!(refusal, @"
    8 problems in the settings (config.toml and the environment):
      discord: must be a table with keys of its own
      discord.token: is missing: the bot's token, from Discord's developer portal; set it here, in discord.token_file or in USHER__DISCORD__TOKEN
      discord.guild_id: is missing: the id of your Discord server
      discord.admin_channel_id: is missing: the id of the channel where the approvers decide
      discord.approver_role_ids: must name at least one role; without one nobody can approve
      headscale.url: is missing: the address of Headscale's API
      headscale.api_key: is missing: made by `headscale apikeys create`; set it here, in headscale.api_key_file or in USHER__HEADSCALE__API_KEY
      headscale.user: must be a table with keys of its own
    ");
}

#[test]
fn the_everyone_role_is_refused_where_it_would_shut_everybody_out() {
    let settings = least_but("[\"100000000000000003\"]", "[\"100000000000000001\"]");
    assert_snapshot!(Place::with(&settings).refusal(), @"
    1 problem in the settings (config.toml and the environment):
      discord.approver_role_ids: must not contain guild_id: that is @everyone, which Discord never lists as a member's role
    ");
}

#[test]
fn only_a_database_that_survives_a_restart_is_accepted() {
    for url in [
        "sqlite://:memory:",
        "sqlite://usher.db?mode=ro",
        "sqlite://",
        "usher.db",
    ] {
        let settings = extended(&format!("[database]\nurl = \"{url}\""));
        assert!(Place::with(&settings).load_with(&[]).is_err(), "{url}");
    }
    let settings = extended("[database]\nurl = \"sqlite:///data/usher.db\"");
    assert_eq!(
        Place::with(&settings).load().database.path,
        Path::new("/data/usher.db")
    );
}

#[test]
fn how_many_backups_are_kept_is_a_number_and_may_be_none() {
    let kept = |value: &str| {
        let settings = extended(&format!("[database]\nbackups_kept = {value}"));
        Place::with(&settings)
    };
    assert_eq!(kept("0").load().database.backups_kept, 0);
    assert_snapshot!(kept("-1").refusal(), @"
    1 problem in the settings (config.toml and the environment):
      database.backups_kept: must be a whole number from 0 to 100
    ");
}
