//! The cluster of one run: processes that start, crash, leave and come back, and the cuts between them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Config, Foca, Instant, Member, Setup, Wire};

use super::broadcasts::Numbered;
use super::fault::{Life, SEEDS};
use super::feature::Feature;
use super::hostile::STRANGER_FIRST;
use super::identity::Id;
use super::ledger::{Happening, Ledger, Process};
use super::mutation::Mutate;
use super::plan::Plan;
use super::reached::Reached;
use super::subject::Subject;
use crate::random::Dice;
use crate::{Link, Network};

/// How far the addresses are apart at which a member lives one after the other.
const MOVE: u16 = 10_000;

/// What a process leaves behind on disk.
#[derive(Clone, Debug)]
pub(crate) struct Remains {
    id: Id,
    members: Vec<Member<Id>>,
}

/// The cluster.
pub(crate) struct Stage<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) network: Network<Subject>,
    pub(crate) ledger: Ledger,
    /// Who does not reach whom, by the fault that made it so.
    cuts: BTreeMap<usize, Vec<(u16, Vec<u16>)>>,
    /// Where members are that do not live where they began.
    moved: BTreeMap<u16, u16>,
    /// Processes that ran at each address so far.
    runs: BTreeMap<u16, u32>,
    births: u32,
    /// What processes that ended have counted.
    reached: Reached,
    mutate: &'a Mutate,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(plan: &'a Plan, mutate: &'a Mutate) -> Self {
        let mut stage = Self {
            plan,
            network: Network::new(plan.seed),
            ledger: Ledger::default(),
            cuts: BTreeMap::new(),
            moved: BTreeMap::new(),
            runs: BTreeMap::new(),
            births: 0,
            reached: Reached::default(),
            mutate,
        };
        stage.set_links(&plan.link, plan.between_regions);
        if plan.has(Feature::Regions) {
            for index in (1..plan.nodes).step_by(2) {
                stage.network.set_place(&index, 1);
            }
        }
        stage
    }

    /// Sets all links, those between the two regions slower by so much.
    pub(crate) fn set_links(&mut self, link: &Link, slower: Duration) {
        let far = Link {
            latency: *link.latency.start() + slower..=*link.latency.end() + slower,
            ..link.clone()
        };
        self.network.set_link(link.clone());
        self.network.set_link_between(0, 1, far.clone());
        self.network.set_link_between(1, 0, far);
    }

    /// Where a member is.
    pub(crate) fn addr_of(&self, index: u16) -> u16 {
        self.moved.get(&index).copied().unwrap_or(index)
    }

    /// Lets a member go on as what it is at another address.
    pub(crate) fn relocate(&mut self, index: u16) {
        let addr = self.addr_of(index);
        let next = addr.saturating_add(MOVE);
        let able = self.network.machine(&addr).is_some_and(Subject::takes_part)
            // Another process would begin with a clock of its own.
            && self.network.clock_ahead(&addr).is_zero()
            && self.plan.nodes <= MOVE
            && next < STRANGER_FIRST;
        if !able {
            return;
        }
        let Some(mut subject) = self.network.remove(&addr) else {
            return;
        };
        let now = self.network.now();
        subject.with(now, |foca, now| {
            let life = foca.identity().life;
            let _ = foca.set_identity(now, Id { addr: next, life });
        });
        let process = subject.process();
        self.ledger.write(now, Happening::Commanded { process });
        self.moved.insert(index, next);
        self.network.insert(next, subject);
    }

    /// Puts the clock of a process ahead.
    pub(crate) fn jump(&mut self, addr: u16, by: Duration) {
        if self.network.machine(&addr).is_some() {
            self.network
                .with(&addr, |subject, now| subject.note_jump(now, by));
            self.network.jump_clock(&addr, by);
        }
    }

    /// Keeps what is sent by one member from reaching another wherever `blocks` says so of the two.
    pub(crate) fn cut(&mut self, fault: usize, blocks: impl Fn(u16, u16) -> bool) {
        let all = 0..self.plan.nodes;
        let cuts = all.clone().filter_map(|from| {
            let to = all.clone().filter(|to| blocks(from, *to));
            let to: Vec<u16> = to.map(|to| self.addr_of(to)).collect();
            (!to.is_empty()).then(|| (self.addr_of(from), to))
        });
        let cuts: Vec<_> = cuts.collect();
        for (from, to) in &cuts {
            self.network.cut(&[*from], to);
        }
        self.cuts.insert(fault, cuts);
    }

    /// Ends what a fault cut, and leaves the other cuts as they are.
    pub(crate) fn heal(&mut self, fault: usize) {
        self.cuts.remove(&fault);
        self.network.heal();
        for (from, to) in self.cuts.values().flatten() {
            self.network.cut(&[*from], to);
        }
    }

    /// How the next process behaves: on the way from one wire to the other some speak this, some that.
    fn config_of(&self, birth: u32) -> Config {
        let config = &self.plan.config;
        let mut dice = Dice::new(self.plan.seed ^ u64::from(birth) << 32);
        if !self.plan.has(Feature::Migration) || dice.below(2) == 0 {
            return config.clone();
        }
        let native = config.with(|it| it.wire = Wire::Native);
        native.expect("either wire can be spoken where both are accepted")
    }

    /// Starts a process, which announces itself to the seeds.
    pub(crate) fn start(&mut self, id: Id, saved: Vec<Member<Id>>) {
        let addr = id.addr;
        if self.network.machine(&addr).is_some() {
            return;
        }
        self.births += 1;
        let process = Process {
            addr,
            birth: self.births,
        };
        let runs = self.runs.entry(addr).or_default();
        let mutation = (self.mutate)(addr, *runs);
        *runs += 1;
        let setup = Setup {
            identity: id,
            config: self.config_of(self.births),
            codec: PostcardCodec,
            broadcasts: Numbered::default(),
            envelope: Box::new(CheckedEnvelope::default()),
            seed: self.plan.seed.wrapping_mul(0x9e37_79b9) ^ u64::from(self.births),
        };
        let foca = Foca::new(setup, self.network.now()).expect("every identity fits");
        let mut subject = Subject::new(foca, process, self.ledger.clone(), mutation);
        let now = self.network.now();
        self.ledger.write(now, Happening::Began { process, id });
        if !saved.is_empty() {
            subject.with(now, |foca, now| foca.restore(now, saved));
        }
        self.network.insert(addr, subject);
        self.announce(addr, SEEDS);
    }

    /// Starts a process with what an earlier one left behind.
    pub(crate) fn start_again(&mut self, remains: Remains, life: Life, saved: bool) {
        let mut id = remains.id;
        match life {
            Life::Same => {}
            Life::Next => id.life += 1,
            Life::First => id.life = 0,
        }
        // Without seeds that are asked again, a cluster that forgot its members need not find them.
        let saved = saved || self.plan.has(Feature::SeedsOnce);
        self.start(id, if saved { remains.members } else { vec![] });
    }

    /// Ends a process without a word.
    pub(crate) fn crash(&mut self, addr: u16) -> Option<Remains> {
        let subject = self.network.remove(&addr)?;
        let foca = subject.foca();
        self.reached.add(&foca.stats());
        if subject.takes_part() {
            let ended = Happening::Ended {
                process: subject.process(),
                id: *foca.identity(),
                incarnation: foca.incarnation(),
            };
            self.ledger.write(self.network.now(), ended);
        }
        Some(Remains {
            id: *foca.identity(),
            members: foca.all_members().copied().collect(),
        })
    }

    /// Tells the application at `addr` to do something; whether there is a process.
    pub(crate) fn command(
        &mut self,
        addr: u16,
        command: impl FnOnce(&mut super::subject::CheckedFoca, Instant),
    ) -> bool {
        let done = self.network.with(&addr, |subject, now| {
            subject.with(now, command);
            subject.process()
        });
        let Some(process) = done else {
            return false;
        };
        let now = self.network.now();
        self.ledger.write(now, Happening::Commanded { process });
        true
    }

    /// What the application of every member does again and again: it announces the member to those seeds that
    /// are not active in its view.
    pub(crate) fn announce_all(&mut self) {
        let addrs: Vec<u16> = self.network.machines().map(|(addr, _)| *addr).collect();
        for addr in addrs {
            let once = self.plan.has(Feature::SeedsOnce);
            // Being known to others is not enough: two halves would be content with themselves.
            let found = self.network.machine(&addr).is_some_and(|subject| {
                let mut members = subject.foca().all_members();
                members.any(|member| member.id.addr < SEEDS)
            });
            if !(once && found) {
                self.announce(addr, SEEDS);
            }
        }
    }

    fn announce(&mut self, addr: u16, seeds: u16) {
        for seed in (0..seeds).filter(|seed| *seed != addr) {
            let missing = self.network.machine(&addr).is_some_and(|subject| {
                let known = subject.foca().member(&seed);
                subject.takes_part() && !known.is_some_and(|member| member.state.is_active())
            });
            if missing {
                self.command(addr, |foca, now| {
                    // A full outbox is one of the bounds under test.
                    let _ = foca.announce(now, &seed);
                });
            }
        }
    }

    /// What all processes have counted so far.
    pub(crate) fn reached(&self) -> Reached {
        let mut reached = self.reached;
        for (_, subject) in self.network.machines() {
            reached.add(&subject.foca().stats());
        }
        reached
    }

    /// Everybody who takes part, as what it is now.
    pub(crate) fn present(&self) -> BTreeSet<Id> {
        let subjects = self.network.machines();
        subjects
            .filter(|(_, subject)| subject.takes_part())
            .map(|(_, subject)| *subject.foca().identity())
            .collect()
    }

    /// The members that take part.
    pub(crate) fn participants(&self) -> impl Iterator<Item = &Subject> {
        let subjects = self.network.machines().map(|(_, subject)| subject);
        subjects.filter(|subject| subject.takes_part())
    }
}
