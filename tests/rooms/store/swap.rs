//! Compare-and-set, and what goes on beside it.

use std::time::Duration;

use std::sync::Arc;

use proptest::prelude::*;
use strum::IntoEnumIterator as _;

use super::scene::{Scene, entry, projection};
use crate::domain::{
    Backoff, DeviceRequest, Event, HeadscaleUserId, Problem, Projection, ProjectionKind, RequestId,
    apply,
};
use crate::store::{Error, Swap};
use crate::support::people::{carol, moment, person};
use crate::support::states;

#[tokio::test]
async fn of_fifty_swaps_at_once_one_wins() {
    let scene = Arc::new(Scene::new().await);
    let before = scene.stored(1).await;
    let swaps = (0..50).map(|number| {
        let (scene, before) = (scene.clone(), before.clone());
        let approved = Event::Approved { by: person(number) };
        let after = apply(&before, approved, moment(1)).unwrap();
        tokio::spawn(async move {
            let audit = entry("approved");
            scene.store.swap(&before, &after, &audit).await.unwrap()
        })
    });
    let mut won = 0;
    for swap in swaps.collect::<Vec<_>>() {
        won += usize::from(swap.await.unwrap() == Swap::Done);
    }
    assert_eq!(won, 1);
    assert_eq!(scene.fresh(before.id).await.version, 2);
    assert_eq!(scene.history(before.id).await.len(), 2);
}

#[tokio::test]
async fn a_lost_swap_writes_nothing() {
    let scene = Scene::new().await;
    let before = scene.stored(1).await;
    let approved = scene
        .apply(&before, Event::Approved { by: carol() }, moment(1))
        .await;
    let after = apply(&before, Event::Cancelled, moment(2)).unwrap();
    let late = scene.store.swap(&before, &after, &entry("cancelled")).await;
    assert_eq!(late.unwrap(), Swap::Lost);
    assert_eq!(scene.fresh(before.id).await, approved);
    assert_eq!(scene.history(before.id).await.len(), 2);
}

#[tokio::test]
async fn a_swap_keeps_what_was_shown_meanwhile() {
    let scene = Scene::new().await;
    let before = scene.stored(1).await;
    let message = projection(&before);
    for kind in ProjectionKind::iter() {
        let shown = scene.store.shown(before.id, kind, &message).await.unwrap();
        assert_eq!((shown.version, shown.projection(kind)), (1, &message));
    }
    let after = scene
        .apply(&before, Event::Approved { by: carol() }, moment(1))
        .await;
    for kind in ProjectionKind::iter() {
        assert_eq!(after.projection(kind), &message);
    }
}

#[tokio::test]
async fn a_card_that_may_be_out_of_date_is_behind_and_so_is_the_letter_of_who_waits() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let request = scene
        .apply(&request, Event::Approved { by: carol() }, moment(1))
        .await;
    let message = projection(&request);
    for kind in ProjectionKind::iter() {
        let shown = scene.store.shown(request.id, kind, &message);
        shown.await.unwrap();
    }
    scene.store.repaint(request.id).await.unwrap();
    let after = scene.fresh(request.id).await;
    let shown = [&after.card, &after.letter, &after.notice].map(|message| message.shown);
    assert_eq!((after.version, shown), (2, [1, 1, 2]));
}

#[tokio::test]
async fn a_look_for_a_late_key_is_recorded_beside_those_for_others() {
    let scene = Scene::new().await;
    let mut request = scene.stored(1).await;
    let user = HeadscaleUserId(3);
    let begun = |end| Event::IssueBegun {
        user,
        key_expires_at: moment(end),
    };
    let by = carol();
    let approved = Event::Approved { by };
    let events = [approved, begun(3_600), Event::Reclaimed];
    for event in events.into_iter().chain([begun(3_700), Event::Reclaimed]) {
        request = scene.apply(&request, event, moment(1)).await;
    }
    let [first, second] = request.abandoned[..] else {
        panic!("two are looked for");
    };
    let store = &scene.store;
    store.looked_for(request.id, &first, None).await.unwrap();
    assert_eq!(scene.fresh(request.id).await.abandoned, [second]);
    let next = second.looked(moment(61));
    store.looked_for(request.id, &second, next).await.unwrap();
    let after = scene.fresh(request.id).await;
    assert_eq!(after.abandoned, next.into_iter().collect::<Vec<_>>());
    assert_eq!(after.version, request.version);
}

