//! A member that shows an older incarnation than it has.

use super::assert_caught;
use super::wire::changed;
use crate::check::{CheckedFoca, Mutation, Rule};

#[derive(Default)]
struct Forgetful {
    sent: u32,
}

impl Mutation for Forgetful {
    fn send(&mut self, _: &CheckedFoca, to: u16, datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
        self.sent += 1;
        let lower = self.sent.is_multiple_of(10);
        let sent = changed(datagram, |packet| {
            packet.incarnation -= u32::from(lower && packet.incarnation > 0);
        });
        vec![(to, sent)]
    }
}

#[test]
fn an_incarnation_that_falls_is_noticed() {
    assert_caught(Rule::Incarnation, &|_, _| {
        Some(Box::new(Forgetful::default()))
    });
}
