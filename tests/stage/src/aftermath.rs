//! The state in which everything has to settle, whatever went wrong before: one card and one letter for each
//! request, nothing owed, no live key without a request, no device that nobody approved.

mod cast;
mod past;
mod rest;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use headscale_usher::domain::{
    Departure, DepartureId, DepartureState, DeviceRequest, Handover, RequestId, State, Status,
    Step, owed,
};
use headscale_usher::store::Store;

use crate::Stage;
use stand_ins::discord::Message;

pub use cast::{Cast, PATIENCE, Scan};
pub use rest::{a_key_is_ordered, nothing_is_due};
pub use way::Way;

/// The member of a story about one request, and their device.
pub const WHO: (&str, &str) = ("alice", "laptop");

/// The rows that a stopped bot has left behind, in the order of their numbers.
///
/// # Panics
/// If the bot still runs, or if its file cannot be read.
pub async fn rows(stage: &Stage) -> Vec<DeviceRequest> {
    let store = Store::open(&stage.database()).await;
    let store = store.expect("the bot has let go of its file, which is whole");
    let mut rows = Vec::new();
    for number in 1.. {
        let row = store.request(RequestId(number)).await;
        let Some(row) = row.expect("a row can be read") else {
            break;
        };
        rows.push(row);
    }
    store.close().await;
    rows
}

/// Everything that is not as it must be. The bot has to be stopped.
pub async fn violations(stage: &Stage) -> Vec<String> {
    let rows = rows(stage).await;
    let departure = departure(stage).await;
    let mut found: Vec<String> = rows.iter().flat_map(unsettled).collect();
    found.extend(rows.iter().flat_map(|row| misshown(stage, row)));
    found.extend(stray_keys(stage, &rows));
    found.extend(stray_devices(stage, &rows));
    found.extend(departure.and_then(|departure| unsettled_departure(stage, &departure)));
    found
}

/// The first.
async fn departure(stage: &Stage) -> Option<Departure> {
    let store = Store::open(&stage.database()).await.expect("a store");
    let departure = store.departure(DepartureId(1)).await;
    store.close().await;
    departure.expect("a departure can be read")
}

/// Waits until the bot has written down what everybody sees, stops it, looks for violations, and ends the story.
///
/// # Panics
/// If anything is not as it must be.
pub async fn settled(mut stage: Stage) -> Vec<DeviceRequest> {
    rest::of(&stage).await;
    stage.stop().await;
    let rows = rows(&stage).await;
    let found = violations(&stage).await;
    assert!(
        found.is_empty(),
        "{}\n{}",
        found.join("\n"),
        tail(&stage.log())
    );
    stage.finish().await;
    rows
}

/// The last lines of a log, for the message of a failure.
pub fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let from = lines.len().saturating_sub(40);
    lines[from..].join("\n")
}

/// A settled request waits for nobody but the clock and people.
fn unsettled(row: &DeviceRequest) -> Vec<String> {
    let mut found = Vec::new();
    let owed = owed(row);
    let working = match (row.status(), owed.step) {
        (Status::Approved | Status::Issuing, _) => true,
        (_, Some((step, _))) => !matches!(step, Step::LookForNode | Step::LapseKey | Step::Lapse),
        (_, None) => false,
    };
    if working {
        found.push(format!("{} is {} still", row.id, row.status().into_str()));
    }
    let messages = [
        ("card", owed.card, &row.card),
        ("letter", owed.letter, &row.letter),
        ("notice", owed.notice, &row.notice),
    ];
    let behind = messages.iter().filter(|(_, at, _)| at.is_some());
    found.extend(behind.map(|(what, _, message)| {
        let id = row.id;
        let (version, shown) = (row.version, message.shown);
        format!("the {what} of {id} shows version {shown} of {version}: {message:?}")
    }));
    found
}

/// Nothing is being done any more, and the one card says how it ended.
fn unsettled_departure(stage: &Stage, departure: &Departure) -> Option<String> {
    use DepartureState as S;
    let cards = with_title(stage.discord.cards(), "Departure", departure.id);
    let shown = departure
        .card
        .place
        .map(|place| place.message.0.cast_unsigned());
    let is_shown = cards.iter().map(Message::id).eq(shown);
    let is_done = !matches!(departure.state, S::Missed | S::Expiring { .. });
    let is_current = departure.card.shown == departure.version;
    (!is_shown || !is_done || !is_current)
        .then(|| format!("{departure:?} has {} cards", cards.len()))
}

