//! The deadlines that exist once per node; those of single members are in `deadlines.rs`.

use crate::Instant;

/// What the next deadline is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Timer {
    /// The next stage of the probe: begin one, ask others to help, or judge it.
    Probe,
    /// Ask again and ask after members that did not answer a probe.
    Check,
    /// Spread news.
    Gossip,
    /// Ask an active member for more members.
    Announce,
    /// Look for members that came back.
    AnnounceToDown,
    /// Look for anybody, while alone.
    Lonely,
    /// Compare views with a random member, or go on comparing.
    Reconcile,
    /// Tell somebody whom we help that there was no answer.
    Relay,
    /// A suspicion ends, or a member that is down is forgotten.
    Member,
}

impl Timer {
    const SCHEDULED: [Self; 7] = [
        Self::Probe,
        Self::Check,
        Self::Gossip,
        Self::Announce,
        Self::AnnounceToDown,
        Self::Lonely,
        Self::Reconcile,
    ];
}

/// At most one deadline per [`Timer`]; [`Instant::MAX`] is never reached and stands for none.
pub(crate) struct Schedule {
    due: [Instant; Timer::SCHEDULED.len()],
    /// The earliest of them, which every input asks for a few times and few change.
    next: (Instant, Timer),
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            due: [Instant::MAX; Timer::SCHEDULED.len()],
            next: (Instant::MAX, Timer::Probe),
        }
    }
}

impl Schedule {
    pub(crate) fn set(&mut self, timer: Timer, at: Instant) {
        self.due[timer as usize] = at;
        if (at, timer) < self.next {
            self.next = (at, timer);
        } else if timer == self.next.1 {
            self.find_next();
        }
    }

    /// Moves a deadline that is set to `at`, unless it is later already.
    pub(crate) fn postpone(&mut self, timer: Timer, at: Instant) {
        if self.is_set(timer) {
            self.set(timer, at.max(self.due[timer as usize]));
        }
    }

    /// Moves a deadline that is set to `at`, unless it is earlier already.
    pub(crate) fn hasten(&mut self, timer: Timer, at: Instant) {
        if self.is_set(timer) {
            self.set(timer, at.min(self.due[timer as usize]));
        }
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.set(timer, Instant::MAX);
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.due[timer as usize] != Instant::MAX
    }

    pub(crate) fn stop_all(&mut self) {
        *self = Self::default();
    }

    /// The earliest deadline; the order of [`Timer`] among equals.
    pub(crate) fn earliest(&self) -> Option<(Instant, Timer)> {
        (self.next.0 != Instant::MAX).then_some(self.next)
    }

    fn find_next(&mut self) {
        self.next = (Instant::MAX, Timer::Probe);
        for (at, timer) in self.due.iter().zip(Timer::SCHEDULED) {
            if *at < self.next.0 {
                self.next = (*at, timer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_wins_and_stopping_removes() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.earliest(), None);
        schedule.set(Timer::Gossip, Instant::from_micros(3));
        schedule.set(Timer::Probe, Instant::from_micros(5));
        schedule.set(Timer::Lonely, Instant::from_micros(3));
        assert_eq!(
            schedule.earliest(),
            Some((Instant::from_micros(3), Timer::Gossip))
        );
        schedule.stop(Timer::Gossip);
        assert_eq!(
            schedule.earliest(),
            Some((Instant::from_micros(3), Timer::Lonely))
        );
        schedule.postpone(Timer::Lonely, Instant::from_micros(9));
        schedule.postpone(Timer::Lonely, Instant::from_micros(8));
        schedule.postpone(Timer::Gossip, Instant::from_micros(1));
        assert_eq!(
            schedule.earliest(),
            Some((Instant::from_micros(5), Timer::Probe))
        );
        schedule.hasten(Timer::Lonely, Instant::from_micros(4));
        schedule.hasten(Timer::Lonely, Instant::from_micros(6));
        assert_eq!(
            schedule.earliest(),
            Some((Instant::from_micros(4), Timer::Lonely))
        );
        schedule.stop_all();
        assert_eq!(schedule.earliest(), None);
    }
}
