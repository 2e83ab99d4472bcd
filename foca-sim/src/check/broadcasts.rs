//! The application of a checked cluster: numbered items, each wanted once.

use std::collections::BTreeSet;

use foca_core::{Broadcasts, Verdict};

use super::identity::Id;

/// Items whose first four bytes are a number; an item is new if its number is.
#[derive(Clone, Debug, Default)]
pub struct Numbered {
    seen: BTreeSet<u32>,
}

/// No item replaces another.
#[derive(Clone, Copy, Debug)]
pub struct Unordered;

impl PartialEq for Unordered {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl PartialOrd for Unordered {
    fn partial_cmp(&self, _: &Self) -> Option<std::cmp::Ordering> {
        None
    }
}

impl Broadcasts<Id> for Numbered {
    type Key = Unordered;

    fn receive(&mut self, item: &[u8], _from: Option<&Id>) -> Verdict<Unordered> {
        match item.first_chunk() {
            None => Verdict::Malformed,
            Some(number) if self.seen.insert(u32::from_be_bytes(*number)) => {
                Verdict::Spread(Unordered)
            }
            Some(_) => Verdict::Known,
        }
    }
}
