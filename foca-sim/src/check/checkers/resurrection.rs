//! Nobody is resurrected by old news.
//!
//! A life is *buried* when it runs nowhere and each process that takes part and has heard of it holds it down,
//! at the last incarnation it had, or holds a later life of its address. From then on none of those processes
//! reports that life as up, nor any process an earlier life as the later one, unless it runs again.
//!
//! Not judged: processes that were alone or refuted something about themselves since they took it for down,
//! because their own verdicts are void and give way to any other opinion; whoever has heard of that life for the first time
//! since; clusters that forget the dead soon, in which a datagram of long ago is news; and those with an
//! insider, who can say of anybody that it lives.

use std::collections::{BTreeMap, BTreeSet};

use foca_core::{Event, Instant, Rules};

use crate::check::checker::{Checker, Rule, Violation};
use crate::check::feature::Feature;
use crate::check::identity::Id;
use crate::check::ledger::{Happening, Process};
use crate::check::plan::Plan;
use crate::check::stage::Stage;

/// Who holds a life down that runs nowhere, once all do.
type Mourners = Option<BTreeSet<Process>>;

pub(crate) struct Resurrection {
    /// Old news, or lies, may be believed.
    gullible: bool,
    final_verdicts: bool,
    running: BTreeMap<Id, BTreeSet<Process>>,
    /// The greatest incarnation of each life, in any process.
    incarnations: BTreeMap<Id, u32>,
    dead: BTreeMap<Id, Mourners>,
    /// When each process last reported that a life is gone.
    reported_gone: BTreeMap<(Process, Id), Instant>,
    /// When each process last withdrew its verdicts, and its incarnation.
    withdrew: BTreeMap<Process, Instant>,
    shown: BTreeMap<Process, (Id, u32)>,
    /// Reports that may have been due: whoever refuted just before shows so with its next datagram only.
    doubtful: Vec<(Process, Violation)>,
    /// What each process was when it was looked at last.
    seen: BTreeMap<Process, (Id, u32)>,
}

impl Resurrection {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            gullible: plan.has(Feature::Forgetful) || plan.has(Feature::Insiders),
            final_verdicts: plan.config.rules == Rules::Foca2,
            running: BTreeMap::new(),
            incarnations: BTreeMap::new(),
            dead: BTreeMap::new(),
            reported_gone: BTreeMap::new(),
            withdrew: BTreeMap::new(),
            shown: BTreeMap::new(),
            doubtful: vec![],
            seen: BTreeMap::new(),
        }
    }

    fn began(&mut self, process: Process, id: Id) {
        self.running.entry(id).or_default().insert(process);
        self.dead.remove(&id);
    }

    fn ended(&mut self, process: Process, id: Id, incarnation: u32) {
        let greatest = self.incarnations.entry(id).or_default();
        *greatest = incarnation.max(*greatest);
        let running = self.running.entry(id).or_default();
        running.remove(&process);
        if running.is_empty() {
            self.dead.insert(id, None);
        }
    }

    fn withdrew(&mut self, at: Instant, process: Process) {
        self.withdrew.insert(process, at);
        for mourners in self.dead.values_mut().flatten() {
            mourners.remove(&process);
        }
    }

    fn is_up(&mut self, at: Instant, process: Process, id: Id) {
        let mourners = self.dead.get(&id).and_then(Option::as_ref);
        if self.gullible || mourners.is_none_or(|mourners| !mourners.contains(&process)) {
            return;
        }
        let violation = Violation {
            rule: Rule::Resurrection,
            at,
            expected: format!("{id} runs no more, and everybody held it down"),
            seen: format!("{} reports it as up", process.addr),
        };
        self.doubtful.push((process, violation));
    }

    /// The process has shown a higher incarnation than before.
    fn raised(&mut self, at: Instant, process: Process) {
        self.withdrew(at, process);
        let at_once = |(by, it): &(Process, Violation)| *by == process && it.at == at;
        self.doubtful.retain(|doubtful| !at_once(doubtful));
    }

    /// The first of the doubtful reports that no refutation since the last look explains.
    fn unexplained(&mut self, stage: &Stage<'_>) -> Result<(), Violation> {
        let present = stage.participants();
        let now: BTreeMap<_, _> = present
            .map(|it| {
                let foca = it.foca();
                (it.process(), (*foca.identity(), foca.incarnation()))
            })
            .collect();
        let refuted = |process: Process| now.get(&process) > self.seen.get(&process);
        let wrong = self.doubtful.iter().find(|(by, _)| !refuted(*by));
        let wrong = wrong.map(|(_, violation)| violation.clone());
        self.doubtful.clear();
        self.seen = now;
        wrong.map_or(Ok(()), Err)
    }
}

impl Checker for Resurrection {
    fn hear(&mut self, at: Instant, happening: &Happening) -> Result<(), Violation> {
        match happening {
            Happening::Began { process, id } => self.began(*process, *id),
            Happening::Ended {
                process,
                id,
                incarnation,
            } => {
                self.ended(*process, *id, *incarnation);
            }
            Happening::Sent {
                process,
                says: Some(says),
                ..
            } => {
                let before = self.shown.insert(*process, *says);
                let raised = before.is_some_and(|before| before < *says);
                raised.then(|| self.raised(at, *process));
            }
            Happening::Reported { process, event } => match event {
                Event::Alone | Event::Renewed(_) => self.withdrew(at, *process),
                Event::MemberUp(id) | Event::Renamed { to: id, .. } => {
                    self.is_up(at, *process, *id);
                }
                Event::MemberDown(id) | Event::MemberLeft(id) => {
                    self.reported_gone.insert((*process, *id), at);
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn look(&mut self, stage: &Stage<'_>) -> Result<(), Violation> {
        self.unexplained(stage)?;
        for (id, dead) in self.dead.iter_mut().filter(|(_, it)| it.is_none()) {
            let last = self.incarnations.get(id).copied().unwrap_or(0);
            let mut mourners = BTreeSet::new();
            let buried = stage.participants().all(|subject| {
                let Some(member) = subject.foca().member(&id.addr) else {
                    return true;
                };
                let final_verdict = self.final_verdicts || member.incarnation >= last;
                let down = member.id == *id && !member.state.is_active() && final_verdict;
                let process = subject.process();
                let gone = self.reported_gone.get(&(process, *id));
                let withdrew = self.withdrew.get(&process);
                // An opinion that others brought is not withdrawn, but looks the same from here.
                if down && (withdrew.is_none() || withdrew < gone) {
                    mourners.insert(process);
                }
                down || member.id.life > id.life
            });
            if buried {
                *dead = Some(mourners);
            }
        }
        Ok(())
    }
}
