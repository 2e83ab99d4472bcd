//! The cluster of one run: processes that start, go and come back, and the books about them.

use foca_core::Instant;

use super::outcome::{Outcome, Sample};
use super::queue::{ASK_AGAIN_AFTER, Act, GOODBYE, Queue};
use super::seeds;
use super::select::Choices;
use super::traffic::Traffic;
use crate::Network;
use crate::random::Dice;
use crate::scenario::identity::{Id, address};
use crate::scenario::measure::Ledger;
use crate::scenario::participant::{Diary, News, Participant, Report};
use crate::scenario::schema::Scenario;

/// The cluster of one run.
pub(super) struct World<'a, P: Participant> {
    pub(super) scenario: &'a Scenario,
    pub(super) network: Network<P>,
    pub(super) ledger: Ledger,
    pub(super) queue: Queue,
    pub(super) choices: Choices,
    pub(super) active: super::faults::Active,
    pub(super) random: Dice,
    recipe: &'a P::Recipe,
    seed: u64,
    diary: Diary,
    reports: Vec<Report>,
    /// How many processes each member has had.
    processes: Vec<u64>,
    /// Members that have numbers, whether they run or not.
    pub(super) numbered: usize,
    traffic: Traffic,
    samples: Vec<Sample>,
}

/// Processes.
impl<'a, P: Participant> World<'a, P> {
    pub(super) fn new(
        scenario: &'a Scenario,
        recipe: &'a P::Recipe,
        seed: u64,
        network: Network<P>,
        members_max: usize,
    ) -> Self {
        Self {
            scenario,
            network,
            ledger: Ledger::new(members_max),
            queue: Queue::default(),
            choices: Choices::default(),
            active: super::faults::Active::default(),
            random: Dice::new(seeds::of_choices(seed)),
            recipe,
            seed,
            diary: Diary::default(),
            reports: Vec::new(),
            processes: vec![0; members_max],
            numbered: 0,
            traffic: Traffic::default(),
            samples: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.network.now()
    }

    /// Lets time pass and reads what members were told meanwhile.
    pub(super) fn advance(&mut self, to: Instant) {
        self.network.run_until(to);
        self.read_reports();
        let running = self.ledger.views.running();
        self.traffic.read(to, running, self.network.stats());
    }

    /// Starts a process that knows nobody.
    pub(super) fn start(&mut self, member: usize, life: u16) {
        let now = self.now();
        let id = Id {
            generation: life,
            ..Id::new(member)
        };
        self.processes[member] += 1;
        let seed = seeds::of_process(self.seed, member, self.processes[member]);
        let participant = P::start(self.recipe, id, seed, now, self.diary.clone());
        self.ledger.started(now, member, life);
        // What was on before, if it was still saying goodbye, makes room.
        let _ = self.network.remove(&id.addr);
        self.network.insert(id.addr, participant);
        self.read_reports();
    }

    /// Tells a first process of all members in their first lives.
    pub(super) fn meet(&mut self, member: usize) {
        let everybody: Vec<Id> = (0..self.scenario.nodes).map(Id::new).collect();
        if self.processes[member] == 1 {
            self.network
                .with(&address(member), |it, now| it.know(now, &everybody));
        }
        self.read_reports();
    }

    /// Starts a process that knows nobody and asks to be taken in.
    pub(super) fn join(&mut self, member: usize, life: u16) {
        self.start(member, life);
        self.ask(member, self.processes[member]);
    }

    /// Asks some running member to take this process in, if it still runs and knows nobody.
    pub(super) fn ask(&mut self, member: usize, process: u64) {
        let addr = address(member);
        let is_lonely = self
            .network
            .machine(&addr)
            .is_some_and(|it| it.listed_len() == 0);
        if self.processes[member] != process || !self.ledger.views.is_running(member) || !is_lonely
        {
            return;
        }
        if let Some(contact) = self.contact_of(member) {
            self.network
                .with(&addr, |it, now| it.announce(now, address(contact)));
            self.read_reports();
        }
        let again = self.now() + ASK_AGAIN_AFTER;
        self.queue.push(again, Act::Ask { member, process });
    }

    /// The process ends without a word.
    pub(super) fn crash(&mut self, member: usize) {
        let _ = self.network.remove(&address(member));
        self.ledger.stopped(self.now(), member, false);
    }

    /// The process says goodbye; it stays a moment to tell it, but takes no part any more.
    pub(super) fn leave(&mut self, member: usize) {
        let now = self.now();
        self.network.with(&address(member), |it, now| it.leave(now));
        self.read_reports();
        self.ledger.stopped(now, member, true);
        let process = self.processes[member];
        self.queue
            .push(now + GOODBYE, Act::Gone { member, process });
    }

    /// A process that said goodbye has had its time.
    pub(super) fn gone(&mut self, member: usize, process: u64) {
        if self.processes[member] == process {
            let _ = self.network.remove(&address(member));
        }
    }

    /// Members that run, in the order of their numbers.
    pub(super) fn running(&self) -> Vec<usize> {
        let everybody = 0..self.numbered;
        everybody
            .filter(|n| self.ledger.views.is_running(*n))
            .collect()
    }

    /// The process of a member, to tell it from a later one.
    pub(super) fn process(&self, member: usize) -> u64 {
        self.processes[member]
    }

    /// Whom a process asks: member 0, as configured everywhere, or anybody if it is that one or away.
    fn contact_of(&mut self, member: usize) -> Option<usize> {
        if member != 0 && self.ledger.views.is_running(0) {
            return Some(0);
        }
        let mut others = self.running();
        others.retain(|n| *n != member);
        let choice = self.random.below(others.len() as u64) as usize;
        others.get(choice).copied()
    }

    /// Reads what members were told since the last time.
    pub(super) fn read_reports(&mut self) {
        let mut reports = std::mem::take(&mut self.reports);
        self.diary.move_to(&mut reports);
        for mut report in reports.drain(..) {
            // Members tell the time by their own clocks.
            let ahead = self.network.clock_ahead(&address(report.observer));
            report.at = Instant::ZERO + report.at.duration_since(Instant::ZERO + ahead);
            self.ledger.take(&report);
            if report.news == News::Missed
                && let Some(machine) = self.network.machine(&address(report.observer))
                && self.ledger.views.is_running(report.observer)
            {
                let listed = machine.listed();
                self.ledger.reread(report.at, report.observer, &listed);
            }
        }
        self.reports = reports;
    }
}

/// Measures.
impl<P: Participant> World<'_, P> {
    /// The warm-up is over.
    pub(super) fn open(&mut self) {
        let now = self.now();
        self.ledger.open(now);
        self.traffic.open();
    }

