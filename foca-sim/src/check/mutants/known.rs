//! Members that tell news no more although others do not know it.

use super::wire::{DIFFERENCES, FEED, Packet, TURN_UNDEAD, changed};
use crate::check::run::run;
use crate::check::{
    CheckedFoca, Feature, Mutation, NODES_MAX, Plan, Rule, Selection, check, check_mutated,
    unmutated,
};

/// What stands behind the header of an answer: no flags, nothing taken in, and that all is equal.
const EQUAL: [u8; 4] = [0, 0, 0, 3];

/// Takes two in a row that know what it knows for a sign that others know all its news, even what it learns
/// later.
#[derive(Default)]
struct Sated {
    equal_in_a_row: u32,
}

impl Sated {
    const fn is_sated(&self) -> bool {
        self.equal_in_a_row >= 2
    }
}

impl Mutation for Sated {
    fn receive(&mut self, _: &CheckedFoca, datagram: &[u8]) -> Option<Vec<u8>> {
        if let Some(packet) = Packet::parse(datagram)
            && packet.kind == DIFFERENCES
            && !self.is_sated()
        {
            self.equal_in_a_row = match packet.rest == EQUAL {
                true => self.equal_in_a_row + 1,
                false => 0,
            };
        }
        Some(datagram.to_vec())
    }

    fn send(&mut self, foca: &CheckedFoca, to: u16, datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let own = foca.identity().addr;
        let sent = changed(datagram, |packet| {
            if self.is_sated() && !matches!(packet.kind, FEED | TURN_UNDEAD) {
                packet.members.retain(|(_, _, id)| id.addr == own);
            }
        });
        vec![(to, sent)]
    }
}

/// So many members that start, hear a goodbye and start again, without any fault.
fn quiet(seed: u64, nodes: u16) -> Plan {
    let selection = Selection {
        nodes: Some(nodes),
        without: Feature::ALL.iter().map(|(feature, _)| *feature).collect(),
        keep: None,
    };
    Plan::new(seed, NODES_MAX, &selection)
}

#[test]
fn news_that_is_told_no_more_and_not_known_is_missed() {
    // More than hear of a goodbye from the leaver itself.
    let plan = |seed| quiet(seed, NODES_MAX);
    let breaks = |seed: &u64| {
        let outcome = check_mutated(&plan(*seed), &|_, _| Some(Box::new(Sated::default())));
        let mut violations = outcome.violations.iter();
        violations.any(|it| it.rule == Rule::Goodbye)
    };
    let seed = (0..20).find(breaks).expect("some seed breaks the rule");
    assert_eq!(
        check(&plan(seed)).violations,
        [],
        "without the mutant, seed {seed}"
    );
}

#[test]
fn a_crowd_comes_to_tell_known_news_no_more() {
    let dropped = |seed: u64| {
        let outcome = run(&quiet(seed, 100), &unmutated);
        assert_eq!(outcome.violations, [], "seed {seed}");
        outcome.reached.count("news_known").expect("it is counted")
    };
    assert!((0..20).any(|seed| dropped(seed) > 0));
}
