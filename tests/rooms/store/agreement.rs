//! The store and a plain list agree after every sequence of what the workflow does: what is found, what is refused,
//! what is due, who holds what, and what the audit log says.

mod shelf;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use tokio::runtime::{Builder, Runtime};

use super::scene::{Scene, ask, entry};
use crate::domain::{
    DeviceRequest, Event, InteractionId, Lane, MemberId, MessageId, MessageRef, Projection,
    ProjectionKind, Status, apply,
};
use crate::store::{DueRequests, Swap};
use crate::support::people::moment;
use crate::support::requests::posted;
use crate::support::rules::rules;
use crate::support::states;
use shelf::{Ended, MEMBERS, Shelf, backoff, lapses_at, number};

const DEVICES: [&str; 3] = ["laptop", "phone", "tv"];
#[derive(Clone, Debug)]
enum Deed {
    Submit {
        interaction: i64,
        member: i64,
        device: &'static str,
    },
    /// `late`: by somebody who has read an older version.
    Record {
        index: usize,
        event: Event,
        late: bool,
    },
    Postpone {
        index: usize,
        retry_at: Timestamp,
        late: bool,
    },
    Show {
        index: usize,
        kind: ProjectionKind,
        projection: Projection,
    },
    Repaint(usize),
    CorrectDue(usize),
    Reopen,
}

/// Every attempt has a fingerprint of its own, and Discord numbers every command anew.
fn made_unique(mut event: Event, deeds: i64) -> Event {
    if let Event::IssueBegun { key_expires_at, .. } | Event::RegisterBegun { key_expires_at, .. } =
        &mut event
    {
        *key_expires_at = moment(3_600 + deeds);
    }
    if let Event::LinkGiven { interaction, .. } = &mut event {
        *interaction = InteractionId(1_000 + deeds);
    }
    event
}

fn submit() -> impl Strategy<Value = Deed> {
    (1..40_i64, MEMBERS, select(&DEVICES[..])).prop_map(|(interaction, member, device)| {
        Deed::Submit {
            interaction,
            member,
            device,
        }
    })
}

fn record(shelf: &Shelf) -> BoxedStrategy<Deed> {
    let (now, deeds) = (shelf.now(), shelf.deeds);
    let possible = |(index, request): (usize, &DeviceRequest)| {
        let request = request.clone();
        let events = states::events().into_iter();
        let unique = events.map(move |event| made_unique(event, deeds));
        let possible = unique.filter(move |event| apply(&request, event.clone(), now).is_ok());
        possible.map(move |event| (index, event))
    };
    let possible: Vec<_> = shelf
        .requests
        .iter()
        .enumerate()
        .flat_map(possible)
        .collect();
    if possible.is_empty() {
        return submit().boxed();
    }
    let late = proptest::bool::weighted(0.1);
    let deed = |((index, event), late)| Deed::Record { index, event, late };
    (select(possible), late).prop_map(deed).boxed()
}

fn show(index: usize) -> impl Strategy<Value = Deed> {
    let kinds = [
        ProjectionKind::Card,
        ProjectionKind::Letter,
        ProjectionKind::Notice,
    ];
    let place = proptest::option::of(select(vec![posted(1).place.map(other), posted(1).place]));
    (select(kinds.to_vec()), place, 0..8_i64, 0..2_u32).prop_map(
        move |(kind, place, shown, generation)| {
            let projection = Projection {
                place: place.flatten(),
                shown,
                generation: generation.into(),
                ..Projection::default()
            };
            Deed::Show {
                index,
                kind,
                projection,
            }
        },
    )
}

fn other(place: MessageRef) -> MessageRef {
    MessageRef {
        message: MessageId(7),
        ..place
    }
}

