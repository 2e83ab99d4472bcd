//! What is still to come in a run, in the order of time.

use std::collections::BTreeMap;
use std::time::Duration;

use foca_core::Instant;

/// Something that the runner does at its time.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// A member starts and asks to be taken in.
    Start(usize),
    /// A member that runs is told of everybody.
    Meet(usize),
    /// A process asks again, if it still knows nobody.
    Ask { member: usize, process: u64 },
    /// Somebody looks how the warm-up goes. Nothing that is measured depends on it.
    Watch,
    /// What came before does not count.
    WarmedUp,
    /// The state of the cluster is written down.
    Sample,
    /// A fault happens. `due` is its time before a moment after it was drawn.
    Begin { fault: usize, due: Instant },
    /// A fault that lasts is over.
    End { token: u64 },
    /// A process that was away comes back as this life.
    Return { member: usize, life: u16 },
    /// A process that said goodbye has had its time.
    Gone { member: usize, process: u64 },
}

impl Act {
    /// Whether it is, or ends, a fault.
    const fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Begin { .. } | Self::End { .. } | Self::Return { .. }
        )
    }
}

#[derive(Default)]
pub(super) struct Queue {
    acts: BTreeMap<(Instant, u64), Act>,
    pushed: u64,
    faults: usize,
}

impl Queue {
    /// Acts of one instant are done in the order in which they were pushed.
    pub(super) fn push(&mut self, at: Instant, act: Act) {
        self.faults += usize::from(act.is_fault());
        self.pushed += 1;
        self.acts.insert((at, self.pushed), act);
    }

    /// The next act, unless it is later than `until`.
    pub(super) fn pop(&mut self, until: Instant) -> Option<(Instant, Act)> {
        let next = self
            .acts
            .first_entry()
            .filter(|next| next.key().0 <= until)?;
        let ((at, _), act) = next.remove_entry();
        self.faults -= usize::from(act.is_fault());
        Some((at, act))
    }

    /// Whether faults are still to come or to end.
    pub(super) const fn has_faults(&self) -> bool {
        self.faults > 0
    }
}

/// Time between two attempts of an application to join.
pub(super) const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How long a process that said goodbye is kept to tell it.
pub(super) const GOODBYE: Duration = Duration::from_secs(5);

/// Members that join at the beginning start within this time, and those who know each other from the beginning come to
/// do so within it: no two clusters have all their timers in step.
pub(super) const START_WITHIN: Duration = Duration::from_secs(1);
