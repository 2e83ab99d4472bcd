//! Events about one member, as one observer reports them, follow one another as they must, and add up.

use std::collections::BTreeMap;

use foca_core::{Event, Instant};

use crate::check::checker::{Checker, Rule, Violation};
use crate::check::identity::Id;
use crate::check::ledger::{Happening, Process};
use crate::check::stage::Stage;

/// What events have told of a member.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    id: Option<Id>,
    up: bool,
    suspect: bool,
}

/// What events have told an application of the members of its cluster.
#[derive(Debug, Default)]
pub struct EventAccount {
    members: BTreeMap<u16, Told>,
    /// Not known where what it was ended.
    joined: Option<bool>,
    /// Some events were lost, and said to be: nothing can be told any more.
    lost: bool,
}

#[derive(Default)]
pub(crate) struct Alternation {
    accounts: BTreeMap<Process, EventAccount>,
}

impl Checker for Alternation {
    fn hear(&mut self, at: Instant, happening: &Happening) -> Result<(), Violation> {
        if let Happening::Ended { process, .. } = happening {
            self.accounts.entry(*process).or_default().begin_anew();
        }
        let Happening::Reported { process, event } = happening else {
            return Ok(());
        };
        let account = self.accounts.entry(*process).or_default();
        account.take(event).map_err(|expected| Violation {
            rule: Rule::Alternation,
            at,
            expected,
            seen: format!("{} reports {event:?}", process.addr),
        })
    }

    /// What was told adds up to what can be asked for.
    fn look(&mut self, stage: &Stage<'_>) -> Result<(), Violation> {
        for subject in stage.participants() {
            let process = subject.process();
            let account = self.accounts.get(&process);
            let Some(up) = account.and_then(EventAccount::up) else {
                continue;
            };
            let active = subject.foca().members().len();
            if up != active {
                return Err(Violation {
                    rule: Rule::Alternation,
                    at: stage.network.now(),
                    expected: format!("the events of {} add up to its members", process.addr),
                    seen: format!("{up} members are up by its events, {active} by its table"),
                });
            }
        }
        Ok(())
    }
}

impl EventAccount {
    /// Members that are up; `None` after events were lost.
    #[must_use]
    pub fn up(&self) -> Option<usize> {
        let up = self.members.values().filter(|it| it.up).count();
        (!self.lost).then_some(up)
    }

    /// The member left, or is somebody else now: it joins anew.
    pub const fn begin_anew(&mut self) {
        self.joined = None;
    }

    /// Goes on with an event.
    ///
    /// # Errors
    ///
    /// What should hold before such an event, and does not.
    pub fn take(&mut self, event: &Event<Id>) -> Result<(), String> {
        if self.lost {
            return Ok(());
        }
        match event {
            Event::Lost(_) => self.lost = true,
            Event::Joined if self.joined == Some(true) => {
                return Err("Joined comes once, until Alone".into());
            }
            Event::Joined => self.joined = Some(true),
            Event::Alone if self.joined == Some(false) => {
                return Err("Alone comes after Joined".into());
            }
            Event::Alone | Event::Left | Event::Defunct => self.joined = Some(false),
            Event::MemberUp(id)
            | Event::MemberSuspect(id)
            | Event::MemberRefuted(id)
            | Event::MemberDown(id)
            | Event::MemberLeft(id)
            | Event::Renamed { to: id, .. } => {
                return self.members.entry(id.addr).or_default().take(event);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Told {
    fn take(&mut self, event: &Event<Id>) -> Result<(), String> {
        let Self { id, up, suspect } = *self;
        let need = |holds: bool, what: &str| match holds {
            true => Ok(()),
            false => Err(format!("{what} (told so far: {self:?})")),
        };
        match *event {
            Event::MemberUp(of) => {
                need(!up, "MemberUp comes for who is not up")?;
                *self = Self {
                    id: Some(of),
                    up: true,
                    suspect: false,
                };
            }
            Event::MemberSuspect(of) => {
                need(
                    up && !suspect && id == Some(of),
                    "MemberSuspect comes for who is up",
                )?;
                self.suspect = true;
            }
            Event::MemberRefuted(of) => {
                need(
                    suspect && id == Some(of),
                    "MemberRefuted comes for who is suspected",
                )?;
                self.suspect = false;
            }
            Event::MemberDown(of) | Event::MemberLeft(of) => {
                need(
                    up && id == Some(of),
                    "MemberDown and MemberLeft come for who is up",
                )?;
                *self = Self {
                    up: false,
                    suspect: false,
                    ..*self
                };
            }
            Event::Renamed { from, to } => {
                need(
                    from.addr == to.addr && from.life < to.life,
                    "later lives replace earlier",
                )?;
                need(
                    !up || id == Some(from),
                    "Renamed begins with the life that is known",
                )?;
                *self = Self {
                    id: Some(to),
                    suspect: false,
                    ..*self
                };
            }
            _ => {}
        }
        Ok(())
    }
}
