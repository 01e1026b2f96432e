//! A text of anybody's: as a name, a reason, a custom id, a link, and in every place where others read it.

#![no_main]

#[path = "../../tests/rooms/hostile/markup.rs"]
mod markup;
#[path = "../../tests/rooms/view/people.rs"]
mod people;
#[path = "../../tests/support/rules.rs"]
mod rules;

/// Where `people` looks for it.
mod support {
    pub(crate) use super::rules;
}

use std::sync::LazyLock;

use headscale_usher::domain::{
    DeviceName, DeviceRequest, MemberId, Person, Problem, Reason, State, UserMapping,
};
use headscale_usher::headscale::{RegistrationId, Release};
use headscale_usher::view::{self, CustomId};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use url::Url;

static SERVER: LazyLock<Url> =
    LazyLock::new(|| Url::parse("https://headscale.example.org").expect("an address"));
static PLAIN: LazyLock<Vec<Value>> = LazyLock::new(|| shapes("plain"));

fuzz_target!(|text: &str| {
    names(text);
    if let Some(id) = CustomId::parse(text) {
        assert_eq!(id.to_string(), text);
    }
    for release in [Release::V0_28, Release::V0_30] {
        if let Ok(id) = RegistrationId::from_link(text, &SERVER, release) {
            assert!(id.as_str().len() <= 100);
        }
    }
    assert_eq!(*PLAIN, shapes(&format!("{text}.")));
});

fn names(text: &str) {
    let inside = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase() || c == '-';
    let accepted = text.parse::<DeviceName>().ok();
    for name in accepted.into_iter().chain(DeviceName::suggest(text)) {
        let name = name.as_str();
        assert!(
            (2..=63).contains(&name.len()) && name.chars().all(inside),
            "{name:?}"
        );
        assert!(!name.starts_with('-') && !name.ends_with('-'), "{name:?}");
    }
    let template = "{username}".parse().expect("a template");
    let owner = UserMapping::PerMember(template)
        .user_of(&person(text))
        .to_string();
    assert!(
        (2..=32).contains(&owner.len()) && owner.chars().all(inside),
        "{owner:?}"
    );
    assert!(
        owner.starts_with(|c: char| c.is_ascii_alphabetic()),
        "{owner:?}"
    );
}

fn person(name: &str) -> Person {
    Person {
        id: MemberId(1 << 40),
        name: name.to_owned(),
    }
}

/// The looks of a few requests with this text in every place.
fn shapes(text: &str) -> Vec<Value> {
    let rules = people::rules();
    let why: String = text.chars().rev().take(300).collect();
    let why = why.chars().rev().collect::<String>();
    let states = [people::pending(), people::failed(), people::denied(&why)];
    let messages = states.into_iter().flat_map(|state| {
        let request = filled(state, text, &why);
        [
            view::card(&request, &rules),
            view::letter(&request, &rules),
            view::submitted(&request, &rules),
            view::not_claimed(&problem(text)),
        ]
    });
    let json = |message: view::Rendered| serde_json::to_value(message.post()).expect("a message is JSON");
    messages.map(|message| markup::shape(&json(message))).collect()
}

fn filled(state: State, text: &str, why: &str) -> DeviceRequest {
    let mut request = people::request(state);
    request.requester = person(text);
    request.reason = Reason::parse(why).expect("it is short");
    request.backoff.last_error = Some(problem(text));
    if let State::Failed { cause, .. } = &mut request.state {
        *cause = problem(text);
    }
    request
}

fn problem(text: &str) -> Problem {
    Problem::HeadscaleFailed(text.to_owned())
}
