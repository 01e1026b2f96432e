//! Every state that can be reached, and whether the bot alone leads out of it.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::world::World;
use super::{Course, Variant};

pub(super) struct Explored {
    pub(super) states: usize,
    /// What was seen, and how it came to it.
    pub(super) violations: Vec<(&'static str, Vec<World>)>,
    pub(super) stuck: usize,
}

/// Among a few million states, two share 64 bits with a chance of one in a million.
fn digest(world: &World) -> u64 {
    FixedState::default().hash_one(world)
}

/// Breadth first over every state; then backwards from the settled ones over steps that need no luck.
pub(super) fn explore(course: Course) -> Explored {
    let first_is_enough = course.variant != Variant::AsWritten;
    let start = World::start(course);
    let mut known = HashMap::with_hasher(FixedState::default());
    known.insert(digest(&start), 0_u32);
    let mut settled = vec![start.is_settled()];
    let mut steps: Vec<(u32, u32)> = Vec::new();
    let mut violations: Vec<(&'static str, u32)> = Vec::new();
    let mut came_from = vec![(0_u32, digest(&start))];
    let mut frontier = VecDeque::from([(0_u32, start)]);
    while let Some((index, world)) = frontier.pop_front() {
        if first_is_enough && !violations.is_empty() {
            break;
        }
        let (others, own) = world.next();
        let by_itself = |next: &World| next.left == world.left;
        let own = own.into_iter().map(|next| (by_itself(&next), next));
        for (is_own, next) in others.into_iter().map(|next| (false, next)).chain(own) {
            let id = match known.entry(digest(&next)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let id = *new.insert(u32::try_from(settled.len()).unwrap());
                    if let Some(what) = next.violation()
                        && violations.iter().all(|(known, _)| *known != what)
                    {
                        violations.push((what, id));
                    }
                    came_from.push((index, digest(&next)));
                    settled.push(next.is_settled());
                    frontier.push_back((id, next));
                    id
                }
            };
            if is_own {
                steps.push((id, index));
            }
        }
    }
    let way = |(what, end)| (what, way_to(end, World::start(course), &came_from));
    Explored {
        states: settled.len(),
        violations: violations.into_iter().map(way).collect(),
        stuck: stuck(settled, steps),
    }
}

/// Goes the same way again.
fn way_to(end: u32, start: World, came_from: &[(u32, u64)]) -> Vec<World> {
    let mut ids = vec![end];
    while let Some(last) = ids.last().filter(|id| **id > 0) {
        ids.push(came_from[*last as usize].0);
    }
    let mut way = vec![start];
    for id in ids.into_iter().rev().skip(1) {
        let (others, own) = way[way.len() - 1].next();
        let mut all = others.into_iter().chain(own);
        let next = all.find(|next| digest(next) == came_from[id as usize].1);
        way.extend(next);
    }
    way
}

/// How many states do not lead to a settled one by what the bot does by itself.
fn stuck(mut good: Vec<bool>, mut steps: Vec<(u32, u32)>) -> usize {
    steps.sort_unstable();
    let mut queue: Vec<usize> = (0..good.len()).filter(|index| good[*index]).collect();
    while let Some(index) = queue.pop() {
        let to = u32::try_from(index).unwrap();
        let first = steps.partition_point(|(known, _)| *known < to);
        for (_, from) in steps[first..].iter().take_while(|(known, _)| *known == to) {
            let from = *from as usize;
            if !good[from] {
                good[from] = true;
                queue.push(from);
            }
        }
    }
    good.iter().filter(|good| !**good).count()
}

impl World {
    /// What may happen next: what the bot has no hand in, and what it does.
    fn next(&self) -> (Vec<Self>, Vec<Self>) {
        let (mut others, mut own) = (Vec::new(), Vec::new());
        self.people(&mut others);
        self.process(&mut own);
        self.patrols(&mut own);
        (others, own)
    }
}
