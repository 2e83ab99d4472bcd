//! Members that send more than they may.

use super::assert_caught;
use crate::check::{CheckedFoca, Mutation, Rule};

/// Sends everything fifty times.
struct Insistent;

impl Mutation for Insistent {
    fn send(&mut self, _: &CheckedFoca, to: u16, datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
        vec![(to, datagram.to_vec()); 50]
    }
}

/// Fills up what it sends.
struct Bloated;

impl Mutation for Bloated {
    fn send(&mut self, foca: &CheckedFoca, to: u16, datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let mut datagram = datagram.to_vec();
        datagram.resize(foca.config().datagram_bytes_max + 1, 0);
        vec![(to, datagram)]
    }
}

#[test]
fn who_sends_too_much_is_noticed() {
    assert_caught(Rule::Bounds, &|addr, _| match addr {
        0 => Some(Box::new(Insistent)),
        _ => None,
    });
}

#[test]
fn who_sends_too_long_datagrams_is_noticed() {
    assert_caught(Rule::Bounds, &|_, _| Some(Box::new(Bloated)));
}
