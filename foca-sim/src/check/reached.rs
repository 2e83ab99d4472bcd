//! How often members came to what only some circumstances bring about: a rule that no run reaches is not
//! checked by any.

use foca_core::Stats;

type Count = fn(&Stats) -> u64;

/// The counters that are added up, by their names in [`Stats`].
const COUNTERS: [(&str, Count); 16] = [
    ("probes_failed", |it| it.probes_failed),
    ("checks_agreed", |it| it.checks_agreed),
    ("suspects_asked", |it| it.suspects_asked),
    ("suspicions_confirmed", |it| it.suspicions_confirmed),
    ("suspicions_repeated", |it| it.suspicions_repeated),
    ("refutations", |it| it.refutations),
    ("incarnations_resumed", |it| it.incarnations_resumed),
    ("members_reminded", |it| it.members_reminded),
    ("stalls", |it| it.stalls),
    ("members_refused", |it| it.members_refused),
    ("outbox_full", |it| it.outbox_full),
    ("replies_limited", |it| it.replies_limited),
    ("members_compared", |it| it.members_compared),
    ("compared_news_untold", |it| it.compared_news_untold),
    ("news_known", |it| it.news_known),
    ("events_lost", |it| it.events_lost),
];

/// Sums over all processes of a run, or of several runs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reached([u64; COUNTERS.len()]);

impl Reached {
    /// Adds what one process counted.
    pub(crate) fn add(&mut self, stats: &Stats) {
        for (sum, (_, count)) in self.0.iter_mut().zip(COUNTERS) {
            *sum += count(stats);
        }
    }

    /// The counters by their names in [`Stats`], in a fixed order.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let names = COUNTERS.iter().map(|(name, _)| *name);
        names.zip(self.0)
    }

    /// The counter of this name.
    #[must_use]
    pub fn count(&self, name: &str) -> Option<u64> {
        let mut counts = self.counts();
        counts.find(|(it, _)| *it == name).map(|(_, count)| count)
    }
}
