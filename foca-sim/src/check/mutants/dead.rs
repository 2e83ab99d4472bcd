//! A member that never notices that anybody is gone.

use foca_core::Instant;

use super::assert_caught;
use super::wire::{COMPARE, DIFFERENCES, LEFT, Packet, SUSPECT};
use crate::check::{CheckedFoca, Mutation, Rule};

/// Time stands still for it once it has joined, so that nobody is late; and it reads good news alone.
struct Carefree;

const STANDS_STILL: Instant = Instant::from_micros(20_000_000);

impl Mutation for Carefree {
    fn clock(&self, now: Instant) -> Instant {
        now.min(STANDS_STILL)
    }

    fn deadline(&self, deadline: Instant) -> Option<Instant> {
        (deadline < STANDS_STILL).then_some(deadline)
    }

    fn receive(&mut self, _: &CheckedFoca, datagram: &[u8]) -> Option<Vec<u8>> {
        let Some(mut packet) = Packet::parse(datagram) else {
            return Some(datagram.to_vec());
        };
        packet
            .members
            .retain(|(state, _, _)| !(SUSPECT..=LEFT).contains(state));
        let compares = matches!(packet.kind, COMPARE | DIFFERENCES);
        (!compares).then(|| packet.bytes())
    }
}

#[test]
fn who_never_notices_the_dead_keeps_them_in_its_view() {
    assert_caught(Rule::Views, &|addr, _| match addr {
        1 => Some(Box::new(Carefree)),
        _ => None,
    });
}
