//! Which members a fault happens to.

use std::collections::BTreeMap;

use crate::random::Dice;
use crate::scenario::schema::{Pick, Selection};

/// The choices made so far in a run, by the number of the fault and the place in it.
#[derive(Default)]
pub(super) struct Choices {
    once: BTreeMap<(usize, Place), Vec<usize>>,
    turns: BTreeMap<(usize, Place), usize>,
}

/// Where in a fault a selection stands.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Place {
    Members,
    Towards,
}

impl Choices {
    /// Chooses among `everybody`, the members that run, in the order of their numbers; `nodes` is how many
    /// the scenario began with.
    pub(super) fn choose(
        &mut self,
        place: (usize, Place),
        selection: &Selection,
        (everybody, nodes): (&[usize], usize),
        random: &mut Dice,
    ) -> Vec<usize> {
        if let Some(chosen) = self.once.get(&place) {
            return chosen.clone();
        }
        let count = selection
            .count
            .or_else(|| selection.fraction.map(|it| share(it, nodes)));
        let chosen = match (&selection.index, count, selection.pick) {
            (Some(index), ..) => index.clone(),
            (None, None, Pick::Once | Pick::Each) => everybody.to_vec(),
            (None, count, Pick::Next) => self.next(place, count.unwrap_or(1), nodes),
            (None, Some(count), Pick::Once | Pick::Each) => draw(everybody, count, random),
        };
        if selection.pick == Pick::Once {
            self.once.insert(place, chosen.clone());
        }
        chosen
    }

    fn next(&mut self, place: (usize, Place), count: usize, nodes: usize) -> Vec<usize> {
        let turn = self.turns.entry(place).or_default();
        let chosen = (*turn..nodes.min(*turn + count)).collect();
        *turn += count;
        chosen
    }
}

/// So many of them, in the order of their numbers.
pub(super) fn draw(everybody: &[usize], count: usize, random: &mut Dice) -> Vec<usize> {
    let mut pool = everybody.to_vec();
    let count = count.min(pool.len());
    for n in 0..count {
        let other = n + random.below((pool.len() - n) as u64) as usize;
        pool.swap(n, other);
    }
    pool.truncate(count);
    pool.sort_unstable();
    pool
}

fn share(fraction: f64, nodes: usize) -> usize {
    ((fraction * nodes as f64).round() as usize).max(1)
}
