//! Submitting: once, and within the rules.

use super::scene::{Scene, ask, entry};
use crate::domain::{DeviceRequest, Event, HeadscaleUserId, KeyId, Refusal, Status};
use crate::store::{NewRequest, Submission, Swap};
use crate::support::people::{carol, moment};
use crate::support::states;

#[tokio::test]
async fn a_new_request_is_pending_with_version_one_and_a_line_in_the_audit_log() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    assert_eq!(request.status(), Status::Pending);
    assert_eq!(request.version, 1);
    assert_eq!(scene.fresh(request.id).await, request);
    let history = scene.history(request.id).await;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].event, "requested");
    assert_eq!(history[0].version, Some(1));
    assert_eq!(history[0].actor_id, Some(1));
    assert_eq!(history[0].actor_name.as_deref(), Some("member-1"));
    assert_eq!(history[0].at, moment(0).as_millisecond());
}

#[tokio::test]
async fn the_same_interaction_twice_makes_one_request() {
    let scene = Scene::new().await;
    let first = scene.stored(1).await;
    let changed = NewRequest {
        device: "another".parse().unwrap(),
        ..ask(1, 1, "laptop")
    };
    let second = scene.submit(&changed).await;
    assert_eq!(second, Submission::Redelivered(Box::new(first.clone())));
    assert_eq!(scene.history(first.id).await.len(), 1);
}

#[tokio::test]
async fn an_open_request_with_the_same_name_refuses_another() {
    let scene = Scene::new().await;
    let first = scene.stored(1).await;
    let refusal = Refusal::AlreadyOpen {
        request: first.id,
        device: first.device.clone(),
    };
    let again = scene.submit(&ask(2, 1, "laptop")).await;
    assert_eq!(again, Submission::Refused(refusal));
    assert!(matches!(
        scene.submit(&ask(3, 2, "laptop")).await,
        Submission::New(_)
    ));
    scene.apply(&first, Event::Cancelled, moment(1)).await;
    assert!(matches!(
        scene.submit(&ask(4, 1, "laptop")).await,
        Submission::New(_)
    ));
}

#[tokio::test]
async fn a_key_that_may_still_lapse_keeps_its_name_taken() {
    let scene = Scene::new().await;
    let mut request = scene.stored(1).await;
    for event in to_delivered() {
        request = scene.apply(&request, event, moment(1)).await;
    }
    assert_eq!(request.status(), Status::Delivered);
    assert!(matches!(
        scene.submit(&ask(2, 1, "laptop")).await,
        Submission::Refused(Refusal::AlreadyOpen { .. })
    ));
    let lapsed = Event::KeyLapsed {
        claim_until: moment(9_999),
    };
    let claimable = scene.apply(&request, lapsed, moment(2)).await;
    assert_eq!(claimable.status(), Status::Claimable);
}

#[tokio::test]
async fn a_used_key_frees_its_name() {
    let scene = Scene::new().await;
    let mut request = scene.stored(1).await;
    for event in to_delivered().into_iter().chain([Event::KeyUsed]) {
        request = scene.apply(&request, event, moment(1)).await;
    }
    assert!(matches!(
        scene.submit(&ask(2, 1, "laptop")).await,
        Submission::New(_)
    ));
}

#[tokio::test]
async fn a_name_stays_reserved_as_long_as_a_key_may_be_handed_over() {
    let scene = Scene::new().await;
    let mut before = scene.stored(1).await;
    for (number, (name, state)) in (2..).zip(states::all()) {
        let version = before.version + 1;
        let after = DeviceRequest {
            state,
            version,
            ..before.clone()
        };
        let swap = scene.store.swap(&before, &after, &entry("jump")).await;
        assert_eq!(swap.unwrap(), Swap::Done);
        let again = scene.submit(&ask(number, 1, "laptop")).await;
        let is_free = [
            "joined",
            "lost",
            "denied",
            "cancelled",
            "expired",
            "revoked",
        ]
        .iter()
        .any(|free| name.starts_with(free))
            || name.contains("used");
        let reserved = matches!(again, Submission::Refused(Refusal::AlreadyOpen { .. }));
        assert_eq!(reserved, !is_free, "{name}");
        if let Submission::New(other) = again {
            scene.apply(&other, Event::Cancelled, moment(1)).await;
        }
        before = after;
    }
}

fn to_delivered() -> [Event; 4] {
    [
        Event::Approved { by: carol() },
        Event::IssueBegun {
            user: HeadscaleUserId(3),
            key_expires_at: moment(3_600),
        },
        Event::KeyCreated { key: KeyId(4) },
        Event::Delivered { look_at: moment(1) },
    ]
}

#[tokio::test]
async fn the_fourth_open_request_is_refused() {
    let scene = Scene::new().await;
    for (number, device) in [(1, "one"), (2, "two"), (3, "three")] {
        scene.submit(&ask(number, 1, device)).await;
    }
    let refusal = Refusal::TooManyOpen { open: 3, limit: 3 };
    let fourth = scene.submit(&ask(4, 1, "four")).await;
    assert_eq!(fourth, Submission::Refused(refusal));
    let due = scene.store.due_requests(moment(1), 9).await.unwrap();
    assert_eq!(due.due.len(), 3);
}

#[tokio::test]
async fn the_sixth_request_of_a_day_is_refused_until_the_first_is_a_day_old() {
    let scene = Scene::new().await;
    for number in 1..=5 {
        let Submission::New(request) = scene.submit(&ask(number, 1, "laptop")).await else {
            panic!("refused too early");
        };
        scene.apply(&request, Event::Cancelled, moment(1)).await;
    }
    let refusal = Refusal::TooManyToday { made: 5, limit: 5 };
    let sixth = ask(6, 1, "laptop");
    assert_eq!(scene.submit(&sixth).await, Submission::Refused(refusal));
    let tomorrow = scene.submit_at(&sixth, moment(86_400)).await;
    assert!(matches!(tomorrow, Submission::New(_)));
}

#[tokio::test]
async fn a_denied_member_waits_and_the_next_approver_sees_the_past() {
    let scene = Scene::new().await;
    let request = scene.stored(1).await;
    let denied = Event::Denied {
        by: carol(),
        reason: None,
    };
    scene.apply(&request, denied, moment(10)).await;
    let until = moment(3_610);
    let next = ask(2, 1, "laptop");
    assert_eq!(
        scene.submit_at(&next, moment(20)).await,
        Submission::Refused(Refusal::CoolingDown { until })
    );
    let Submission::New(second) = scene.submit_at(&next, until).await else {
        panic!("still cooling down");
    };
    assert_eq!((second.history.requests, second.history.denials), (1, 1));
}

#[tokio::test]
async fn a_member_with_a_device_is_known_to_have_one() {
    let scene = Scene::new().await;
    let mut request = scene.stored(1).await;
    for event in to_delivered() {
        request = scene.apply(&request, event, moment(1)).await;
    }
    let Submission::New(second) = scene.submit(&ask(2, 1, "phone")).await else {
        panic!("refused");
    };
    assert_eq!(second.history.devices, 1);
}
