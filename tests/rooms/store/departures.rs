//! Members who left: whom to look for, and one open departure each.

use super::scene::{Scene, ask, entry};
use crate::domain::{
    ChannelId, Departure, DepartureEvent, DepartureId, DepartureState, DeviceRequest, Event,
    HeadscaleUserId, JoinedNode, KeyId, MemberId, MessageId, MessageRef, Naming, NodeId, Person,
    Problem, Projection, RequestId, Standing,
};
use crate::store::{self, Swap};
use crate::support::people::{carol, moment, person};

fn asking(devices: &[i64]) -> DepartureEvent {
    DepartureEvent::StillMissing {
        devices: devices.iter().copied().map(RequestId).collect(),
        expire_by: None,
        braked: false,
    }
}

async fn happened(scene: &Scene, before: &Departure, event: DepartureEvent, at: i64) -> Departure {
    let after = before.apply(event, moment(at)).unwrap();
    let swap = scene
        .store
        .swap_departure(before, &after, &entry("member_left"))
        .await;
    assert_eq!(swap.unwrap(), Swap::Done);
    let stored = scene.store.departure(before.id).await.unwrap().unwrap();
    assert_eq!(stored, after);
    stored
}

async fn missed(scene: &Scene, member: i64) -> Departure {
    let store = &scene.store;
    store.missed(&person(member), moment(0)).await.unwrap();
    store
        .last_departure(MemberId(member))
        .await
        .unwrap()
        .unwrap()
}

pub(super) async fn joined(scene: &Scene, number: i64) -> DeviceRequest {
    let request = scene.stored(number).await;
    let events = [
        Event::Approved { by: carol() },
        Event::RegisterBegun {
            user: HeadscaleUserId(3),
            key_expires_at: moment(3_600 + number),
            newest: NodeId(0),
        },
        Event::Joined {
            node: JoinedNode {
                id: NodeId(number),
                name: "laptop".to_owned(),
                addresses: vec![],
                other_owner: None,
                naming: Naming::Settled,
                standing: Standing::In,
            },
        },
    ];
    let mut request = request;
    for event in events {
        request = scene.apply(&request, event, moment(1)).await;
    }
    request
}

pub(super) async fn delivered(scene: &Scene, number: i64) -> DeviceRequest {
    let mut request = scene.stored(number).await;
    let key_expires_at = moment(3_600 + number);
    for event in [
        Event::Approved { by: carol() },
        Event::IssueBegun {
            user: HeadscaleUserId(3),
            key_expires_at,
        },
        Event::KeyCreated { key: KeyId(number) },
        Event::Delivered { look_at: moment(1) },
    ] {
        request = scene.apply(&request, event, moment(1)).await;
    }
    request
}

async fn claimable(scene: &Scene, number: i64) -> DeviceRequest {
    let request = scene.stored(number).await;
    let approved = Event::Approved { by: carol() };
    let request = scene.apply(&request, approved, moment(1)).await;
    let claim_until = moment(5_000);
    let refused = Event::LetterRefused { claim_until };
    scene.apply(&request, refused, moment(1)).await
}

fn revoke() -> Event {
    Event::RevokeAsked { by: carol() }
}

/// Everybody who holds something, as they come one after the other.
async fn holders(scene: &Scene) -> Vec<Person> {
    let mut holders = Vec::new();
    let mut last = MemberId(0);
    while let Some(next) = scene.store.held().next_holder(last, 0).await.unwrap() {
        last = next.id;
        holders.push(next);
    }
    assert_eq!(
        scene.store.held().count_holders(100).await.unwrap(),
        holders.len()
    );
    holders
}

#[tokio::test]
async fn holders_have_a_key_or_a_device_or_an_offer_that_nobody_is_revoking() {
    let scene = Scene::new().await;
    joined(&scene, 1).await;
    delivered(&scene, 2).await;
    claimable(&scene, 3).await;
    scene.stored(4).await;
    let going = joined(&scene, 5).await;
    let going = scene.apply(&going, revoke(), moment(2)).await;
    let gone = delivered(&scene, 6).await;
    let gone = scene.apply(&gone, revoke(), moment(2)).await;
    scene.apply(&gone, Event::Revoked, moment(3)).await;
    assert_eq!(holders(&scene).await, [person(1), person(2), person(3)]);
    scene.apply(&going, Event::Revoked, moment(3)).await;
    assert_eq!(holders(&scene).await.len(), 3);
}

#[tokio::test]
async fn holders_are_passed_over_and_counted_up_to_a_bound() {
    let scene = Scene::new().await;
    for member in 1..=4 {
        joined(&scene, member).await;
    }
    let next = scene
        .store
        .held()
        .next_holder(MemberId(1), 2)
        .await
        .unwrap();
    assert_eq!(next, Some(person(4)));
    assert_eq!(
        scene
            .store
            .held()
            .next_holder(MemberId(1), 3)
            .await
            .unwrap(),
        None
    );
    assert_eq!(scene.store.held().count_holders(3).await.unwrap(), 3);
}

