//! What is kept of a device that has joined.

use super::*;
use crate::domain::NodeId;
use crate::support::requests::request;
use crate::support::states;

const OWNER: HeadscaleUserId = HeadscaleUserId(3);

fn node(user: Option<HeadscaleUserId>, name: &str) -> Node {
    Node {
        id: NodeId(6),
        given_name: name.to_owned(),
        addresses: Vec::new(),
        user,
        user_name: "somebody".to_owned(),
        preauth_key: None,
        expiry: None,
        tags: Vec::new(),
    }
}

#[test]
fn a_device_of_somebody_else_says_whose_it_is_unless_it_has_tags() {
    let owner = |node: &Node| joined(&request(states::approved()), OWNER, node, true).other_owner;
    let other = node(Some(HeadscaleUserId(4)), "laptop");
    assert_eq!(owner(&node(Some(OWNER), "laptop")), None);
    assert_eq!(owner(&other), Some("somebody".to_owned()));
    assert_eq!(owner(&node(None, "laptop")), Some("somebody".to_owned()));
    let tagged = Node {
        tags: vec!["tag:guest".to_owned()],
        ..other
    };
    assert_eq!(owner(&tagged), None);
}

#[test]
fn a_name_is_owed_where_devices_are_renamed_and_it_is_another() {
    let naming = |name, rename| {
        let node = node(Some(OWNER), name);
        joined(&request(states::approved()), OWNER, &node, rename).naming
    };
    assert_eq!(naming("laptop", true), Naming::Settled);
    assert_eq!(naming("android-1", true), Naming::Owed);
    assert_eq!(naming("laptop", false), Naming::Settled);
    assert_eq!(naming("android-1", false), Naming::Settled);
}
