//! Faults as they begin and end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fault::{Fault, Life, Planned, expendable};
use super::hostile::{from_stranger, garbage};
use super::stage::{Cut, Remains, Stage};
use crate::Link;
use crate::random::Dice;

/// What is going on.
#[derive(Default)]
pub(crate) struct Acts {
    /// Processes that are down, and how they come back.
    down: BTreeMap<u16, (Remains, Life, bool)>,
    /// Faults that stop each process.
    stopped: BTreeMap<u16, BTreeSet<usize>>,
    /// Strangers at work: whom they ask, and what is drawn for them.
    floods: BTreeMap<usize, (u16, u16, Dice)>,
}

impl Acts {
    /// Lets a fault begin. Does nothing where its member does not run.
    pub(crate) fn begin(&mut self, stage: &mut Stage<'_>, planned: &Planned) {
        let nodes = stage.plan.nodes;
        let index = planned.index;
        match planned.fault {
            Fault::Crash { who } => {
                let addr = expendable(who, nodes);
                stage.crash(addr);
                // Whatever would have brought it back is too late.
                self.down.remove(&addr);
            }
            Fault::Restart { who, life, saved } => {
                if let Some(remains) = stage.crash(who % nodes) {
                    self.down.insert(who % nodes, (remains, life, saved));
                }
            }
            Fault::Leave { who } => {
                stage.command(expendable(who, nodes), |foca, now| foca.leave(now));
            }
            Fault::Return { who, .. } => {
                stage.command(who % nodes, |foca, now| foca.leave(now));
            }
            Fault::Rename { who } => rename(stage, who % nodes, Life::Next),
            Fault::Change { who, per_cent } => change(stage, who % nodes, per_cent),
            Fault::Pause { who } | Fault::Block { who } | Fault::Slow { who, .. } => {
                self.stop(stage, who % nodes, index);
            }
            Fault::Cut { from, to } => stage.cut(index, Cut::Between { from, to }),
            Fault::Partition { group } => stage.cut(index, Cut::Around(group)),
            Fault::Isolate { who } => stage.cut(index, Cut::AroundOne(who % nodes)),
            Fault::Jump { who, by } => {
                let addr = who % nodes;
                stage
                    .network
                    .with(&addr, |subject, now| subject.jump(now, by));
            }
            Fault::Garbage { who, count } => spoil(stage, who % nodes, count, planned.salt),
            Fault::Replay { who, count } => replay(stage, who % nodes, count, planned.salt),
            Fault::Flood { who, per_second } => {
                let flood = (who % nodes, per_second, Dice::new(planned.salt));
                self.floods.insert(index, flood);
            }
            Fault::Broadcast { who, count } => broadcast(stage, who % nodes, count, planned.salt),
        }
    }

    /// Lets a fault end.
    pub(crate) fn end(&mut self, stage: &mut Stage<'_>, planned: &Planned) {
        let nodes = stage.plan.nodes;
        match planned.fault {
            Fault::Restart { who, .. } => {
                if let Some((remains, life, saved)) = self.down.remove(&(who % nodes)) {
                    stage.start_again(remains, life, saved);
                }
            }
            Fault::Leave { who } => {
                let addr = expendable(who, nodes);
                let subject = stage.network.machine(&addr);
                if subject.is_some_and(|it| !it.takes_part()) {
                    stage.crash(addr);
                }
            }
            Fault::Return { who, life } => {
                let subject = stage.network.machine(&(who % nodes));
                if subject.is_some_and(|it| !it.takes_part()) {
                    rename(stage, who % nodes, life);
                }
            }
            Fault::Change { who, .. } => change(stage, who % nodes, 100),
            Fault::Pause { who } | Fault::Block { who } | Fault::Slow { who, .. } => {
                self.go_on(stage, who % nodes, planned.index);
            }
            Fault::Cut { .. } | Fault::Partition { .. } | Fault::Isolate { .. } => {
                stage.heal(planned.index);
            }
            Fault::Flood { .. } => {
                self.floods.remove(&planned.index);
            }
            Fault::Crash { .. }
            | Fault::Rename { .. }
            | Fault::Jump { .. }
            | Fault::Garbage { .. }
            | Fault::Replay { .. }
            | Fault::Broadcast { .. } => {}
        }
    }

