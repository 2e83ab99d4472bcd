//! Deadlines are served at their time, after what arrived by then.

use foca_core::Instant;
use foca_sim::Network;

use crate::toy::{Seen, Toy, at_ms, datagram, exactly, ms, seen, send};

#[test]
fn deadlines_are_served_exactly_at_their_time() {
    let mut network = Network::new(1);
    network.insert(1, Toy::pinging(1, [2], ms(7)));
    network.insert(2, Toy::pinging(2, [1], ms(10)));
    network.run_until(at_ms(70));
    let timeouts = |addr| network.machine(&addr).expect("it is there").timeouts();
    assert_eq!(
        timeouts(1),
        (1..=10).map(|round| at_ms(7 * round)).collect::<Vec<_>>()
    );
    assert_eq!(
        timeouts(2),
        (1..=7).map(|round| at_ms(10 * round)).collect::<Vec<_>>()
    );
}

#[test]
fn a_datagram_of_the_same_instant_comes_before_the_deadline() {
    let mut network = Network::new(1).with_link(exactly(ms(3)));
    network.insert(1, Toy::pinging(1, [9], ms(10)));
    network.insert(2, Toy::passive(2));
    network.run_until(at_ms(7));
    send(&mut network, 2, 1, b"just in time");
    network.run_until(at_ms(10));
    assert_eq!(
        seen(&network, 1),
        [
            (at_ms(10), datagram(b"just in time")),
            (at_ms(10), Seen::Timeout)
        ]
    );
}

#[test]
fn datagrams_of_one_instant_arrive_as_they_were_sent() {
    let mut network = Network::new(1).with_link(exactly(ms(3)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    network.insert(3, Toy::passive(3));
    for from in [3, 2, 3] {
        send(&mut network, from, 1, &[from]);
    }
    network.run_for(ms(3));
    let order: Vec<u8> = network
        .machine(&1)
        .expect("it is there")
        .datagrams()
        .map(|(_, bytes)| bytes[0])
        .collect();
    assert_eq!(order, [3, 2, 3]);
}

#[test]
fn a_command_moves_the_deadline() {
    let mut network = Network::new(1);
    network.insert(1, Toy::pinging(1, [9], ms(10)));
    network.run_until(at_ms(2));
    let now = network.with(&1, |toy, now| {
        toy.next = Some(at_ms(4));
        now
    });
    assert_eq!(now, Some(at_ms(2)));
    network.run_until(at_ms(5));
    assert_eq!(seen(&network, 1), [(at_ms(4), Seen::Timeout)]);

    network.with(&1, |toy, _| toy.next = None);
    network.run_until(at_ms(100));
    assert_eq!(seen(&network, 1).len(), 1);
    assert_eq!(network.with(&9, |_, _| ()), None);
}

#[test]
fn a_deadline_in_the_past_is_served_at_once() {
    let mut network = Network::new(1);
    network.run_until(at_ms(50));
    // Its first deadline, at 10 ms, passed long before it came.
    network.insert(1, Toy::pinging(1, [9], ms(10)));
    network.run_for(ms(0));
    assert_eq!(seen(&network, 1), [(at_ms(50), Seen::Timeout)]);
    assert_eq!(network.now(), at_ms(50));
}

#[test]
fn what_a_machine_wants_to_send_leaves_as_it_is_inserted() {
    let mut network = Network::new(1).with_link(exactly(ms(3)));
    network.insert(1, Toy::passive(1));
    let mut eager = Toy::passive(2);
    eager.outbox.push_back((1, b"hello".to_vec()));
    network.insert(2, eager);
    assert_eq!(network.stats().datagrams_sent, 1);
    network.run_until(at_ms(3));
    assert_eq!(
        seen(&network, 1),
        [(Instant::ZERO + ms(3), datagram(b"hello"))]
    );
}
