//! What faults do to a cluster, and how it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use foca_core::Instant;

use super::queue::Act;
use super::select::{Place, draw};
use super::world::World;
use crate::scenario::identity::{address, number};
use crate::scenario::network::{Losses, either};
use crate::scenario::participant::Participant;
use crate::scenario::reach::Barrier;
use crate::scenario::schema::{Direction, Fault, Generation, Kind, Scenario, Selection};

/// Faults that last, under numbers of their own.
#[derive(Default)]
pub(super) struct Active {
    faults: BTreeMap<u64, Lasting>,
    begun: u64,
    /// How often each fault has happened.
    times: BTreeMap<usize, u32>,
}

struct Lasting {
    fault: usize,
    /// The members and their processes at the beginning.
    members: Vec<(usize, u64)>,
}

impl Active {
    /// The fault of this kind that began last of those that still go on in a process.
    fn latest<'a>(
        &self,
        scenario: &'a Scenario,
        kind: Kind,
        process: (usize, u64),
    ) -> Option<&'a Fault> {
        let others = self.faults.values().rev();
        others
            .filter(|other| other.members.contains(&process))
            .map(|other| &scenario.faults[other.fault])
            .find(|fault| fault.kind == kind)
    }
}

/// When a fault first happens, after the warm-up.
pub(super) fn first_due<P: Participant>(world: &World<'_, P>, fault: &Fault) -> Instant {
    Instant::ZERO + world.scenario.warm_up.0 + fault.at.0
}

/// A moment drawn from what the fault leaves open.
pub(super) fn push_begin<P: Participant>(world: &mut World<'_, P>, fault: usize, due: Instant) {
    let within = world.scenario.faults[fault].within.0;
    let span_us = u64::try_from(within.as_micros()).unwrap_or(u64::MAX);
    let later = Duration::from_micros(world.random.below(span_us));
    world.queue.push(due + later, Act::Begin { fault, due });
}

