//! A member that remembers more than it may.

use foca_core::{Instant, Member, State};

use super::assert_caught;
use crate::check::{CheckedFoca, Id, Mutation, Rule};

/// Raises its own bound, and never forgets anybody it was ever told of.
struct Hoarder;

/// Addresses that nobody else uses.
const NEVER_SEEN: std::ops::Range<u16> = 61_000..61_200;

impl Mutation for Hoarder {
    fn tamper(&mut self, now: Instant, foca: &mut CheckedFoca) {
        let raised = foca.config().with(|it| it.members_max = 100_000);
        let _ = raised.map(|config| foca.set_config(now, config));
        let gone = NEVER_SEEN.map(|addr| Member {
            id: Id::first(addr),
            incarnation: 0,
            state: State::Down,
        });
        foca.merge(now, gone);
    }
}

#[test]
fn who_remembers_too_many_is_noticed() {
    assert_caught(Rule::Bounds, &|addr, _| match addr {
        0 => Some(Box::new(Hoarder)),
        _ => None,
    });
}
