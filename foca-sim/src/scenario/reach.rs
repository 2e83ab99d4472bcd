//! Who can send to whom: what cuts, partitions and isolations add up to.

use std::collections::{BTreeMap, BTreeSet};

/// Everything that stands between members, each under the number of what put it there.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    barriers: BTreeMap<u64, Barrier>,
}

#[derive(Clone, Debug)]
pub(super) enum Barrier {
    /// The part that each member is in, by its number; whoever came later is in part 0.
    Parts(Vec<u32>),
    /// Nothing from the first arrives at the second.
    Cut(BTreeSet<usize>, BTreeSet<usize>),
}

impl Reach {
    pub(super) fn put(&mut self, token: u64, barrier: Barrier) {
        self.barriers.insert(token, barrier);
    }

    pub(super) fn lift(&mut self, token: u64) {
        self.barriers.remove(&token);
    }

    pub(super) fn is_open(&self) -> bool {
        self.barriers.is_empty()
    }

    /// Whether a datagram from the one stops before the other.
    pub(super) fn blocks(&self, from: usize, to: usize) -> bool {
        self.barriers.values().any(|barrier| match barrier {
            Barrier::Parts(parts) => {
                let part = |n: usize| parts.get(n).copied().unwrap_or(0);
                part(from) != part(to)
            }
            Barrier::Cut(senders, receivers) => senders.contains(&from) && receivers.contains(&to),
        })
    }

    /// Whether both can send to each other.
    pub(super) fn joins(&self, one: usize, other: usize) -> bool {
        !self.blocks(one, other) && !self.blocks(other, one)
    }
}
