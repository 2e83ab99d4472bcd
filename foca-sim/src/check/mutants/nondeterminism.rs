//! Members that know what no seed decides.

use std::sync::atomic::{AtomicU32, Ordering};

use super::assert_caught;
use crate::check::{CheckedFoca, Mutation, Rule};

/// Counts beyond the end of a run, as a global does.
static COUNT: AtomicU32 = AtomicU32::new(0);

struct Global;

impl Mutation for Global {
    fn receive(&mut self, _: &CheckedFoca, datagram: &[u8]) -> Option<Vec<u8>> {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        (!count.is_multiple_of(101)).then(|| datagram.to_vec())
    }
}

#[test]
fn a_run_that_cannot_be_repeated_is_noticed() {
    assert_caught(Rule::Replay, &|_, _| Some(Box::new(Global)));
}
