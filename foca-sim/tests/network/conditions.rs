//! Running until something is the case.

use foca_core::Instant;
use foca_sim::Network;

use crate::toy::{Toy, at_ms, exactly, ms, seen};

fn pair() -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(2)));
    network.insert(1, Toy::pinging(1, [2], ms(10)));
    network.insert(2, Toy::passive(2));
    network
}

#[test]
fn the_clock_stops_where_the_condition_came_true() {
    let mut network = pair();
    assert!(network.run_until_condition(at_ms(1_000), |network| seen(network, 2).len() == 3));
    assert_eq!(network.now(), at_ms(32));
    assert_eq!(seen(&network, 2).len(), 3);
}

#[test]
fn it_is_asked_before_anything_happens_and_after_every_event() {
    let mut network = pair();
    assert!(network.run_until_condition(at_ms(1_000), |_| true));
    assert_eq!(network.now(), Instant::ZERO);

    let mut asked_at_ms = Vec::new();
    let never = network.run_until_condition(at_ms(25), |network| {
        asked_at_ms.push(network.now().as_micros() / 1_000);
        false
    });
    assert!(!never);
    // Timeout, ping, pong; timeout, ping, pong.
    assert_eq!(asked_at_ms, [0, 10, 12, 14, 20, 22, 24]);
    assert_eq!(network.now(), at_ms(25));
}

#[test]
fn the_last_instant_belongs_to_the_run_and_the_past_to_nobody() {
    let mut network = pair();
    network.run_until(at_ms(10));
    assert_eq!(seen(&network, 1).len(), 1);
    network.run_until(at_ms(3));
    assert_eq!(network.now(), at_ms(10));
    network.run_for(ms(2));
    assert_eq!(seen(&network, 2).len(), 1);
}

#[test]
fn an_empty_network_lets_time_pass() {
    let mut network = Network::<Toy>::new(1);
    network.run_until(Instant::MAX);
    assert_eq!(network.now(), Instant::MAX);
}
