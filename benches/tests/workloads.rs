//! Every workload does what its name says, for ours on both wires and for the published crate.

#[path = "../benches/workloads/mod.rs"]
mod workloads;

use foca_core::Wire;
use workloads::{
    AnnounceToFeed, BulkMerge, GossipRound, KnownUpdates, Ours, PingToAck, SIZES, Theirs, Workload,
};

/// Enough for a limit on answers to show, if a workload ran into one.
const RUNS_MAX: u64 = 600;

#[test]
fn a_ping_is_answered_by_an_ack() {
    run_both::<PingToAck<Ours>, PingToAck<Theirs>>();
}

#[test]
fn known_updates_are_read_and_change_nothing() {
    run_both::<KnownUpdates<Ours>, KnownUpdates<Theirs>>();
}

#[test]
fn an_announce_is_answered_by_a_full_feed() {
    run_both::<AnnounceToFeed<Ours>, AnnounceToFeed<Theirs>>();
}

#[test]
fn gossip_is_full_of_news_to_the_last_round() {
    run_both::<GossipRound<Ours>, GossipRound<Theirs>>();
}

#[test]
fn a_bulk_merge_takes_in_everybody() {
    run_both::<BulkMerge<Ours>, BulkMerge<Theirs>>();
}

fn run_both<O: Workload, T: Workload>() {
    for members in SIZES {
        assert_eq!(O::elements(members), T::elements(members));
        run::<O>(Wire::Native, members);
        run::<O>(Wire::Foca2, members);
        run::<T>(Wire::Foca2, members);
    }
}

fn run<W: Workload>(wire: Wire, members: usize) {
    let mut workload = W::new(wire, members);
    for _ in 0..workload.runs_max().min(RUNS_MAX) {
        workload.run();
    }
    workload.verify();
}
