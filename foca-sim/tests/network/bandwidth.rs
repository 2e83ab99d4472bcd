//! A machine sends no faster than its access allows, and drops what its queue does not hold.

use std::num::NonZeroU32;

use foca_core::Instant;
use foca_sim::{Access, Network};

use crate::toy::{Toy, at_ms, exactly, ms, send};

/// 1 and 2 under 1 ms of latency; 1 sends a thousand bytes in a second.
fn pair(queue_bytes_max: usize) -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    network.set_access(
        &1,
        Access {
            bytes_per_second_out: NonZeroU32::new(1_000),
            queue_bytes_max,
            ..Access::default()
        },
    );
    network
}

fn arrivals(network: &Network<Toy>, addr: u8) -> Vec<Instant> {
    let toy = network.machine(&addr).expect("it is there");
    toy.datagrams().map(|(at, _)| at).collect()
}

#[test]
fn one_datagram_waits_for_the_other() {
    let mut network = pair(1_000);
    for _ in 0..3 {
        send(&mut network, 1, 2, &[0; 100]);
    }
    network.run_until(at_ms(450));
    send(&mut network, 1, 2, &[0; 10]);
    network.run_until(at_ms(1_000));
    // A hundred bytes take 100 ms each; the last, 10 ms, found an empty queue.
    let expected = [101, 201, 301, 461].map(at_ms);
    assert_eq!(arrivals(&network, 2), expected);
}

#[test]
fn nobody_else_waits() {
    let mut network = pair(1_000);
    network.insert(3, Toy::passive(3));
    send(&mut network, 1, 2, &[0; 500]);
    send(&mut network, 3, 2, &[0; 500]);
    send(&mut network, 2, 1, &[0; 500]);
    network.run_until(at_ms(1));
    assert_eq!(arrivals(&network, 2), [at_ms(1)]);
    assert_eq!(arrivals(&network, 1), [at_ms(1)]);
}

#[test]
fn what_does_not_fit_into_the_queue_is_dropped_and_counted() {
    let mut network = pair(250);
    for _ in 0..5 {
        send(&mut network, 1, 2, &[0; 100]);
    }
    assert_eq!(network.stats().datagrams_congested, 3);
    // After 60 ms the queue holds 140 bytes and has room for one more.
    network.run_until(at_ms(60));
    send(&mut network, 1, 2, &[0; 100]);
    send(&mut network, 1, 2, &[0; 100]);
    network.run_until(at_ms(1_000));
    assert_eq!(arrivals(&network, 2), [101, 201, 301].map(at_ms));
    assert_eq!(network.stats().datagrams_congested, 4);
}

#[test]
fn an_empty_queue_takes_a_datagram_of_any_size() {
    let mut network = pair(0);
    send(&mut network, 1, 2, &[0; 100]);
    send(&mut network, 1, 2, &[0; 1]);
    network.run_until(at_ms(1_000));
    assert_eq!(arrivals(&network, 2), [at_ms(101)]);
}

#[test]
fn what_is_cut_off_behind_the_queue_takes_its_time_in_it() {
    let mut network = pair(1_000);
    network.insert(3, Toy::passive(3));
    network.cut(&[1], &[3]);
    send(&mut network, 1, 3, &[0; 100]);
    send(&mut network, 1, 2, &[0; 100]);
    network.run_until(at_ms(1_000));
    assert_eq!(arrivals(&network, 2), [at_ms(201)]);
}
