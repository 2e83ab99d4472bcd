//! A goodbye is no failure to anybody who heard it.
//!
//! Who heard it is a member that accepted a datagram of the leaving process while it held that life as active
//! and at no later incarnation, or that reported `MemberLeft`. Members whom the goodbye did not reach may
//! find out by themselves that nobody answers, and report a failure; under `Rules::Foca2` leaving looks like
//! one to everybody. Not judged where somebody lies about who is down, or where the dead are forgotten soon.

use std::collections::BTreeSet;

use foca_core::{Event, Instant, Rules};

use crate::check::checker::{Checker, Rule, Violation};
use crate::check::feature::Feature;
use crate::check::identity::Id;
use crate::check::ledger::{Happening, Process};
use crate::check::plan::Plan;

pub(crate) struct Goodbye {
    told_apart: bool,
    /// A goodbye that arrives after its sender came back as what it was is out of date.
    running: BTreeSet<Id>,
    heard: BTreeSet<(Id, Process)>,
}

impl Goodbye {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            told_apart: plan.config.rules == Rules::Native
                && !plan.has(Feature::Forgetful)
                && !plan.has(Feature::Insiders),
            running: BTreeSet::new(),
            heard: BTreeSet::new(),
        }
    }

    fn heard(&mut self, of: Id, process: Process) {
        if !self.running.contains(&of) {
            self.heard.insert((of, process));
        }
    }
}

impl Checker for Goodbye {
    fn hear(&mut self, at: Instant, happening: &Happening) -> Result<(), Violation> {
        match happening {
            Happening::HeardGoodbye { process, of } => self.heard(*of, *process),
            Happening::Began { id, .. } => {
                self.running.insert(*id);
                self.heard.retain(|(of, _)| of != id);
            }
            Happening::Ended { id, .. } => {
                self.running.remove(id);
            }
            Happening::Reported { process, event } => match event {
                Event::MemberLeft(of) => self.heard(*of, *process),
                Event::MemberDown(of)
                    if self.told_apart && self.heard.contains(&(*of, *process)) =>
                {
                    return Err(Violation {
                        rule: Rule::Goodbye,
                        at,
                        expected: format!("{} heard the goodbye of {of}", process.addr),
                        seen: format!("it reports {of} as failed"),
                    });
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }
}