impl<P: Participant> World<'_, P> {
    /// A fault happens.
    pub(super) fn begin(&mut self, fault: usize, due: Instant) {
        let scenario = self.scenario;
        let spec = &scenario.faults[fault];
        let warm_up = Instant::ZERO + scenario.warm_up.0;
        let until = spec.until.map(|until| warm_up + until.0);
        let end = warm_up + scenario.duration.0;
        *self.active.times.entry(fault).or_default() += 1;
        let members = if spec.kind == Kind::Join {
            Vec::new()
        } else {
            self.choose(fault, Place::Members)
        };
        // What befalls the whole network leaves its members healthy.
        if !matches!(spec.kind, Kind::Partition) && spec.members != Selection::default() {
            members
                .iter()
                .for_each(|member| self.ledger.touched(*member));
        }
        self.happen(fault, &members);
        if spec.kind.lasts() {
            self.active.begun += 1;
            let token = self.active.begun;
            self.take_hold(fault, token, &members);
            let over = spec.lasts.map(|lasts| self.now() + lasts.0);
            let over = [over, until].into_iter().flatten().min().unwrap_or(end);
            let members = members.iter().map(|it| (*it, self.process(*it))).collect();
            self.active.faults.insert(token, Lasting { fault, members });
            let everybody: Vec<_> = self.active.faults[&token].members.clone();
            self.apply_loss(fault, &everybody);
            self.queue.push(over, Act::End { token });
        }
        if let Some(every) = spec.every {
            self.repeat(fault, due + every.0);
        }
        let now = self.now();
        self.ledger.fault(now);
    }

    /// A fault that lasts is over.
    pub(super) fn end(&mut self, token: u64) {
        let Some(lasting) = self.active.faults.remove(&token) else {
            return;
        };
        let scenario = self.scenario;
        let spec = &scenario.faults[lasting.fault];
        for (member, process) in &lasting.members {
            let (member, process) = (*member, *process);
            // Whoever has gone meanwhile took it along.
            if self.process(member) == process && self.ledger.views.is_running(member) {
                match self.active.latest(scenario, spec.kind, (member, process)) {
                    Some(other) => self.hold(other, member),
                    None => self.release(spec.kind, member),
                }
            }
        }
        self.ledger.reach.lift(token);
        self.apply_reach();
        self.apply_loss(lasting.fault, &lasting.members);
        if let Some(rest) = spec.rest {
            self.repeat(lasting.fault, self.now() + rest.0);
        }
        let now = self.now();
        self.ledger.fault(now);
    }

    fn repeat(&mut self, fault: usize, due: Instant) {
        let scenario = self.scenario;
        let spec = &scenario.faults[fault];
        let warm_up = Instant::ZERO + scenario.warm_up.0;
        let until = warm_up + spec.until.unwrap_or(scenario.duration).0;
        let times = self.active.times.get(&fault).copied().unwrap_or(0);
        if due < until && spec.times.is_none_or(|max| times < max) {
            push_begin(self, fault, due);
        }
    }

    fn choose(&mut self, fault: usize, place: Place) -> Vec<usize> {
        let scenario = self.scenario;
        let spec = &scenario.faults[fault];
        let selection = match place {
            Place::Members => &spec.members,
            Place::Towards => match &spec.towards {
                Some(towards) => towards,
                None => return (0..self.numbered).collect(),
            },
        };
        let running = self.running();
        let among = (running.as_slice(), scenario.nodes);
        let mut chosen = self
            .choices
            .choose((fault, place), selection, among, &mut self.random);
        chosen.retain(|member| running.contains(member));
        chosen
    }

    /// What happens at once.
    fn happen(&mut self, fault: usize, members: &[usize]) {
        let scenario = self.scenario;
        let spec = &scenario.faults[fault];
        match spec.kind {
            Kind::Crash => members.iter().for_each(|member| self.crash(*member)),
            Kind::Leave => members.iter().for_each(|member| self.leave(*member)),
            Kind::Restart => members
                .iter()
                .for_each(|member| self.restart(spec, *member)),
            Kind::Join => {
                for _ in 0..spec.count.unwrap_or(1) {
                    self.numbered += 1;
                    self.join(self.numbered - 1, 0);
                }
            }
            Kind::ClockJump => {
                let by = spec.by.unwrap_or_default().0;
                members
                    .iter()
                    .for_each(|it| self.network.jump_clock(&address(*it), by));
                self.read_reports();
            }
            Kind::Pause
            | Kind::Block
            | Kind::Slow
            | Kind::Loss
            | Kind::Cut
            | Kind::Partition
            | Kind::Isolate => {}
        }
    }

    /// What stays until it ends.
    fn take_hold(&mut self, fault: usize, token: u64, members: &[usize]) {
        let scenario = self.scenario;
        let spec = &scenario.faults[fault];
        match spec.kind {
            Kind::Pause | Kind::Block | Kind::Slow => {
                members.iter().for_each(|member| self.hold(spec, *member));
            }
            Kind::Cut => {
                let towards = self.choose(fault, Place::Towards);
                let [from, to] =
                    [members, &towards].map(|it| it.iter().copied().collect::<BTreeSet<_>>());
                self.ledger.reach.put(token, Barrier::Cut(from, to));
            }
            Kind::Partition | Kind::Isolate => {
                let parts = self.parts_of(spec, members);
                self.ledger.reach.put(token, Barrier::Parts(parts));
            }
            Kind::Loss => {}
            Kind::Crash | Kind::Restart | Kind::Leave | Kind::Join | Kind::ClockJump => {}
        }
        self.apply_reach();
    }

    /// What stays in one process.
    fn hold(&mut self, spec: &Fault, member: usize) {
        match spec.kind {
            Kind::Pause => {
                self.ledger.set_paused(member, true);
                self.network.pause(&address(member));
            }
            Kind::Block => self.network.block(&address(member)),
            Kind::Slow => {
                let per_datagram = spec.per_datagram.unwrap_or_default().0;
                self.network.slow(&address(member), per_datagram);
            }
            Kind::Crash
            | Kind::Restart
            | Kind::Leave
            | Kind::Join
            | Kind::Loss
            | Kind::Cut
            | Kind::Partition
            | Kind::Isolate
            | Kind::ClockJump => {}
        }
    }

    fn release(&mut self, kind: Kind, member: usize) {
        match kind {
            Kind::Pause => {
                self.ledger.set_paused(member, false);
                self.network.resume(&address(member));
            }
            Kind::Block => self.network.unblock(&address(member)),
            Kind::Slow => self.network.slow(&address(member), Duration::ZERO),
            Kind::Crash
            | Kind::Restart
            | Kind::Leave
            | Kind::Join
            | Kind::Loss
            | Kind::Cut
            | Kind::Partition
            | Kind::Isolate
            | Kind::ClockJump => {}
        }
    }

    fn restart(&mut self, spec: &Fault, member: usize) {
        let life = self.ledger.life(member);
        let life = match spec.generation.unwrap_or(Generation::New) {
            Generation::New => life.saturating_add(1),
            Generation::Same => life,
        };
        match spec.graceful.unwrap_or(false) {
            true => self.leave(member),
            false => self.crash(member),
        }
        let back_after = spec.back_after.map_or(BACK_AFTER, |it| it.0);
        let at = self.now() + back_after;
        self.queue.push(at, Act::Return { member, life });
    }

    fn parts_of(&mut self, spec: &Fault, members: &[usize]) -> Vec<u32> {
        let mut parts = vec![0; self.numbered];
        match (spec.kind, spec.parts) {
            (Kind::Isolate, _) => {
                for (part, member) in (1..).zip(members) {
                    parts[*member] = part;
                }
            }
            (_, None) => members.iter().for_each(|member| parts[*member] = 1),
            (_, Some(count)) => {
                let mut rest = members.to_vec();
                for part in (1..count).rev() {
                    let chosen = draw(&rest, rest.len() / (part + 1), &mut self.random);
                    rest.retain(|member| !chosen.contains(member));
                    chosen
                        .iter()
                        .for_each(|member| parts[*member] = part as u32);
                }
            }
        }
        parts
    }

    fn apply_reach(&mut self) {
        if self.ledger.reach.is_open() {
            self.network.heal();
            return;
        }
        let reach = self.ledger.reach.clone();
        self.network.partition(move |from, to| {
            let pair = number(from).zip(number(to));
            pair.is_some_and(|(from, to)| reach.blocks(from, to))
        });
    }

    /// What all losses that go on add up to, where this fault has a part in it.
    fn apply_loss(&mut self, fault: usize, members: &[(usize, u64)]) {
        let scenario = self.scenario;
        if scenario.faults[fault].kind != Kind::Loss {
            return;
        }
        if scenario.faults[fault].members == Selection::default() {
            let loss = self.losses_of(None).inward;
            scenario.network.set_links(&mut self.network, loss);
            return;
        }
        for (member, _) in members {
            let losses = self.losses_of(Some(*member));
            scenario
                .network
                .set_access(&mut self.network, *member, losses);
        }
    }

    /// The losses that go on at a member's door, or in the whole network.
    fn losses_of(&self, member: Option<usize>) -> Losses {
        let mut losses = Losses::default();
        for lasting in self.active.faults.values() {
            let spec = &self.scenario.faults[lasting.fault];
            let concerned = match member {
                None => spec.members == Selection::default(),
                Some(member) => {
                    spec.members != Selection::default()
                        && lasting
                            .members
                            .iter()
                            .any(|(concerned, _)| *concerned == member)
                }
            };
            if spec.kind != Kind::Loss || !concerned {
                continue;
            }
            let part = spec.percent.unwrap_or(0.0) / 100.0;
            let direction = spec.direction.unwrap_or(Direction::Both);
            if direction != Direction::Out {
                losses.inward = either(losses.inward, part);
            }
            if direction != Direction::In {
                losses.outward = either(losses.outward, part);
            }
        }
        losses
    }
}

impl Kind {
    /// Whether it goes on until it ends.
    pub(in crate::scenario) const fn lasts(self) -> bool {
        matches!(
            self,
            Self::Pause
                | Self::Block
                | Self::Slow
                | Self::Loss
                | Self::Cut
                | Self::Partition
                | Self::Isolate
        )
    }
}

/// How long a process is away that restarts, unless the fault says otherwise.
const BACK_AFTER: Duration = Duration::from_secs(1);
