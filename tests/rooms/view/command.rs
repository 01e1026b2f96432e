use serde_json::{Value, json};

use super::*;
use crate::support::rules::rules;

/// What Discord answers to `GET …/commands?with_localizations=true` after the commands were registered: names and
/// texts as sent, defaults filled in or left out by its own taste, and in an order of its own.
fn echoes() -> Value {
    let mut sent = all(&rules());
    sent.reverse();
    sent.iter().map(echo).collect()
}

fn echo(sent: &CreateCommand) -> Value {
    let mut echo = serde_json::to_value(sent).unwrap();
    let command = echo.as_object_mut().unwrap();
    command.retain(|_, value| !value.is_null());
    command.insert("id".into(), json!("1200000000000000001"));
    command.insert("application_id".into(), json!("1100000000000000001"));
    command.insert("guild_id".into(), json!("1000000000000000001"));
    command.insert("version".into(), json!("1200000000000000002"));
    command.insert("type".into(), json!(1));
    command
        .entry("default_member_permissions")
        .or_insert(Value::Null);
    command.insert("dm_permission".into(), json!(true));
    command.insert("contexts".into(), Value::Null);
    command.insert("integration_types".into(), json!([0]));
    command.insert("name_localizations".into(), Value::Null);
    command.insert("nsfw".into(), json!(false));
    for option in command["options"].as_array_mut().unwrap() {
        let option = option.as_object_mut().unwrap();
        option.retain(|_, value| !value.is_null() && *value != json!(false) && *value != json!([]));
        for choice in option
            .get_mut("choices")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            choice
                .as_object_mut()
                .unwrap()
                .entry("name_localizations")
                .or_insert(Value::Null);
        }
    }
    echo
}

fn registered(echoes: Value) -> Vec<Command> {
    serde_json::from_value(echoes).unwrap()
}

#[test]
fn what_discord_echoes_does_not_differ() {
    assert!(!differs(&registered(echoes()), &rules()));
}

#[test]
fn a_change_that_people_would_notice_differs() {
    let changes: [(&str, Value); 11] = [
        ("/1/name", json!("ask")),
        ("/1/description", json!("other")),
        ("/1/description_localizations/de", json!("anders")),
        ("/1/default_member_permissions", json!("0")),
        ("/1/options/0/required", json!(false)),
        ("/1/options/0/name_localizations/fr", json!("machine")),
        ("/1/options/1/choices/4/name", json!("iPhone")),
        ("/1/options/2/max_length", json!(100)),
        ("/0/default_member_permissions", Value::Null),
        ("/0/options/0/choices/0/name", json!("Waits")),
        ("/0/options/1/type", json!(3)),
    ];
    for (place, value) in changes {
        let mut echoes = echoes();
        *echoes.pointer_mut(place).unwrap() = value;
        assert!(differs(&registered(echoes), &rules()), "{place}");
    }
}

#[test]
fn the_link_is_offered_only_where_links_are_taken() {
    let mut rules = rules();
    rules.requests.links = false;
    assert!(differs(&registered(echoes()), &rules));
    let command = serde_json::to_value(request_device(&rules)).unwrap();
    let options = command["options"].as_array().unwrap();
    assert!(options.iter().all(|option| option["name"] != LINK));
}

#[test]
fn a_command_that_is_missing_or_there_twice_differs() {
    assert!(differs(&[], &rules()));
    let all = registered(echoes());
    assert!(differs(&all[..1], &rules()) && differs(&all[1..], &rules()));
    assert!(differs(&[all.clone(), all].concat(), &rules()));
}

#[test]
fn every_status_is_named_in_every_language() {
    for status in Status::iter() {
        let name = status_name(status);
        let languages: Vec<_> = name.others.iter().map(|(language, _)| *language).collect();
        assert_eq!(languages, ["de", "fr"], "{status}");
        let names = name.others.into_iter().map(|(_, name)| name);
        for name in names.chain([name.english]) {
            assert!((1..=100).contains(&name.chars().count()), "{name}");
        }
    }
}

