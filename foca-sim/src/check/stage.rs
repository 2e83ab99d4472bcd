//! The cluster of one run: processes that start, crash, leave and come back, and the cuts between them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Foca, Instant, Member, Setup, Status};

use super::broadcasts::Numbered;
use super::fault::{Group, Life, SEEDS};
use super::feature::Feature;
use super::identity::Id;
use super::ledger::{Happening, Ledger, Process};
use super::mutation::Mutate;
use super::plan::Plan;
use super::subject::Subject;
use crate::Network;

/// Something that keeps datagrams from arriving.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    Between { from: Group, to: Group },
    Around(Group),
    AroundOne(u16),
}

impl Cut {
    fn blocks(self, from: u16, to: u16) -> bool {
        match self {
            Self::Between {
                from: senders,
                to: receivers,
            } => senders.contains(from) && receivers.contains(to),
            Self::Around(group) => group.contains(from) != group.contains(to),
            Self::AroundOne(addr) => (from == addr) != (to == addr),
        }
    }
}

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
    /// By the fault that made them.
    cuts: Rc<RefCell<BTreeMap<usize, Cut>>>,
    /// Processes that ran at each address so far.
    runs: BTreeMap<u16, u32>,
    births: u32,
    mutate: &'a Mutate,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(plan: &'a Plan, mutate: &'a Mutate) -> Self {
        let mut network = Network::new(plan.seed).with_link(plan.link.clone());
        let cuts: Rc<RefCell<BTreeMap<usize, Cut>>> = Rc::default();
        let blocking = Rc::clone(&cuts);
        network.partition(move |from, to| {
            blocking.borrow().values().any(|cut| cut.blocks(*from, *to))
        });
        Self {
            plan,
            network,
            ledger: Ledger::default(),
            cuts,
            runs: BTreeMap::new(),
            births: 0,
            mutate,
        }
    }

    pub(crate) fn cut(&mut self, fault: usize, cut: Cut) {
        self.cuts.borrow_mut().insert(fault, cut);
    }

    pub(crate) fn heal(&mut self, fault: usize) {
        self.cuts.borrow_mut().remove(&fault);
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
            config: self.plan.config.clone(),
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
            let found = self.network.machine(&addr).is_some_and(|subject| {
                subject.foca().status() != Status::Alone || subject.foca().all_members().count() > 0
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
