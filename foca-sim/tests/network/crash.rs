//! A machine vanishes, with everything on its way to it.

use foca_sim::Network;

use crate::toy::{Toy, at_ms, datagram, exactly, ms, seen, send};

fn pair() -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(5)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    network
}

#[test]
fn datagrams_in_flight_do_not_reach_the_next_life() {
    let mut network = pair();
    send(&mut network, 1, 2, b"to the dead");
    send(&mut network, 2, 1, b"from the dead");
    network.run_for(ms(1));
    let dead = network.remove(&2).expect("it was there");
    assert!(dead.seen.is_empty());
    assert!(network.machine(&2).is_none());
    assert!(network.remove(&2).is_none());

    network.insert(2, Toy::passive(2));
    network.run_for(ms(100));
    assert_eq!(seen(&network, 2), []);
    assert_eq!(seen(&network, 1), [(at_ms(5), datagram(b"from the dead"))]);
    assert_eq!(network.stats().datagrams_unreachable, 1);

    send(&mut network, 1, 2, b"to the living");
    network.run_for(ms(5));
    assert_eq!(
        seen(&network, 2),
        [(at_ms(106), datagram(b"to the living"))]
    );
}

#[test]
fn timers_die_with_their_machine() {
    let mut network = pair();
    network.insert(3, Toy::pinging(3, [1], ms(10)));
    network.run_until(at_ms(12));
    network.remove(&3);
    network.insert(3, Toy::passive(3));
    network.run_until(at_ms(100));
    // The ping of the first life outlives it, and the pong, sent later, finds the second life.
    assert_eq!(seen(&network, 3), [(at_ms(20), datagram(b"!\0\0\0\0"))]);
    assert_eq!(network.stats().datagrams_sent, 2);
}

#[test]
fn a_socket_buffer_dies_with_its_process() {
    let mut network = pair();
    network.pause(&2);
    send(&mut network, 1, 2, b"buffered");
    network.run_for(ms(10));
    assert_eq!(network.in_flight(), 1);
    network.remove(&2);
    assert_eq!(network.in_flight(), 0);
    assert_eq!(network.stats().datagrams_unreachable, 1);
}

#[test]
#[should_panic(expected = "there is a node at 2 already")]
fn an_address_is_taken_once() {
    pair().insert(2, Toy::passive(2));
}
