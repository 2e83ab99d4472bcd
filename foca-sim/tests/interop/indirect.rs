//! Two members that cannot hear each other are vouched for by a third of either make.

use std::net::SocketAddr;

use foca_core::State;

use crate::support::cluster::{
    Configs, all_believe, assert_no_complaints, complete, describe, news,
};
use crate::support::identity::addr;
use crate::support::peer::Make;
use crate::support::{millis, seconds};

#[test]
fn a_third_member_of_either_make_keeps_suspicion_away() {
    for relay in [Make::Ours, Make::Theirs] {
        for seed in 0..5 {
            let makes = [Make::Ours, Make::Theirs, relay];
            let mut network = Configs::lan().formed(&makes, seed);
            let apart = |from: &SocketAddr, to: &SocketAddr| *from != addr(2) && *to != addr(2);
            network.partition(apart);
            // Some thirty probes of each other, not one of which is answered directly.
            for _ in 0..600 {
                network.run_for(millis(100));
                for n in 0..3 {
                    let alive = all_believe(&network, addr(n), State::Alive);
                    assert!(alive, "{n}, relay {relay:?}: {}", describe(&network));
                }
            }
            assert!(network.stats().datagrams_blocked > 50);
            network.heal();
            network.run_for(seconds(10));
            assert!(complete(&network), "{}", describe(&network));
            assert_eq!(news(&mut network), [], "relay {relay:?}, seed {seed}");
            assert_no_complaints(&network);
        }
    }
}
