//! Addresses as small numbers, so that they are looked up once for each datagram.

use std::collections::HashMap;
use std::hash::Hash;

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
    slots: HashMap<A, Slot>,
    addrs: Vec<A>,
}

impl<A: Clone + Eq + Hash> Addresses<A> {
    pub(crate) fn new() -> Self {
        Self {
            slots: HashMap::new(),
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
