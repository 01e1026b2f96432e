//! Application commands, as far as the bot has any: slash commands whose options are texts and people.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::form::{Form, join};

const KNOWN: [&str; 13] = [
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "dm_permission",
    "default_permission",
    "integration_types",
    "contexts",
    "type",
    "nsfw",
    "handler",
];
/// serenity sends them all, most of them empty.
const KNOWN_OPTION: [&str; 14] = [
    "type",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "required",
    "choices",
    "options",
    "channel_types",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "autocomplete",
];
/// What only a text can have.
const OF_TEXTS: [&str; 3] = ["choices", "min_length", "max_length"];
const TEXT: i64 = 3;
const USER: i64 = 6;
/// All names, descriptions and values of one command.
const TOTAL: usize = 8000;

/// Checks one command at a path and returns it as Discord would keep it, without
/// its ids.
pub(crate) fn normal_command(form: &mut Form, at: &str, command: &Value) -> Value {
    if !command.is_object() {
        form.wrong(
            at,
            "MODEL_TYPE_CONVERT",
            "Only dictionaries may be used in a ModelType",
        );
        return Value::Null;
    }
    let mut known = KNOWN.to_vec();
    known.push("id");
    form.only(at, command, &known);
    if form.number(at, command, "type").unwrap_or(1) != 1 {
        form.choices(&join(at, "type"), "1");
    }
    check_name(form, at, command);
    check_description(form, at, command);
    check_options(form, at, command);
    if let Some(bits) = form.text(at, command, "default_member_permissions")
        && bits.parse::<u64>().is_err()
    {
        let path = join(at, "default_member_permissions");
        form.wrong(&path, "NUMBER_TYPE_COERCE", "Value is not int.");
    }
    if weight(command) > TOTAL {
        let message = "Command exceeds maximum size (8000)";
        form.wrong(at, "APPLICATION_COMMAND_TOO_LARGE", message);
    }
    kept(command)
}

fn check_name(form: &mut Form, at: &str, object: &Value) {
    let path = join(at, "name");
    let Some(name) = form.bounded(at, object, ("name", 1, 32)) else {
        form.required(&path);
        return;
    };
    if !is_command_name(name) {
        let message = "Command name is invalid";
        form.wrong(&path, "APPLICATION_COMMAND_INVALID_NAME", message);
    }
    let localised = object.get("name_localizations").and_then(Value::as_object);
    for (locale, name) in localised.into_iter().flatten() {
        check_locale(form, &join(at, "name_localizations"), locale);
        if !name.as_str().is_some_and(is_command_name) {
            let path = format!("{at}.name_localizations.{locale}");
            form.wrong(
                &path,
                "APPLICATION_COMMAND_INVALID_NAME",
                "Command name is invalid",
            );
        }
    }
}

fn check_description(form: &mut Form, at: &str, object: &Value) {
    if form.bounded(at, object, ("description", 1, 100)).is_none() {
        form.required(&join(at, "description"));
    }
    let at = join(at, "description_localizations");
    let localised = object
        .get("description_localizations")
        .filter(|v| v.is_object());
    for locale in localised
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
    {
        check_locale(form, &at, locale);
        form.bounded(&at, &object["description_localizations"], (locale, 1, 100));
    }
}

fn check_locale(form: &mut Form, at: &str, locale: &str) {
    if !LOCALES.contains(&locale) {
        form.choices(&join(at, locale), "the locales of Discord");
    }
}

/// `^[-_'\p{L}\p{N}…]{1,32}$`, in lower case where there is one.
fn is_command_name(name: &str) -> bool {
    let length = name.chars().count();
    let fits = |c: char| matches!(c, '-' | '_' | '\'') || c.is_alphanumeric();
    (1..=32).contains(&length) && name.chars().all(fits) && name == name.to_lowercase()
}

