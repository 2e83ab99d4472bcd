//! A member that is suspected by the other make proves that it is alive.

use foca_core::State;

use crate::support::cluster::{Cluster, Configs, assert_no_complaints, complete, describe, news};
use crate::support::identity::{Id, addr, id};
use crate::support::peer::{Make, News};
use crate::support::seconds;

const SEEDS: u64 = 10;
const SUSPECT: u8 = 0;

/// One member of this make among three of the other.
fn one_among_others(suspect: Make, configs: &Configs, seed: u64) -> Cluster {
    let mut makes = [suspect.other(); 4];
    makes[usize::from(SUSPECT)] = suspect;
    configs.formed(&makes, seed)
}

/// Cuts off what the suspect sends until it is suspected and a second longer, then waits until
/// everybody holds it alive at a higher incarnation.
fn suspected_and_refuted(network: &mut Cluster) {
    let believed = |network: &Cluster, state, incarnation| {
        network
            .machines()
            .filter(|(observer, _)| **observer != addr(SUSPECT))
            .filter_map(|(_, peer)| peer.member(addr(SUSPECT)))
            .filter(|member| member.state == state && member.incarnation >= incarnation)
            .count()
    };
    network.partition(|from, _| *from == addr(SUSPECT));
    let deadline = network.now() + seconds(10);
    let suspected = network.run_until_condition(deadline, |it| believed(it, State::Suspect, 0) > 0);
    assert!(suspected, "{}", describe(network));
    network.run_for(seconds(1));
    assert_eq!(believed(network, State::Alive, 1), 0);
    network.heal();
    let since = network.now();
    let refuted =
        network.run_until_condition(since + seconds(3), |it| believed(it, State::Alive, 1) == 3);
    assert!(refuted, "{}", describe(network));
    assert_eq!(news(network), [], "a refuted suspicion is no news");
}

#[test]
fn one_of_theirs_refutes_our_suspicion_and_keeps_its_life() {
    for seed in 0..SEEDS {
        let mut configs = Configs::steady();
        // It asks nobody while it is cut off, or it would suspect others, and say so unheard.
        configs.theirs.probe_period = seconds(3_600);
        let mut network = one_among_others(Make::Theirs, &configs, seed);
        suspected_and_refuted(&mut network);
        network.run_for(seconds(60));
        assert!(complete(&network), "{}", describe(&network));
        assert_eq!(news(&mut network), [], "seed {seed}");
        assert_no_complaints(&network);
    }
}

#[test]
fn one_of_ours_refutes_their_suspicion_by_incarnation() {
    for seed in 0..SEEDS {
        let mut configs = Configs::steady();
        configs.theirs.notify_down_members = false;
        let mut network = one_among_others(Make::Ours, &configs, seed);
        suspected_and_refuted(&mut network);
        network.run_for(seconds(60));
        assert!(complete(&network), "{}", describe(&network));
        assert_eq!(news(&mut network), [], "seed {seed}");
        assert_no_complaints(&network);
    }
}

/// The published crate sends `TurnUndead` when the time of a suspicion is over, refuted or not.
/// For an identity that renews this is an order; it costs a life and no membership.
#[test]
fn one_of_ours_outlives_being_told_that_it_is_down_after_it_refuted() {
    for seed in 0..SEEDS {
        let mut network = one_among_others(Make::Ours, &Configs::steady(), seed);
        suspected_and_refuted(&mut network);
        network.run_for(seconds(60));
        assert!(complete(&network), "{}", describe(&network));
        let told = news(&mut network);
        let next = Id {
            bump: 1,
            ..id(SUSPECT)
        };
        let renewals = told.iter().filter(|(_, it)| matches!(it, News::Renewed(_)));
        assert_eq!(
            renewals.collect::<Vec<_>>(),
            [&(addr(SUSPECT), News::Renewed(next))]
        );
        assert!(
            !told.iter().any(|(_, news)| matches!(news, News::Down(_))),
            "{told:?}"
        );
        assert_no_complaints(&network);
    }
}
