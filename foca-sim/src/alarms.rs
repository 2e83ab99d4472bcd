//! When each machine wakes by itself: a heap in which an entry can be moved.

use std::hash::Hash;

use foca_core::Instant;

use crate::address::{Addresses, Slot};

/// At most one alarm for each slot; the next one is the earliest, of equal ones that of the lowest
/// address.
pub(crate) struct Alarms {
    /// A heap in which the children of `n` are `4n + 1` to `4n + 4`: half as deep as with two, and
    /// children lie side by side.
    heap: Vec<(Instant, Slot)>,
    /// Where in the heap the alarm of each slot is.
    places: Vec<u32>,
}

impl Alarms {
    pub(crate) const fn new() -> Self {
        Self {
            heap: Vec::new(),
            places: Vec::new(),
        }
    }

    pub(crate) fn next(&self) -> Option<(Instant, Slot)> {
        self.heap.first().copied()
    }

    /// Sets, moves or removes the alarm of a slot.
    pub(crate) fn set<A: Ord + Clone + Hash>(
        &mut self,
        addresses: &Addresses<A>,
        slot: Slot,
        at: Option<Instant>,
    ) {
        if self.places.len() <= slot.index() {
            self.places.resize(slot.index() + 1, NOWHERE);
        }
        let place = self.places[slot.index()];
        match (place, at) {
            (NOWHERE, None) => {}
            (NOWHERE, Some(at)) => {
                self.heap.push((at, slot));
                self.rise(addresses, self.heap.len() - 1);
            }
            (place, Some(at)) => {
                let place = place as usize;
                let before = std::mem::replace(&mut self.heap[place].0, at);
                if at < before {
                    self.rise(addresses, place);
                } else if at > before {
                    self.sink(addresses, place);
                }
            }
            (place, None) => {
                self.places[slot.index()] = NOWHERE;
                self.heap.swap_remove(place as usize);
                if (place as usize) < self.heap.len() {
                    let place = self.rise(addresses, place as usize);
                    self.sink(addresses, place);
                }
            }
        }
    }

    /// Moves an entry up to where it belongs and tells where that is.
    fn rise<A: Ord + Clone + Hash>(&mut self, addresses: &Addresses<A>, from: usize) -> usize {
        let entry = self.heap[from];
        let mut place = from;
        while place > 0 {
            let parent = (place - 1) / CHILDREN;
            if !is_before(addresses, entry, self.heap[parent]) {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, entry);
        place
    }

    /// Moves an entry down to where it belongs.
    fn sink<A: Ord + Clone + Hash>(&mut self, addresses: &Addresses<A>, from: usize) {
        let entry = self.heap[from];
        let mut place = from;
        loop {
            let first = CHILDREN * place + 1;
            let children = first..(first + CHILDREN).min(self.heap.len());
            let earliest = children.reduce(|best, child| {
                match is_before(addresses, self.heap[child], self.heap[best]) {
                    true => child,
                    false => best,
                }
            });
            let Some(child) = earliest.filter(|c| is_before(addresses, self.heap[*c], entry))
            else {
                break;
            };
            self.put(place, self.heap[child]);
            place = child;
        }
        self.put(place, entry);
    }

    fn put(&mut self, place: usize, entry: (Instant, Slot)) {
        self.heap[place] = entry;
        self.places[entry.1.index()] = place as u32;
    }
}

fn is_before<A: Ord + Clone + Hash>(
    addresses: &Addresses<A>,
    (at, slot): (Instant, Slot),
    (other_at, other): (Instant, Slot),
) -> bool {
    at < other_at || at == other_at && addresses.addr(slot) < addresses.addr(other)
}

const CHILDREN: usize = 4;
const NOWHERE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::random::Dice;

    #[test]
    fn it_is_a_sorted_list_whatever_is_moved() {
        let mut addresses = Addresses::new();
        let mut dice = Dice::new(3);
        let slots: Vec<Slot> = (0..50_u64)
            .map(|n| addresses.slot(&(n * 37 % 50)))
            .collect();
        let mut alarms = Alarms::new();
        let mut oracle: BTreeMap<u64, Instant> = BTreeMap::new();
        for _ in 0..20_000 {
            let slot = slots[dice.below(50) as usize];
            let at = (!dice.happens(200_000)).then(|| Instant::from_micros(dice.below(40)));
            alarms.set(&addresses, slot, at);
            match at {
                Some(at) => oracle.insert(*addresses.addr(slot), at),
                None => oracle.remove(addresses.addr(slot)),
            };
            let expected = oracle.iter().map(|(addr, at)| (*at, *addr)).min();
            let next = alarms.next().map(|(at, slot)| (at, *addresses.addr(slot)));
            assert_eq!(next, expected);
        }
    }
}
