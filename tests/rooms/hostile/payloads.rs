//! Interactions as Discord sends them, and as it never would: fields missing, of another type, out of range, endless.
//! Whatever comes, reading it does not panic, and nobody is taken for more than the payload says they are.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::texts::hostile_text;
use crate::command::{Click, Command, ListRequests};
use crate::domain::{Asker, DeviceName, Platform, Reason, Refusal, Status};
use crate::interaction::read;
use crate::view::{self, CustomId, DepartureButton, ListButton};

const USER: &str = "600000000000000005";
const TOKEN: &str = "aW50ZXJhY3Rpb24600000000000000005-secret";

fn payload(kind: u8, data: &Value) -> Value {
    let user = json!({
        "id": USER, "username": "mallory", "discriminator": "0", "avatar": null, "bot": false,
    });
    json!({
        "id": "1574000000000000001", "application_id": "100000000000000001", "type": kind, "data": data,
        "guild_id": "200000000000000001", "channel_id": "300000000000000002", "token": TOKEN, "version": 1,
        "locale": "en-US", "entitlements": [], "app_permissions": "8",
        "attachment_size_limit": 10_485_760,
        "member": {
            "user": user, "roles": ["400000000000000001", "400000000000000002"], "deaf": false, "mute": false,
            "joined_at": "2020-01-01T00:00:00.000000+00:00", "flags": 0, "permissions": "0", "nick": "M",
            "communication_disabled_until": null, "premium_since": null, "pending": false,
        },
        "message": message(&user),
    })
}

fn message(author: &Value) -> Value {
    json!({
        "id": "1574000000000000002", "channel_id": "300000000000000001", "author": author, "content": "",
        "timestamp": "2026-11-23T10:00:00.000000+00:00", "edited_timestamp": null, "tts": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "pinned": false, "type": 0, "components": [], "flags": 0,
    })
}

fn command(device: &str, reason: &str) -> Value {
    let text = |name: &str, value: &str| json!({ "type": 3, "name": name, "value": value });
    let options = [
        text("device", device),
        text("platform", "linux"),
        text("reason", reason),
        text("link", reason),
    ];
    payload(
        2,
        &json!({ "id": "700000000000000001", "name": "request-device", "type": 1, "options": options }),
    )
}

fn list(status: &str) -> Value {
    let options = [
        json!({ "type": 3, "name": "status", "value": status }),
        json!({ "type": 6, "name": "member", "value": USER }),
    ];
    payload(
        2,
        &json!({ "id": "700000000000000002", "name": "requests", "type": 1, "options": options }),
    )
}

fn click(custom_id: &str) -> Value {
    payload(
        3,
        &json!({ "component_type": 2, "custom_id": custom_id, "id": 2 }),
    )
}

fn form(custom_id: &str, reason: &str) -> Value {
    let input = json!({ "type": 4, "id": 2, "custom_id": "reason", "value": reason });
    let rows = json!([{ "type": 1, "id": 1, "components": [input] }]);
    payload(5, &json!({ "custom_id": custom_id, "components": rows }))
}

fn custom_id() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "v1:(approve|deny|deny-form|retry|cancel|claim|revoke|revoke-yes|post-again|expire-all|keep|drop):[1-9][0-9]{0,18}",
        2 => "v1:list:(pending|joined|open):(any|[0-9]{1,19}):(after|before|beside):[0-9]{1,19}",
        1 => "v[0-9]:[a-z-]{0,12}:[-+0-9]{0,25}",
        1 => hostile_text(),
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "0",
            "-1",
            "18446744073709551615",
            "9223372036854775808",
            ""
        ])
        .prop_map(Value::from),
        hostile_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// A change to one place of a payload.
#[derive(Clone, Debug)]
enum Harm {
    Replaced(Value),
    Removed,
    Repeated,
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        3 => anything().prop_map(Harm::Replaced),
        1 => Just(Harm::Removed),
        1 => Just(Harm::Repeated),
    ]
}

fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), field))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(n, item)| (n.to_string(), item))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (name, field) in inner {
        let place = format!("{at}/{name}");
        places(field, &place, into);
        into.push(place);
    }
}

fn harmed(mut payload: Value, harms: &[(prop::sample::Index, Harm)]) -> Value {
    for (index, harm) in harms {
        let mut all = Vec::new();
        places(&payload, "", &mut all);
        let Some(place) = (!all.is_empty()).then(|| index.get(&all)) else {
            return payload;
        };
        let (parent, name) = place.rsplit_once('/').expect("a place is in something");
        match (harm, payload.pointer_mut(parent)) {
            (Harm::Removed, Some(Value::Object(fields))) => drop(fields.remove(name)),
            (Harm::Repeated, Some(Value::Array(items))) => items.extend(items.clone()),
            (Harm::Replaced(value), Some(_)) => {
                payload
                    .pointer_mut(place)
                    .into_iter()
                    .for_each(|old| old.clone_from(value));
            }
            _ => {}
        }
    }
    payload
}

fn interactions() -> impl Strategy<Value = Value> {
    let whole = prop_oneof![
        (hostile_text(), hostile_text()).prop_map(|(device, reason)| command(&device, &reason)),
        hostile_text().prop_map(|status| list(&status)),
        custom_id().prop_map(|id| click(&id)),
        (custom_id(), hostile_text()).prop_map(|(id, reason)| form(&id, &reason)),
    ];
    let harms = prop::collection::vec((any::<prop::sample::Index>(), harm()), 0..4);
    (whole, harms).prop_map(|(whole, harms)| harmed(whole, &harms))
}

