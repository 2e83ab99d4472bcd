//! A member whose goodbye sounds like a failure.

use super::assert_caught;
use super::wire::{DOWN, LEFT, changed};
use crate::check::{CheckedFoca, Mutation, Rule};

struct Mumbling;

impl Mutation for Mumbling {
    fn send(&mut self, _: &CheckedFoca, to: u16, datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let sent = changed(datagram, |packet| {
            for (state, _, _) in &mut packet.members {
                if *state == LEFT {
                    *state = DOWN;
                }
            }
        });
        vec![(to, sent)]
    }
}

#[test]
fn a_goodbye_that_sounds_like_a_failure_is_noticed() {
    assert_caught(Rule::Goodbye, &|_, _| Some(Box::new(Mumbling)));
}
