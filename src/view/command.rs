//! The commands as Discord is told of them, and the check whether Discord still has them that way.

use serde::Serialize;
use serde_json::{Map, Value};
use serenity::builder::{CreateCommand, CreateCommandOption};
use serenity::model::Permissions;
use serenity::model::application::{Command, CommandOptionType};
use strum::IntoEnumIterator as _;

use crate::domain::{Platform, Reason, Rules, Status};
use crate::i18n::{Localised, localised};

pub(crate) const NAME: &str = "request-device";
/// Discord sends these names whatever language the member reads.
pub(crate) const DEVICE: &str = "device";
pub(crate) const PLATFORM: &str = "platform";
pub(crate) const REASON: &str = "reason";
pub(crate) const LINK: &str = "link";

pub(crate) const LIST: &str = "requests";
pub(crate) const STATUS: &str = "status";
pub(crate) const MEMBER: &str = "member";

/// The guild's commands.
pub(crate) fn all(rules: &Rules) -> Vec<CreateCommand> {
    vec![request_device(rules), requests()]
}

fn request_device(rules: &Rules) -> CreateCommand {
    let options = vec![device(), platform(), reason()];
    let command = command(NAME, localised!("command-description"), options);
    if rules.take_links().is_ok() {
        command.add_option(link())
    } else {
        command
    }
}

/// Hidden from whom the server's administrators have not allowed it. The bot checks the role all the same.
fn requests() -> CreateCommand {
    let description = localised!("requests-description");
    command(LIST, description, vec![status(), member()])
        .default_member_permissions(Permissions::empty())
}

/// Belongs to one guild, so it has no contexts and no installation types.
fn command(name: &str, description: Localised, options: Vec<CreateCommandOption>) -> CreateCommand {
    let command = CreateCommand::new(name)
        .description(description.english)
        .set_options(options);
    let others = description.others.into_iter();
    others.fold(command, |command, (language, text)| {
        command.description_localized(language, text)
    })
}

/// Allows more than a name may have, so a name that is too long is answered with a suggestion.
fn device() -> CreateCommandOption {
    let name = localised!("option-device-name");
    option(DEVICE, name, localised!("option-device-description"))
        .max_length(100)
        .required(true)
}

fn platform() -> CreateCommandOption {
    let name = localised!("option-platform-name");
    let option = option(PLATFORM, name, localised!("option-platform-description")).required(true);
    Platform::iter().fold(option, |option, platform| {
        let name = platform_name(platform);
        option.add_string_choice_localized(name.english, platform.into_str(), name.others)
    })
}

fn reason() -> CreateCommandOption {
    let name = localised!("option-reason-name");
    option(REASON, name, localised!("option-reason-description"))
        .max_length(u16::try_from(Reason::MAX).unwrap_or(u16::MAX))
        .required(false)
}

/// Longer than any link that Headscale shows.
const LONGEST_LINK: u16 = 500;

fn link() -> CreateCommandOption {
    let name = localised!("option-link-name");
    option(LINK, name, localised!("option-link-description"))
        .max_length(LONGEST_LINK)
        .required(false)
}

fn status() -> CreateCommandOption {
    let name = localised!("option-status-name");
    let option = option(STATUS, name, localised!("option-status-description")).required(false);
    Status::iter().fold(option, |option, status| {
        let name = status_name(status);
        option.add_string_choice_localized(name.english, status.into_str(), name.others)
    })
}

fn member() -> CreateCommandOption {
    let name = localised!("option-member-name");
    option(MEMBER, name, localised!("option-member-description"))
        .kind(CommandOptionType::User)
        .required(false)
}

/// `name` is what Discord sends, so the English one stays a constant.
fn option(name: &str, names: Localised, description: Localised) -> CreateCommandOption {
    let mut option = CreateCommandOption::new(CommandOptionType::String, name, description.english);
    for (language, text) in names.others {
        option = option.name_localized(language, text);
    }
    for (language, text) in description.others {
        option = option.description_localized(language, text);
    }
    option
}

/// The platform as its makers write it.
pub(super) fn platform_name(platform: Platform) -> Localised {
    match platform {
        Platform::Linux => localised!("platform-linux"),
        Platform::Macos => localised!("platform-macos"),
        Platform::Windows => localised!("platform-windows"),
        Platform::Android => localised!("platform-android"),
        Platform::Ios => localised!("platform-ios"),
        Platform::Tv => localised!("platform-tv"),
        Platform::Other => localised!("platform-other"),
    }
}

/// Where a request stands, as the title of a list.
pub(super) fn status_name(status: Status) -> Localised {
    match status {
        Status::Pending => localised!("status-pending"),
        Status::Approved => localised!("status-approved"),
        Status::Issuing => localised!("status-issuing"),
        Status::Delivered => localised!("status-delivered"),
        Status::Claimable => localised!("status-claimable"),
        Status::Failed => localised!("status-failed"),
        Status::Joined => localised!("status-joined"),
        Status::Lost => localised!("status-lost"),
        Status::Denied => localised!("status-denied"),
        Status::Cancelled => localised!("status-cancelled"),
        Status::Expired => localised!("status-expired"),
        Status::Revoked => localised!("status-revoked"),
    }
}

/// Whether the guild's commands have to be written again. Takes the commands *with their localisations*, which Discord
/// leaves out unless asked: everything would differ without them.
pub(crate) fn differs(registered: &[Command], rules: &Rules) -> bool {
    let wanted = essences(&all(rules));
    wanted.is_none() || essences(registered) != wanted
}

/// In the order of their names: Discord keeps none.
fn essences(commands: &[impl Serialize]) -> Option<Vec<Value>> {
    let commands = commands.iter();
    let essences = commands.map(|command| serde_json::to_value(command).map(essence));
    let mut essences: Vec<Value> = essences.collect::<Result<_, _>>().ok()?;
    essences.sort_by_key(|command| command["name"].to_string());
    Some(essences)
}

/// Keeps what people would notice, and drops what Discord fills in or leaves out by itself.
fn essence(command: Value) -> Value {
    const FILLED_IN: [&str; 9] = [
        "id",
        "application_id",
        "guild_id",
        "version",
        "dm_permission",
        "contexts",
        "integration_types",
        "name_localized",
        "description_localized",
    ];
    let Value::Object(mut command) = command else {
        return command;
    };
    for key in FILLED_IN {
        command.remove(key);
    }
    // A command without a type is one that people type.
    if command.get("type") == Some(&Value::from(1)) {
        command.remove("type");
    }
    without_defaults(Value::Object(command))
}

/// Null, false and empty mean the same as absent, at every depth.
fn without_defaults(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| (key, without_defaults(value)))
                .filter(|(_, value)| !is_default(value))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(without_defaults).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
#[path = "../../tests/rooms/view/command.rs"]
mod tests;
