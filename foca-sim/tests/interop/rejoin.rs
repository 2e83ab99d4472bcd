//! Members of either make leave, restart and come back.

use foca_core::State;

use crate::support::cluster::{
    Cluster, Configs, MIXED, all_believe, assert_no_complaints, complete, describe, news,
};
use crate::support::identity::{Id, addr, id};
use crate::support::peer::News;
use crate::support::seconds;

/// One of ours and one of theirs.
const BOTH: [u8; 2] = [2, 5];

/// Waits until everybody lists everybody, `back` in its new life, and checks who was told what.
fn comes_back(network: &mut Cluster, n: u8, back: Id, active_before: bool) {
    let since = network.now();
    let returned = network.run_until_condition(since + seconds(60), complete);
    assert!(returned, "{}", describe(network));
    network.run_for(seconds(60));
    assert!(complete(network), "{}", describe(network));
    let told = news(network);
    for (observer, _) in network.machines().filter(|(at, _)| **at != addr(n)) {
        let heard: Vec<_> = told
            .iter()
            .filter(|(at, _)| at == observer)
            .map(|(_, news)| news)
            .collect();
        let renamed = News::Renamed {
            from: id(n),
            to: back,
        };
        let up = News::Up(back);
        let expected = if active_before {
            vec![&renamed]
        } else {
            vec![&renamed, &up]
        };
        assert_eq!(heard, expected, "{observer}");
    }
    assert_no_complaints(network);
}

#[test]
fn a_member_that_left_is_down_to_all_and_returns_as_a_later_life() {
    for seed in 0..5 {
        for n in BOTH {
            let mut network = Configs::steady().formed(&MIXED, seed);
            network.with(&addr(n), |peer, now| peer.leave(now));
            // Sooner than anybody could have been suspected and declared down.
            let deadline = network.now() + seconds(3);
            let down = |network: &Cluster| all_believe(network, addr(n), State::Down);
            assert!(
                network.run_until_condition(deadline, down),
                "{}",
                describe(&network)
            );
            network.run_for(seconds(10));
            let mut told = news(&mut network);
            told.retain(|(observer, _)| *observer != addr(n));
            assert_eq!(told.len(), 7, "{told:?}");
            assert!(
                told.iter().all(|(_, news)| *news == News::Down(id(n))),
                "{told:?}"
            );

            let back = Id { bump: 1, ..id(n) };
            network.with(&addr(n), |peer, now| peer.rejoin(now, back));
            comes_back(&mut network, n, back, false);
        }
    }
}

#[test]
fn a_restarted_process_takes_the_place_of_its_earlier_life() {
    for seed in 0..5 {
        for n in BOTH {
            for neighbour in [0, 1] {
                for (absent, held_active) in [(seconds(0), true), (seconds(30), false)] {
                    let mut network = Configs::steady().formed(&MIXED, seed);
                    let make = network.remove(&addr(n)).expect("a member").make();
                    network.run_for(absent);
                    if !held_active {
                        assert!(all_believe(&network, addr(n), State::Down));
                        news(&mut network);
                    }
                    let back = Id { bump: 7, ..id(n) };
                    network.insert(addr(n), Configs::steady().peer(make, back, seed + 500));
                    network.with(&addr(n), |peer, now| peer.announce(now, addr(neighbour)));
                    comes_back(&mut network, n, back, held_active);
                }
            }
        }
    }
}
