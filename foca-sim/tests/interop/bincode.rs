//! Members with the bincode codec beside those of the published `foca` 0.19, the last to have one.

use foca_codec::BincodeCodec;
use foca_core::{Config, State};
use foca_sim::Network;

use crate::support::at;
use crate::support::cluster::{
    Cluster, all_believe, announce_all, assert_no_complaints, complete, describe,
};
use crate::support::identity::{addr, id};
use crate::support::ours::ours;
use crate::support::published_019::theirs;
use crate::support::seconds;

/// Two of each make that know nobody.
fn strangers(seed: u64) -> Cluster {
    let mut network: Cluster = Network::new(seed);
    for n in 0..4 {
        let (config, seed) = (Config::lan().foca2(), seed * 1_000 + u64::from(n));
        match n % 2 {
            0 => network.insert(
                addr(n),
                Box::new(ours(id(n), config, BincodeCodec::default(), seed)),
            ),
            _ => network.insert(addr(n), Box::new(theirs(id(n), 4, seed))),
        }
    }
    network
}

#[test]
fn a_cluster_with_foca_0_19_forms_broadcasts_and_loses_a_member_of_each_make() {
    for seed in 0..4 {
        let mut network = strangers(seed);
        announce_all(&mut network, (seed % 4) as u8);
        assert!(!complete(&network));
        assert!(
            network.run_until_condition(at(60), complete),
            "{}",
            describe(&network)
        );
        network.with(&addr(0), |peer, now| peer.broadcast(now, b"O\x01urs"));
        network.with(&addr(1), |peer, now| peer.broadcast(now, b"T\x01heirs"));
        network.run_for(seconds(10));
        for (_, peer) in network.machines() {
            assert_eq!(peer.board().notice(b'O').as_deref(), Some(&b"O\x01urs"[..]));
            assert_eq!(
                peer.board().notice(b'T').as_deref(),
                Some(&b"T\x01heirs"[..])
            );
        }
        for victim in [2, 3] {
            network.remove(&addr(victim)).expect("a member");
            let deadline = network.now() + seconds(30);
            let down = |network: &Cluster| all_believe(network, addr(victim), State::Down);
            assert!(
                network.run_until_condition(deadline, down),
                "{}",
                describe(&network)
            );
        }
        assert!(complete(&network), "{}", describe(&network));
        assert_no_complaints(&network);
    }
}
