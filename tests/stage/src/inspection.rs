//! A careful observer's complaints at the end of every story.

use std::path::Path;
use std::sync::LazyLock;

use secrecy::ExposeSecret as _;

use super::Stage;
use stand_ins::discord::model::ChannelKind;
use stand_ins::discord::openapi::Spec;

pub(super) fn of(stage: &Stage) -> Vec<String> {
    let mut found = Vec::new();
    let complaints = stage.discord.complaints();
    found.extend(
        complaints
            .iter()
            .map(|complaint| format!("Discord: {complaint}")),
    );
    let complaints = stage.headscale.complaints();
    found.extend(
        complaints
            .iter()
            .map(|complaint| format!("Headscale: {complaint}")),
    );
    found.extend(undescribed(stage));
    found.extend(doubles(stage));
    found.extend(secrets_in_files(stage));
    found.extend(secrets_in_public(stage));
    found
}

/// Discord's published description of its API, where it is at hand. Read once for all stories of a process.
static DESCRIPTION: LazyLock<Option<Spec>> =
    LazyLock::new(|| Spec::load().expect("what is at hand can be read"));

fn undescribed(stage: &Stage) -> Vec<String> {
    let found = DESCRIPTION
        .as_ref()
        .map(|spec| spec.check(&stage.discord.calls()));
    found.unwrap_or_default()
}

/// One card for each request, however often things went wrong.
fn doubles(stage: &Stage) -> Vec<String> {
    let mut titles: Vec<String> = stage.discord.cards().iter().filter_map(title).collect();
    titles.sort();
    let twice = titles.windows(2).filter(|pair| pair[0] == pair[1]);
    twice
        .map(|pair| format!("two cards: {}", pair[0]))
        .collect()
}

fn title(message: &stand_ins::discord::Message) -> Option<String> {
    let title = message.embeds().first()?.get("title")?;
    title.as_str().map(ToOwned::to_owned)
}

fn secrets(stage: &Stage) -> Vec<String> {
    let mut secrets = stage.headscale.issued_secrets();
    secrets.push(stage.headscale.api_key());
    secrets.push(stage.discord.token().expose_secret().to_owned());
    secrets
}

/// The settings file holds the token and the API key, as it must; nothing else may.
fn secrets_in_files(stage: &Stage) -> Vec<String> {
    let files = std::fs::read_dir(stage.dir()).expect("the directory can be read");
    let files = files.map(|entry| entry.expect("an entry can be read").path());
    let written = files.filter(|path| path.file_name() != Some("config.toml".as_ref()));
    written
        .flat_map(|path| secrets_in(&path, &secrets(stage)))
        .collect()
}

fn secrets_in(path: &Path, secrets: &[String]) -> Vec<String> {
    let Ok(bytes) = std::fs::read(path) else {
        return Vec::new();
    };
    let held = secrets
        .iter()
        .filter(|secret| contains(&bytes, secret.as_bytes()));
    held.map(|_| format!("a secret in {}", path.display()))
        .collect()
}

/// A key may be in a direct message and in a private answer, and nowhere else.
fn secrets_in_public(stage: &Stage) -> Vec<String> {
    let keys = stage.headscale.issued_secrets();
    let private = |path: &str| path.contains("/webhooks/") || is_direct_message(stage, path);
    let calls = stage.discord.calls();
    let public = calls.iter().filter(|call| !private(&call.path));
    let held = public.filter(|call| keys.iter().any(|key| contains(&call.raw, key.as_bytes())));
    held.map(|call| format!("a key in {} {}", call.method, call.path))
        .collect()
}

/// `/channels/{id}/…` of a channel that only the bot and one person can see.
fn is_direct_message(stage: &Stage, path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/');
    let channel = parts
        .next()
        .filter(|part| *part == "channels")
        .and(parts.next());
    let Some(id) = channel.and_then(|id| id.parse::<u64>().ok()) else {
        return false;
    };
    stage.discord.world(|world| {
        let kind = world.channels.get(&id).map(|channel| &channel.kind);
        matches!(kind, Some(ChannelKind::Dm { .. }))
    })
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
