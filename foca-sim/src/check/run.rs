//! One run: a cluster forms, faults happen, it becomes calm, one member leaves, all restart.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use foca_core::{Event, Instant, Rules};

use super::act::Acts;
use super::checker::{Checker, Rule, Violation};
use super::checkers;
use super::fault::Life;
use super::identity::Id;
use super::ledger::Happening;
use super::mutation::{Mutate, unmutated};
use super::patience;
use super::plan::Plan;
use super::reached::Reached;
use super::stage::Stage;
use super::views;
use crate::random::Dice;

/// What came of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The first time that each rule did not hold.
    pub violations: Vec<Violation>,
    /// A hash over everything that was sent and delivered.
    pub trace_hash: u64,
    /// What was reported when, at which address.
    pub reports: Vec<(Instant, u16, Event<Id>)>,
    /// What members came to.
    pub reached: Reached,
    /// Datagrams sent.
    pub datagrams: u64,
    /// Virtual time that passed.
    pub virtual_time: Duration,
    /// From the end of the faults until all views were exact for good.
    pub healed_after: Option<Duration>,
    /// From the restart of all until all views were exact for good.
    pub restarted_after: Option<Duration>,
}

/// Runs a plan twice and checks that both runs are the same.
#[must_use]
pub fn check(plan: &Plan) -> Outcome {
    check_mutated(plan, &unmutated)
}

/// The same with members that are wrong.
#[must_use]
pub fn check_mutated(plan: &Plan, mutate: &Mutate) -> Outcome {
    let mut outcome = run(plan, mutate);
    let again = run(plan, mutate);
    if again != outcome {
        outcome.violations.push(Violation {
            rule: Rule::Replay,
            at: Instant::ZERO,
            expected: "the same trace and reports when the same plan runs again".into(),
            seen: format!(
                "{:016x} and {} reports, then {:016x} and {}",
                outcome.trace_hash,
                outcome.reports.len(),
                again.trace_hash,
                again.reports.len(),
            ),
        });
    }
    outcome
}

/// Runs a plan once.
#[must_use]
pub fn run(plan: &Plan, mutate: &Mutate) -> Outcome {
    let mut run = Run::new(plan, mutate);
    let panicked = catch_unwind(AssertUnwindSafe(|| run.all())).err();
    if let Some(payload) = panicked {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        run.violations.push(Violation {
            rule: Rule::Panic,
            at: run.stage.network.now(),
            expected: "nothing panics, whatever happens".into(),
            seen: text.unwrap_or("a panic without words").to_owned(),
        });
    }
    run.outcome()
}

/// How often checkers look at the cluster, and strangers act.
const TICK: Duration = Duration::from_millis(250);

/// Ticks between two rounds of announces of the application.
const ANNOUNCE_TICKS: u64 = 16;

