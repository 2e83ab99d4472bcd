//! A member that does not announce itself after a restart.

use super::assert_caught;
use super::wire::{ANNOUNCE, Packet};
use crate::check::{CheckedFoca, Mutation, Rule};

struct Shy;

impl Mutation for Shy {
    fn send(&mut self, _: &CheckedFoca, to: u16, datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let announces = Packet::parse(datagram).is_some_and(|packet| packet.kind == ANNOUNCE);
        if announces {
            vec![]
        } else {
            vec![(to, datagram.to_vec())]
        }
    }
}

#[test]
fn a_restart_of_all_that_nobody_announces_is_noticed() {
    assert_caught(
        Rule::Restart,
        &|_, processes_before| match processes_before {
            0 => None,
            _ => Some(Box::new(Shy)),
        },
    );
}