impl ReferenceStateMachine for Shelf {
    type State = Self;
    type Transition = Deed;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(shelf: &Self) -> BoxedStrategy<Deed> {
        let Some(last) = shelf.requests.len().checked_sub(1) else {
            return submit().boxed();
        };
        let postponed = (0..=last, 0..9_000_i64, any::<bool>());
        let postponed = postponed.prop_map(|(index, at, late)| Deed::Postpone {
            index,
            retry_at: moment(at),
            late,
        });
        prop_oneof![
            4 => submit(),
            12 => record(shelf),
            2 => postponed,
            4 => (0..=last).prop_flat_map(show),
            1 => (0..=last).prop_map(Deed::Repaint),
            1 => (0..=last).prop_map(Deed::CorrectDue),
            1 => Just(Deed::Reopen),
        ]
        .boxed()
    }

    /// What shrinking leaves out may be what made an event possible.
    fn preconditions(shelf: &Self, deed: &Deed) -> bool {
        let has = |index: &usize| *index < shelf.requests.len();
        match deed {
            Deed::Submit { .. } | Deed::Reopen => true,
            Deed::Record { index, event, .. } => {
                has(index) && apply(&shelf.requests[*index], event.clone(), shelf.now()).is_ok()
            }
            Deed::Postpone { index, .. }
            | Deed::Show { index, .. }
            | Deed::Repaint(index)
            | Deed::CorrectDue(index) => has(index),
        }
    }

    fn apply(mut shelf: Self, deed: &Deed) -> Self {
        let ended = match deed.clone() {
            Deed::Submit {
                interaction,
                member,
                device,
            } => Ended::Submitted(shelf.submit(interaction, member, device)),
            Deed::Record { index, event, late } => Ended::Swapped(shelf.record(index, event, late)),
            Deed::Postpone { late: true, .. } => Ended::Swapped(Swap::Lost),
            Deed::Postpone {
                index, retry_at, ..
            } => {
                shelf.requests[index].backoff = backoff(retry_at);
                Ended::Swapped(Swap::Done)
            }
            Deed::Show {
                index,
                kind,
                projection,
            } => {
                shelf.show(index, kind, &projection);
                Ended::Done
            }
            Deed::Repaint(index) => {
                shelf.repaint(index);
                Ended::Done
            }
            Deed::CorrectDue(_) | Deed::Reopen => Ended::Done,
        };
        shelf.deeds += 1;
        shelf.ended = Some(ended);
        shelf
    }
}

/// The real store on a file.
struct Subject {
    runtime: Runtime,
    scene: Option<Scene>,
}

impl Subject {
    fn scene(&self) -> &Scene {
        self.scene
            .as_ref()
            .expect("only while it is opened anew there is none")
    }

    async fn do_it(scene: &Scene, deed: &Deed, now: Timestamp) -> Ended {
        let id = |index: &usize| number(*index);
        let store = &scene.store;
        match deed {
            Deed::Submit {
                interaction,
                member,
                device,
            } => {
                let new = ask(*interaction, *member, device);
                let submitted = store.submit(&new, &rules(), lapses_at(now), now).await;
                return Ended::Submitted(submitted.unwrap());
            }
            Deed::Record { index, event, late } => {
                let mut before = scene.fresh(id(index)).await;
                let after = apply(&before, event.clone(), now).unwrap();
                before.version -= i64::from(*late);
                let line = entry(event.clone().into_str());
                let swapped = store.swap(&before, &after, &line).await;
                return Ended::Swapped(swapped.unwrap());
            }
            Deed::Postpone {
                index,
                retry_at,
                late,
            } => {
                let version = scene.fresh(id(index)).await.version + i64::from(*late);
                let backoff = backoff(*retry_at);
                let postponed = store.postpone(id(index), version, &backoff).await;
                return Ended::Swapped(postponed.unwrap());
            }
            Deed::Show {
                index,
                kind,
                projection,
            } => drop(store.shown(id(index), *kind, projection).await.unwrap()),
            Deed::Repaint(index) => store.repaint(id(index)).await.unwrap(),
            Deed::CorrectDue(index) => store.correct_due(id(index)).await.unwrap(),
            Deed::Reopen => {}
        }
        Ended::Done
    }
}

impl StateMachineTest for Subject {
    type SystemUnderTest = Self;
    type Reference = Shelf;

