//! A shorter plan that breaks the same rule.

use std::collections::{BTreeMap, BTreeSet};

use super::checker::{Rule, Violation};
use super::feature::Feature;
use super::mutation::Mutate;
use super::plan::{NODES_MIN, Plan, Selection};
use super::run::{check_mutated, run};

/// The shortest plan that was found.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// How it differs from the plan of its seed.
    pub selection: Selection,
    /// The plan.
    pub plan: Plan,
    /// How it breaks the rule.
    pub violation: Violation,
    /// Plans that were tried.
    pub runs: u32,
}

/// Plans tried at most.
const RUNS_MAX: u32 = 300;

/// Shortens a plan that breaks `rule` for as long as it breaks it: leaves out faults, features and members,
/// then halves durations and amounts. `progress` is called before each run. `None` if it does not break it.
pub fn shrink(
    seed: u64,
    nodes_max: u16,
    selection: &Selection,
    rule: Rule,
    mutate: &Mutate,
    progress: &mut dyn FnMut(u32, &Plan),
) -> Option<Shrunk> {
    let plan = Plan::new(seed, nodes_max, selection);
    let mut search = Search {
        seed,
        nodes_max,
        rule,
        mutate,
        progress,
        runs: 0,
    };
    let whole = Selection {
        nodes: Some(plan.nodes),
        keep: selection
            .keep
            .clone()
            .or_else(|| Some(plan.faults.iter().map(|it| (it.index, 1)).collect())),
        ..selection.clone()
    };
    let violation = search.breaks(&whole)?;
    let mut best = (whole, violation);
    search.drop_faults(&mut best);
    search.drop_features(&mut best);
    search.drop_nodes(&mut best);
    search.halve(&mut best);
    search.drop_faults(&mut best);
    let (selection, violation) = best;
    Some(Shrunk {
        plan: Plan::new(seed, nodes_max, &selection),
        selection,
        violation,
        runs: search.runs,
    })
}

struct Search<'a> {
    seed: u64,
    nodes_max: u16,
    rule: Rule,
    mutate: &'a Mutate,
    progress: &'a mut dyn FnMut(u32, &Plan),
    runs: u32,
}

type Best = (Selection, Violation);

impl Search<'_> {
    fn breaks(&mut self, selection: &Selection) -> Option<Violation> {
        if self.runs >= RUNS_MAX {
            return None;
        }
        self.runs += 1;
        let plan = Plan::new(self.seed, self.nodes_max, selection);
        (self.progress)(self.runs, &plan);
        let outcome = if self.rule == Rule::Replay {
            check_mutated(&plan, self.mutate)
        } else {
            run(&plan, self.mutate)
        };
        outcome
            .violations
            .into_iter()
            .find(|it| it.rule == self.rule)
    }

    /// Takes a shorter plan over if it breaks the rule, too.
    fn try_out(&mut self, best: &mut Best, shorter: Selection) -> bool {
        if shorter == best.0 {
            return false;
        }
        let violation = self.breaks(&shorter);
        let taken = violation.is_some();
        if let Some(violation) = violation {
            *best = (shorter, violation);
        }
        taken
    }

    /// Half of the faults at first, then smaller parts, down to single ones.
    fn drop_faults(&mut self, best: &mut Best) {
        let count = best.0.keep.as_ref().map_or(0, BTreeMap::len);
        let mut part = count.div_ceil(2);
        while part > 0 {
            let mut from = 0;
            while from < best.0.keep.as_ref().map_or(0, BTreeMap::len) {
                let mut shorter = best.0.clone();
                let kept = best.0.keep.iter().flatten().enumerate();
                let kept = kept.filter(|(position, _)| !(from..from + part).contains(position));
                shorter.keep = Some(kept.map(|(_, (index, by))| (*index, *by)).collect());
                if !self.try_out(best, shorter) {
                    from += part;
                }
            }
            part /= 2;
        }
    }

    fn drop_features(&mut self, best: &mut Best) {
        let plan = Plan::new(self.seed, self.nodes_max, &best.0);
        let on: BTreeSet<Feature> = plan.features;
        for feature in on {
            let mut shorter = best.0.clone();
            shorter.without.insert(feature);
            self.try_out(best, shorter);
        }
    }

    fn drop_nodes(&mut self, best: &mut Best) {
        let most = best.0.nodes.unwrap_or(NODES_MIN);
        for nodes in [3, 4, 5, 6, 8, 12, 16, 24]
            .into_iter()
            .filter(|it| *it < most)
        {
            let nodes = Some(nodes);
            let shorter = Selection {
                nodes,
                ..best.0.clone()
            };
            if self.try_out(best, shorter) {
                return;
            }
        }
    }

    fn halve(&mut self, best: &mut Best) {
        let indices: Vec<usize> = best
            .0
            .keep
            .iter()
            .flatten()
            .map(|(index, _)| *index)
            .collect();
        for index in indices {
            for by in [64, 16, 4, 2] {
                let mut shorter = best.0.clone();
                if let Some(keep) = &mut shorter.keep {
                    keep.insert(index, by);
                }
                if self.try_out(best, shorter) {
                    break;
                }
            }
        }
    }
}
