//! `/request-device` as Discord is told of it, and the check whether Discord still has it that way.

use serde_json::{Map, Value};
use serenity::builder::{CreateCommand, CreateCommandOption};
use serenity::model::application::{Command, CommandOptionType};
use strum::IntoEnumIterator as _;

use crate::domain::{Platform, Reason, Rules};
use crate::i18n::{Localised, localised};

pub(crate) const NAME: &str = "request-device";
/// Discord sends these names whatever language the member reads.
pub(crate) const DEVICE: &str = "device";
pub(crate) const PLATFORM: &str = "platform";
pub(crate) const REASON: &str = "reason";
pub(crate) const LINK: &str = "link";

/// Belongs to one guild, so it has no contexts and no installation types.
pub(crate) fn request_device(rules: &Rules) -> CreateCommand {
    let description = localised!("command-description");
    let mut command = CreateCommand::new(NAME)
        .description(description.english)
        .set_options(vec![device(), platform(), reason()]);
    if rules.take_links().is_ok() {
        command = command.add_option(link());
    }
    for (language, text) in description.others {
        command = command.description_localized(language, text);
    }
    command
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

/// Whether the guild's commands have to be written again. Takes the commands *with their localisations*, which Discord
/// leaves out unless asked: everything would differ without them.
pub(crate) fn differs(registered: &[Command], rules: &Rules) -> bool {
    let wanted = serde_json::to_value(request_device(rules)).map(essence);
    match registered {
        [only] => match (wanted, serde_json::to_value(only).map(essence)) {
            (Ok(wanted), Ok(has)) => wanted != has,
            _ => true,
        },
        _ => true,
    }
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
