//! Discord's limits hold for the worst that can be stored, by construction.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use strum::IntoEnumIterator as _;

use super::people::{closed, every_state, issuing, moment, request, rules};
use super::reading::{json, list, text};
use crate::domain::{
    Backoff, ChannelId, DeviceRequest, Filter, GuildId, Handover, History, JoinedNode, MemberId,
    MessageId, MessageRef, Naming, NodeId, Page, Person, Platform, Problem, Reason, RequestId,
    Rules, Standing, State, Status, UserMapping,
};
use crate::view::{
    Rendered, ShownKey, already_decided, card, claim_answer, letter, letter_with_key,
    list as listed, notice, submitted,
};

fn units(value: &Value) -> usize {
    text(value).encode_utf16().count()
}

fn check(rendered: &Rendered) {
    let message = json(rendered);
    assert!(units(&message["content"]) <= 2000, "{message}");
    let mut total = 0;
    for embed in list(&message["embeds"]) {
        let (title, description) = (units(&embed["title"]), units(&embed["description"]));
        assert!((1..=256).contains(&title), "{message}");
        assert!((1..=4096).contains(&description), "{message}");
        total += title + description;
        assert!(list(&embed["fields"]).len() <= 25);
        for field in list(&embed["fields"]) {
            let (name, value) = (units(&field["name"]), units(&field["value"]));
            assert!((1..=256).contains(&name), "{message}");
            assert!((1..=1024).contains(&value), "{message}");
            total += name + value;
        }
    }
    assert!(total <= 6000, "{total}");
    for file in list(&message["attachments"]) {
        assert!(units(&file["description"]) <= 1024);
    }
    assert!(list(&message["components"]).len() <= 5);
    for button in list(&message["components"])
        .iter()
        .flat_map(|row| list(&row["components"]))
    {
        assert!((1..=80).contains(&units(&button["label"])));
        assert!((1..=100).contains(&units(&button["custom_id"])));
    }
    let shown = message.to_string();
    assert!(
        !shown.contains("@everyone") && !shown.contains("@here"),
        "{shown}"
    );
}

fn hostile(seed: &str) -> Person {
    Person {
        id: crate::domain::MemberId(i64::MAX),
        name: seed.repeat(400),
    }
}

/// Everything as long as it can get, all of it in need of escaping.
fn worst(state: State, seed: &str) -> DeviceRequest {
    let mut worst = request(state);
    worst.id = RequestId(i64::MAX);
    worst.requester = hostile(seed);
    worst.device = "a".repeat(63).parse().unwrap();
    worst.reason = longest(seed);
    worst.history = History {
        requests: u32::MAX,
        denials: u32::MAX,
        devices: u32::MAX,
        user: Some("u".repeat(200)),
        letters: None,
    };
    worst.backoff = Backoff {
        attempts: u32::MAX,
        retry_at: Some(moment(1)),
        last_error: Some(Problem::LinkRefused(seed.repeat(2000))),
    };
    worst.letter = closed();
    worst.card = crate::domain::Projection::default();
    match &mut worst.state {
        State::Denied { by, reason } => {
            *by = hostile(seed);
            *reason = longest(seed);
        }
        State::Failed {
            approval, cause, ..
        } => {
            approval.by = hostile(seed);
            *cause = Problem::HeadscaleRefused(seed.repeat(2000));
        }
        State::Joined { node, .. } => *node = worst_node(seed),
        State::Pending { .. }
        | State::Approved { .. }
        | State::Issuing { .. }
        | State::Delivered { .. }
        | State::Claimable { .. }
        | State::Lost { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => {}
    }
    worst
}

fn longest(seed: &str) -> Option<Reason> {
    let text: String = seed.repeat(400).chars().take(400).collect();
    Reason::parse(&text).unwrap()
}

fn worst_node(seed: &str) -> JoinedNode {
    JoinedNode {
        other_owner: None,
        id: NodeId(i64::MAX),
        name: seed.repeat(1000),
        addresses: vec!["fd7a:115c:a1e0:ffff:ffff:ffff:ffff:ffff".parse().unwrap(); 100],
        naming: Naming::Refused {
            cause: Problem::HeadscaleConflict(seed.repeat(2000)),
        },
        standing: Standing::In,
    }
}

fn worst_rules() -> Rules {
    let mut rules = rules();
    let address = format!("https://x.example/{}", "&'".repeat(140));
    rules.headscale.login_server = address.parse().unwrap();
    rules.headscale.user = UserMapping::Shared("a".repeat(32).parse().unwrap());
    rules.keys.expiration = Duration::MAX;
    rules.keys.tags = vec![format!("tag:{}", "a".repeat(63)).parse().unwrap(); 100];
    rules.keys.ephemeral = true;
    rules
}

const SEEDS: [&str; 5] = ["*", "@", "`", "😀", "@everyone <@1> [x](https://x.y) "];

#[test]
fn every_face_of_the_worst_request_is_within_the_limits() {
    for seed in SEEDS {
        for state in every_state() {
            let (worst, rules) = (worst(state, seed), worst_rules());
            check(&card(&worst, &rules));
            check(&letter(&worst, &rules));
            check(&notice(&worst));
            check(&submitted(&worst, &rules));
            check(&already_decided(&worst));
        }
    }
}

#[test]
fn the_longest_page_of_a_list_is_shown_whole() {
    for (seed, status) in SEEDS
        .into_iter()
        .flat_map(|seed| Status::iter().map(move |it| (seed, it)))
    {
        let line = |number: usize| {
            let mut request = worst(super::people::pending(), seed);
            request.id = RequestId(i64::MAX - i64::try_from(number).unwrap());
            request.card.place = Some(MessageRef {
                channel: ChannelId(i64::MAX),
                message: MessageId(i64::MAX),
            });
            request
        };
        let member = Some(MemberId(i64::MAX));
        let page = Page {
            filter: Filter { status, member },
            requests: (0..Page::LINES).map(line).collect(),
            earlier: true,
            later: true,
        };
        let rendered = listed(&page, GuildId(i64::MAX));
        check(&rendered);
        let shown = text(&json(&rendered)["embeds"][0]["description"]);
        assert_eq!(shown.matches("[card](https://").count(), Page::LINES);
        assert!(shown.ends_with([')', '.']), "{shown}");
    }
}

#[test]
fn the_longest_reason_is_shown_whole() {
    for seed in ["*", "😀"] {
        let request = worst(super::people::pending(), seed);
        let shown = json(&card(&request, &rules()));
        let why = list(&shown["embeds"][0]["fields"])
            .iter()
            .find(|field| field["name"] == "Why")
            .map(|field| text(&field["value"]))
            .unwrap();
        assert_eq!(why.matches(seed).count(), 400);
        assert!(!why.contains('…'));
    }
}

#[test]
fn the_longest_key_and_address_fit_uncut() {
    let secret = SecretString::from("~".repeat(300));
    let key = ShownKey {
        secret: &secret,
        expires_at: moment(0),
    };
    for platform in Platform::iter() {
        let mut request = worst(issuing(Handover::Letter), "*");
        request.platform = platform;
        let rules = worst_rules();
        for rendered in [
            letter_with_key(&request, &rules, &key).unwrap(),
            claim_answer(&request, &rules, &key).unwrap(),
        ] {
            check(&rendered);
            let embed = &json(&rendered)["embeds"][0];
            assert!(!text(&embed["description"]).ends_with('…'));
            for field in list(&embed["fields"]) {
                assert!(!text(&field["value"]).ends_with('…'));
            }
        }
    }
}
