//! A clock jumps ahead.

use foca_core::Instant;
use foca_sim::Network;

use crate::toy::{Seen, Toy, at_ms, datagram, exactly, ms, seen, send};

/// 2 pings 1 every 10 ms by its own clock.
fn pair() -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::pinging(2, [1], ms(10)));
    network
}

#[test]
fn a_deadline_that_was_jumped_over_is_served_at_once_and_the_next_a_period_later() {
    let mut network = pair();
    network.run_until(at_ms(5));
    network.jump_clock(&2, ms(100));
    network.run_until(at_ms(16));
    // The machine notes its own clock; the pings say when it was by that of the network.
    assert_eq!(seen(&network, 2)[..1], [(at_ms(105), Seen::Timeout)]);
    let pings: Vec<Instant> = network
        .machine(&1)
        .expect("it is there")
        .datagrams()
        .map(|(at, _)| at)
        .collect();
    assert_eq!(pings, [at_ms(6), at_ms(16)]);
    assert_eq!(network.now(), at_ms(16));
}

#[test]
fn a_deadline_still_to_come_comes_earlier() {
    let mut network = pair();
    network.jump_clock(&2, ms(3));
    network.run_until(at_ms(6));
    assert_eq!(seen(&network, 2), []);
    network.run_until(at_ms(7));
    assert_eq!(seen(&network, 2), [(at_ms(10), Seen::Timeout)]);
}

#[test]
fn jumps_add_up_and_everything_shows_the_clock_of_the_machine() {
    let mut network = pair();
    network.jump_clock(&1, ms(3));
    network.jump_clock(&1, ms(4));
    assert_eq!(network.clock_ahead(&1), ms(7));
    assert_eq!(network.clock_ahead(&2), ms(0));
    assert_eq!(network.with(&1, |_, now| now), Some(at_ms(7)));
    send(&mut network, 2, 1, b"what time is it?");
    network.run_until(at_ms(1));
    assert_eq!(
        seen(&network, 1),
        [(at_ms(8), datagram(b"what time is it?"))]
    );
}

#[test]
fn the_clock_of_a_paused_machine_jumps_unnoticed() {
    let mut network = pair();
    network.pause(&2);
    network.jump_clock(&2, ms(100));
    network.run_until(at_ms(5));
    assert_eq!(seen(&network, 2), []);
    network.resume(&2);
    assert_eq!(seen(&network, 2), [(at_ms(105), Seen::Timeout)]);
}