fn check_options(form: &mut Form, at: &str, object: &Value) {
    let options = form.list(at, object, ("options", 25)).unwrap_or_default();
    let mut names = BTreeSet::new();
    let mut optional_seen = false;
    for (n, option) in options.iter().enumerate() {
        let at = format!("{}.{n}", join(at, "options"));
        check_option(form, &at, option);
        if !names.insert(option["name"].as_str()) {
            let message = "Option names must be unique";
            form.wrong(
                &join(&at, "name"),
                "APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
                message,
            );
        }
        let required = option["required"].as_bool().unwrap_or_default();
        if required && optional_seen {
            let message = "Required options must be placed before non-required options";
            form.wrong(&at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        optional_seen |= !required;
    }
}

fn check_option(form: &mut Form, at: &str, option: &Value) {
    form.only(at, option, &KNOWN_OPTION);
    check_name(form, at, option);
    check_description(form, at, option);
    form.flag(at, option, "required");
    match form.number(at, option, "type") {
        Some(TEXT) => {}
        Some(USER) => check_bare(form, at, option),
        Some(_) | None => form.choices(&join(at, "type"), "3, 6"),
    }
    let choices = form.list(at, option, ("choices", 25)).unwrap_or_default();
    if form.flag(at, option, "autocomplete") {
        let message = "Autocomplete is not answered by this bot";
        form.wrong(
            at,
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES",
            message,
        );
    }
    for (n, choice) in choices.iter().enumerate() {
        check_choice(form, &format!("{at}.choices.{n}"), choice);
    }
    for (key, min) in [("min_length", 0), ("max_length", 1)] {
        let length = form.number(at, option, key);
        if length.is_some_and(|length| !(min..=6000).contains(&length)) {
            form.wrong(
                &join(at, key),
                "NUMBER_TYPE_RANGE",
                "int value is out of range.",
            );
        }
    }
}

/// The client offers the people: there is nothing to choose from, nor to measure.
fn check_bare(form: &mut Form, at: &str, option: &Value) {
    for key in OF_TEXTS {
        let given = &option[key];
        if !given.is_null() && given.as_array().is_none_or(|list| !list.is_empty()) {
            let message = "This field is not allowed for this option type";
            form.wrong(
                &join(at, key),
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                message,
            );
        }
    }
}

fn check_choice(form: &mut Form, at: &str, choice: &Value) {
    form.only(at, choice, &["name", "name_localizations", "value"]);
    for key in ["name", "value"] {
        if form.bounded(at, choice, (key, 1, 100)).is_none() {
            form.required(&join(at, key));
        }
    }
    let localised = choice.get("name_localizations").and_then(Value::as_object);
    for locale in localised.into_iter().flat_map(Map::keys) {
        check_locale(form, &join(at, "name_localizations"), locale);
    }
}

/// Everything counted towards the total; of localisations the longest counts.
fn weight(object: &Value) -> usize {
    let own = |key: &str| {
        let plain = object[key].as_str().map_or(0, |text| text.chars().count());
        let localised = object[format!("{key}_localizations")].as_object();
        let lengths = localised
            .into_iter()
            .flat_map(Map::values)
            .filter_map(Value::as_str);
        plain.max(
            lengths
                .map(|text| text.chars().count())
                .max()
                .unwrap_or_default(),
        )
    };
    let value = object["value"]
        .as_str()
        .map_or(0, |text| text.chars().count());
    let inner: usize = ["options", "choices"]
        .into_iter()
        .flat_map(|key| object[key].as_array().into_iter().flatten())
        .map(weight)
        .sum();
    own("name") + own("description") + value + inner
}

/// Discord fills in defaults and drops nulls and empty lists.
fn kept(command: &Value) -> Value {
    let mut kept = tidy(command);
    for key in [
        "name_localizations",
        "description_localizations",
        "default_member_permissions",
    ] {
        kept[key] = command.get(key).cloned().unwrap_or_default();
    }
    kept["type"] = json!(1);
    kept["nsfw"] = json!(command["nsfw"].as_bool().unwrap_or_default());
    kept["description"] = json!(command["description"].as_str().unwrap_or_default());
    kept
}

fn tidy(object: &Value) -> Value {
    match object {
        Value::Object(map) => {
            let idle = |value: &Value| {
                value.is_null()
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(Map::is_empty)
            };
            let kept = map.iter().filter(|(_, value)| !idle(value));
            Value::Object(
                kept.map(|(key, value)| (key.clone(), tidy(value)))
                    .collect(),
            )
        }
        Value::Array(list) => Value::Array(list.iter().map(tidy).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => object.clone(),
    }
}

const LOCALES: [&str; 34] = [
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-ES", "es-419", "fi", "fr", "he",
    "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE",
    "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
];
