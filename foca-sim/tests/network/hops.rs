//! Routers on the way count down.

use foca_sim::{Access, Link, Network};

use crate::toy::{Toy, exactly, ms, seen, send};

/// Whether a datagram of this time to live gets over so many routers.
fn arrives(ttl: u8, hops: u8) -> bool {
    let mut network = Network::new(1).with_link(Link {
        hops,
        ..exactly(ms(1))
    });
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    network.set_access(
        &1,
        Access {
            ttl,
            ..Access::default()
        },
    );
    send(&mut network, 1, 2, b"far away");
    network.run_for(ms(10));
    let expired = network.stats().datagrams_expired;
    let arrived = seen(&network, 2).len() as u64;
    assert_eq!(expired + arrived, 1);
    arrived == 1
}

#[test]
fn a_datagram_needs_more_to_live_than_there_are_routers() {
    // With one it stays in its own network, as multicast does by default.
    assert!(arrives(1, 0));
    assert!(!arrives(1, 1));
    assert!(arrives(3, 2));
    assert!(!arrives(3, 3));
    assert!(!arrives(0, 0));
}

#[test]
fn without_an_access_of_its_own_it_gets_over_63() {
    for (hops, arrives) in [(63, 1), (64, 0)] {
        let mut network = Network::new(1).with_link(Link {
            hops,
            ..exactly(ms(1))
        });
        network.insert(1, Toy::passive(1));
        network.insert(2, Toy::passive(2));
        send(&mut network, 1, 2, b"far away");
        network.run_for(ms(10));
        assert_eq!(seen(&network, 2).len(), arrives);
    }
}
