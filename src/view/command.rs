//! `/request-device` as it is registered with Discord, and whether what Discord has is still the same.

use serde_json::{Map, Value};
use serenity::builder::{CreateCommand, CreateCommandOption};
use serenity::model::application::{Command, CommandOptionType};
use strum::IntoEnumIterator as _;

use crate::domain::{Platform, Reason};

pub const NAME: &str = "request-device";
/// The options' names in what Discord sends, whatever language the member reads.
pub const DEVICE: &str = "device";
pub const PLATFORM: &str = "platform";
pub const REASON: &str = "reason";
pub const LINK: &str = "link";

const GERMAN: &str = "de";
const FRENCH: &str = "fr";

/// A command of one guild: contexts and installation types have no place in it.
pub fn request_device() -> CreateCommand {
    CreateCommand::new(NAME)
        .description("Ask for one of your devices to join the network")
        .description_localized(GERMAN, "Ein eigenes Gerät für das Netzwerk anfragen")
        .description_localized(
            FRENCH,
            "Demander l’accès au réseau pour un de vos appareils",
        )
        .set_options(vec![device(), platform(), reason(), link()])
}

/// Longer than a name may be, so that a name that is too long is answered with a shorter one.
fn device() -> CreateCommandOption {
    text(
        DEVICE,
        "What the device will be called, such as anna-laptop",
    )
    .name_localized(GERMAN, "gerät")
    .description_localized(
        GERMAN,
        "Wie das Gerät heißen soll, zum Beispiel anna-laptop",
    )
    .name_localized(FRENCH, "appareil")
    .description_localized(
        FRENCH,
        "Le nom que portera l’appareil, par exemple anna-laptop",
    )
    .max_length(100)
    .required(true)
}

fn platform() -> CreateCommandOption {
    let option = text(
        PLATFORM,
        "What the device runs; decides which steps you are shown",
    )
    .name_localized(GERMAN, "plattform")
    .description_localized(GERMAN, "Was auf dem Gerät läuft; bestimmt die Anleitung")
    .name_localized(FRENCH, "plateforme")
    .description_localized(
        FRENCH,
        "Le système de l’appareil ; détermine les instructions",
    )
    .required(true);
    Platform::iter().fold(option, |option, platform| {
        let (name, word) = (platform.title(), platform.into_str());
        match translated(platform) {
            Some(names) => option.add_string_choice_localized(name, word, names),
            None => option.add_string_choice(name, word),
        }
    })
}

fn reason() -> CreateCommandOption {
    text(REASON, "Why you need it; the approvers read this")
        .name_localized(GERMAN, "grund")
        .description_localized(GERMAN, "Wozu es gebraucht wird; das lesen die Freigebenden")
        .name_localized(FRENCH, "raison")
        .description_localized(
            FRENCH,
            "Pourquoi vous en avez besoin ; lu par les approbateurs",
        )
        .max_length(u16::try_from(Reason::MAX).unwrap_or(u16::MAX))
        .required(false)
}

fn link() -> CreateCommandOption {
    text(
        LINK,
        "The sign-in link that your phone or TV shows, if it shows one",
    )
    .name_localized(GERMAN, "link")
    .description_localized(
        GERMAN,
        "Der Anmelde-Link, den dein Handy oder Fernseher zeigt, falls es einen gibt",
    )
    .name_localized(FRENCH, "lien")
    .description_localized(
        FRENCH,
        "Le lien de connexion que montre votre téléphone ou téléviseur, s’il y en a un",
    )
    .max_length(LONGEST_LINK)
    .required(false)
}

/// Longer than any link that Headscale shows.
const LONGEST_LINK: u16 = 500;

fn text(name: &str, description: &str) -> CreateCommandOption {
    CreateCommandOption::new(CommandOptionType::String, name, description)
}

/// None for names that are the same in every language.
fn translated(platform: Platform) -> Option<[(&'static str, &'static str); 2]> {
    match platform {
        Platform::Ios => Some([(GERMAN, "iPhone oder iPad"), (FRENCH, "iPhone ou iPad")]),
        Platform::Tv => Some([(GERMAN, "Fernseher"), (FRENCH, "Téléviseur")]),
        Platform::Other => Some([(GERMAN, "Etwas anderes"), (FRENCH, "Autre")]),
        Platform::Linux | Platform::Macos | Platform::Windows | Platform::Android => None,
    }
}

/// Whether the guild's commands have to be written again. Give it the commands *with their localisations*:
/// without them Discord leaves those out, and everything would differ.
pub fn differs(registered: &[Command]) -> bool {
    let wanted = serde_json::to_value(request_device()).map(essence);
    match registered {
        [only] => match (wanted, serde_json::to_value(only).map(essence)) {
            (Ok(wanted), Ok(has)) => wanted != has,
            _ => true,
        },
        _ => true,
    }
}

/// What people would notice, without what Discord fills in or leaves out by itself.
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
mod tests;
