//! What is true of each member, and what others are told of it: the one put beside the other.

use std::time::Duration;

use foca_core::Instant;

use super::detections::{Detection, Detections};
use super::verdicts::{Class, Tallies, Verdicts};
use super::views::Views;
use crate::scenario::identity::{Id, number};
use crate::scenario::participant::{News, Report};
use crate::scenario::reach::Reach;

/// The books of one run.
pub(in crate::scenario) struct Ledger {
    pub(in crate::scenario) views: Views,
    pub(in crate::scenario) reach: Reach,
    detections: Detections,
    verdicts: Verdicts,
    members: Vec<Truth>,
    opened: Instant,
    /// When all views first were right after the last fault, if they were.
    complete_at: Option<Instant>,
    /// The same without regard to lives.
    complete_by_address_at: Option<Instant>,
}

#[derive(Clone, Copy, Default)]
struct Truth {
    /// The life as which its latest process started.
    started_as: u16,
    /// The life that it is in, or was in last.
    life: u16,
    departed: bool,
    paused: bool,
    /// Whether a fault ever happened to it.
    touched: bool,
    renewed: bool,
}

/// What happens to members.
impl Ledger {
    pub(in crate::scenario) fn new(nodes: usize) -> Self {
        Self {
            views: Views::new(nodes),
            reach: Reach::default(),
            detections: Detections::default(),
            verdicts: Verdicts::default(),
            members: vec![Truth::default(); nodes],
            opened: Instant::ZERO,
            complete_at: None,
            complete_by_address_at: None,
        }
    }

    /// The warm-up is over: what happened so far does not count.
    pub(in crate::scenario) fn open(&mut self, now: Instant) {
        self.verdicts.reset(now);
        self.detections = Detections::default();
        self.opened = now;
    }

    pub(in crate::scenario) fn started(&mut self, now: Instant, n: usize, life: u16) {
        let touched = self.members[n].touched;
        self.members[n] = Truth {
            started_as: life,
            life,
            touched,
            ..Truth::default()
        };
        self.views.start(n, life);
        self.detections.returned(n);
        self.forget_completeness(now);
    }

    pub(in crate::scenario) fn stopped(&mut self, now: Instant, n: usize, graceful: bool) {
        let life = self.members[n].life;
        self.members[n].departed = graceful;
        // Its own list goes with it, which may be the last with somebody else on it.
        for subject in 0..self.members.len() {
            let before = self.views.listed(n, subject);
            self.detections.unlisted(now, subject, before);
        }
        self.views.stop(n);
        self.verdicts.gone(now, n);
        let everybody = 0..self.members.len();
        let listed_by = everybody
            .filter(|observer| self.views.listed(*observer, n).is_some())
            .count();
        let since_warm_up = now.duration_since(self.opened);
        self.detections
            .went((now, since_warm_up), n, life, graceful, listed_by as u64);
        self.note_completeness(now);
    }

    pub(in crate::scenario) fn set_paused(&mut self, n: usize, paused: bool) {
        self.members[n].paused = paused;
    }

    /// A fault happens to this member.
    pub(in crate::scenario) fn touched(&mut self, n: usize) {
        self.members[n].touched = true;
    }

    /// A fault begins or ends: what was complete before does not count.
    pub(in crate::scenario) fn fault(&mut self, now: Instant) {
        self.forget_completeness(now);
    }

    /// Takes in what a member was told.
    pub(in crate::scenario) fn take(&mut self, report: &Report) {
        let Report { at, observer, news } = *report;
        // Whoever is on the way out is nobody's witness.
        if !self.views.is_running(observer) {
            return;
        }
        match news {
            News::Up(id) | News::Renamed { to: id, .. } => self.up(at, observer, id, news),
            News::Down(id) => self.down(at, observer, id),
            News::Left(id) => self.left(at, observer, id),
            News::Suspect(id) => {
                let running = number(&id.addr).is_some_and(|n| self.views.is_running(n));
                self.verdicts.tallies.suspicions_of_running += u64::from(running);
            }
            News::Renewed(id) => self.renewed(observer, id.generation),
            News::Defunct => self.verdicts.tallies.defunct += 1,
            News::Refuted(_) | News::Missed => {}
        }
        self.note_completeness(at);
    }

    /// Reads the whole list of an observer again.
    pub(in crate::scenario) fn reread(&mut self, at: Instant, observer: usize, listed: &[Id]) {
        let mut lives = vec![None; self.members.len()];
        for id in listed {
            if let Some(life) = number(&id.addr).and_then(|n| lives.get_mut(n)) {
                *life = Some(id.generation);
            }
        }
        for (subject, life) in lives.into_iter().enumerate() {
            self.list(at, observer, subject, life);
        }
        self.note_completeness(at);
    }
}

