//! Input and output are blocked while the timers run.

use foca_sim::Network;

use crate::toy::{Seen, Toy, at_ms, datagram, exactly, ms, number, ping, seen, send};

/// 2 pings 1 every 10 ms.
fn pair() -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::pinging(2, [1], ms(10)));
    network
}

#[test]
fn timers_run_while_nothing_is_read_or_written() {
    let mut network = pair();
    network.block(&2);
    send(&mut network, 1, 2, b"unread");
    network.run_until(at_ms(35));
    let timeouts = [10, 20, 30].map(|at| (at_ms(at), Seen::Timeout));
    assert_eq!(seen(&network, 2), timeouts);
    assert_eq!(seen(&network, 1), []);
    assert_eq!(network.in_flight(), 1);
}

#[test]
fn afterwards_it_reads_then_serves_the_deadline_then_sends() {
    let mut network = pair();
    network.run_until(at_ms(5));
    network.block(&2);
    send(&mut network, 1, 2, &ping(1, 77));
    network.run_until(at_ms(35));
    // Its deadline of 40 ms comes to have passed at the moment of unblocking.
    network.with(&2, |toy, now| toy.next = Some(now));
    network.unblock(&2);
    network.run_until(at_ms(36));
    assert_eq!(
        seen(&network, 2)[3..],
        [
            (at_ms(35), datagram(&ping(1, 77))),
            (at_ms(35), Seen::Timeout)
        ]
    );
    // The pings of the blocked time, the pong to what was read, the ping of the late deadline.
    let got: Vec<(u8, u32)> = network
        .machine(&1)
        .expect("it is there")
        .datagrams()
        .map(|(_, bytes)| (bytes[0], number(bytes)))
        .collect();
    assert_eq!(
        got,
        [(b'?', 0), (b'?', 1), (b'?', 2), (b'!', 77), (b'?', 3)]
    );
}

#[test]
fn blocking_twice_is_like_once_and_a_pause_is_another_matter() {
    let mut network = pair();
    network.unblock(&2);
    network.block(&2);
    network.block(&2);
    network.pause(&2);
    network.run_until(at_ms(15));
    assert_eq!(seen(&network, 2), []);
    network.resume(&2);
    assert_eq!(seen(&network, 2), [(at_ms(15), Seen::Timeout)]);
    assert_eq!(network.stats().datagrams_sent, 0);
    network.unblock(&2);
    assert_eq!(network.stats().datagrams_sent, 1);
}

#[test]
fn the_socket_buffer_is_bounded() {
    let mut network = pair().with_socket_buffer(2);
    network.block(&1);
    for message in [b"first", b"other", b"third"] {
        network.inject(&1, message);
    }
    network.unblock(&1);
    assert_eq!(
        seen(&network, 1),
        [b"first", b"other"].map(|it| (at_ms(0), datagram(it)))
    );
    assert_eq!(network.stats().datagrams_overflowed, 1);
}

#[test]
#[should_panic(expected = "there is no node at 9")]
fn only_what_is_there_can_be_blocked() {
    pair().block(&9);
}