fn misshown(stage: &Stage, row: &DeviceRequest) -> Vec<String> {
    let mut found = Vec::new();
    let cards = with_title(stage.discord.cards(), "Device request", row.id);
    let card = row.card.place.map(|place| place.message.0.cast_unsigned());
    if cards.iter().map(Message::id).collect::<Vec<_>>() != Vec::from_iter(card) {
        let count = cards.len();
        found.push(format!(
            "{} has {count} cards, of which it knows {card:?}",
            row.id
        ));
    }
    let letters = letters(stage, row);
    let letter = row
        .letter
        .place
        .map(|place| place.message.0.cast_unsigned());
    if letters.iter().map(Message::id).collect::<Vec<_>>() != Vec::from_iter(letter) {
        let count = letters.len();
        found.push(format!(
            "{} has {count} letters, of which it knows {letter:?}",
            row.id
        ));
    }
    found.extend(misplaced_key(stage, row, &letters));
    found
}

fn letters(stage: &Stage, row: &DeviceRequest) -> Vec<Message> {
    let letters = stage.discord.member(&row.requester.name).letters();
    with_title(letters, "Your device request", row.id)
}

fn with_title(messages: Vec<Message>, before: &str, id: impl Display) -> Vec<Message> {
    let start = format!("{before} {id} ·");
    let is_of = |message: &Message| {
        let title = message.embeds().first().map(|embed| &embed["title"]);
        title
            .and_then(|title| title.as_str())
            .is_some_and(|title| title.starts_with(&start))
    };
    messages.into_iter().filter(is_of).collect()
}

/// A letter shows the key of a request whose key was sent, and no key at any other time.
fn misplaced_key(stage: &Stage, row: &DeviceRequest, letters: &[Message]) -> Option<String> {
    let shown: Vec<String> = letters.iter().filter_map(Message::scan).collect();
    let mut should = Vec::new();
    if let State::Delivered {
        key,
        handover: Handover::Letter,
        used: false,
        ..
    } = &row.state
    {
        let mut keys = stage.headscale.keys();
        keys.retain(|known| known.id.cast_signed() == key.id.0);
        should.extend(keys.into_iter().map(|key| key.secret));
    }
    (shown != should).then(|| {
        format!(
            "the letter of {} ({}) shows {} keys that it should not, or lacks one",
            row.id,
            row.status().into_str(),
            shown.len()
        )
    })
}

/// Every live key belongs to exactly one request that says so.
fn stray_keys(stage: &Stage, rows: &[DeviceRequest]) -> Vec<String> {
    let live: BTreeSet<i64> = stage
        .headscale
        .live_keys()
        .iter()
        .map(|key| key.id.cast_signed())
        .collect();
    let mut claimed = BTreeMap::<i64, Vec<RequestId>>::new();
    for row in rows {
        if let State::Delivered {
            key, used: false, ..
        } = &row.state
        {
            claimed.entry(key.id.0).or_default().push(row.id);
        }
    }
    let orphans = live.iter().filter(|key| !claimed.contains_key(key));
    let mut found: Vec<String> = orphans
        .map(|key| format!("key {key} is live and nobody's"))
        .collect();
    let shared = claimed.iter().filter(|(_, by)| by.len() > 1);
    found.extend(shared.map(|(key, by)| format!("key {key} is claimed by {by:?}")));
    let dead = claimed.keys().filter(|key| !live.contains(key));
    found.extend(dead.map(|key| format!("key {key} was handed out and does not work")));
    found
}

/// Every node that is let into the network is known by exactly one request.
fn stray_devices(stage: &Stage, rows: &[DeviceRequest]) -> Vec<String> {
    let mut claimed = BTreeMap::<i64, usize>::new();
    for row in rows {
        if let State::Joined { node, .. } = &row.state {
            *claimed.entry(node.id.0).or_default() += 1;
        }
    }
    let now = stage.headscale.now();
    let mut nodes = stage.headscale.nodes();
    nodes.retain(|node| node.expiry.is_none_or(|end| end > now));
    let times = |node: &stand_ins::headscale::Node| {
        claimed.get(&node.id.cast_signed()).copied().unwrap_or(0)
    };
    let stray = nodes.iter().filter(|node| times(node) != 1);
    stray
        .map(|node| {
            format!(
                "node {} is known by {} requests",
                node.given_name,
                times(node)
            )
        })
        .collect()
}
