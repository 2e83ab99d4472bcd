//! Swarm checking: random faults under a seed, then calm, with checkers watching.
//!
//! A [`Plan`] is what a seed stands for; [`check`] runs it and says which [`Rule`] did not hold;
//! [`shrink`] looks for a shorter plan that breaks the same rule. `docs/SIMULATOR.md` states the rules and
//! how long they wait.

mod act;
mod broadcasts;
mod checker;
mod checkers;
mod fault;
mod feature;
mod hostile;
mod identity;
mod insider;
mod ledger;
#[cfg(test)]
mod mutants;
mod mutation;
mod patience;
mod plan;
mod processes;
mod reached;
mod run;
mod settings;
mod shrink;
mod stage;
mod subject;
mod views;
mod wire;

pub use broadcasts::{Numbered, Unordered};
pub use checker::{Rule, Violation};
pub use checkers::EventAccount;
pub use fault::{Fault, Group, Life, Narrow, Planned};
pub use feature::Feature;
pub use identity::Id;
pub use ledger::{Ledger, Process};
pub use mutation::{Mutate, Mutation, unmutated};
pub use patience::{departs_within, heals_within, settles_within};
pub use plan::{CROWD_TIMES, NODES_MAX, NODES_MIN, Plan, Selection};
pub use reached::Reached;
pub use run::{Outcome, check, check_mutated, run};
pub use shrink::{Shrunk, shrink};
pub use subject::CheckedFoca;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_seeds_break_no_rule() {
        for seed in 1_000..1_030 {
            let outcome = check(&Plan::new(seed, 12, &Selection::default()));
            assert_eq!(outcome.violations, [], "seed {seed}");
            assert!(outcome.healed_after.is_some(), "seed {seed}");
        }
    }
}
