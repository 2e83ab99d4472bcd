//! A seed is a run.

use foca_core::Instant;
use foca_sim::{Link, Network};

use crate::toy::{Seen, Toy, ms, send};

type Run = (u64, Vec<Vec<(Instant, Seen)>>);

fn run(seed: u64, last_words: &[u8]) -> Run {
    let link = Link {
        loss_per_million: 50_000,
        duplicate_per_million: 50_000,
        ..Link::default()
    };
    let mut network = Network::new(seed).with_link(link);
    for addr in 0..5 {
        let peers: Vec<u8> = (0..5).filter(|peer| *peer != addr).collect();
        network.insert(addr, Toy::pinging(addr, peers, ms(7)));
    }
    network.run_for(ms(300));
    network.partition(|from, to| from < to);
    network.run_for(ms(300));
    network.heal();
    network.pause(&3);
    network.run_for(ms(50));
    network.resume(&3);
    network.remove(&4);
    network.run_for(ms(300));
    send(&mut network, 1, 2, last_words);
    network.run_for(ms(10));
    let hash = network.trace_hash();
    (
        hash,
        (0..4)
            .map(|addr| network.remove(&addr).expect("it is there").seen)
            .collect(),
    )
}

#[test]
fn equal_seeds_give_equal_runs() {
    assert_eq!(run(1, b"bye"), run(1, b"bye"));
}

#[test]
fn unequal_seeds_give_unequal_runs() {
    let [(hash_one, seen_one), (hash_two, seen_two)] = [run(1, b"bye"), run(2, b"bye")];
    assert_ne!(hash_one, hash_two);
    assert_ne!(seen_one, seen_two);
}

#[test]
fn one_byte_changes_the_hash() {
    assert_ne!(run(1, b"bye").0, run(1, b"byE").0);
}

#[test]
fn deliveries_are_in_the_hash_too() {
    let [once, never] = [true, false].map(|delivered| {
        let mut network = Network::new(1);
        network.insert(1, Toy::passive(1));
        if delivered {
            network.inject(&1, b"x");
        }
        network.trace_hash()
    });
    assert_ne!(once, never);
}
