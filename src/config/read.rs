//! The sections, key by key: each name, rule and default once.

use std::path::Path;
use std::time::Duration;

use super::problems::Problems;
use super::secret::is_readable_by_all;
use super::section::{Findings, Section};
use super::sources::{Sources, Tree};
use super::values::{
    DAY, HOUR, MILLISECOND, MINUTE, SECOND, address, database, duration, flag, id, listen,
    log_filter, log_format, number, on_member_left, on_revoke, tag, user_name, user_template,
};
use super::{Access, Database, Discord, Headscale, Log, LogFormat, Operations, Settings, Warning};
use crate::domain::{
    Address, ChannelId, DiscordRules, GuildId, HeadscaleRules, KeyRules, OnMemberLeft, OnRevoke,
    RequestRules, RetryRules, RoleId, Rules, UserMapping,
};
use crate::i18n::text;

pub(super) fn settings(sources: Sources) -> Result<(Settings, Vec<Warning>), Problems> {
    let Sources { file, tree } = sources;
    let mut findings = Findings::default();
    let settings = everything(tree, &mut findings);
    if let Some(file) = &file {
        warn_of_readable_secrets(file, &mut findings);
    }
    match settings {
        Some(settings) if findings.problems.is_empty() => Ok((settings, findings.warnings)),
        _ => Err(Problems::of(file, findings.problems)),
    }
}

pub(super) fn keys() -> Vec<String> {
    let mut findings = Findings::default();
    let _incomplete = everything(Tree::new(), &mut findings);
    findings.keys
}

fn warn_of_readable_secrets(file: &Path, findings: &mut Findings) {
    if findings.secrets_in_file.is_empty() || !is_readable_by_all(file) {
        return;
    }
    let (file, secrets) = (
        file.display().to_string(),
        findings.secrets_in_file.join(" and "),
    );
    findings.warnings.push(Warning(text!(
        "settings-warn-readable-settings",
        file = file,
        keys = secrets
    )));
}

/// None only if a problem was found. Every section is read before anything is given up.
fn everything(mut tree: Tree, findings: &mut Findings) -> Option<Settings> {
    let discord = discord(Section::open(&mut tree, "discord", findings));
    let headscale = headscale(Section::open(&mut tree, "headscale", findings));
    let keys = pre_auth_keys(Section::open(&mut tree, "keys", findings));
    let requests = requests(Section::open(&mut tree, "requests", findings));
    let retries = retries(Section::open(&mut tree, "retries", findings));
    let database = files(Section::open(&mut tree, "database", findings));
    let operations = operations(Section::open(&mut tree, "operations", findings));
    let log = log(Section::open(&mut tree, "log", findings));
    let mut strays: Vec<_> = tree.keys().collect();
    strays.sort_unstable();
    for stray in strays {
        findings.report(stray, text!("settings-unknown-section"));
    }
    let ((discord, discord_rules), (headscale, headscale_rules)) = discord.zip(headscale)?;
    Some(Settings {
        rules: Rules {
            discord: discord_rules,
            headscale: headscale_rules,
            keys,
            requests,
            retries,
        },
        discord,
        headscale,
        database,
        operations,
        log,
    })
}

