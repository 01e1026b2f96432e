//! Every state that can be reached, and whether the bot alone leads out of it.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::world::{Life, World};
use super::{Budget, Variant};

pub(super) struct Explored {
    pub(super) states: usize,
    pub(super) violations: Vec<(&'static str, World)>,
    pub(super) stuck: usize,
}

fn digest(world: &World) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        world.hash(&mut hasher);
        hasher.finish()
    };
    u128::from(half(0)) << 64 | u128::from(half(1))
}

/// Breadth first over every state; then backwards from the settled ones over steps that need no luck.
pub(super) fn explore(variant: Variant, budget: Budget) -> Explored {
    let first_is_enough = variant != Variant::AsWritten;
    let start = World::start(budget);
    let mut known = HashMap::from([(digest(&start), 0_usize)]);
    let mut settled = vec![start.is_settled()];
    let mut before: Vec<Vec<u32>> = vec![Vec::new()];
    let mut violations: Vec<(&'static str, World)> = Vec::new();
    let mut frontier = VecDeque::from([(0_usize, start)]);
    while let Some((index, world)) = frontier.pop_front() {
        if first_is_enough && !violations.is_empty() {
            break;
        }
        for next in world.next(variant) {
            let id = match known.entry(digest(&next)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let id = *new.insert(settled.len());
                    if let Some(what) = next.violation()
                        && violations.iter().all(|(known, _)| *known != what)
                    {
                        violations.push((what, next.clone()));
                    }
                    settled.push(next.is_settled());
                    before.push(Vec::new());
                    frontier.push_back((id, next.clone()));
                    id
                }
            };
            if is_own_progress(&world, &next) {
                before[id].push(u32::try_from(index).unwrap());
            }
        }
    }
    let stuck = stuck(&settled, &before);
    Explored {
        states: settled.len(),
        violations,
        stuck,
    }
}

/// No fault, no crash, no person, no time: what the bot does by itself.
fn is_own_progress(from: &World, to: &World) -> bool {
    from.faults == to.faults
        && from.crashes == to.crashes
        && from.presses == to.presses
        && from.tick == to.tick
        && from.count(Life::Used) == to.count(Life::Used)
}

fn stuck(settled: &[bool], before: &[Vec<u32>]) -> usize {
    let mut good = settled.to_vec();
    let mut queue: Vec<usize> = (0..good.len()).filter(|index| good[*index]).collect();
    while let Some(index) = queue.pop() {
        for from in &before[index] {
            let from = *from as usize;
            if !good[from] {
                good[from] = true;
                queue.push(from);
            }
        }
    }
    good.iter().filter(|good| !**good).count()
}
