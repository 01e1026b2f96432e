//! What an approver looks through, page by page.

use super::scene::{Scene, ask};
use crate::domain::{Cursor, Event, Filter, MemberId, RequestId, Status};
use crate::store::{Submission, listed};
use crate::support::people::moment;

async fn ids(scene: &Scene, filter: Filter, from: Cursor, most: usize) -> Vec<i64> {
    let found = listed(&scene.store, filter, from, most).await.unwrap();
    found.into_iter().map(|request| request.id.0).collect()
}

#[tokio::test]
async fn a_page_begins_after_a_number_or_ends_before_one() {
    let scene = Scene::new().await;
    for number in 1..=6 {
        let request = scene.stored(number).await;
        if number == 3 {
            scene.apply(&request, Event::Cancelled, moment(1)).await;
        }
    }
    let pending = Filter {
        status: Status::Pending,
        member: None,
    };
    let (after, before) = (
        |id| Cursor::After(RequestId(id)),
        |id| Cursor::Before(RequestId(id)),
    );
    assert_eq!(
        ids(&scene, pending, Cursor::START, 9).await,
        [1, 2, 4, 5, 6]
    );
    assert_eq!(ids(&scene, pending, after(1), 2).await, [2, 4]);
    assert_eq!(ids(&scene, pending, before(6), 2).await, [4, 5]);
    assert_eq!(ids(&scene, pending, after(6), 2).await, [0; 0]);
    assert_eq!(ids(&scene, pending, before(1), 2).await, [0; 0]);
    let cancelled = Filter {
        status: Status::Cancelled,
        ..pending
    };
    assert_eq!(ids(&scene, cancelled, Cursor::START, 9).await, [3]);
}

#[tokio::test]
async fn one_members_requests_can_be_listed() {
    let scene = Scene::new().await;
    for (number, member) in [(1, 7), (2, 8), (3, 7)] {
        let new = ask(number, member, &format!("laptop-{number}"));
        let submitted = scene.submit(&new).await;
        assert!(matches!(submitted, Submission::New(_)));
    }
    let of = |member| Filter {
        status: Status::Pending,
        member: Some(MemberId(member)),
    };
    assert_eq!(ids(&scene, of(7), Cursor::START, 9).await, [1, 3]);
    let before = Cursor::Before(RequestId(3));
    assert_eq!(ids(&scene, of(7), before, 9).await, [1]);
    assert_eq!(ids(&scene, of(9), Cursor::START, 9).await, [0; 0]);
}
