//! Asking for more members by `Announce`: soon again while it brings somebody new, seldom otherwise.
//!
//! It is what finds those whom gossip missed where views cannot be compared.

use core::time::Duration;

use crate::config::Periodic;
use crate::machine::Machine;
use crate::schedule::Timer;
use crate::{Broadcasts, Codec, Identity, Instant};

/// How long the search for more members pauses.
pub(crate) struct Search {
    /// `None` for as long as the settings say.
    pause: Option<Duration>,
    /// Whether nobody has fed us since we joined.
    pub(crate) is_fresh: bool,
}

impl Search {
    pub(crate) const fn new() -> Self {
        Self {
            pause: None,
            is_fresh: true,
        }
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Asking for more members, unless comparing views finds whoever is missing.
    pub(crate) fn announce_task(&self) -> Option<Periodic> {
        self.config.periodic_announce.filter(|_| !self.compares())
    }

    pub(crate) fn announce_due(&mut self, now: Instant) {
        let Some(task) = self.announce_task() else {
            return self.schedule.stop(Timer::Announce);
        };
        // An answer sets it anew; if none comes, somebody else is asked before long.
        let pause = self.search.pause.unwrap_or(task.every).saturating_mul(2);
        self.schedule
            .set(Timer::Announce, now + pause.min(task.every));
        for to in self.draw_active(task.members) {
            self.announce_to(now, to, 0);
        }
    }

    /// A `Feed` told of so many members, of whom so many were new.
    pub(crate) fn fed(&mut self, now: Instant, told: usize, learnt: usize) {
        let Some(task) = self.announce_task() else {
            return;
        };
        let least = self.config.probe_period / 5;
        let known = self.members.table.active_len().max(1);
        let before = match core::mem::take(&mut self.search.is_fresh) {
            true => least,
            false => self.search.pause.unwrap_or(task.every),
        };
        // What a random part of a view brings nothing new to may still miss somebody: the smaller the
        // part, the less it says.
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let part = (before / count(known)).saturating_mul(count(told.min(known)));
        let longer = before.saturating_add(part);
        let wanted = task.every / count(learnt).saturating_add(1);
        let pause = wanted.min(longer).max(least);
        self.search.pause = (pause < task.every).then_some(pause);
        if pause < task.every {
            let at = self.random.within(now + pause / 2, pause);
            self.schedule.hasten(Timer::Announce, at);
        }
    }
}
