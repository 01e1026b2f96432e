//! What members hold, as Headscale's lists are compared with it.

use super::departures::{delivered, joined};
use super::scene::Scene;
use crate::domain::{Event, KeyId, NodeId};
use crate::store::KnownNode;
use crate::support::people::{carol, moment};

#[tokio::test]
async fn a_key_is_known_by_its_number_and_its_end() {
    let scene = Scene::new().await;
    delivered(&scene, 1).await;
    let known = async |key, from, to| {
        let between = (moment(from), moment(to));
        scene.store.held().knows_key(KeyId(key), between).await
    };
    assert!(known(1, 3_601, 3_601).await.unwrap());
    assert!(!known(2, 3_601, 3_601).await.unwrap());
    assert!(!known(1, 3_602, 3_700).await.unwrap());
}

#[tokio::test]
async fn the_devices_that_joined_are_read_page_by_page_with_their_holders() {
    let scene = Scene::new().await;
    for number in 1..=2 {
        joined(&scene, number).await;
    }
    let going = joined(&scene, 3).await;
    let by = carol();
    scene
        .apply(&going, Event::RevokeAsked { by }, moment(2))
        .await;
    let page = async |after, most| scene.store.held().nodes(after, most).await.unwrap();
    let first = page(None, 1).await[0];
    assert_eq!(first.node(), NodeId(1));
    assert_eq!(first.changed_at(), Some(moment(1)));
    let rest = page(Some(first), 9).await;
    let told = |known: &KnownNode| (known.node(), known.is_held());
    assert_eq!(
        rest.iter().map(told).collect::<Vec<_>>(),
        [(NodeId(2), true), (NodeId(3), false)]
    );
    assert_eq!(rest[1].request(), going.id);
    assert_eq!(page(Some(rest[1]), 9).await, []);
}
