//! A broadcast policy that remembers everything.

use std::cmp::Ordering;

use foca_core::{Broadcasts, Verdict};

/// Spreads every item once, and remembers it.
#[derive(Clone, Debug, Default)]
pub struct Heard(Vec<Vec<u8>>);

impl Heard {
    /// Whether an item was received or handed in.
    #[must_use]
    pub fn has(&self, item: &[u8]) -> bool {
        self.0.iter().any(|heard| heard == item)
    }
}

impl<I> Broadcasts<I> for Heard {
    type Key = Apart;

    fn receive(&mut self, item: &[u8], _: Option<&I>) -> Verdict<Apart> {
        if self.has(item) {
            return Verdict::Known;
        }
        self.0.push(item.to_vec());
        Verdict::Spread(Apart)
    }
}

/// A key without any order: no item replaces another.
#[derive(Clone, Copy, Debug)]
pub struct Apart;

impl PartialEq for Apart {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl PartialOrd for Apart {
    fn partial_cmp(&self, _: &Self) -> Option<Ordering> {
        None
    }
}
