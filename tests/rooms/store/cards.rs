//! Which cards wait for an answer, and where they are.

use super::scene::{Scene, projection};
use crate::domain::{Event, Projection, ProjectionKind, RequestId, Status};
use crate::store::{cards, post_again};
use crate::support::people::moment;

#[tokio::test]
async fn the_cards_of_one_status_are_read_page_by_page() {
    let scene = Scene::new().await;
    let mut posted = Vec::new();
    for number in 1..=4 {
        let request = scene.stored(number).await;
        if number == 2 {
            scene.apply(&request, Event::Cancelled, moment(1)).await;
        } else if number == 3 {
            posted.push((request.id, None));
        } else {
            let card = projection(&request);
            let shown = scene.store.shown(request.id, ProjectionKind::Card, &card);
            shown.await.unwrap();
            posted.push((request.id, card.place));
        }
    }
    let page = async |status, after, most| {
        let cards = cards(&scene.store, status, RequestId(after), most).await;
        cards.unwrap()
    };
    assert_eq!(page(Status::Pending, 0, 2).await, posted[..2]);
    assert_eq!(page(Status::Pending, 3, 2).await, posted[2..]);
    assert_eq!(page(Status::Pending, 4, 2).await, []);
    assert_eq!(page(Status::Failed, 0, 2).await, []);
}

#[tokio::test]
async fn the_wish_for_a_new_card_is_fulfilled_by_the_next_generation_only() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let (kind, drawn) = (ProjectionKind::Card, projection(&request));
    let shown = async |card: &Projection| {
        let store = &scene.store;
        store.shown(request.id, kind, card).await.unwrap().card
    };
    post_again(&scene.store, request.id).await.unwrap();
    let unposted = scene.fresh(request.id).await.card;
    assert!(!unposted.wanted_anew, "it is about to be posted");
    shown(&drawn).await;
    post_again(&scene.store, request.id).await.unwrap();
    let late = shown(&drawn).await;
    assert!(
        late.wanted_anew && late.shown < request.version,
        "drawn before"
    );
    let moved = Projection {
        generation: drawn.generation + 1,
        ..drawn
    };
    assert_eq!(shown(&moved).await, moved);
}
