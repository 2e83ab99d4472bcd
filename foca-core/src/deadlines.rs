//! One deadline per key, the earliest at hand: an indexed binary heap.

use alloc::vec::Vec;

use crate::Instant;
use crate::growth::{give_back, make_room, make_room_for};

const NONE: u32 = u32::MAX;

/// Places that are kept however few are used.
const PLACES_SPARE_MAX: usize = 256;

/// At most one deadline per key; setting, moving and removing are O(log n), nothing is left behind.
pub(crate) struct Deadlines {
    heap: Vec<(Instant, u32)>,
    /// Where in the heap a key is.
    places: Vec<u32>,
    /// The most entries since there were none.
    peak: usize,
}

impl Deadlines {
    pub(crate) const fn new() -> Self {
        Self {
            heap: Vec::new(),
            places: Vec::new(),
            peak: 0,
        }
    }

    /// The earliest deadline; the lowest key among equals.
    pub(crate) fn earliest(&self) -> Option<(Instant, u32)> {
        let earliest = self.heap.first().copied();
        debug_assert!(
            self.heap.len() > ORACLE_MAX || earliest == self.heap.iter().min().copied(),
            "the index disagrees with a scan"
        );
        earliest
    }

    /// The deadline of a key.
    pub(crate) fn at(&self, key: u32) -> Option<Instant> {
        let place = *self.places.get(key as usize)?;
        (place != NONE).then(|| self.heap[place as usize].0)
    }

    pub(crate) fn set(&mut self, key: u32, at: Instant) {
        let index = key as usize;
        if let Some(more) = (index + 1).checked_sub(self.places.len()) {
            make_room_for(&mut self.places, more);
            self.places.resize(self.places.len() + more, NONE);
        }
        let place = match self.places[index] {
            NONE => {
                make_room(&mut self.heap);
                self.heap.push((at, key));
                self.peak = self.peak.max(self.heap.len());
                self.heap.len() - 1
            }
            place => {
                self.heap[place as usize].0 = at;
                place as usize
            }
        };
        self.settle(place);
    }

    pub(crate) fn remove(&mut self, key: u32) {
        let Some(place) = self.places.get_mut(key as usize) else {
            return;
        };
        let place = core::mem::replace(place, NONE) as usize;
        if place == NONE as usize {
            return;
        }
        self.heap.swap_remove(place);
        if place < self.heap.len() {
            self.settle(place);
        }
        give_back(&mut self.heap);
        if self.heap.is_empty() {
            // Only after a burst that paid for it: the index is made anew in one go.
            let peak = core::mem::take(&mut self.peak);
            if self.places.len() > PLACES_SPARE_MAX && peak >= self.places.len() / 8 {
                self.places = Vec::new();
            }
        }
    }

    /// Moves the entry at `place` to where it belongs, and notes where everything went.
    fn settle(&mut self, mut place: usize) {
        while place > 0 && self.heap[place] < self.heap[(place - 1) / 2] {
            self.swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
        loop {
            let children = 2 * place + 1..(2 * place + 3).min(self.heap.len());
            let Some(least) = children.min_by_key(|child| self.heap[*child]) else {
                break;
            };
            if self.heap[place] < self.heap[least] {
                break;
            }
            self.swap(place, least);
            place = least;
        }
        self.places[self.heap[place].1 as usize] = place as u32;
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.places[self.heap[a].1 as usize] = a as u32;
        self.places[self.heap[b].1 as usize] = b as u32;
    }
}

/// Larger indexes are not compared with a scan in debug builds: it would dominate every test.
const ORACLE_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::collections::BTreeMap;

    #[test]
    fn agrees_with_a_scan_under_random_operations() {
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut index = Deadlines::new();
            let mut scan = BTreeMap::new();
            for _ in 0..2_000 {
                let key = random.below(200);
                if random.below(3) == 0 {
                    index.remove(key);
                    scan.remove(&key);
                } else {
                    let at = Instant::from_micros(u64::from(random.below(50)));
                    index.set(key, at);
                    scan.insert(key, at);
                }
                let least = scan.iter().map(|(key, at)| (*at, *key)).min();
                assert_eq!(index.earliest(), least);
            }
            for _ in 0..scan.len() {
                let (_, key) = index.earliest().unwrap();
                assert_eq!(scan.remove(&key), Some(index.earliest().unwrap().0));
                index.remove(key);
            }
            assert_eq!(index.earliest(), None);
        }
    }
}
