//! Verdicts of `Down` about members that were not.

use std::collections::{BTreeMap, BTreeSet};

use foca_core::Instant;
use serde::Serialize;

/// Counters of what members were told of each other, since the end of the warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tallies {
    /// `Down` of a member that ran, could be reached and was not paused: events at all observers.
    pub downs_false: u64,
    /// Of these, events at observers to which no fault ever happened.
    pub downs_false_at_healthy: u64,
    /// False declarations: the events about one member that overlap in time count as one.
    pub declarations_false: u64,
    /// Of these, those whose first accuser no fault ever happened to.
    pub declarations_false_by_healthy: u64,
    /// Seconds during which somebody wrongly held a member down.
    pub wrongly_down_seconds: f64,
    /// `Down` of a member whose process was paused: events.
    pub downs_of_paused: u64,
    /// The same, as declarations.
    pub declarations_of_paused: u64,
    /// `Down` of a member that ran where it and the observer could not reach each other: events.
    pub downs_of_unreachable: u64,
    /// `Down` of an earlier life of a member whose later process runs: events.
    pub downs_of_earlier_lives: u64,
    /// `Down` of a member that said goodbye: events.
    pub downs_of_departed: u64,
    /// `Left` of an earlier life of a member whose later process runs: events.
    pub goodbyes_heard_late: u64,
    /// Suspicions of members that ran: events.
    pub suspicions_of_running: u64,
    /// Members that came back as another life without having been restarted: times.
    pub identity_changes: u64,
    /// Of these, at members to which no fault ever happened.
    pub identity_changes_of_healthy: u64,
    /// Members to which no fault ever happened that changed their identity at least once.
    pub healthy_members_renewed: u64,
    /// Members that ended up outside for good: times.
    pub defunct: u64,
}

/// Why a `Down` of a running member was said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum Class {
    False,
    OfPaused,
    OfUnreachable,
}

/// Declarations that somebody still believes.
#[derive(Default)]
pub(in crate::scenario) struct Verdicts {
    pub(in crate::scenario) tallies: Tallies,
    ongoing: BTreeMap<usize, Declaration>,
    false_ongoing: u64,
    wrong_since: Instant,
}

struct Declaration {
    class: Class,
    believers: BTreeSet<usize>,
}

impl Verdicts {
    /// An observer was told that a running member is down.
    pub(in crate::scenario) fn down(
        &mut self,
        at: Instant,
        (observer, observer_is_healthy): (usize, bool),
        subject: usize,
        class: Class,
    ) {
        if class == Class::OfUnreachable {
            self.tallies.downs_of_unreachable += 1;
            return;
        }
        // Whoever repeats a declaration says the same thing, whatever has changed meanwhile.
        let ongoing = self.ongoing.entry(subject);
        let is_new = matches!(ongoing, std::collections::btree_map::Entry::Vacant(_));
        let declaration = ongoing.or_insert_with(|| Declaration {
            class,
            believers: BTreeSet::new(),
        });
        declaration.believers.insert(observer);
        match declaration.class {
            Class::False => {
                self.tallies.downs_false += 1;
                self.tallies.downs_false_at_healthy += u64::from(observer_is_healthy);
            }
            Class::OfPaused | Class::OfUnreachable => self.tallies.downs_of_paused += 1,
        }
        match (is_new, declaration.class) {
            (true, Class::False) => {
                self.tallies.declarations_false += 1;
                self.tallies.declarations_false_by_healthy += u64::from(observer_is_healthy);
                self.false_ongoing += 1;
                if self.false_ongoing == 1 {
                    self.wrong_since = at;
                }
            }
            (true, _) => self.tallies.declarations_of_paused += 1,
            (false, _) => {}
        }
    }

    /// An observer lists a member again, or is gone.
    pub(in crate::scenario) fn forgiven(&mut self, at: Instant, observer: usize, subject: usize) {
        if let Some(declaration) = self.ongoing.get_mut(&subject)
            && declaration.believers.remove(&observer)
            && declaration.believers.is_empty()
        {
            self.over(at, subject);
        }
    }

    /// A process ended: nobody is wrong about it any more, and it believes nothing.
    pub(in crate::scenario) fn gone(&mut self, at: Instant, member: usize) {
        self.over(at, member);
        let subjects: Vec<usize> = self.ongoing.keys().copied().collect();
        for subject in subjects {
            self.forgiven(at, member, subject);
        }
    }

    /// Starts counting anew; what is believed stays believed.
    pub(in crate::scenario) fn reset(&mut self, at: Instant) {
        self.tallies = Tallies::default();
        self.wrong_since = at;
    }

    /// Members that somebody wrongly holds down.
    pub(in crate::scenario) const fn false_ongoing(&self) -> u64 {
        self.false_ongoing
    }

    /// The counters at the end.
    pub(in crate::scenario) fn finish(mut self, at: Instant) -> Tallies {
        if self.false_ongoing > 0 {
            self.tallies.wrongly_down_seconds += at.duration_since(self.wrong_since).as_secs_f64();
        }
        self.tallies
    }

    fn over(&mut self, at: Instant, subject: usize) {
        let Some(declaration) = self.ongoing.remove(&subject) else {
            return;
        };
        if declaration.class == Class::False {
            self.false_ongoing -= 1;
            if self.false_ongoing == 0 {
                self.tallies.wrongly_down_seconds +=
                    at.duration_since(self.wrong_since).as_secs_f64();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn events_about_one_member_that_overlap_are_one_declaration() {
        let mut verdicts = Verdicts::default();
        verdicts.down(at(10), (1, true), 7, Class::False);
        verdicts.down(at(11), (2, false), 7, Class::False);
        verdicts.forgiven(at(12), 1, 7);
        verdicts.down(at(13), (3, true), 7, Class::False);
        verdicts.forgiven(at(14), 2, 7);
        verdicts.forgiven(at(15), 3, 7);
        // Everybody knew better in between: said again.
        verdicts.down(at(20), (1, true), 7, Class::False);
        verdicts.down(at(22), (1, true), 8, Class::False);
        verdicts.gone(at(23), 7);
        verdicts.gone(at(24), 1);
        let tallies = verdicts.finish(at(30));
        assert_eq!(tallies.downs_false, 5);
        assert_eq!(tallies.downs_false_at_healthy, 4);
        assert_eq!(tallies.declarations_false, 3);
        assert_eq!(tallies.wrongly_down_seconds, 5.0 + 4.0);
    }

    #[test]
    fn what_is_said_of_the_paused_and_the_unreachable_is_counted_apart() {
        let mut verdicts = Verdicts::default();
        verdicts.down(at(1), (1, true), 7, Class::OfPaused);
        // Heard after it went on: still the same declaration.
        verdicts.down(at(2), (2, true), 7, Class::False);
        verdicts.down(at(3), (1, true), 8, Class::OfUnreachable);
        let tallies = verdicts.finish(at(30));
        assert_eq!(
            (tallies.downs_of_paused, tallies.declarations_of_paused),
            (2, 1)
        );
        assert_eq!(tallies.downs_of_unreachable, 1);
        assert_eq!((tallies.downs_false, tallies.declarations_false), (0, 0));
        assert_eq!(tallies.wrongly_down_seconds, 0.0);
    }
}