#[test]
fn the_commands_keep_discords_limits() {
    for command in all(&rules()) {
        keeps_limits(&serde_json::to_value(command).unwrap());
    }
}

fn keeps_limits(command: &Value) {
    let mut texts = Vec::new();
    collect(command, &mut texts);
    assert!(
        texts
            .iter()
            .all(|(_, text)| (1..=100).contains(&text.chars().count()))
    );
    let total: usize = texts.iter().map(|(_, text)| text.chars().count()).sum();
    assert!(total <= 8000);
    for (key, name) in texts.iter().filter(|(key, _)| key == "option name") {
        assert!(name.chars().count() <= 32, "{key} {name}");
        assert!(
            name.chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_'),
            "{name}"
        );
        assert_eq!(name, &name.to_lowercase());
    }
}

/// Names, descriptions and their translations, at every depth.
fn collect(command: &Value, texts: &mut Vec<(String, String)>) {
    let mut add = |key: &str, value: &Value| {
        if let Some(text) = value.as_str() {
            texts.push((key.to_owned(), text.to_owned()));
        }
    };
    add("option name", &command["name"]);
    add("description", &command["description"]);
    for option in command["options"].as_array().unwrap() {
        add("option name", &option["name"]);
        add("description", &option["description"]);
        for language in ["de", "fr"] {
            add("option name", &option["name_localizations"][language]);
            add(
                "description",
                &option["description_localizations"][language],
            );
            add(
                "description",
                &command["description_localizations"][language],
            );
        }
        for choice in option["choices"].as_array().unwrap() {
            add("choice", &choice["name"]);
            add("choice", &choice["value"]);
        }
    }
}

#[test]
fn the_english_names_are_those_that_discord_sends() {
    let names = [
        (DEVICE, localised!("option-device-name")),
        (PLATFORM, localised!("option-platform-name")),
        (REASON, localised!("option-reason-name")),
        (LINK, localised!("option-link-name")),
        (STATUS, localised!("option-status-name")),
        (MEMBER, localised!("option-member-name")),
    ];
    for (sent, written) in names {
        assert_eq!(sent, written.english);
    }
}

#[test]
fn the_command_reads_well_in_every_language() {
    let mut texts = Vec::new();
    collect(
        &serde_json::to_value(request_device(&rules())).unwrap(),
        &mut texts,
    );
    let mut shown: Vec<_> = texts.into_iter().map(|(_, text)| text).collect();
    shown.dedup();
    insta::assert_snapshot!(shown.join("\n"), @"
    request-device
    Ask to add one of your devices to the network
    device
    What the device will be called, for example anna-laptop
    gerät
    Wie das Gerät heißen soll, zum Beispiel anna-laptop
    Eines deiner Geräte ins Netzwerk aufnehmen lassen
    appareil
    Le nom que portera l’appareil, par exemple anna-laptop
    Demander à ajouter un de vos appareils au réseau
    platform
    What the device runs, so you get the right instructions
    plattform
    Was auf dem Gerät läuft, damit du die passende Anleitung bekommst
    Eines deiner Geräte ins Netzwerk aufnehmen lassen
    plateforme
    Le système de l’appareil, pour recevoir les bonnes instructions
    Demander à ajouter un de vos appareils au réseau
    Linux
    linux
    macOS
    macos
    Windows
    windows
    Android
    android
    iPhone or iPad
    ios
    TV
    tv
    Other
    other
    reason
    Why you need it; the approvers will read this
    grund
    Wozu du es brauchst; das liest, wer über die Anfrage entscheidet
    Eines deiner Geräte ins Netzwerk aufnehmen lassen
    raison
    Pourquoi vous en avez besoin ; les approbateurs le liront
    Demander à ajouter un de vos appareils au réseau
    link
    The sign-in link your phone or TV shows, if it shows one
    link
    Der Anmeldelink, den dein Handy oder Fernseher anzeigt, falls es einen gibt
    Eines deiner Geräte ins Netzwerk aufnehmen lassen
    lien
    Le lien de connexion affiché par votre téléphone ou téléviseur, s’il y en a un
    Demander à ajouter un de vos appareils au réseau
    ");
}
