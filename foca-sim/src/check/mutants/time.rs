//! A member whose clock has whole seconds only.

use foca_core::Instant;

use super::assert_caught;
use crate::check::{Mutation, Rule};

struct Coarse;

impl Mutation for Coarse {
    fn clock(&self, now: Instant) -> Instant {
        Instant::from_micros(now.as_micros() / 1_000_000 * 1_000_000)
    }
}

#[test]
fn a_deadline_that_time_never_reaches_is_noticed() {
    assert_caught(Rule::Panic, &|_, _| Some(Box::new(Coarse)));
}
