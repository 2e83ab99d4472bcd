//! A seed replays a run to the last byte; another seed does not.

use crate::support;

use foca_core::Config;
use foca_sim::{Link, Network};
use support::{Cluster, Id, addr, announce, id, life, millis, node, on_both_wires, seconds};

/// An eventful run: losses, a partition, a crash, a return, a leave, a pause.
fn eventful(config: &Config, network_seed: u64, node_seed: u64) -> Cluster<Id> {
    let link = Link {
        latency: millis(1)..=millis(40),
        loss_per_million: 50_000,
        duplicate_per_million: 10_000,
        ..Link::default()
    };
    let mut network = Network::new(network_seed).with_link(link);
    for n in 0..8 {
        let seed = node_seed * 100 + u64::from(n);
        network.insert(addr(n), node(id(n), config.clone(), seed));
    }
    (1..8).for_each(|n| announce(&mut network, n, 0));
    network.run_for(seconds(20));
    network.partition(|from, to| (*from < addr(3)) != (*to < addr(3)));
    network.run_for(seconds(20));
    network.heal();
    network.remove(&addr(7));
    network.run_for(seconds(10));
    network.insert(addr(7), node(life(7, 1), config.clone(), node_seed));
    announce(&mut network, 7, 2);
    network.with(&addr(5), |node, now| node.leave(now));
    network.pause(&addr(6));
    network.run_for(seconds(15));
    network.resume(&addr(6));
    network.run_for(seconds(60));
    network
}

#[test]
fn equal_seeds_give_equal_runs() {
    for config in on_both_wires(&Config::lan()) {
        let [one, other] = [(); 2].map(|()| eventful(&config, 5, 6));
        assert_eq!(one.trace_hash(), other.trace_hash());
        assert_eq!(one.stats(), other.stats());
        for ((_, one), (_, other)) in one.machines().zip(other.machines()) {
            assert_eq!(one.stats(), other.stats());
            assert!(one.all_members().eq(other.all_members()), "in equal order");
        }
    }
}

#[test]
fn other_seeds_give_other_runs() {
    for config in on_both_wires(&Config::lan()) {
        let run = |network, nodes| eventful(&config, network, nodes).trace_hash();
        let hash = run(5, 6);
        assert_ne!(hash, run(5, 7), "other nodes, the same network");
        assert_ne!(hash, run(8, 6), "the same nodes, another network");
    }
}

#[test]
fn a_clock_that_steps_back_is_taken_to_stand_still() {
    use support::stage::Stage;
    use support::transmits;
    for config in on_both_wires(&Config::lan()) {
        let [mut straight, mut wavering] = [(); 2].map(|()| Stage::new(&config, 5));
        for turn in 0..200_u64 {
            for stage in [&mut straight, &mut wavering] {
                stage.serve();
            }
            let back = foca_core::Instant::from_micros(turn);
            wavering.node.handle_timeout(back);
            let said = transmits(&mut wavering.node, back);
            assert_eq!(said, transmits(&mut straight.node, straight.now));
            assert_eq!(wavering.node.next_timer(), straight.node.next_timer());
        }
    }
}
