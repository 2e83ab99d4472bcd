//! Every datagram is accounted for.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::rc::Rc;

use foca_sim::{Access, Link, Network};

use crate::toy::{Toy, at_ms, exactly, ms, send};

#[test]
fn what_was_sent_is_what_became_of_it() {
    let link = Link {
        latency: ms(1)..=ms(30),
        loss_per_million: 200_000,
        duplicate_per_million: 200_000,
        ..Link::default()
    };
    let mut network = Network::new(5).with_link(link).with_socket_buffer(3);
    for addr in 0..6 {
        let peers: Vec<u8> = (0..7).filter(|peer| *peer != addr).collect();
        network.insert(addr, Toy::pinging(addr, peers, ms(10)));
    }
    network.partition(|from, to| from % 2 == 0 && to % 3 == 0);
    network.set_place(&1, 1);
    network.set_link_between(
        1,
        0,
        Link {
            hops: 1,
            ..Link::default()
        },
    );
    network.set_access(&1, limited(1));
    network.set_access(&3, limited(64));
    network.run_for(ms(500));
    network.pause(&1);
    network.run_for(ms(500));
    network.inject(&1, b"full");
    network.inject(&2, b"taken");
    network.inject(&9, b"nobody");
    network.remove(&5);

    let stats = network.stats();
    let sources = stats.datagrams_sent + stats.datagrams_duplicated + stats.datagrams_injected;
    let ends = [
        stats.datagrams_delivered,
        stats.datagrams_lost,
        stats.datagrams_blocked,
        stats.datagrams_congested,
        stats.datagrams_expired,
        stats.datagrams_overflowed,
        stats.datagrams_unreachable,
        network.in_flight() as u64,
    ];
    assert_eq!(sources, ends.iter().sum::<u64>());
    assert!(ends.iter().all(|count| *count > 0), "{ends:?}");
    assert_eq!(stats.datagrams_injected, 3);
    let paused = network.node_stats(&1).expect("it is there");
    assert_eq!(paused.datagrams_overflowed, stats.datagrams_overflowed);
}

/// An access of 500 bytes a second with room for a datagram or two.
fn limited(ttl: u8) -> Access {
    Access {
        loss_in_per_million: 100_000,
        loss_out_per_million: 100_000,
        bytes_per_second_out: NonZeroU32::new(500),
        queue_bytes_max: 12,
        ttl,
    }
}

#[test]
fn nodes_and_the_network_count_the_same() {
    let mut network = Network::new(5).with_link(exactly(ms(1)));
    network.insert(1, Toy::pinging(1, [2], ms(10)));
    network.insert(2, Toy::passive(2));
    network.run_for(ms(95));
    send(&mut network, 2, 1, b"and one more");

    // Nine pings of six bytes; nine pongs of five and one message of twelve.
    let [one, two] = [1, 2].map(|addr| network.node_stats(&addr).expect("it is there"));
    assert_eq!((one.datagrams_sent, one.bytes_sent), (9, 54));
    assert_eq!((two.datagrams_sent, two.bytes_sent), (10, 57));
    assert_eq!((one.datagrams_delivered, two.datagrams_delivered), (9, 9));
    let stats = network.stats();
    assert_eq!((stats.datagrams_sent, stats.bytes_sent), (19, 111));
    assert_eq!(stats.datagrams_delivered, 18);
    assert_eq!(network.node_stats(&3), None);
}

#[test]
fn an_event_is_an_arrival_or_a_moment_at_which_a_machine_wakes() {
    let mut network = Network::new(5).with_link(exactly(ms(1)));
    network.insert(1, Toy::pinging(1, [2, 3], ms(10)));
    network.insert(2, Toy::passive(2));
    network.run_for(ms(95));
    // Nine timeouts, eighteen pings of which nine find nobody, nine pongs.
    assert_eq!(network.stats().events, 36);
}

#[test]
fn the_tap_sees_whatever_is_sent() {
    let mut network = Network::new(5);
    let tapped = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&tapped);
    network.tap(move |at, from, to, bytes| {
        log.borrow_mut().push((at, *from, *to, bytes.to_vec()));
    });
    network.insert(1, Toy::passive(1));
    network.run_until(at_ms(7));
    send(&mut network, 1, 9, b"to nobody");
    network.partition(|_, _| true);
    send(&mut network, 1, 1, b"to myself");
    network.inject(&1, b"not sent");

    let expected = [
        (at_ms(7), 1, 9, b"to nobody".to_vec()),
        (at_ms(7), 1, 1, b"to myself".to_vec()),
    ];
    assert_eq!(*tapped.borrow(), expected);
}
