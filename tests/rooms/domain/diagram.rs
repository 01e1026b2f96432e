//! The state diagram of `docs/states.md`, drawn from the machine itself.

use std::collections::BTreeMap;
use std::path::Path;

use strum::IntoEnumIterator as _;

use super::requests;
use super::transition_matrix::is_final;
use crate::domain::{Status, apply};
use crate::support::people::moment;
use crate::support::states;

/// Each arrow once, with every event that leads along it.
fn mermaid() -> String {
    let mut arrows: BTreeMap<(Status, Status), Vec<&str>> = BTreeMap::new();
    for (_, request) in requests() {
        for event in states::events() {
            let Ok(after) = apply(&request, event.clone(), moment(70)) else {
                continue;
            };
            let words = arrows
                .entry((request.status(), after.status()))
                .or_default();
            if !words.contains(&event.into_str()) {
                words.push(event.into_str());
            }
        }
    }
    let mut lines = vec![
        "stateDiagram-v2".to_owned(),
        "    [*] --> pending: submitted".to_owned(),
    ];
    lines.extend(arrows.iter().map(|((from, to), events)| {
        format!(
            "    {} --> {}: {}",
            from.into_str(),
            to.into_str(),
            events.join(", ")
        )
    }));
    let over = Status::iter().filter(|status| is_final(*status));
    lines.extend(over.map(|status| format!("    {} --> [*]", status.into_str())));
    lines.join("\n")
}

#[test]
fn the_page_about_states_shows_the_machine_as_it_is() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/states.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let drawn = mermaid();
    let shown = text
        .split_once("```mermaid\n")
        .and_then(|(_, rest)| rest.split_once("\n```"))
        .map(|(diagram, _)| diagram);
    assert_eq!(
        shown,
        Some(drawn.as_str()),
        "put this into docs/states.md:\n{drawn}"
    );
}