struct Run<'a> {
    plan: &'a Plan,
    stage: Stage<'a>,
    acts: Acts,
    checkers: Vec<Box<dyn Checker>>,
    violations: Vec<Violation>,
    ticks: u64,
    reports: Vec<(Instant, u16, Event<Id>)>,
    healed_after: Option<Duration>,
    restarted_after: Option<Duration>,
    /// Life that nobody may report as failed now, and everybody while all is calm.
    departing: Option<Id>,
    calm: bool,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, mutate: &'a Mutate) -> Self {
        Self {
            plan,
            stage: Stage::new(plan, mutate),
            acts: Acts::default(),
            checkers: checkers::all(plan),
            violations: vec![],
            ticks: 0,
            reports: vec![],
            healed_after: None,
            restarted_after: None,
            departing: None,
            calm: false,
        }
    }

    fn all(&mut self) {
        self.chaos();
        Acts::calm(&mut self.stage);
        let patience = patience::heals_within(&self.plan.config, self.plan.nodes);
        self.healed_after = self.settle(patience, None);
        if self.healed_after.is_some() {
            self.goodbye();
            self.restart();
        }
    }

    /// Members start one after the other; faults begin and end until it is calm.
    fn chaos(&mut self) {
        let mut steps: Vec<(Duration, u8, Step)> = vec![];
        let mut dice = Dice::new(self.plan.seed);
        let spread = self.plan.config.probe_period * 2;
        for addr in 0..self.plan.nodes {
            let at = spread * dice.below(1_000) as u32 / 1_000;
            steps.push((at, 0, Step::Start(addr)));
        }
        for (position, planned) in self.plan.faults.iter().enumerate() {
            let end = (planned.at + planned.lasts).min(self.plan.calm_at);
            steps.push((planned.at, 1, Step::Begin(position)));
            steps.push((end, 2, Step::End(position)));
        }
        steps.sort_by_key(|(at, order, _)| (*at, *order));
        let plan = self.plan;
        for (at, _, step) in steps {
            self.advance(Instant::ZERO + at);
            match step {
                Step::Start(addr) => self.stage.start(Id::first(addr), vec![]),
                Step::Begin(position) => {
                    self.acts.begin(&mut self.stage, &plan.faults[position]);
                }
                Step::End(position) => self.acts.end(&mut self.stage, &plan.faults[position]),
            }
        }
        self.advance(Instant::ZERO + self.plan.calm_at);
    }

    /// Waits until all views are exact and stay so. Returns how long that took; if it takes longer than
    /// `patience`, that is a violation, of `rule` or of what is wrong.
    fn settle(&mut self, patience: Duration, rule: Option<Rule>) -> Option<Duration> {
        let began = self.stage.network.now();
        let stays = patience::settles_within(&self.plan.config);
        let mut exact_since: Option<Instant> = None;
        loop {
            let now = self.stage.network.now();
            match (views::are_exact(&self.stage), exact_since) {
                (true, None) => exact_since = Some(now),
                (true, Some(since)) if now.duration_since(since) >= stays => {
                    return Some(since.duration_since(began));
                }
                (true, Some(_)) => {}
                (false, _) => exact_since = None,
            }
            if exact_since.is_none() && now.duration_since(began) > patience {
                if let Some(mut violation) = views::first_difference(&self.stage) {
                    violation.rule = rule.unwrap_or(violation.rule);
                    violation.expected += &format!(", {patience:?} after the faults");
                    self.violate(violation);
                }
                return None;
            }
            self.advance(now + TICK);
        }
    }

    /// One member leaves while all is calm. Nobody misses anything, so nobody may take it for a failure.
    fn goodbye(&mut self) {
        let Some(leaver) = self.leaver() else {
            return;
        };
        self.calm = true;
        let told_apart = self.plan.config.rules == Rules::Native;
        // Otherwise the goodbye rides on probes, and need not be everywhere before it is missed.
        let gossips = self.plan.config.periodic_gossip.is_some();
        self.departing = Some(leaver).filter(|_| told_apart && gossips);
        self.stage.command(leaver.addr, |foca, now| foca.leave(now));
        let patience = patience::departs_within(&self.plan.config, self.plan.nodes);
        self.settle(patience, None);
        self.departing = None;
        self.calm = false;
        self.stage.crash(leaver.addr);
    }

    /// The last of the members: there are others left to hear its goodbye.
    fn leaver(&self) -> Option<Id> {
        let present = self.stage.present();
        present.last().copied().filter(|_| present.len() >= 3)
    }

    /// All processes end at one moment and are started again, with what they knew or without.
    fn restart(&mut self) {
        let mut dice = Dice::new(self.plan.seed ^ 1);
        let saved = dice.below(2) == 0;
        let life = [Life::Same, Life::Next][dice.below(2) as usize];
        let ids = self.stage.present();
        let remains: Vec<_> = ids
            .iter()
            .filter_map(|id| self.stage.crash(id.addr))
            .collect();
        let pause = self.plan.config.probe_period * dice.below(10) as u32;
        self.advance(self.stage.network.now() + pause);
        for it in remains {
            self.stage.start_again(it, life, saved);
        }
        let patience = patience::heals_within(&self.plan.config, self.plan.nodes);
        self.restarted_after = self.settle(patience, Some(Rule::Restart));
    }

    fn advance(&mut self, until: Instant) {
        loop {
            let tick = Instant::ZERO + TICK * u32::try_from(self.ticks + 1).unwrap_or(u32::MAX);
            self.stage.network.run_until(tick.min(until));
            self.listen();
            if tick > until {
                return;
            }
            self.ticks += 1;
            self.acts.send(&mut self.stage, TICK);
            if self.ticks.is_multiple_of(ANNOUNCE_TICKS) {
                self.stage.announce_all();
            }
            self.listen();
            self.look();
        }
    }

    fn listen(&mut self) {
        for (at, happening) in self.stage.ledger.take() {
            if let Happening::Reported { process, event } = &happening {
                self.judge_calm(at, process.addr, event);
                self.reports.push((at, process.addr, event.clone()));
            }
            let mut found = vec![];
            for checker in &mut self.checkers {
                found.extend(checker.hear(at, &happening).err());
            }
            found.into_iter().for_each(|it| self.violate(it));
        }
    }

    fn look(&mut self) {
        let mut found = vec![];
        for checker in &mut self.checkers {
            found.extend(checker.look(&self.stage).err());
        }
        found.into_iter().for_each(|it| self.violate(it));
    }

    /// While all is calm nobody who lives is declared down, and a goodbye is no failure.
    fn judge_calm(&mut self, at: Instant, observer: u16, event: &Event<Id>) {
        let Event::MemberDown(id) = event else {
            return;
        };
        let lives = self.calm && self.stage.present().contains(id);
        let departed = self.departing == Some(*id);
        if lives || departed {
            self.violate(Violation {
                rule: if lives {
                    Rule::Accusation
                } else {
                    Rule::Goodbye
                },
                at,
                expected: format!("{observer} does not report {id} as failed, all being calm"),
                seen: format!("it reports {event:?}"),
            });
        }
    }

    /// Keeps the first violation of each rule.
    fn violate(&mut self, violation: Violation) {
        if self.violations.iter().all(|it| it.rule != violation.rule) {
            self.violations.push(violation);
        }
    }

    fn outcome(self) -> Outcome {
        let network = &self.stage.network;
        Outcome {
            trace_hash: network.trace_hash(),
            reached: self.stage.reached(),
            reports: self.reports,
            datagrams: network.stats().datagrams_sent,
            virtual_time: network.now().duration_since(Instant::ZERO),
            violations: self.violations,
            healed_after: self.healed_after,
            restarted_after: self.restarted_after,
        }
    }
}

enum Step {
    Start(u16),
    Begin(usize),
    End(usize),
}
