//! Whatever people, Headscale or Discord put into a text: an approver sees words, and never a mention, a link or markup
//! that was not there before.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use super::markup::{shape, skeleton};
use crate::domain::{
    DeviceName, DeviceRequest, MemberId, Naming, OnRevoke, Person, Platform, Problem, Reason,
    Rules, State, UserMapping,
};
use crate::rooms::view::people;
use crate::view::{self, Rendered};

const PIECES: [&str; 55] = [
    "@everyone",
    "@here",
    "@",
    "<@175928847299117063>",
    "<@&77>",
    "<#5>",
    "<t:0:R>",
    "<:e:1>",
    "<",
    ">",
    "[x](https://evil.example)",
    "[",
    "](",
    ")",
    "https://evil.example",
    "HTTP://EVIL.example",
    "<https://evil.example>",
    "discord.gg/evil",
    "**",
    "*",
    "__",
    "_",
    "~~",
    "||",
    "`",
    "``",
    "```",
    "# ",
    "-# ",
    "> ",
    ">>> ",
    "- ",
    "+ ",
    "1. ",
    "\n",
    "\r\n",
    "\n> ",
    "\n# ",
    "\\",
    "\\\\",
    "\t",
    "\u{202e}",
    "\u{200b}",
    "\u{2028}",
    "\u{85}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{e0041}",
    "\u{ad}",
    "approve",
    "laptop",
    "é",
    "日本",
    "😀",
    " ",
];

/// Pieces of trouble, in any order.
pub(crate) fn hostile_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(&PIECES[..]);
    let piece = prop_oneof![
        8 => pieces.prop_map(ToOwned::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..40).prop_map(|pieces| pieces.concat())
}

/// The same request, with this text wherever a text of somebody else is shown.
fn filled(state: &State, text: &str) -> DeviceRequest {
    let person = |id: i64| Person {
        id: MemberId(id),
        name: text.to_owned(),
    };
    let mut request = people::request(state.clone());
    request.requester = person(1 << 40);
    request.reason = reason(text);
    request.backoff.last_error = Some(Problem::HeadscaleFailed(text.to_owned()));
    match &mut request.state {
        State::Denied { by, reason: why } => {
            *by = person(2 << 40);
            *why = reason(text);
        }
        State::Failed {
            approval, cause, ..
        } => {
            approval.by = person(2 << 40);
            *cause = Problem::UserMissing(text.to_owned());
        }
        State::Joined { node, .. } => {
            text.clone_into(&mut node.name);
            node.other_owner = Some(text.to_owned());
            if let Naming::Refused { cause } = &mut node.naming {
                *cause = Problem::HeadscaleConflict(text.to_owned());
            }
        }
        State::Approved { approval } => approval.by = person(2 << 40),
        State::Pending { .. }
        | State::Issuing { .. }
        | State::Delivered { .. }
        | State::Claimable { .. }
        | State::Lost { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => {}
    }
    request
}

/// As long as it may be, and never nothing.
fn reason(text: &str) -> Option<Reason> {
    let short: String = text.chars().take(Reason::MAX - 1).collect();
    Reason::parse(&format!("{short}.")).expect("it is short")
}

fn faces(request: &DeviceRequest, rules: &Rules) -> Vec<Rendered> {
    let mut unreachable = request.clone();
    unreachable.letter = people::closed();
    let last_error = request.backoff.last_error.clone();
    vec![
        view::not_claimed(&last_error.unwrap_or_default()),
        view::card(request, rules),
        view::card(&unreachable, rules),
        view::letter(request, rules),
        view::submitted(request, rules),
        view::already_decided(request),
        view::notice(request),
        view::confirm_revoke(request, OnRevoke::Delete),
        view::revoking(request),
    ]
}

fn json(face: Rendered) -> Value {
    serde_json::to_value(face.post()).expect("a face is JSON")
}

/// The shape of every message in every state, when nobody means ill.
static PLAIN: LazyLock<Vec<Value>> = LazyLock::new(|| shapes("plain"));

fn shapes(text: &str) -> Vec<Value> {
    let rules = people::rules();
    let states = people::every_state().collect::<Vec<_>>();
    let faces = states
        .iter()
        .flat_map(|state| faces(&filled(state, text), &rules));
    faces.map(|face| shape(&json(face))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_of_anybody_adds_markup_a_link_or_a_ping_to_any_face(text in hostile_text()) {
        // Nothing to say is shown by leaving things out.
        let poisoned = shapes(&format!("{text}."));
        for (plain, poisoned) in PLAIN.iter().zip(poisoned) {
            prop_assert_eq!(plain, &poisoned);
        }
    }

    #[test]
    fn a_refusal_repeats_a_text_as_code_and_as_nothing_else(text in hostile_text()) {
        let refusals = [
            text.parse::<DeviceName>().err(),
            text.parse::<Platform>().err(),
            Reason::parse(&text.repeat(400)).err(),
        ];
        for refusal in refusals.into_iter().flatten() {
            let shown = json(view::refusal(&refusal));
            let content = shown["content"].as_str().expect("a sentence");
            prop_assert!(content.encode_utf16().count() <= 600, "{}", content);
            for token in skeleton(content) {
                prop_assert_eq!(token, "code 1", "{}", content);
            }
        }
    }

    #[test]
    fn every_name_that_is_accepted_or_offered_is_one_that_headscale_takes(text in hostile_text(), label in "[a-z0-9-]{0,70}") {
        for typed in [&text, &label] {
            let accepted = typed.parse::<DeviceName>().ok();
            for name in accepted.into_iter().chain(DeviceName::suggest(typed)) {
                prop_assert!(is_hostname(name.as_str()), "{:?} of {:?}", name.as_str(), typed);
            }
            prop_assert_eq!(typed.parse::<DeviceName>().is_ok(), is_hostname(typed));
        }
    }

    #[test]
    fn every_user_that_a_template_names_is_one_that_headscale_takes(
        name in hostile_text(),
        id in any::<i64>(),
        template in prop::sample::select(vec!["discord-{id}", "{username}", "u{id}-{username}", "m-{username}-x"]),
    ) {
        let person = Person { id: MemberId(id), name };
        let user = UserMapping::PerMember(template.parse().unwrap()).user_of(&person);
        prop_assert!(is_username(user.as_str()), "{}", user);
    }
}

/// Headscale 0.26 to 0.30, `ValidateHostname`: RFC 1035 and 1123, in lower case, at least two characters.
fn is_hostname(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_digit() || c == '-' || c.is_ascii_lowercase();
    let ends_well = !name.starts_with('-') && !name.ends_with('-');
    (2..=63).contains(&name.len()) && name.chars().all(inside) && ends_well
}

/// Headscale 0.26 to 0.30, `ValidateUsername`: at least two characters, a letter first, then letters, digits, `-`, `.`,
/// `_` and one `@`.
fn is_username(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-._@".contains(c);
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (2..=63).contains(&name.len())
        && begins_well
        && name.chars().all(inside)
        && name.matches('@').count() < 2
}