/// As the payload says it, and not a role more. serenity takes an event without a person for one of user 1, who then
/// must not be able to do anything.
fn is_no_more_than(asker: &Asker, payload: &Value) -> bool {
    let id = |value: &Value| {
        let read = value.as_str().and_then(|id| id.parse::<u64>().ok());
        read.or(value.as_u64()).map(u64::cast_signed)
    };
    let person = id(&payload["member"]["user"]["id"]).or(id(&payload["user"]["id"]));
    let roles = payload["member"]["roles"].as_array();
    let roles: Vec<_> = roles.into_iter().flatten().filter_map(id).collect();
    let nobody = asker.person.id.0 == 1 && (asker.guild.is_none() || asker.roles.is_empty());
    (person == Some(asker.person.id.0) || nobody)
        && (asker.guild.is_none() || asker.guild.map(|guild| guild.0) == id(&payload["guild_id"]))
        && asker.roles.iter().all(|role| roles.contains(&role.0))
}

fn clicked(command: &Command) -> Option<&Click> {
    match command {
        Command::RequestDevice(_)
        | Command::List(_)
        | Command::DecideDeparture(_)
        | Command::Unknown(_) => None,
        Command::Approve(click)
        | Command::AskToDeny(click)
        | Command::Deny { click, .. }
        | Command::Retry(click)
        | Command::Cancel(click)
        | Command::Claim(click)
        | Command::AskToRevoke(click)
        | Command::Revoke(click)
        | Command::PostAgain(click) => Some(click),
    }
}

/// Everything that the rules make of what was typed is of a bounded length.
fn bounded(typed: &str) -> bool {
    let name = typed.parse::<DeviceName>();
    let platform = typed.parse::<Platform>();
    let reason = Reason::parse(typed);
    let refusals = [name.err(), platform.err(), reason.as_ref().err().cloned()];
    let mut refusals = refusals.into_iter().flatten();
    let reason = reason.ok().flatten();
    refusals.all(|refusal| sentence(&refusal).chars().count() <= 400)
        && reason.is_none_or(|reason| reason.as_str().chars().count() <= Reason::MAX)
}

fn sentence(refusal: &Refusal) -> String {
    view::refusal(refusal).content.unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn whatever_discord_delivers_is_read_without_a_panic_and_without_a_promotion(payload in interactions()) {
        let Ok(interaction) = serde_json::from_value(payload.clone()) else {
            return Ok(());
        };
        let Some(command) = read(&interaction) else {
            return Ok(());
        };
        prop_assert!(is_no_more_than(command.asker(), &payload), "{:?} of {}", command, payload);
        let debug = format!("{command:?}");
        prop_assert!(!debug.contains(TOKEN), "{}", debug);
        let custom_id = payload["data"]["custom_id"].as_str().unwrap_or_default();
        let named = CustomId::parse(custom_id).map(|id| id.request);
        if let Some(click) = clicked(&command) {
            prop_assert_eq!(Some(click.request), named);
        }
        if let Command::List(ask) = &command && !custom_id.is_empty() {
            let button = ListButton { filter: ask.filter, from: ask.from };
            prop_assert_eq!(button.to_string(), custom_id);
        }
        if let Command::DecideDeparture(click) = &command {
            let button = DepartureButton { choice: click.choice, departure: click.departure };
            prop_assert_eq!(button.to_string(), custom_id);
        }
        if let Command::RequestDevice(ask) = &command {
            for typed in [&ask.device, &ask.platform, &ask.reason, &ask.link] {
                prop_assert!(bounded(typed), "{:?}", typed);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn an_endless_text_becomes_a_short_refusal(text in hostile_text(), times in 1..1_000_usize) {
        let endless = text.repeat(times);
        prop_assert!(bounded(&endless));
        let refused = endless.parse::<DeviceName>().err().unwrap_or(Refusal::WrongGuild);
        prop_assert!(sentence(&refused).chars().count() <= 400);
    }
}

#[test]
fn whole_payloads_are_read_as_what_they_are() {
    let read = |payload: Value| read(&serde_json::from_value(payload).expect("it is whole"));
    assert!(matches!(
        read(command("laptop", "")),
        Some(Command::RequestDevice(_))
    ));
    for (listed, status) in [("joined", Status::Joined), ("any", Status::Pending)] {
        let Some(Command::List(ask)) = read(list(listed)) else {
            panic!("{listed} is no list");
        };
        assert_eq!((ask.filter.status, ask.on_list), (status, false));
        assert_eq!(
            ask.filter
                .member
                .map(|member| member.to_string())
                .as_deref(),
            Some(USER)
        );
    }
    assert!(matches!(
        read(click("v1:list:failed:any:before:7")),
        Some(Command::List(ListRequests { on_list: false, .. }))
    ));
    assert!(matches!(
        read(click("v1:post-again:7")),
        Some(Command::PostAgain(_))
    ));
    assert!(matches!(
        read(click("v1:approve:7")),
        Some(Command::Approve(_))
    ));
    assert!(matches!(
        read(click("v1:deny-form:7")),
        Some(Command::Unknown(_))
    ));
    assert!(matches!(
        read(click("v1:expire-all:7")),
        Some(Command::DecideDeparture(_))
    ));
    assert!(matches!(
        read(form("v1:expire-all:7", "")),
        Some(Command::Unknown(_))
    ));
    assert!(matches!(
        read(form("v1:deny-form:7", "no")),
        Some(Command::Deny { .. })
    ));
    assert!(matches!(
        read(form("v1:approve:7", "no")),
        Some(Command::Unknown(_))
    ));
}