    pub(super) fn sample(&mut self) -> Sample {
        let rates = self.traffic.sample();
        let sample = Sample {
            messages_per_node_second: rates.messages,
            bytes_per_node_second: rates.bytes,
            ..self.look()
        };
        self.samples.push(sample);
        sample
    }

    /// The state of the cluster without its traffic; time counts from the end of the warm-up.
    pub(super) fn look(&self) -> Sample {
        let views = &self.ledger.views;
        let since_start = self.now().duration_since(Instant::ZERO);
        let warm_up = self.scenario.warm_up.0;
        Sample {
            at_seconds: match since_start.checked_sub(warm_up) {
                Some(since) => since.as_secs_f64(),
                None => -warm_up.saturating_sub(since_start).as_secs_f64(),
            },
            completeness: views.completeness(),
            wrong_entries: views.wrong(),
            running: views.running(),
            declarations_false: self.ledger.tallies().declarations_false,
            wrongly_down: self.ledger.wrongly_down(),
            messages_per_node_second: 0.0,
            bytes_per_node_second: 0.0,
        }
    }

    /// Whether nothing is left to wait for.
    pub(super) fn is_over(&self) -> bool {
        !self.queue.has_faults()
            && self.ledger.is_everybody_informed()
            && self.ledger.complete_at().is_some()
    }

    pub(super) fn finish(self, seed: u64, calm_since: Instant) -> Outcome {
        let now = self.network.now();
        let rates = self.traffic.total();
        let seconds = self.ledger.since_opened(now);
        let complete_at_end = self.ledger.views.are_complete();
        let calm_for = |at: Instant| at.duration_since(calm_since).as_secs_f64();
        let heal_seconds = self.ledger.complete_at().map(calm_for);
        let listed_seconds = self.ledger.complete_by_address_at().map(calm_for);
        debug_assert!(
            self.views_are_as_told(),
            "a list is not what its member was told"
        );
        let (tallies, detections) = self.ledger.finish(now);
        Outcome {
            seed,
            seconds: seconds.as_secs_f64(),
            tallies,
            detections,
            heal_seconds,
            listed_seconds,
            complete_at_end,
            messages_per_node_second: rates.messages,
            bytes_per_node_second: rates.bytes,
            samples: self.samples,
            trace: format!("{:016x}", self.network.trace_hash()),
            datagrams_sent: self.network.stats().datagrams_sent,
        }
    }

    /// Whether the lists of all members are what their news add up to.
    fn views_are_as_told(&self) -> bool {
        self.running().into_iter().all(|observer| {
            let told = (0..self.numbered).filter_map(|subject| {
                let generation = self.ledger.views.listed(observer, subject)?;
                Some(Id {
                    generation,
                    ..Id::new(subject)
                })
            });
            let listed = self.network.machine(&address(observer)).map(|machine| {
                let mut listed = machine.listed();
                listed.sort_unstable();
                listed
            });
            listed == Some(told.collect())
        })
    }
}
