//! Short forms of the published experiments: that they run, are repeatable, and hold.
#![cfg(feature = "cli")]

use foca_sim::paper::{Experiment, Extent, Run, Silent, Table};

fn tiny(name: &str) -> Table {
    let experiment = Experiment::named(name).next().expect("an experiment");
    experiment.run(&Run {
        extent: Extent::Tiny,
        progress: &Silent,
    })
}

fn holds(name: &str) {
    let table = tiny(name);
    let failures: Vec<_> = table.failures().collect();
    assert!(!table.rows.is_empty());
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_constants_of_swim_hold() {
    holds("swim-worst-case");
    holds("swim-load");
    holds("swim-suspicion");
}

#[test]
fn rumours_spread_as_published() {
    holds("demers-rumors");
}

#[test]
fn alerts_conflict_as_often_as_published() {
    holds("rapid-conflicts");
}

#[test]
fn crashed_members_are_removed_and_nobody_else() {
    holds("rapid-crash");
}

#[test]
fn members_that_hear_nothing_are_removed_at_every_cut_and_nobody_else() {
    holds("rapid-one-way-cut");
}

#[test]
fn members_that_lose_most_datagrams_are_put_out_where_that_is_chosen() {
    holds("rapid-loss");
}

#[test]
fn the_same_experiment_gives_the_same_table() {
    assert_eq!(tiny("swim-infection").text(), tiny("swim-infection").text());
}
