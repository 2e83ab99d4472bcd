//! Links between places.

use foca_core::Instant;
use foca_sim::Network;

use crate::toy::{Toy, exactly, ms, seen, send};

/// How long a datagram takes.
fn travels_ms(network: &mut Network<Toy>, from: u8, to: u8) -> u128 {
    let (sent, before) = (network.now(), seen(network, to).len());
    send(network, from, to, b"how far?");
    network.run_for(ms(1_000));
    let (at, _): (Instant, _) = seen(network, to)[before];
    at.duration_since(sent).as_millis()
}

#[test]
fn each_ordered_pair_of_places_has_its_link_and_all_others_the_common_one() {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    for (addr, place) in [(1, 0), (2, 7), (3, 7), (4, 9)] {
        network.set_place(&addr, place);
        network.insert(addr, Toy::passive(addr));
    }
    network.set_link_between(0, 7, exactly(ms(70)));
    network.set_link_between(7, 0, exactly(ms(80)));
    network.set_link_between(7, 7, exactly(ms(2)));

    assert_eq!(travels_ms(&mut network, 1, 2), 70);
    assert_eq!(travels_ms(&mut network, 2, 1), 80);
    assert_eq!(travels_ms(&mut network, 2, 3), 2);
    assert_eq!(travels_ms(&mut network, 1, 4), 1);
    assert_eq!(travels_ms(&mut network, 4, 2), 1);

    network.set_link_between(0, 7, exactly(ms(60)));
    network.set_link(exactly(ms(5)));
    assert_eq!(travels_ms(&mut network, 1, 2), 60);
    assert_eq!(travels_ms(&mut network, 1, 4), 5);
}

#[test]
fn everybody_starts_in_place_0_and_stays_where_it_was_put() {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    network.set_link_between(0, 0, exactly(ms(3)));
    assert_eq!(travels_ms(&mut network, 1, 2), 3);
    network.set_place(&2, 5);
    network.remove(&2);
    network.insert(2, Toy::passive(2));
    assert_eq!(travels_ms(&mut network, 1, 2), 1);
}

#[test]
#[should_panic(expected = "the range of latencies is empty")]
fn an_empty_range_is_refused() {
    let mut link = exactly(ms(1));
    link.latency = ms(2)..=ms(1);
    Network::<Toy>::new(1).set_link_between(0, 1, link);
}
