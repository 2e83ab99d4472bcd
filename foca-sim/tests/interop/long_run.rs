//! Minutes on a network that loses datagrams or falls apart.

use std::net::SocketAddr;

use foca_sim::Link;

use crate::support::cluster::{
    Cluster, Configs, MIXED, announce_all, assert_no_complaints, complete, describe, news,
};
use crate::support::identity::{addr, id};
use crate::support::peer::{Make, News};
use crate::support::seconds;

#[test]
fn nobody_ends_up_apart_for_good_under_loss() {
    for seed in 0..4 {
        let mut network = Configs::lan().strangers(&MIXED, seed, id);
        network.set_link(Link {
            loss_per_million: 20_000,
            ..Link::default()
        });
        // As any driver does: once more while nobody was found, for an `Announce` may be lost.
        for _ in 0..5 {
            announce_all(&mut network, (seed % 2) as u8);
            network.run_for(seconds(1));
        }
        network.run_for(seconds(595));
        assert!(network.stats().datagrams_lost > 200);
        let deadline = network.now() + seconds(90);
        assert!(
            network.run_until_condition(deadline, complete),
            "seed {seed}: {}",
            describe(&network)
        );
        let told = news(&mut network);
        assert!(
            !told.iter().any(|(_, news)| *news == News::Defunct),
            "{told:?}"
        );
        assert_no_complaints(&network);
    }
}

/// Cuts a cluster up for a minute; tells whether all views are complete again ten minutes later.
fn heals(network: &mut Cluster, cut: fn(&SocketAddr, &SocketAddr) -> bool) -> bool {
    network.partition(cut);
    network.run_for(seconds(60));
    for (observer, peer) in network.machines() {
        assert!(
            peer.active().iter().all(|id| !cut(observer, &id.addr)),
            "{}",
            describe(network)
        );
    }
    network.heal();
    let deadline = network.now() + seconds(600);
    network.run_until_condition(deadline, complete)
}

#[test]
fn two_halves_of_both_makes_find_each_other_again() {
    for seed in 0..4 {
        let mut network = Configs::lan().formed(&MIXED, seed);
        let halves = |from: &SocketAddr, to: &SocketAddr| (*from < addr(4)) != (*to < addr(4));
        assert!(
            heals(&mut network, halves),
            "seed {seed}: {}",
            describe(&network)
        );
        network.run_for(seconds(120));
        assert!(complete(&network), "seed {seed}: {}", describe(&network));
        assert_no_complaints(&network);
    }
}

#[test]
fn ours_bring_theirs_back_when_everybody_was_alone() {
    for seed in 0..4 {
        let mut network = Configs::lan().formed(&MIXED, seed);
        assert!(
            heals(&mut network, |_, _| true),
            "seed {seed}: {}",
            describe(&network)
        );
        assert_no_complaints(&network);
    }
    // Theirs alone fall silent for ever, which is what ours bring them back from.
    let mut network = Configs::lan().formed(&[Make::Theirs; 8], 0);
    assert!(!heals(&mut network, |_, _| true));
}
