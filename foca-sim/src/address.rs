//! Addresses as small numbers, so that they are looked up once for each datagram.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Where an address stands in every table of the network.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Slot(u32);

impl Slot {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn number(self) -> u32 {
        self.0
    }
}

/// Every address that was ever named, in the order of its first mention; none is forgotten.
pub(crate) struct Addresses<A> {
    slots: HashMap<A, Slot, BuildHasherDefault<Folded>>,
    addrs: Vec<A>,
}

impl<A: Clone + Eq + Hash> Addresses<A> {
    pub(crate) fn new() -> Self {
        Self {
            slots: HashMap::default(),
            addrs: Vec::new(),
        }
    }

    /// The slot of this address, a new one if it was never named.
    pub(crate) fn slot(&mut self, addr: &A) -> Slot {
        if let Some(slot) = self.slots.get(addr) {
            return *slot;
        }
        let number = u32::try_from(self.addrs.len()).expect("fewer than 2^32 addresses");
        self.slots.insert(addr.clone(), Slot(number));
        self.addrs.push(addr.clone());
        Slot(number)
    }

    pub(crate) fn find(&self, addr: &A) -> Option<Slot> {
        self.slots.get(addr).copied()
    }

    pub(crate) fn addr(&self, slot: Slot) -> &A {
        &self.addrs[slot.index()]
    }
}

/// Multiplies and folds each word: one look-up for each datagram, and nobody to choose addresses that
/// collide.
#[derive(Default)]
struct Folded(u64);

impl Folded {
    fn word(&mut self, word: u64) {
        let product = u128::from(self.0.rotate_left(23) ^ word) * MULTIPLIER;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(size_of::<u64>()) {
            let mut word = [0; size_of::<u64>()];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word) ^ chunk.len() as u64);
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.word(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.word(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.word(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.word(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The golden ratio in units of 2^-64, odd.
const MULTIPLIER: u128 = 0x9E37_79B9_7F4A_7C15;

/// What is kept for each slot, as far as it differs from the default.
#[derive(Debug)]
pub(crate) struct PerSlot<T>(Vec<T>);

impl<T: Clone + Default> PerSlot<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&T> {
        self.0.get(slot.index())
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.0.get_mut(slot.index())
    }

    pub(crate) fn set(&mut self, slot: Slot, value: T) {
        if self.0.len() <= slot.index() {
            self.0.resize(slot.index() + 1, T::default());
        }
        self.0[slot.index()] = value;
    }
}
