//! Which node is the device that was let in.

use super::*;
use crate::domain::KeyId;

const OWNER: HeadscaleUserId = HeadscaleUserId(3);

fn node(id: i64, user: Option<HeadscaleUserId>, key: Option<KeyId>) -> Node {
    Node {
        id: NodeId(id),
        given_name: "laptop".to_owned(),
        addresses: Vec::new(),
        user,
        user_name: "anna".to_owned(),
        preauth_key: key,
        expiry: None,
        tags: Vec::new(),
    }
}

#[test]
fn an_unknown_device_is_a_newer_node_of_its_owner_that_came_without_a_key() {
    let begun = Begun {
        user: OWNER,
        newest: NodeId(5),
        known: None,
    };
    assert!(begun.led_to(&node(6, Some(OWNER), None)));
    assert!(!begun.led_to(&node(5, Some(OWNER), None)), "as before");
    assert!(!begun.led_to(&node(4, Some(OWNER), None)));
    assert!(!begun.led_to(&node(6, Some(OWNER), Some(KeyId(1)))));
    assert!(!begun.led_to(&node(6, Some(HeadscaleUserId(4)), None)));
    assert!(!begun.led_to(&node(6, None, None)));
}

#[test]
fn a_known_device_is_found_by_its_number_alone() {
    let begun = Begun {
        user: OWNER,
        newest: NodeId(5),
        known: Some(NodeId(7)),
    };
    assert!(
        begun.led_to(&node(7, None, None)),
        "tagged, it has no owner"
    );
    assert!(!begun.led_to(&node(8, Some(OWNER), None)));
}
