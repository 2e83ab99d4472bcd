//! Machines of several kinds in one network.

use std::cell::Cell;

use foca_core::Instant;
use foca_sim::{Machine, Network};

use crate::toy::{Toy, exactly, ms};

/// Counts datagrams and sends none.
struct Counter<'a>(&'a Cell<u32>);

impl Machine for Counter<'_> {
    type Addr = u8;

    fn handle_datagram(&mut self, _: Instant, _: &[u8]) {
        self.0.set(self.0.get() + 1);
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant, _: &mut [u8]) -> Option<(u8, usize)> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

#[test]
fn boxes_of_any_machine_share_a_network() {
    let count = Cell::new(0);
    let mut network: Network<Box<dyn Machine<Addr = u8> + '_>> =
        Network::new(1).with_link(exactly(ms(1)));
    network.insert(2, Box::new(Counter(&count)));
    network.insert(1, Box::new(Toy::pinging(1, [2, 3], ms(10))));
    network.insert(3, Box::new(Toy::passive(3)));
    network.run_for(ms(55));
    assert_eq!(count.get(), 5);
    // Five pings to each, five pongs from the one that answers.
    assert_eq!(network.stats().datagrams_sent, 15);
    let addrs: Vec<u8> = network.machines().map(|(addr, _)| *addr).collect();
    assert_eq!(addrs, [1, 2, 3]);
}