    /// Lets strangers do what they do in so much time.
    pub(crate) fn flood(&mut self, stage: &mut Stage<'_>, time: Duration) {
        let wire = stage.plan.config.wire;
        for (to, per_second, dice) in self.floods.values_mut() {
            let count = u128::from(*per_second) * time.as_millis() / 1_000;
            for _ in 0..count {
                let Some(subject) = stage.network.machine(to) else {
                    break;
                };
                let datagram = from_stranger(dice, wire, *subject.foca().identity());
                stage.network.inject(to, &datagram);
            }
        }
    }

    /// The network is as good as it gets from here on.
    pub(crate) fn calm(stage: &mut Stage<'_>) {
        stage.network.set_link(Link::default());
        let addrs: Vec<u16> = stage.network.machines().map(|(addr, _)| *addr).collect();
        for addr in addrs {
            change(stage, addr, 100);
            let subject = stage.network.machine(&addr);
            if subject.is_some_and(|it| !it.takes_part()) {
                stage.crash(addr);
            }
        }
    }

    fn stop(&mut self, stage: &mut Stage<'_>, addr: u16, fault: usize) {
        if stage.network.machine(&addr).is_some() {
            self.stopped.entry(addr).or_default().insert(fault);
            stage.network.pause(&addr);
        }
    }

    fn go_on(&mut self, stage: &mut Stage<'_>, addr: u16, fault: usize) {
        let faults = self.stopped.entry(addr).or_default();
        faults.remove(&fault);
        if faults.is_empty() && stage.network.machine(&addr).is_some() {
            stage.network.resume(&addr);
        }
    }
}

/// Lets a member go on as another life of its address, if that is a change.
fn rename(stage: &mut Stage<'_>, addr: u16, life: Life) {
    stage.command(addr, |foca, now| {
        let mut id = *foca.identity();
        if life == Life::Next {
            id.life += 1;
        }
        // Refused is what it already was: the member took part.
        let _ = foca.set_identity(now, id);
    });
}

fn change(stage: &mut Stage<'_>, addr: u16, per_cent: u32) {
    let plan = stage.plan;
    stage.command(addr, |foca, now| {
        let period = plan.config.probe_period * per_cent / 100;
        let changed = plan.config.with(|it| it.probe_period = period);
        // A period that is too short for the round trip is no change.
        if let Ok(config) = changed
            && config != *foca.config()
        {
            let _ = foca.set_config(now, config);
        }
    });
}

fn spoil(stage: &mut Stage<'_>, addr: u16, count: u16, salt: u64) {
    let mut dice = Dice::new(salt);
    for _ in 0..count {
        let datagram = garbage(&mut dice, stage.plan.config.wire, &stage.ledger);
        stage.network.inject(&addr, &datagram);
    }
}

fn replay(stage: &mut Stage<'_>, addr: u16, count: u16, salt: u64) {
    let mut dice = Dice::new(salt);
    for _ in 0..count {
        let choice = dice.below(u64::MAX);
        if let Some((to, datagram)) = stage.ledger.captured(choice) {
            let to = if choice.is_multiple_of(2) { to } else { addr };
            stage.network.inject(&to, &datagram);
        }
    }
}

fn broadcast(stage: &mut Stage<'_>, addr: u16, count: u16, salt: u64) {
    let mut dice = Dice::new(salt);
    for _ in 0..count {
        let mut item = vec![7; dice.below(100) as usize + 4];
        item[..4].copy_from_slice(&(dice.below(1 << 32) as u32).to_be_bytes());
        stage.command(addr, |foca, now| {
            // One that does not fit, or comes after leaving, is refused.
            let _ = foca.broadcast(now, &item);
        });
    }
}