#[tokio::test]
async fn postponing_needs_the_version_and_an_event_undoes_it() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let backoff = Backoff {
        attempts: 2,
        retry_at: Some(moment(500_000)),
        last_error: Some(Problem::HeadscaleRefused("bad tag".to_owned())),
    };
    let stale = scene.store.postpone(request.id, 7, &backoff).await.unwrap();
    assert_eq!(stale, Swap::Lost);
    let done = scene.store.postpone(request.id, 1, &backoff).await.unwrap();
    assert_eq!(done, Swap::Done);
    assert_eq!(scene.fresh(request.id).await.backoff, backoff);
    // `request` was read before the postponement, and has a fresh backoff.
    let after = scene
        .apply(&request, Event::Approved { by: carol() }, moment(1))
        .await;
    assert_eq!(after.backoff, Backoff::default());
}

#[tokio::test]
async fn a_place_that_somebody_else_found_meanwhile_is_not_forgotten() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let (store, kind) = (&scene.store, ProjectionKind::Notice);
    let found = projection(&request);
    store.shown(request.id, kind, &found).await.unwrap();
    // The post failed for whoever read the request before: its reply was lost.
    let failed = Projection {
        backoff: Backoff {
            attempts: 1,
            retry_at: Some(moment(500_000)),
            last_error: None,
        },
        ..Projection::default()
    };
    let after = store.shown(request.id, kind, &failed).await.unwrap();
    assert_eq!(after.notice.place, found.place);
    assert_eq!(after.notice.backoff, failed.backoff);
    // A message that was deleted is forgotten: the next one is of a new generation.
    let deleted = Projection {
        generation: 1,
        ..Projection::default()
    };
    let after = store.shown(request.id, kind, &deleted).await.unwrap();
    assert_eq!(after.notice, deleted);
}

#[tokio::test]
async fn showing_an_unknown_request_is_an_error() {
    let scene = Scene::new().await;
    let card = Projection::default();
    let shown = scene.store.shown(RequestId(1), ProjectionKind::Card, &card);
    assert!(matches!(
        shown.await,
        Err(Error::UnknownRequest(RequestId(1)))
    ));
}

#[tokio::test]
async fn key_expiries_are_never_handed_out_twice() {
    let scene = Scene::new().await;
    let wanted = moment(3_600);
    let mut handed_out = vec![];
    for number in 1..=3 {
        let request = scene.stored(number).await;
        let approved = Event::Approved { by: carol() };
        let request = scene.apply(&request, approved, moment(1)).await;
        let at = scene
            .store
            .unique_key_expiry(wanted, Duration::ZERO)
            .await
            .unwrap();
        let begun = Event::IssueBegun {
            user: HeadscaleUserId(3),
            key_expires_at: at,
        };
        scene.apply(&request, begun, moment(1)).await;
        handed_out.push(at);
    }
    let scene = scene.reopened().await;
    handed_out.push(
        scene
            .store
            .unique_key_expiry(wanted, Duration::ZERO)
            .await
            .unwrap(),
    );
    let millis: Vec<i64> = handed_out
        .iter()
        .map(|at| at.as_millisecond() - wanted.as_millisecond())
        .collect();
    assert_eq!(millis, [0, 1, 2, 3]);
}

#[tokio::test]
async fn every_state_comes_back_as_it_was_written() {
    let scene = Scene::new().await;
    let mut before = scene.stored(1).await;
    for (name, state) in states::all() {
        let after = DeviceRequest {
            version: before.version + 1,
            state,
            ..before.clone()
        };
        let swap = scene.store.swap(&before, &after, &entry("jump")).await;
        assert_eq!(swap.unwrap(), Swap::Done, "{name}");
        assert_eq!(scene.fresh(before.id).await, after, "{name}");
        before = after;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_life_of_a_request_comes_back_as_it_was_written(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(live(picks));
    }
}

/// At every turn one of the events that are possible then.
async fn live(picks: Vec<prop::sample::Index>) {
    let scene = Scene::new().await;
    let mut before = scene.stored(1).await;
    for pick in picks {
        let possible: Vec<(Event, DeviceRequest)> = states::events()
            .into_iter()
            .filter_map(|event| Some((event.clone(), apply(&before, event, moment(1)).ok()?)))
            .collect();
        if possible.is_empty() {
            break;
        }
        let (event, after) = &possible[pick.index(possible.len())];
        let audit = entry(event.into_str());
        let swap = scene.store.swap(&before, after, &audit);
        assert_eq!(swap.await.unwrap(), Swap::Done);
        assert_eq!(scene.fresh(before.id).await, *after);
        before = after.clone();
    }
    let lines = scene.history(before.id).await.len();
    assert_eq!(i64::try_from(lines), Ok(before.version));
}
