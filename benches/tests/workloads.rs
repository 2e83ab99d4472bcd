//! Every workload does what its name says, for ours on both wires and for every other make.

use benches::Make;
use benches::work::Work;

/// Enough for a limit on answers to show, if a workload ran into one.
const RUNS: u64 = 600;

/// Enough where nobody is answered.
const RUNS_BULK: u64 = 8;

#[test]
fn a_ping_is_answered_by_an_ack() {
    run_all(Work::Ping, &[10, 1_000], RUNS);
}

#[test]
fn known_updates_are_read_and_change_nothing() {
    run_all(Work::KnownUpdates, &[10, 1_000], RUNS);
}

#[test]
fn new_updates_are_applied_and_passed_on() {
    run_all(Work::AppliedUpdates, &[1_000], RUNS);
}

#[test]
fn an_announce_is_answered_by_a_feed() {
    run_all(Work::Announce, &[10, 1_000], RUNS);
}

#[test]
fn gossip_is_full_of_news_to_the_last_round() {
    run_all(Work::GossipRound, &[10, 1_000], RUNS);
}

#[test]
fn everybody_is_taken_in() {
    for work in [Work::Restore, Work::Merge] {
        run_all(work, &[10, 1_000], RUNS_BULK);
    }
}

fn run_all(work: Work, sizes: &[usize], runs_max: u64) {
    for members in sizes {
        for make in Make::ALL.iter().copied().filter(|make| work.suits(*make)) {
            let mut workload = work.prepare(make, *members);
            let mut runs = 0;
            while runs < runs_max {
                if workload.runs_left() == 0 {
                    workload.replenish();
                }
                let now = workload.runs_left().min(runs_max - runs);
                workload.run(now);
                runs += now;
            }
            workload.verify();
        }
    }
}
