//! A member that says of the dead that they live.

use foca_core::{Instant, Member, State};

use super::assert_caught;
use crate::check::{CheckedFoca, Mutation, Rule};

/// Takes whoever is down for alive again every few seconds, one incarnation later, as if it had heard from it.
#[derive(Default)]
struct Medium {
    last: Instant,
}

impl Mutation for Medium {
    fn tamper(&mut self, now: Instant, foca: &mut CheckedFoca) {
        if now.duration_since(self.last).as_secs() < 20 {
            return;
        }
        self.last = now;
        let dead = foca
            .all_members()
            .filter(|member| member.state == State::Down);
        let risen: Vec<_> = dead
            .map(|member| Member {
                state: State::Alive,
                incarnation: member.incarnation + 1,
                ..*member
            })
            .collect();
        foca.merge(now, risen);
    }
}

#[test]
fn the_dead_do_not_rise_because_somebody_says_so() {
    assert_caught(Rule::Resurrection, &|addr, _| match addr {
        0 => Some(Box::new(Medium::default())),
        _ => None,
    });
}
