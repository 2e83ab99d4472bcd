//! Faults as they begin and end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fault::{Fault, Life, Planned, expendable};
use super::hostile::{from_stranger, garbage};
use super::insider::lie;
use super::processes::{Stop, Stops};
use super::stage::{Remains, Stage};
use crate::random::Dice;
use crate::{Access, Link};

/// What is going on.
#[derive(Default)]
pub(crate) struct Acts {
    /// Processes that are down, and how they come back.
    down: BTreeMap<u16, (Remains, Life, bool)>,
    stops: Stops,
    /// Who sends what it should not.
    senders: BTreeMap<usize, Sender>,
}

/// Somebody who sends so many datagrams a second to a member.
struct Sender {
    to: u16,
    per_second: u16,
    dice: Dice,
    /// Whether it has the key of the cluster, and lies; otherwise it is a stranger.
    is_insider: bool,
}

impl Acts {
    /// Lets a fault begin. Does nothing where its member does not run.
    pub(crate) fn begin(&mut self, stage: &mut Stage<'_>, planned: &Planned) {
        let (nodes, index) = (stage.plan.nodes, planned.index);
        let addr = |stage: &Stage<'_>, who: u16| stage.addr_of(who % nodes);
        match planned.fault {
            Fault::Crash { who } => {
                stage.crash(stage.addr_of(expendable(who, nodes)));
                // Whatever would have brought it back is too late.
                self.down.remove(&expendable(who, nodes));
            }
            Fault::Restart { who, life, saved } => {
                if let Some(remains) = stage.crash(addr(stage, who)) {
                    self.down.insert(who % nodes, (remains, life, saved));
                }
            }
            Fault::Leave { who } => {
                let addr = stage.addr_of(expendable(who, nodes));
                stage.command(addr, |foca, now| foca.leave(now));
            }
            Fault::Return { who, .. } => {
                stage.command(addr(stage, who), |foca, now| foca.leave(now));
            }
            Fault::Move { who } => stage.relocate(expendable(who, nodes)),
            Fault::Rename { who } => rename(stage, addr(stage, who), Life::Next),
            Fault::Change { who, per_cent } => change(stage, addr(stage, who), per_cent),
            Fault::Pause { who } => self.stop(stage, index, addr(stage, who), Stop::Paused),
            Fault::Block { who } => self.stop(stage, index, addr(stage, who), Stop::Blocked),
            Fault::Slow { who, per_datagram } => {
                self.stop(stage, index, addr(stage, who), Stop::Slow(per_datagram));
            }
            Fault::Narrow { who, access } => {
                let addr = addr(stage, who);
                stage.network.set_access(&addr, access.to_access());
            }
            Fault::Cut { from, to } => {
                stage.cut(index, |one, other| from.contains(one) && to.contains(other))
            }
            Fault::Partition { group } => stage.cut(index, |one, other| {
                group.contains(one) != group.contains(other)
            }),
            Fault::Isolate { who } => stage.cut(index, |one, other| {
                (one == who % nodes) != (other == who % nodes)
            }),
            Fault::Jump { who, by } => stage.jump(addr(stage, who), by),
            Fault::Garbage { who, count } => {
                spoil(stage, addr(stage, who), count, planned.salt);
            }
            Fault::Replay { who, count } => replay(stage, addr(stage, who), count, planned.salt),
            Fault::Flood { who, per_second } | Fault::Insider { who, per_second } => {
                let sender = Sender {
                    to: who % nodes,
                    per_second,
                    dice: Dice::new(planned.salt),
                    is_insider: matches!(planned.fault, Fault::Insider { .. }),
                };
                self.senders.insert(index, sender);
            }
            Fault::Broadcast { who, count } => {
                broadcast(stage, addr(stage, who), count, planned.salt);
            }
        }
    }

    /// Lets a fault end.
    pub(crate) fn end(&mut self, stage: &mut Stage<'_>, planned: &Planned) {
        let nodes = stage.plan.nodes;
        let addr = |stage: &Stage<'_>, who: u16| stage.addr_of(who % nodes);
        let gone = |stage: &Stage<'_>, addr: u16| {
            let subject = stage.network.machine(&addr);
            subject.is_some_and(|it| !it.takes_part())
        };
        match planned.fault {
            Fault::Restart { who, .. } => {
                if let Some((remains, life, saved)) = self.down.remove(&(who % nodes)) {
                    stage.start_again(remains, life, saved);
                }
            }
            Fault::Leave { who } => {
                let addr = stage.addr_of(expendable(who, nodes));
                if gone(stage, addr) {
                    stage.crash(addr);
                }
            }
            Fault::Return { who, life } => {
                let addr = addr(stage, who);
                if gone(stage, addr) {
                    rename(stage, addr, life);
                }
            }
            Fault::Change { who, .. } => change(stage, addr(stage, who), 100),
            Fault::Pause { .. } | Fault::Block { .. } | Fault::Slow { .. } => {
                self.stops.end(&mut stage.network, planned.index);
            }
            Fault::Narrow { who, .. } => {
                let addr = addr(stage, who);
                stage.network.set_access(&addr, Access::default());
            }
            Fault::Cut { .. } | Fault::Partition { .. } | Fault::Isolate { .. } => {
                stage.heal(planned.index);
            }
            Fault::Flood { .. } | Fault::Insider { .. } => {
                self.senders.remove(&planned.index);
            }
            Fault::Crash { .. }
            | Fault::Move { .. }
            | Fault::Rename { .. }
            | Fault::Jump { .. }
            | Fault::Garbage { .. }
            | Fault::Replay { .. }
            | Fault::Broadcast { .. } => {}
        }
    }

    /// Lets strangers and insiders do what they do in so much time.
    pub(crate) fn send(&mut self, stage: &mut Stage<'_>, time: Duration) {
        let wire = stage.plan.config.wire;
        for sender in self.senders.values_mut() {
            let to = stage.addr_of(sender.to);
            let count = u128::from(sender.per_second) * time.as_millis() / 1_000;
            for _ in 0..count {
                let Some(subject) = stage.network.machine(&to) else {
                    break;
                };
                let identity = *subject.foca().identity();
                let datagram = match sender.is_insider {
                    true => lie(&mut sender.dice, stage, &to),
                    false => from_stranger(&mut sender.dice, wire, identity),
                };
                stage.network.inject(&to, &datagram);
            }
        }
    }

    /// The network is as good as it gets from here on.
    pub(crate) fn calm(stage: &mut Stage<'_>) {
        stage.set_links(&Link::default(), Duration::ZERO);
        let addrs: Vec<u16> = stage.network.machines().map(|(addr, _)| *addr).collect();
        for addr in addrs {
            change(stage, addr, 100);
            let subject = stage.network.machine(&addr);
            if subject.is_some_and(|it| !it.takes_part()) {
                stage.crash(addr);
            }
        }
    }

    fn stop(&mut self, stage: &mut Stage<'_>, fault: usize, addr: u16, stop: Stop) {
        self.stops.begin(&mut stage.network, fault, addr, stop);
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
        let changed = foca.config().with(|it| it.probe_period = period);
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
