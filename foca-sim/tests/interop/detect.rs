//! Members of either make die, and members of either make notice.

use foca_core::State;

use crate::support::accusation::{Accusation, Accusations};
use crate::support::cluster::{
    Cluster, Configs, MIXED, all_believe, assert_no_complaints, complete, describe, news,
};
use crate::support::identity::{addr, id};
use crate::support::peer::{Make, News};
use crate::support::seconds;

const SEEDS: u64 = 12;

/// Kills a member and waits until everybody holds it down; returns who was the first to say so.
fn kill(network: &mut Cluster, accusations: &Accusations, victim: u8) -> Accusation {
    let killed = network.now();
    network.remove(&addr(victim)).expect("a member");
    assert_eq!(accusations.first(addr(victim)), None);
    let down = |network: &Cluster| all_believe(network, addr(victim), State::Down);
    let noticed = network.run_until_condition(killed + seconds(40), down);
    assert!(noticed, "{}", describe(network));
    accusations.first(addr(victim)).expect("somebody said so")
}

#[test]
fn everybody_notices_and_the_first_accuser_is_of_either_make() {
    let mut accusers = [Vec::new(), Vec::new()];
    for seed in 0..SEEDS {
        let mut network = Configs::lan().formed(&MIXED, seed);
        let accusations = Accusations::in_network(&mut network);
        // Not always the same two, so that no victim is special for having been the seed.
        let pair = (seed % 4) as u8 * 2;
        for (victim, accusers) in [pair, pair + 1].into_iter().zip(&mut accusers) {
            let first = kill(&mut network, &accusations, victim);
            assert_eq!(
                (first.accused, first.state),
                (id(victim), foca::State::Suspect)
            );
            let accuser = network.machine(&first.accuser).expect("alive");
            accusers.push(accuser.make());
        }
        assert!(complete(&network), "seed {seed}: {}", describe(&network));
        let told = news(&mut network);
        for victim in [pair, pair + 1] {
            let downs = told.iter().filter(|(_, it)| *it == News::Down(id(victim)));
            assert_eq!(downs.count(), 6, "{told:?}");
        }
        assert_eq!(told.len(), 12, "nobody else was declared down: {told:?}");
        assert_no_complaints(&network);
    }
    for (victim, accusers) in [Make::Ours, Make::Theirs].into_iter().zip(accusers) {
        let other = accusers
            .iter()
            .filter(|make| **make == victim.other())
            .count();
        assert!(
            other > 0,
            "{victim:?} is never first accused by the other make"
        );
    }
}
