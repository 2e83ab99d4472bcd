//! Datagrams of a member that has the key of the cluster and lies: sound to every check, and wrong.
//!
//! It writes in the name of anybody, so that it need not be a member that others know to doubt.

use foca_codec::CheckedEnvelope;
use foca_core::{Accept, Envelope as _, Wire};

use super::hostile::{STRANGER_FIRST, STRANGERS, put_identity, put_varint};
use super::identity::Id;
use super::stage::Stage;
use super::wire::ENVELOPE_BYTES;
use crate::random::Dice;

/// Statements in one lie at most.
const STATEMENTS_MAX: u64 = 10;

/// Members that it makes up are among the strangers: the dead that views must get rid of are bounded then.
const MADE_UP_PER_CENT: u64 = 20;

/// What is said of a member: state, incarnation, identity.
type Statement = (u8, u32, Id);

/// The next lie for the member at `to`, on a wire that it accepts.
pub(crate) fn lie(dice: &mut Dice, stage: &Stage<'_>, to: &u16) -> Vec<u8> {
    let Some(subject) = stage.network.machine(to) else {
        return vec![];
    };
    let config = subject.foca().config();
    let wire = match (config.accept, config.wire, dice.below(2)) {
        (Accept::Own, wire, _) => wire,
        (Accept::Both, _, 0) => Wire::Native,
        (Accept::Both, ..) => Wire::Foca2,
    };
    let present: Vec<(Id, u32)> = stage
        .participants()
        .map(|it| (*it.foca().identity(), it.foca().incarnation()))
        .collect();
    let mut liar = Liar {
        dice,
        present: &present,
        incarnation_max: match wire {
            Wire::Native => u32::MAX,
            Wire::Foca2 => u16::MAX.into(),
        },
        to: *subject.foca().identity(),
    };
    match wire {
        Wire::Native => liar.on_native(),
        Wire::Foca2 => liar.on_foca2(),
    }
}

struct Liar<'a> {
    dice: &'a mut Dice,
    present: &'a [(Id, u32)],
    incarnation_max: u32,
    to: Id,
}

