//! Partitions have directions.

use foca_sim::Network;

use crate::toy::{Toy, at_ms, exactly, ms, seen, send};

fn both_ways(network: &mut Network<Toy>) -> (usize, usize) {
    let before = [1, 2].map(|addr| seen(network, addr).len());
    send(network, 1, 2, b"there");
    send(network, 2, 1, b"back");
    network.run_for(ms(10));
    (
        seen(network, 2).len() - before[1],
        seen(network, 1).len() - before[0],
    )
}

#[test]
fn one_way_is_one_way_until_it_heals() {
    let mut network = Network::new(1).with_link(exactly(ms(5)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    assert_eq!(both_ways(&mut network), (1, 1));
    network.partition(|from, to| (*from, *to) == (1, 2));
    assert_eq!(both_ways(&mut network), (0, 1));
    network.partition(|from, to| (*from, *to) == (2, 1));
    assert_eq!(both_ways(&mut network), (1, 0));
    assert_eq!(network.stats().datagrams_blocked, 2);
    network.heal();
    assert_eq!(both_ways(&mut network), (1, 1));
}

#[test]
fn what_is_on_its_way_still_arrives() {
    let mut network = Network::new(1).with_link(exactly(ms(5)));
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    send(&mut network, 1, 2, b"before");
    network.partition(|_, _| true);
    send(&mut network, 1, 2, b"after");
    network.run_for(ms(10));
    let arrived: Vec<_> = network
        .machine(&2)
        .expect("it is there")
        .datagrams()
        .collect();
    assert_eq!(arrived, [(at_ms(5), &b"before"[..])]);
}

#[test]
fn a_partition_leaves_the_latencies_of_others_as_they_are() {
    let run = |partitioned: bool| {
        let mut network = Network::new(1);
        network.insert(1, Toy::pinging(1, [2, 3], ms(10)));
        network.insert(2, Toy::passive(2));
        network.insert(3, Toy::passive(3));
        if partitioned {
            network.partition(|_, to| *to == 2);
        }
        // Pongs would draw in between, so the first round only, before any arrives.
        network.run_until(at_ms(10));
        network.remove(&1);
        network.run_for(ms(10));
        network
            .machine(&3)
            .expect("it is there")
            .datagrams()
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    assert_eq!(run(true).len(), 1);
    assert_eq!(run(true), run(false));
}