#[tokio::test]
async fn a_holder_has_their_latest_name_and_all_their_belongings() {
    let scene = Scene::new().await;
    let first = joined(&scene, 1).await;
    for (interaction, device, name) in [(11, "phone", "renamed"), (12, "tv", "renamed again")] {
        let mut ask = ask(interaction, 1, device);
        ask.requester.name = name.to_owned();
        scene.submit(&ask).await;
    }
    let claimed = scene.fresh(RequestId(2)).await;
    let approved = Event::Approved { by: carol() };
    let claimed = scene.apply(&claimed, approved, moment(1)).await;
    let refused = Event::LetterRefused {
        claim_until: moment(5_000),
    };
    let claimed = scene.apply(&claimed, refused, moment(1)).await;
    let left = scene.store.held().of(MemberId(1)).await.unwrap();
    assert_eq!(left, [first.clone(), claimed], "and the third only waits");
    let holders = holders(&scene).await;
    assert_eq!(holders.len(), 1);
    assert_eq!(holders[0].name, "renamed", "of a request that is live");
    let known = [RequestId(3), RequestId(99), first.id];
    let found = scene.store.requests(&known).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|request| request.id).collect();
    assert_eq!(found, [RequestId(3), first.id]);
}

#[tokio::test]
async fn the_first_miss_stays_the_first_until_it_is_forgotten() {
    let scene = Scene::new().await;
    let first = missed(&scene, 1).await;
    assert_eq!(first.state, DepartureState::Missed);
    let store = &scene.store;
    store.missed(&person(1), moment(500)).await.unwrap();
    assert_eq!(missed(&scene, 1).await, first);
    let scene = scene.reopened().await;
    assert_eq!(missed(&scene, 1).await, first, "a restart changes nothing");
    scene.store.forget_miss(&first).await.unwrap();
    let none = scene.store.last_departure(MemberId(1)).await.unwrap();
    assert_eq!(none, None);
    let other = missed(&scene, 1).await;
    assert_ne!(other.id, first.id, "an old button can never mean it");
}

#[tokio::test]
async fn only_a_miss_can_be_forgotten() {
    let scene = Scene::new().await;
    let first = missed(&scene, 1).await;
    let asked = happened(&scene, &first, asking(&[4, 5]), 3_600).await;
    scene.store.forget_miss(&first).await.unwrap();
    let kept = scene.store.departure(first.id).await.unwrap();
    assert_eq!(kept, Some(asked));
}

#[tokio::test]
async fn of_two_decisions_one_is_stored_with_its_line_in_the_audit_log() {
    let scene = Scene::new().await;
    let first = missed(&scene, 1).await;
    let asked = happened(&scene, &first, asking(&[4]), 3_600).await;
    let kept = DepartureEvent::Kept { by: carol() };
    let late = asked.apply(kept.clone(), moment(3_601)).unwrap();
    let kept = happened(&scene, &asked, kept, 3_601).await;
    assert_eq!(kept.state, DepartureState::Kept { by: carol() });
    let audit = entry("late");
    let lost = scene.store.swap_departure(&asked, &late, &audit).await;
    assert_eq!(lost.unwrap(), Swap::Lost);
    let back = happened(&scene, &kept, DepartureEvent::Seen, 4_000).await;
    let kept_by = Some(carol());
    assert_eq!(back.state, DepartureState::Back { kept_by });
    let next = missed(&scene, 1).await;
    assert_ne!(next.id, back.id, "what is over is in nobody's way");
}

#[tokio::test]
async fn what_was_shown_is_kept_beside_the_facts() {
    let scene = Scene::new().await;
    let first = missed(&scene, 1).await;
    let asked = happened(&scene, &first, asking(&[4]), 3_600).await;
    let mut card = Projection {
        place: Some(MessageRef {
            channel: ChannelId(5),
            message: MessageId(6),
        }),
        shown: asked.version,
        generation: 2,
        ..Projection::default()
    };
    card.backoff.attempts = 3;
    card.backoff.retry_at = Some(moment(7));
    card.backoff.last_error = Some(Problem::DiscordUnreachable);
    let store = &scene.store;
    store.departure_shown(asked.id, &card).await.unwrap();
    let shown = store.departure(asked.id).await.unwrap().unwrap();
    assert_eq!(shown, Departure { card, ..asked });
    let kept = DepartureEvent::Kept { by: carol() };
    let kept = happened(&scene, &shown, kept, 3_700).await;
    assert_eq!(kept.card, shown.card);
}

