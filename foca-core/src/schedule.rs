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

/// At most one deadline per [`Timer`].
#[derive(Default)]
pub(crate) struct Schedule([Option<Instant>; Timer::SCHEDULED.len()]);

impl Schedule {
    pub(crate) const fn set(&mut self, timer: Timer, at: Instant) {
        self.0[timer as usize] = Some(at);
    }

    /// Moves a deadline that is set to `at`, unless it is later already.
    pub(crate) fn postpone(&mut self, timer: Timer, at: Instant) {
        if let Some(due) = &mut self.0[timer as usize] {
            *due = at.max(*due);
        }
    }

    /// Moves a deadline that is set to `at`, unless it is earlier already.
    pub(crate) fn hasten(&mut self, timer: Timer, at: Instant) {
        if let Some(due) = &mut self.0[timer as usize] {
            *due = at.min(*due);
        }
    }

    pub(crate) const fn stop(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    pub(crate) const fn is_set(&self, timer: Timer) -> bool {
        self.0[timer as usize].is_some()
    }

    pub(crate) fn stop_all(&mut self) {
        self.0 = Default::default();
    }

    /// The earliest deadline; the order of [`Timer`] among equals.
    pub(crate) fn earliest(&self) -> Option<(Instant, Timer)> {
        Timer::SCHEDULED
            .iter()
            .filter_map(|timer| Some((self.0[*timer as usize]?, *timer)))
            .min()
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