impl Liar<'_> {
    fn on_native(&mut self) -> Vec<u8> {
        let kind = [8, 8, 0, 7, 10, 12, 12, 13, 2, 5, 14, 15][self.dice.below(12) as usize];
        // What a random kind says is read only as far as it makes sense.
        let kind = if kind == 15 { self.byte() % 16 } else { kind };
        let mut bytes = vec![0; ENVELOPE_BYTES.0];
        bytes.push(kind);
        let (source, incarnation) = self.somebody();
        put_identity(&mut bytes, source);
        put_varint(&mut bytes, incarnation);
        put_identity(&mut bytes, self.to);
        match kind {
            8 => {}
            12 | 13 => bytes.extend(self.numbers::<8>()),
            _ => bytes.extend(self.numbers::<4>()),
        }
        match kind {
            0 | 7 | 8 => self.put_statements(&mut bytes),
            10 => {
                let more = self.dice.below(3) as u32;
                bytes.extend([0, 1, 2]);
                put_varint(&mut bytes, more);
                put_identity(&mut bytes, self.to);
            }
            12 | 13 => self.put_comparison(&mut bytes, kind),
            2 | 5 | 14 => put_identity(&mut bytes, self.somebody().0),
            _ => {
                let length = self.dice.below(300);
                bytes.extend((0..length).map(|_| self.byte()).collect::<Vec<_>>());
            }
        }
        bytes.extend([0; ENVELOPE_BYTES.1]);
        CheckedEnvelope::default().seal(&mut bytes);
        bytes
    }

    fn on_foca2(&mut self) -> Vec<u8> {
        let mut bytes = vec![];
        let (source, incarnation) = self.somebody();
        put_identity(&mut bytes, source);
        put_varint(&mut bytes, incarnation.min(u16::MAX.into()));
        put_identity(&mut bytes, self.to);
        let variant = [0, 7, 8, 8, 10, 2][self.dice.below(6) as usize];
        bytes.push(variant);
        match variant {
            0 => bytes.push(self.byte()),
            2 => {
                put_identity(&mut bytes, self.somebody().0);
                bytes.push(self.byte());
            }
            _ => {}
        }
        if variant < 10 {
            let count = 1 + self.dice.below(STATEMENTS_MAX) as u16;
            bytes.extend(count.to_be_bytes());
            for _ in 0..count {
                let (state, incarnation, id) = self.statement();
                put_identity(&mut bytes, id);
                put_varint(&mut bytes, incarnation);
                bytes.push(state.min(2));
            }
        }
        bytes
    }

    fn put_statements(&mut self, bytes: &mut Vec<u8>) {
        let count = 1 + self.dice.below(STATEMENTS_MAX) as u16;
        bytes.extend(count.to_be_bytes());
        for _ in 0..count {
            let (state, incarnation, id) = self.statement();
            bytes.push(state);
            put_varint(bytes, incarnation);
            put_identity(bytes, id);
        }
    }

    /// A question for all, for a part, or statements about everywhere, all of them wrong.
    fn put_comparison(&mut self, bytes: &mut Vec<u8>, kind: u8) {
        bytes.push(0);
        if kind == 13 {
            bytes.extend([0, 0]);
        }
        match self.dice.below(3) {
            0 => {
                bytes.push(0);
                bytes.extend(self.numbers::<8>());
            }
            1 => bytes.extend([1, 8, self.byte()]),
            _ => {
                bytes.extend([2, 0]);
                let count = 1 + self.dice.below(STATEMENTS_MAX) as u32;
                put_varint(bytes, count);
                for _ in 0..count {
                    let (state, incarnation, id) = self.statement();
                    // Nobody is suspected in a comparison.
                    let state = if state == 1 { 2 } else { state };
                    bytes.push(state);
                    put_varint(bytes, incarnation);
                    if state > 0 {
                        put_varint(bytes, 600);
                    }
                    put_identity(bytes, id);
                }
            }
        }
    }

    /// Somebody who lives is suspected, down, gone, further than it is or another; or somebody lives who never
    /// did.
    fn statement(&mut self) -> Statement {
        let (mut id, incarnation) = self.somebody();
        let incarnation = match self.dice.below(12) {
            0 => self.incarnation_max,
            1 => self.incarnation_max - 1,
            2..6 => incarnation,
            more => incarnation.saturating_add(more as u32),
        };
        if self.dice.below(20) == 0 {
            id.life += 1 + self.dice.below(3) as u32;
        }
        let state = self.dice.below(4) as u8;
        (state, incarnation.min(self.incarnation_max), id)
    }

    /// A member and its incarnation, sometimes one that is made up.
    fn somebody(&mut self) -> (Id, u32) {
        let choice = self.dice.below(u64::MAX) as usize;
        if self.present.is_empty() || self.dice.below(100) < MADE_UP_PER_CENT {
            let addr = STRANGER_FIRST + self.dice.below(STRANGERS.into()) as u16;
            return (Id::first(addr), 0);
        }
        self.present[choice % self.present.len()]
    }

    fn byte(&mut self) -> u8 {
        self.dice.below(256) as u8
    }

    fn numbers<const N: usize>(&mut self) -> [u8; N] {
        [(); N].map(|()| self.byte())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::check::feature::Feature;
    use crate::check::{Plan, Selection, unmutated};

    /// Three members that nothing happens to, on the wire of the first seed that has it.
    fn quiet(wanted: Wire) -> Plan {
        let kept = [Feature::Foca2, Feature::Migration];
        let all: BTreeSet<Feature> = Feature::ALL.iter().map(|(feature, _)| *feature).collect();
        let selection = Selection {
            nodes: Some(3),
            without: &all - &kept.into(),
            ..Selection::default()
        };
        (0..)
            .map(|seed| Plan::new(seed, 3, &selection))
            .find(|plan| plan.config.wire == wanted)
            .expect("some seed speaks it")
    }

    #[test]
    fn lies_pass_the_checks_and_are_refuted() {
        for wire in [Wire::Native, Wire::Foca2] {
            let plan = quiet(wire);
            let mut stage = Stage::new(&plan, &unmutated);
            (0..3).for_each(|addr| stage.start(Id::first(addr), vec![]));
            stage.network.run_for(plan.config.probe_period * 30);
            let before = stage.network.machine(&0).expect("it runs").foca().stats();
            let mut dice = Dice::new(1);
            for _ in 0..1_000 {
                let datagram = lie(&mut dice, &stage, &0);
                stage.network.inject(&0, &datagram);
                stage.network.run_for(Duration::from_millis(1));
            }
            let after = stage.network.machine(&0).expect("it runs").foca().stats();
            let accepted = after.datagrams_accepted - before.datagrams_accepted;
            assert!(accepted > 500, "{wire:?}: {accepted}");
            let answered = stage.network.machine(&1).expect("it runs").foca();
            let raised = (answered.identity().life, answered.incarnation());
            assert!(raised > (0, 0), "{wire:?}: what was said of 1 reached it");
        }
    }
}