#[tokio::test]
async fn a_decision_keeps_what_was_shown_meanwhile() {
    let scene = Scene::new().await;
    let first = missed(&scene, 1).await;
    let asked = happened(&scene, &first, asking(&[4]), 3_600).await;
    let card = Projection {
        shown: asked.version,
        ..Projection::default()
    };
    let store = &scene.store;
    store.departure_shown(asked.id, &card).await.unwrap();
    let kept = DepartureEvent::Kept { by: carol() };
    let after = asked.apply(kept, moment(3_700)).unwrap();
    let audit = entry("kept");
    let swap = store.swap_departure(&asked, &after, &audit).await;
    assert_eq!(swap.unwrap(), Swap::Done);
    let kept = store.departure(asked.id).await.unwrap().unwrap();
    assert_eq!(kept, Departure { card, ..after });
}

#[tokio::test]
async fn a_question_that_may_be_gone_is_behind() {
    let scene = Scene::new().await;
    let first = missed(&scene, 1).await;
    let asked = happened(&scene, &first, asking(&[4]), 3_600).await;
    let card = Projection {
        shown: asked.version,
        ..Projection::default()
    };
    scene.store.departure_shown(asked.id, &card).await.unwrap();
    scene.store.repaint_departure(asked.id).await.unwrap();
    let behind = scene.store.departure(asked.id).await.unwrap().unwrap();
    assert_eq!(behind.card.shown, asked.version - 1);
    assert_eq!(behind.version, asked.version);
}

#[tokio::test]
async fn unsettled_is_what_waits_or_is_behind() {
    let scene = Scene::new().await;
    let unsettled = async || {
        let found = scene.store.unsettled_departures().await.unwrap();
        found.into_iter().map(|found| found.id).collect::<Vec<_>>()
    };
    let first = missed(&scene, 1).await;
    let asked = happened(&scene, &first, asking(&[4]), 3_600).await;
    let kept = DepartureEvent::Kept { by: carol() };
    let kept = happened(&scene, &asked, kept, 3_700).await;
    assert_eq!(unsettled().await, [kept.id], "the card is behind");
    let mut card = Projection {
        shown: kept.version,
        ..Projection::default()
    };
    scene.store.departure_shown(kept.id, &card).await.unwrap();
    assert_eq!(unsettled().await, [], "the card is true");
    (card.shown, card.closed) = (0, true);
    scene.store.departure_shown(kept.id, &card).await.unwrap();
    assert_eq!(unsettled().await, [], "nobody wants to see it");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_names_its_column_and_holds_up_nobody() {
    let scene = Scene::new().await;
    let bad = missed(&scene, 1).await;
    let good = missed(&scene, 2).await;
    for (column, value, good_value) in [
        ("status", "'kept'", "'missed'"),
        (
            "facts",
            "json_set(facts, '$.devices', '1 two')",
            "json_set(facts, '$.devices', json('[]'))",
        ),
    ] {
        let id = bad.id;
        let sql = format!("UPDATE departure SET {column} = {value} WHERE id = {id}");
        scene.tamper(&sql).await;
        let error = scene.store.departure(bad.id).await.unwrap_err().to_string();
        assert!(error.contains(&format!("column {column} ")), "{error}");
        let left = scene.store.unsettled_departures().await.unwrap();
        assert_eq!(left, std::slice::from_ref(&good));
        let sql = format!("UPDATE departure SET {column} = {good_value} WHERE id = {id}");
        scene.tamper(&sql).await;
    }
    assert_eq!(scene.store.departure(DepartureId(99)).await.unwrap(), None);
}

#[tokio::test]
async fn missing_is_who_left_lately_or_is_still_a_question() {
    let scene = Scene::new().await;
    let missing = async |since| {
        store::missing(&scene.store, moment(since), 9)
            .await
            .unwrap()
    };
    let first = missed(&scene, 1).await;
    missed(&scene, 2).await;
    assert_eq!(missing(1).await, 2, "open, whenever they were missed");
    assert_eq!(store::missing(&scene.store, moment(1), 1).await.unwrap(), 1);
    let asked = happened(&scene, &first, asking(&[4]), 3_600).await;
    let kept = happened(&scene, &asked, DepartureEvent::Kept { by: carol() }, 3_700).await;
    let card = Projection {
        shown: kept.version,
        ..Projection::default()
    };
    scene.store.departure_shown(kept.id, &card).await.unwrap();
    assert_eq!((missing(0).await, missing(1).await), (2, 1), "settled");
    let kept = scene.store.departure(kept.id).await.unwrap().unwrap();
    happened(&scene, &kept, DepartureEvent::Seen, 3_800).await;
    assert_eq!(missing(0).await, 1, "back");
}
