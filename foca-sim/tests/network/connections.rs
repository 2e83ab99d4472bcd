//! What comes over a connection of its own waits behind no datagram.

use foca_sim::Network;

use crate::toy::{Toy, at_ms, datagram, exactly, ms, seen, send};

/// Everything takes 1 ms to arrive, and machine 2 takes 10 ms for each datagram.
fn pair() -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    network.slow(&2, ms(10));
    network
}

#[test]
fn it_passes_datagrams_and_takes_no_time() {
    let mut network = pair();
    send(&mut network, 1, 2, b"first");
    send(&mut network, 1, 2, b"other");
    network.run_until(at_ms(4));
    send(&mut network, 1, 2, b"=>apart");
    network.run_until(at_ms(100));
    let expected = [
        (at_ms(5), datagram(b"=>apart")),
        (at_ms(11), datagram(b"first")),
        (at_ms(21), datagram(b"other")),
    ];
    assert_eq!(seen(&network, 2), expected);
}

#[test]
fn who_is_blocked_or_paused_serves_it_first_when_that_ends() {
    for is_blocked in [false, true] {
        let mut network = pair();
        if is_blocked {
            network.block(&2);
        } else {
            network.pause(&2);
        }
        send(&mut network, 1, 2, b"first");
        send(&mut network, 1, 2, b"=>apart");
        network.run_until(at_ms(30));
        assert_eq!(seen(&network, 2), []);
        assert_eq!(network.in_flight(), 2);
        // The other of these does nothing.
        network.unblock(&2);
        network.resume(&2);
        network.run_until(at_ms(100));
        let expected = [
            (at_ms(30), datagram(b"=>apart")),
            (at_ms(40), datagram(b"first")),
        ];
        assert_eq!(seen(&network, 2), expected);
    }
}

#[test]
fn it_counts_in_the_bound_of_what_waits() {
    let mut network = pair().with_socket_buffer(3);
    network.block(&2);
    for bytes in [&b"=>1"[..], b"2", b"=>3", b"4", b"=>5"] {
        send(&mut network, 1, 2, bytes);
    }
    network.run_until(at_ms(30));
    assert_eq!(network.stats().datagrams_overflowed, 2);
    network.unblock(&2);
    network.run_until(at_ms(100));
    assert_eq!(seen(&network, 2).len(), 3);
}
