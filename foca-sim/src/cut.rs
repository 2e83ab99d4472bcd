//! Cuts: nothing gets from these machines to those.

use crate::address::{PerSlot, Slot};

/// One-way cuts between groups of machines.
pub(crate) struct Cuts(Vec<Cut>);

struct Cut {
    from: PerSlot<bool>,
    to: PerSlot<bool>,
}

impl Cuts {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn add(
        &mut self,
        from: impl IntoIterator<Item = Slot>,
        to: impl IntoIterator<Item = Slot>,
    ) {
        let mut cut = Cut {
            from: PerSlot::new(),
            to: PerSlot::new(),
        };
        for slot in from {
            cut.from.set(slot, true);
        }
        for slot in to {
            cut.to.set(slot, true);
        }
        self.0.push(cut);
    }

    pub(crate) fn heal(&mut self) {
        self.0.clear();
    }

    pub(crate) fn blocks(&self, from: Slot, to: Slot) -> bool {
        let among = |side: &PerSlot<bool>, slot| side.get(slot).copied().unwrap_or(false);
        self.0
            .iter()
            .any(|cut| among(&cut.from, from) && among(&cut.to, to))
    }
}
