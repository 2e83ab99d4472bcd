//! A process stops and continues.

use foca_sim::{Network, SOCKET_BUFFER_DATAGRAMS_MAX};

use crate::toy::{Seen, Toy, at_ms, datagram, exactly, ms, seen, send};

fn pair() -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::pinging(2, [1], ms(10)));
    network
}

#[test]
fn the_socket_is_read_before_the_late_timer_is_served() {
    let mut network = pair();
    network.run_until(at_ms(5));
    network.pause(&2);
    for message in [b"first", b"other", b"third"] {
        send(&mut network, 1, 2, message);
        network.run_for(ms(20));
    }
    assert_eq!(seen(&network, 2), []);
    network.resume(&2);
    let expected = [
        (at_ms(65), datagram(b"first")),
        (at_ms(65), datagram(b"other")),
        (at_ms(65), datagram(b"third")),
        (at_ms(65), Seen::Timeout),
    ];
    assert_eq!(seen(&network, 2), expected);

    // One late timeout, not one for each period missed; then the period runs from there.
    network.run_until(at_ms(80));
    assert_eq!(
        network.machine(&2).expect("it is there").timeouts(),
        [at_ms(65), at_ms(75)]
    );
}

#[test]
fn a_deadline_still_to_come_is_not_served_early() {
    let mut network = pair();
    network.pause(&2);
    network.run_until(at_ms(5));
    network.resume(&2);
    assert_eq!(seen(&network, 2), []);
    network.run_until(at_ms(15));
    assert_eq!(seen(&network, 2)[0], (at_ms(10), Seen::Timeout));
}

#[test]
fn pausing_and_resuming_twice_is_like_once() {
    let mut network = pair();
    network.pause(&1);
    send(&mut network, 2, 1, b"once");
    network.run_until(at_ms(5));
    network.pause(&1);
    network.resume(&1);
    network.resume(&1);
    assert_eq!(seen(&network, 1), [(at_ms(5), datagram(b"once"))]);
}

#[test]
fn commands_reach_a_paused_machine_but_nothing_leaves_it() {
    let mut network = pair();
    network.pause(&1);
    send(&mut network, 1, 2, b"held back");
    network.run_until(at_ms(5));
    assert_eq!(network.stats().datagrams_sent, 0);
    network.resume(&1);
    network.run_until(at_ms(6));
    assert_eq!(seen(&network, 2), [(at_ms(6), datagram(b"held back"))]);
}

#[test]
fn the_socket_buffer_is_bounded_and_keeps_the_oldest() {
    let by_default = overflow(pair());
    assert_eq!(by_default, SOCKET_BUFFER_DATAGRAMS_MAX);
    assert_eq!(overflow(pair().with_socket_buffer(2)), 2);
}

/// Sends more than fits to a paused machine; how many it gets when it is resumed.
fn overflow(mut network: Network<Toy>) -> usize {
    network.pause(&1);
    for number in 0..1_000_u32 {
        network.inject(&1, &number.to_le_bytes());
    }
    network.resume(&1);
    let toy = network.machine(&1).expect("it is there");
    let kept: Vec<Vec<u8>> = toy.datagrams().map(|(_, bytes)| bytes.to_vec()).collect();
    let oldest: Vec<Vec<u8>> = (0..kept.len() as u32)
        .map(|number| number.to_le_bytes().to_vec())
        .collect();
    assert_eq!(kept, oldest);
    assert_eq!(
        network.stats().datagrams_overflowed,
        1_000 - kept.len() as u64
    );
    kept.len()
}

#[test]
#[should_panic(expected = "there is no node at 9")]
fn only_what_is_there_can_be_paused() {
    pair().pause(&9);
}