fn discord(mut section: Section) -> Option<(Discord, DiscordRules)> {
    let token = section.secret("token", "token_file", text!("settings-what-token"));
    let guild = section.required("guild_id", text!("settings-what-guild"), id(GuildId));
    let admin_channel = section.required(
        "admin_channel_id",
        text!("settings-what-admin-channel"),
        id(ChannelId),
    );
    let approver_roles = section.list("approver_role_ids", id(RoleId));
    let requester_roles = section.list("requester_role_ids", id(RoleId));
    let api_url = section.optional("api_url", address);
    let timeout = timeout(&mut section);
    let mention_role = section.optional("mention_role_id", id(RoleId));
    let mention_approvers = section.or("mention_approvers", true, flag);

    refuse_nobody(&mut section, approver_roles.as_deref());
    for (key, roles) in [
        ("approver_role_ids", &approver_roles),
        ("requester_role_ids", &requester_roles),
    ] {
        refuse_everyone(&mut section, guild, key, roles.as_deref());
    }
    if api_url.as_ref().is_some_and(Address::is_exposed) {
        section.refuse("api_url", text!("settings-discord-exposed"));
    }
    if mention_role.is_some() && !mention_approvers {
        section.refuse("mention_role_id", text!("settings-mention-off"));
    }
    section.close();

    let approver_roles = approver_roles?;
    let first = approver_roles.first().copied();
    let rules = DiscordRules {
        guild: guild?,
        admin_channel: admin_channel?,
        mention_role: mention_role.or(first).filter(|_| mention_approvers),
        approver_roles,
        requester_roles: requester_roles?,
    };
    let discord = Discord {
        token: token?,
        api_url,
        timeout,
    };
    Some((discord, rules))
}

/// Discord lists no member with this role, so that a check for it would always fail.
fn refuse_nobody(section: &mut Section, approvers: Option<&[RoleId]>) {
    if approvers.is_some_and(<[RoleId]>::is_empty) {
        section.refuse("approver_role_ids", text!("settings-no-approvers"));
    }
}

/// Of one call to either side.
fn timeout(section: &mut Section) -> Duration {
    let sane = 100 * MILLISECOND..=2 * MINUTE;
    section.or("timeout", 10 * SECOND, duration(sane))
}

/// The role @everyone has the id of its guild.
fn refuse_everyone(
    section: &mut Section,
    guild: Option<GuildId>,
    key: &str,
    roles: Option<&[RoleId]>,
) {
    let everyone = guild.map(|guild| RoleId(guild.0));
    if everyone.is_some_and(|everyone| roles.is_some_and(|roles| roles.contains(&everyone))) {
        section.refuse(key, text!("settings-everyone"));
    }
}

fn headscale(mut section: Section) -> Option<(Headscale, HeadscaleRules)> {
    let (url, access) = access(&mut section);
    let login_server = section.optional("login_server", address);
    let user = user(section.inner("user"));
    let create_users = section.or("create_users", true, flag);
    let adopt_existing_users = section.or("adopt_existing_users", false, flag);
    let rename_node = section.or("rename_node", true, flag);
    let on_revoke = section.or("on_revoke", OnRevoke::Expire, on_revoke);
    let timeout = timeout(&mut section);
    let watch_interval = section.or(
        "watch_interval",
        15 * SECOND,
        duration(100 * MILLISECOND..=HOUR),
    );
    let allow_insecure_http = section.or("allow_insecure_http", false, flag);

    for (key, address) in [
        ("url", url.as_ref()),
        ("login_server", login_server.as_ref()),
    ] {
        if address.is_some_and(Address::is_exposed) && !allow_insecure_http {
            section.refuse(key, text!("settings-address-exposed"));
        }
    }
    if let Some(url) = &url {
        warn_of_reach(&mut section, url, login_server.is_some());
    }
    if let Some(Access::Program { .. }) = access
        && login_server.is_none()
    {
        section.refuse("login_server", text!("settings-login-server"));
    }
    section.close();

    let access = access?;
    let rules = HeadscaleRules {
        login_server: login_server.or(url)?,
        user,
        create_users,
        adopt_existing_users,
        rename_node,
        on_revoke,
        watch_interval,
    };
    Some((Headscale { access, timeout }, rules))
}