/// What members are told.
impl Ledger {
    fn up(&mut self, at: Instant, observer: usize, id: Id, news: News) {
        let Some(subject) = self.known(&id) else {
            return;
        };
        // A new name of somebody who was not listed is no news of life.
        if matches!(news, News::Renamed { .. }) && self.views.listed(observer, subject).is_none() {
            return;
        }
        self.list(at, observer, subject, Some(id.generation));
    }

    fn down(&mut self, at: Instant, observer: usize, id: Id) {
        let Some(subject) = self.known(&id) else {
            return;
        };
        let truth = self.members[subject];
        let is_running = self.views.is_running(subject);
        let tallies = &mut self.verdicts.tallies;
        if !is_running {
            tallies.downs_of_departed += u64::from(truth.departed);
            self.detections.told(at, subject);
        } else if id.generation < truth.started_as {
            tallies.downs_of_earlier_lives += 1;
        } else {
            let class = if !self.reach.joins(observer, subject) {
                Class::OfUnreachable
            } else if truth.paused {
                Class::OfPaused
            } else {
                Class::False
            };
            let healthy = !self.members[observer].touched;
            self.verdicts.down(at, (observer, healthy), subject, class);
        }
        self.list(at, observer, subject, None);
    }

    fn left(&mut self, at: Instant, observer: usize, id: Id) {
        let Some(subject) = self.known(&id) else {
            return;
        };
        if self.views.is_running(subject) {
            self.verdicts.tallies.goodbyes_heard_late += 1;
        } else {
            self.detections.told(at, subject);
        }
        self.list(at, observer, subject, None);
    }

    fn renewed(&mut self, n: usize, life: u16) {
        let truth = &mut self.members[n];
        let first = !std::mem::replace(&mut truth.renewed, true);
        let healthy = !truth.touched;
        truth.life = life;
        self.views.renew(n, life);
        let tallies = &mut self.verdicts.tallies;
        tallies.identity_changes += 1;
        tallies.identity_changes_of_healthy += u64::from(healthy);
        tallies.healthy_members_renewed += u64::from(healthy && first);
    }

    fn list(&mut self, at: Instant, observer: usize, subject: usize, life: Option<u16>) {
        let before = self.views.set(observer, subject, life);
        self.detections.relisted(at, subject, before, life);
        if life.is_some() {
            self.verdicts.forgiven(at, observer, subject);
        }
    }

    fn known(&self, id: &Id) -> Option<usize> {
        number(&id.addr).filter(|n| *n < self.members.len())
    }

    fn forget_completeness(&mut self, now: Instant) {
        self.complete_at = None;
        self.complete_by_address_at = None;
        self.note_completeness(now);
    }

    fn note_completeness(&mut self, at: Instant) {
        if self.complete_by_address_at.is_none() && self.views.are_complete_by_address() {
            self.complete_by_address_at = Some(at);
        }
        if self.complete_at.is_none() && self.views.are_complete() {
            self.complete_at = Some(at);
        }
    }
}

/// What comes out.
impl Ledger {
    /// When all views first were right after the last fault.
    pub(in crate::scenario) const fn complete_at(&self) -> Option<Instant> {
        self.complete_at
    }

    /// The same without regard to lives.
    pub(in crate::scenario) const fn complete_by_address_at(&self) -> Option<Instant> {
        self.complete_by_address_at
    }

    /// Whether everybody knows of all who went for good.
    pub(in crate::scenario) fn is_everybody_informed(&self) -> bool {
        self.detections.are_done()
    }

    pub(in crate::scenario) const fn tallies(&self) -> &Tallies {
        &self.verdicts.tallies
    }

    pub(in crate::scenario) const fn wrongly_down(&self) -> u64 {
        self.verdicts.false_ongoing()
    }

    /// The life that a member is in, or was in last.
    pub(in crate::scenario) fn life(&self, n: usize) -> u16 {
        self.members[n].life
    }

    /// Since when things count.
    pub(in crate::scenario) fn since_opened(&self, now: Instant) -> Duration {
        now.duration_since(self.opened)
    }

    pub(in crate::scenario) fn finish(self, now: Instant) -> (Tallies, Vec<Detection>) {
        (self.verdicts.finish(now), self.detections.into_all())
    }
}
