//! Everybody loses everybody, and finds everybody again.

use crate::support;

use std::net::SocketAddr;

use foca_codec::PostcardCodec;
use foca_core::{Codec, Config, Event, Identity, Status};
use foca_sim::cluster::views_complete;
use support::{addr, events, formed, id, node, on_both_wires, seconds};

/// All are cut off from each other for two minutes. Bound: four of the longest pauses between
/// attempts of a lonely node.
fn isolated_and_healed<I>(members: u16, config: &Config, seed: u64, name: fn(u16) -> I)
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
{
    let scenario = format!("{members} members, seed {seed}, {:?}", config.wire);
    let mut network = formed(members, config, seed, name);
    network.partition(|_, _| true);
    network.run_for(seconds(120));
    for (_, node) in network.machines() {
        assert_eq!(node.status(), Status::Alone, "{scenario}");
        assert!(node.poll_timeout().is_some(), "{scenario}: never silent");
    }
    network.heal();
    let deadline = network.now() + config.lonely_retry_max * 4;
    let healed = network.run_until_condition(deadline, views_complete);
    assert!(healed, "{scenario}");
    network.run_for(seconds(120));
    assert!(views_complete(&network), "{scenario}: and it lasts");
    for n in 0..members {
        let told = events(&mut network, n);
        assert!(!told.contains(&Event::Defunct), "{scenario}");
        let alone = told.iter().filter(|it| **it == Event::Alone).count();
        let joined = told.iter().filter(|it| **it == Event::Joined).count();
        assert_eq!(alone, joined, "{scenario}: {told:?}");
    }
}

#[test]
fn identities_that_renew_find_each_other_again() {
    for config in on_both_wires(&Config::lan()) {
        for members in [2, 3, 5] {
            (0..8).for_each(|seed| isolated_and_healed(members, &config, seed, id));
        }
    }
}

#[test]
fn plain_addresses_find_each_other_again() {
    for config in on_both_wires(&Config::lan()) {
        for members in [2, 3, 5] {
            (0..8).for_each(|seed| isolated_and_healed(members, &config, seed, addr));
        }
    }
}

#[test]
fn the_isolation_of_many_heals_as_well() {
    for config in on_both_wires(&Config::lan()) {
        isolated_and_healed(32, &config, 1, id);
    }
}

#[test]
fn a_node_whose_seed_is_not_there_yet_does_not_fall_asleep_after_an_isolation() {
    for config in on_both_wires(&Config::lan()) {
        let mut network = formed(2, &config, 9, id);
        network.remove(&addr(1));
        network.run_for(seconds(3 * 3_600));
        let before = network.stats().datagrams_sent;
        network.run_for(seconds(600));
        let attempts = network.stats().datagrams_sent - before;
        // Pauses last between half of the longest and all of it.
        let least = 600 / config.lonely_retry_max.as_secs();
        let expected = least..=least * 2;
        assert!(expected.contains(&attempts), "{attempts} in ten minutes");
        let later = support::life(1, 1);
        network.insert(addr(1), node(later, config.clone(), 77));
        let deadline = network.now() + config.lonely_retry_max * 2;
        assert!(network.run_until_condition(deadline, views_complete));
    }
}
