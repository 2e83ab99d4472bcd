//! A member that does not hear what is held against it, and so never refutes.

use super::assert_caught;
use super::wire::{COMPARE, DIFFERENCES, DOWN, Packet, SUSPECT, TURN_UNDEAD};
use crate::check::{CheckedFoca, Mutation, Rule};

struct Deaf;

impl Mutation for Deaf {
    fn receive(&mut self, foca: &CheckedFoca, datagram: &[u8]) -> Option<Vec<u8>> {
        let Some(mut packet) = Packet::parse(datagram) else {
            return Some(datagram.to_vec());
        };
        let own = *foca.identity();
        packet
            .members
            .retain(|(state, _, id)| id.addr != own.addr || !(SUSPECT..=DOWN).contains(state));
        let tells = matches!(packet.kind, TURN_UNDEAD | COMPARE | DIFFERENCES);
        (!tells).then(|| packet.bytes())
    }
}

#[test]
fn who_never_refutes_stays_accused() {
    assert_caught(Rule::Accusation, &|addr, _| match addr {
        0 => Some(Box::new(Deaf)),
        _ => None,
    });
}