/// The program, or the address with a key: one of them. The address apart, so that it is checked whatever the key.
fn access(section: &mut Section) -> (Option<Address>, Option<Access>) {
    let command = section
        .list("command", |word| Ok(word.to_owned()))
        .unwrap_or_default();
    if command.is_empty() {
        let url = section.required("url", text!("settings-what-url"), address);
        let key = section.secret("api_key", "api_key_file", text!("settings-what-api-key"));
        let api = url
            .clone()
            .zip(key)
            .map(|(url, key)| Access::Api { url, key });
        return (url, api);
    }
    let mut alone = true;
    for key in ["url", "api_key", "api_key_file"] {
        if section.optional(key, |_| Ok(())).is_some() {
            section.refuse(key, text!("settings-beside-command"));
            alone = false;
        }
    }
    (None, alone.then_some(Access::Program { command }))
}

fn warn_of_reach(section: &mut Section, url: &Address, has_login_server: bool) {
    if url.is_exposed() {
        section.warn(text!("settings-warn-plain", url = url.to_string()));
    }
    if url.is_only_for_neighbours() && !has_login_server {
        section.warn(text!("settings-warn-neighbours", url = url.to_string()));
    }
}

fn user(mut section: Section) -> UserMapping {
    let fixed = section.optional("fixed", user_name);
    let template = section.optional("template", user_template);
    if fixed.is_some() && template.is_some() {
        section.refuse(
            "fixed",
            text!("settings-both-set", other = "headscale.user.template"),
        );
    }
    section.close();
    let template = template.map(UserMapping::PerMember);
    fixed
        .map(UserMapping::Shared)
        .or(template)
        .unwrap_or_default()
}

fn pre_auth_keys(mut section: Section) -> KeyRules {
    let keys = KeyRules {
        expiration: section.or("expiration", HOUR, duration(MINUTE..=30 * DAY)),
        ephemeral: section.or("ephemeral", false, flag),
        tags: section.list("tags", tag).unwrap_or_default(),
    };
    section.close();
    keys
}

fn requests(mut section: Section) -> RequestRules {
    let requests = RequestRules {
        ttl: section.or("ttl", 7 * DAY, duration(MINUTE..=365 * DAY)),
        claim_window: section.or("claim_window", 72 * HOUR, duration(MINUTE..=365 * DAY)),
        max_open_per_member: section.or("max_open_per_member", 3, number(1..=100)),
        max_per_day: section.or("max_per_day", 10, number(1..=1000)),
        allow_self_approval: section.or("allow_self_approval", false, flag),
        links: section.or("links", true, flag),
        cooldown_after_denial: section.or(
            "cooldown_after_denial",
            Duration::ZERO,
            duration(Duration::ZERO..=365 * DAY),
        ),
        on_member_left: section.or("on_member_left", OnMemberLeft::Ask, on_member_left),
        max_left_per_day: section.or("max_left_per_day", 5, number(1..=1000)),
        member_check_interval: section.or(
            "member_check_interval",
            HOUR,
            duration(MINUTE..=30 * DAY),
        ),
    };
    section.close();
    requests
}

fn retries(mut section: Section) -> RetryRules {
    let retries = RetryRules {
        first: section.or("first", 5 * SECOND, duration(MILLISECOND..=HOUR)),
        longest: section.or("longest", 10 * MINUTE, duration(MILLISECOND..=DAY)),
        attempts: section.or("attempts", 8, number(1..=100)),
        parallel: section.or("parallel", 4, number(1..=64)),
    };
    if retries.longest < retries.first {
        section.refuse("longest", text!("settings-longest"));
    }
    section.close();
    retries
}

fn files(mut section: Section) -> Database {
    let files = Database {
        path: section.or("url", "headscale-usher.db".into(), database),
        backups_kept: section.or("backups_kept", 3, number(0..=100)),
    };
    section.close();
    files
}

fn operations(mut section: Section) -> Operations {
    let listen = section.or("listen", Some(([127, 0, 0, 1], 8787).into()), listen);
    section.close();
    Operations { listen }
}

fn log(mut section: Section) -> Log {
    let log = Log {
        format: section.or("format", LogFormat::Text, log_format),
        filter: section.or("filter", "info".to_owned(), log_filter),
    };
    section.close();
    log
}