    fn init_test(_: &Shelf) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let scene = Some(runtime.block_on(Scene::new()));
        Self { runtime, scene }
    }

    fn apply(mut subject: Self, shelf: &Shelf, deed: Deed) -> Self {
        let done_at = moment(shelf.deeds - 1);
        let ended = Self::do_it(subject.scene(), &deed, done_at);
        let ended = subject.runtime.block_on(ended);
        assert_eq!(Some(ended), shelf.ended, "{deed:?}");
        if let Deed::Reopen = deed
            && let Some(scene) = subject.scene.take()
        {
            subject.scene = Some(subject.runtime.block_on(scene.reopened()));
        }
        subject
    }

    fn check_invariants(subject: &Self, shelf: &Shelf) {
        let scene = subject.scene();
        subject.runtime.block_on(async {
            same_requests(scene, shelf).await;
            // With the clock set back, as it is, and set on.
            for now in [moment(0), shelf.now(), moment(4_000)] {
                same_due(scene, shelf, now).await;
            }
            same_holders(scene, shelf).await;
        });
    }

    fn teardown(subject: Self, shelf: Shelf) {
        let scene = subject.scene();
        subject.runtime.block_on(same_audit(scene, &shelf));
    }
}

async fn same_requests(scene: &Scene, shelf: &Shelf) {
    let ids: Vec<_> = shelf.requests.iter().map(|it| it.id).collect();
    assert_eq!(scene.store.requests(&ids).await.unwrap(), shelf.requests);
    let beyond = number(ids.len());
    assert_eq!(scene.store.request(beyond).await.unwrap(), None);
    let registering = |it: &&DeviceRequest| it.status() == Status::Issuing && it.sign_in.is_some();
    let registering: Vec<_> = shelf.requests.iter().filter(registering).cloned().collect();
    assert_eq!(
        scene.store.unsettled_registrations().await.unwrap(),
        registering
    );
}

async fn same_due(scene: &Scene, shelf: &Shelf, now: Timestamp) {
    let (due, later): (Vec<_>, Vec<_>) = shelf
        .due()
        .into_iter()
        .partition(|(at, request)| *at <= now.max(request.updated_at));
    let found = due.iter().map(|(_, it)| (it.id, Lane::of(it.status())));
    let expected = DueRequests {
        due: found.collect(),
        next: later.first().map(|(at, _)| *at),
        more: Vec::new(),
    };
    assert_eq!(
        scene.store.due_requests(now, 1_000).await.unwrap(),
        expected
    );
    let few = scene.store.due_requests(now, 1).await.unwrap();
    assert_eq!(few.due.is_empty(), expected.due.is_empty());
    for (_, request) in due.iter().filter(|(at, _)| *at <= now) {
        let lane = Lane::of(request.status());
        let has_its_share = few.due.iter().any(|(_, it)| *it == lane);
        assert!(has_its_share, "{lane:?} of {expected:?}");
    }
}

async fn same_holders(scene: &Scene, shelf: &Shelf) {
    let held = scene.store.held();
    let holders = shelf.holders();
    assert_eq!(held.count_holders(1_000).await.unwrap(), holders.len());
    let mut last = MemberId(0);
    for holder in holders {
        let next = held.next_holder(last, 0).await.unwrap();
        assert_eq!(next.as_ref(), Some(holder));
        let theirs = shelf.of(holder.id).filter(|it| it.state.is_held());
        let theirs: Vec<_> = theirs.cloned().collect();
        assert_eq!(held.of(holder.id).await.unwrap(), theirs);
        last = holder.id;
    }
    assert_eq!(held.next_holder(last, 0).await.unwrap(), None);
}

async fn same_audit(scene: &Scene, shelf: &Shelf) {
    for request in &shelf.requests {
        let lines = scene.history(request.id).await;
        let lines = lines
            .into_iter()
            .map(|it| (request.id.0, it.version.unwrap(), it.event));
        let expected = shelf
            .audit
            .iter()
            .filter(|it| it.0 == request.id.0)
            .cloned();
        assert!(lines.eq(expected), "request {}", request.id);
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_and_a_plain_list_agree_on_every_sequence(sequential 1..40 => Subject);
}
