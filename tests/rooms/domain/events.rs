//! What the audit log keeps beside an event's name.

use crate::domain::{Event, JoinedNode, Naming, Reason};
use crate::support::people::carol;
use crate::support::states;

fn told(event: &Event) -> Option<String> {
    let detail = event.detail()?;
    Some(format!("{}: {detail}", event.into_str()))
}

#[test]
fn an_events_line_names_the_key_the_device_or_the_cause() {
    let told: Vec<_> = states::events().iter().filter_map(told).collect();
    assert_eq!(
        told,
        [
            "registered: node 11",
            "key_created: key 7",
            "found_used: key 7",
            "given_up: headscale_refused: no such tag",
            "standing_changed: expired",
            "joined: node 11",
        ]
    );
}

#[test]
fn a_denials_line_has_its_reason_and_a_refused_names_line_its_cause() {
    let denied = Event::Denied {
        by: carol(),
        reason: Reason::parse("not a work device").unwrap(),
    };
    assert_eq!(denied.detail().as_deref(), Some("not a work device"));
    let naming = states::name_refused;
    let named = Event::Named {
        name: "laptop".to_owned(),
        naming: naming(),
    };
    assert_eq!(named.detail().as_deref(), Some("headscale_conflict"));
    let node = JoinedNode {
        naming: naming(),
        ..states::node(Naming::Owed)
    };
    let joined = Event::Joined { node }.detail();
    let expected = "node 11, not renamed: headscale_conflict";
    assert_eq!(joined.as_deref(), Some(expected));
}
