//! Datagrams take time to be processed.

use foca_sim::Network;

use crate::toy::{Seen, Toy, at_ms, datagram, exactly, ms, seen, send};

/// Everything takes 1 ms to arrive, and machine 2 takes 10 ms for each datagram.
fn pair() -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::pinging(2, [], ms(1_000)));
    network.slow(&2, ms(10));
    network
}

#[test]
fn one_datagram_is_processed_after_the_other() {
    let mut network = pair();
    send(&mut network, 1, 2, b"first");
    send(&mut network, 1, 2, b"other");
    network.run_until(at_ms(30));
    send(&mut network, 1, 2, b"third");
    network.run_until(at_ms(100));
    let expected = [
        (at_ms(11), datagram(b"first")),
        (at_ms(21), datagram(b"other")),
        (at_ms(41), datagram(b"third")),
    ];
    assert_eq!(seen(&network, 2), expected);
}

#[test]
fn a_deadline_waits_for_the_datagram_but_not_for_all_of_them() {
    let mut network = pair();
    network.with(&2, |toy, _| toy.next = Some(at_ms(5)));
    send(&mut network, 1, 2, b"first");
    send(&mut network, 1, 2, b"other");
    network.run_until(at_ms(15));
    network.with(&2, |toy, _| toy.next = None);
    network.run_until(at_ms(100));
    let expected = [
        (at_ms(11), datagram(b"first")),
        (at_ms(11), Seen::Timeout),
        (at_ms(21), datagram(b"other")),
    ];
    assert_eq!(seen(&network, 2), expected);
}

#[test]
fn an_idle_one_serves_its_deadlines_on_time() {
    let mut network = pair();
    network.with(&2, |toy, _| toy.next = Some(at_ms(5)));
    network.run_until(at_ms(5));
    assert_eq!(seen(&network, 2), [(at_ms(5), Seen::Timeout)]);
}

#[test]
fn what_does_not_fit_into_the_socket_buffer_is_dropped() {
    let mut network = pair().with_socket_buffer(3);
    for _ in 0..5 {
        send(&mut network, 1, 2, b"too many");
    }
    network.run_until(at_ms(100));
    assert_eq!(seen(&network, 2).len(), 3);
    assert_eq!(network.stats().datagrams_overflowed, 2);
}

#[test]
fn back_to_speed_it_processes_at_once_what_waits() {
    let mut network = pair();
    send(&mut network, 1, 2, b"first");
    send(&mut network, 1, 2, b"other");
    network.run_until(at_ms(5));
    network.slow(&2, ms(0));
    send(&mut network, 1, 2, b"third");
    network.run_until(at_ms(100));
    let expected = [
        (at_ms(5), datagram(b"first")),
        (at_ms(5), datagram(b"other")),
        (at_ms(6), datagram(b"third")),
    ];
    assert_eq!(seen(&network, 2), expected);
}

#[test]
fn a_pause_stops_the_work_and_the_datagram_begins_anew() {
    let mut network = pair();
    send(&mut network, 1, 2, b"first");
    network.run_until(at_ms(5));
    network.pause(&2);
    network.run_until(at_ms(50));
    network.resume(&2);
    network.run_until(at_ms(100));
    assert_eq!(seen(&network, 2), [(at_ms(60), datagram(b"first"))]);
}
