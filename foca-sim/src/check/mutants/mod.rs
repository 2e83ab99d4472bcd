//! Members that are wrong in one way each, and the rule that notices.
//!
//! Each is run under seeds until its rule is broken; the same seeds without what is wrong break none.

mod dead;
mod deaf;
mod events;
mod flood;
mod forgetful;
mod hoarding;
mod incarnation;
mod known;
mod leaving;
mod nondeterminism;
mod rash;
mod restart;
mod time;
mod undead;
mod wire;

use std::collections::BTreeSet;

use super::mutation::Mutate;
use super::{NODES_MIN, Plan, Rule, Selection, check_mutated, unmutated};

/// Seeds that a mutant is run under at most. One that needs more is hardly noticed.
const SEEDS: u64 = 40;

/// Members at most: enough for helpers and for halves.
const NODES: u16 = NODES_MIN + 5;

fn plan(seed: u64) -> Plan {
    Plan::new(seed, NODES, &Selection::default())
}

/// Asserts that some seed breaks `rule` because of the mutant: without it the same seed breaks nothing.
fn assert_caught(rule: Rule, mutate: &Mutate) {
    assert_caught_unlike(rule, mutate, &unmutated);
}

/// The same of a mutant that is wrong in what it does about something that happens to `control` as well.
fn assert_caught_unlike(rule: Rule, mutate: &Mutate, control: &Mutate) {
    let mut others = BTreeSet::new();
    for seed in 0..SEEDS {
        let outcome = check_mutated(&plan(seed), mutate);
        others.extend(outcome.violations.iter().map(|it| it.rule));
        if outcome.violations.iter().any(|it| it.rule == rule) {
            let control = check_mutated(&plan(seed), control);
            assert_eq!(control.violations, [], "without what is wrong, seed {seed}");
            return;
        }
    }
    panic!("{SEEDS} seeds did not break {rule}, but {others:?}");
}
