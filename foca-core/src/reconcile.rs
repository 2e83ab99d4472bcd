//! Comparing views, the side that asks: it alone remembers what is still to be asked.
//!
//! Rumours make news fast, and miss a few members every time. So every member now and then compares
//! what it knows with what a random other knows, and both take over what they lack.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::allowance::Allowance;
use crate::comparison::{BUSY, FULL};
use crate::known::Known;
use crate::machine::Machine;
use crate::outbox::{Intent, Load, Room};
use crate::questions::{Question, Questions};
use crate::schedule::Timer;
use crate::table::Slot;
use crate::{Broadcasts, Codec, Identity, Instant, Message, Status};

/// Questions in one datagram, at first and at most.
const WINDOW_MIN: usize = 8;
pub(crate) const WINDOW_MAX: usize = 64;

/// Datagrams sent in one comparison; after that another begins with another member.
const DATAGRAMS_MAX: u16 = 2_048;

/// How often the same questions are sent without an answer.
const ATTEMPTS_MAX: u8 = 3;

/// The longest pause, in units of that between comparisons that find nothing, when members differ in
/// what they accept.
const FRUITLESS_PAUSES_MAX: u32 = 8;

/// How long a comparison may take, in probe periods: whoever answers slowly must not keep us from others.
const SESSION_PERIODS_MAX: u32 = 60;

/// How often in a row others may be busy before the pause grows.
const BUSY_MAX: u8 = 4;

/// A comparison under way.
struct Session<I> {
    peer: I,
    began: Instant,
    /// What proves our address to the peer.
    echo: u32,
    /// When the questions under way were sent, and how often.
    sent_at: Instant,
    attempts: u8,
    /// How long an answer took.
    round_trip: Option<Duration>,
    datagrams: u16,
    /// Questions per datagram.
    window: usize,
    /// Statements that changed something, here and there.
    found: u32,
    /// Whether questions wait for bytes that may be sent.
    is_waiting: bool,
}

/// How a comparison ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    /// The views are the same.
    Equal,
    /// So many statements were new, here or there.
    Fruitful(u32),
    /// The views differ, and nobody learnt anything.
    Fruitless,
    /// No answer.
    Unanswered,
    /// The other has no time, after so many statements.
    Busy(u32),
}

/// What this side remembers.
pub(crate) struct Reconcile<I> {
    session: Option<Session<I>>,
    pub(crate) questions: Questions,
    /// How many in a row had no time.
    busy: u8,
    /// Who was held down and spoke to us: its part of the cluster may have been cut off from ours.
    returned: Option<I>,
    /// Who fed us first since we joined.
    pub(crate) fed_by: Option<I>,
    /// Whether others know what we would tell.
    pub(crate) known: Known<I>,
    /// From the end of one comparison to the next.
    pause: Duration,
    /// What comparing may send.
    pub(crate) budget: Allowance,
}

impl<I: Identity> Reconcile<I> {
    pub(crate) fn new(bytes_per_second: NonZeroU32) -> Self {
        Self {
            session: None,
            questions: Questions::default(),
            busy: 0,
            returned: None,
            fed_by: None,
            known: Known::new(),
            pause: Duration::ZERO,
            budget: Allowance::new(Some(bytes_per_second)),
        }
    }

    /// Questions per datagram, if it is this member that is compared with.
    pub(crate) fn window(&self, peer: &I) -> Option<usize> {
        let session = self.session.as_ref().filter(|it| it.peer == *peer)?;
        Some(session.window)
    }

    /// Forgets the comparison under way.
    pub(crate) fn abandon(&mut self) {
        self.session = None;
        self.questions.clear();
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// A comparison begins soon: there is something to be found.
    pub(crate) fn compare_soon(&mut self, now: Instant) {
        if !self.compares() || self.status != Status::Joined {
            return;
        }
        let soon = self.comparison_pause_min();
        self.reconcile.pause = soon;
        // Not at once: who has just joined will hear of more members than the one it knows.
        let at = self.random.within(now + soon / 2, soon);
        if self.reconcile.session.is_some() {
            return;
        }
        if self.schedule.is_set(Timer::Reconcile) {
            self.schedule.hasten(Timer::Reconcile, at);
        } else {
            self.schedule.set(Timer::Reconcile, at);
        }
    }

    /// A member that was held down is back and spoke to us.
    pub(crate) fn compare_with_returned(&mut self, now: Instant, id: &I) {
        self.reconcile.returned = Some(id.clone());
        self.compare_soon(now);
    }

    /// The pause after a comparison that found something.
    fn comparison_pause_min(&self) -> Duration {
        self.config.probe_period / 5
    }

    /// The pause after a comparison that found everything equal.
    fn comparison_pause(&self) -> Duration {
        let pause = self.members.pace.reconciliation;
        pause.unwrap_or(self.config.probe_period)
    }

    /// The next comparison begins, or the one under way goes on or is not answered.
    pub(crate) fn reconcile_due(&mut self, now: Instant) {
        self.schedule.stop(Timer::Reconcile);
        let Some(session) = &mut self.reconcile.session else {
            return self.begin_comparison(now);
        };
        if !session.is_waiting {
            if session.attempts >= ATTEMPTS_MAX {
                return self.end_comparison(now, Outcome::Unanswered);
            }
            self.reconcile.questions.ask_again();
        }
        self.send_questions(now);
    }

    fn begin_comparison(&mut self, now: Instant) {
        if !self.compares() || self.status != Status::Joined {
            return;
        }
        let returned = self.comparison_returned();
        let is_drawn = returned.is_none();
        let Some(peer) = returned.or_else(|| self.draw_comparison_peer()) else {
            return;
        };
        self.stats.comparisons += 1;
        self.reconcile.abandon();
        self.reconcile.known.begins(is_drawn);
        self.reconcile.questions.ask(Question::All);
        self.reconcile.session = Some(Session {
            peer,
            began: now,
            echo: 0,
            sent_at: now,
            attempts: 0,
            round_trip: None,
            datagrams: 0,
            window: WINDOW_MIN,
            found: 0,
            is_waiting: false,
        });
        self.send_questions(now);
    }

    /// Who came back and still is.
    fn comparison_returned(&mut self) -> Option<I> {
        let returned = self.reconcile.returned.take();
        returned.filter(|returned| self.is_active(returned))
    }

    /// A random active member. Not the one that fed us if there is another: it feeds others too.
    fn draw_comparison_peer(&mut self) -> Option<I> {
        let table = &self.members.table;
        let fed_by = self.reconcile.fed_by.as_ref();
        let mut drawn = table.draw_active(&mut self.random).take(2);
        let first = drawn.next()?;
        let slot = match fed_by == Some(&table[first].member.id) {
            true => drawn.next().unwrap_or(first),
            false => first,
        };
        Some(table[slot].member.id.clone())
    }

    /// Sends as many questions as may be sent, and waits for their answers.
    fn send_questions(&mut self, now: Instant) {
        let Some(session) = &mut self.reconcile.session else {
            return;
        };
        let bytes = self.config.datagram_bytes_max;
        session.is_waiting = self.reconcile.budget.available(now) == 0;
        if session.is_waiting {
            let at = self.reconcile.budget.available_at(now, bytes);
            self.stats.comparisons_limited += 1;
            return self.schedule.set(Timer::Reconcile, at);
        }
        session.attempts = session.attempts.saturating_add(1);
        session.datagrams = session.datagrams.saturating_add(1);
        session.sent_at = now;
        let timeout = match session.round_trip {
            Some(round_trip) => round_trip.saturating_mul(4).max(self.config.probe_rtt / 16),
            None => self.config.probe_rtt,
        };
        let timeout = timeout
            .min(self.config.probe_rtt)
            .saturating_mul(session.attempts.into());
        let (to, echo) = (session.peer.clone(), session.echo);
        self.schedule.set(Timer::Reconcile, now + timeout);
        let nonce = self.token(now, to.addr());
        let intent = Intent {
            to,
            message: Message::Compare { echo, nonce },
            room: Room::Full,
            // If the comparison ends before it leaves, there is nothing to ask any more.
            only_with_news: true,
            load: Load::Questions,
        };
        self.outbox.push(intent, self.config.outbox_max);
    }

    /// A member wants to see that we receive at our address before it answers. Returns whether it was
    /// because of a comparison.
    pub(crate) fn comparison_challenged(&mut self, now: Instant, from: &I, cookie: u32) -> bool {
        let Some(session) = &mut self.reconcile.session else {
            return false;
        };
        // Once per comparison: whoever is asked must not make us ask again and again.
        if session.peer != *from || session.echo != 0 {
            return false;
        }
        session.echo = cookie;
        self.reconcile.questions.ask_again();
        self.send_questions(now);
        true
    }

    /// Our questions were answered.
    pub(crate) fn comparison_answered(&mut self, now: Instant, slot: Slot, from: &I, nonce: u32) {
        let Some(session) = &mut self.reconcile.session else {
            return;
        };
        if session.peer != *from || session.is_waiting {
            return;
        }
        let waited = now.duration_since(session.sent_at);
        let found = self.take_in_comparison(now, slot, None);
        let theirs = self.comparison.applied;
        let window = self.reconcile.questions.asked_len();
        let (answers, equal) = self.take_answers();
        let flags = self.comparison.flags;
        let Some(session) = &mut self.reconcile.session else {
            return;
        };
        if answers == 0 && !equal && flags == 0 {
            // The answer to something asked before, once more.
            return;
        }
        if session.attempts == 1 {
            session.round_trip = Some(waited);
        }
        session.echo = nonce;
        session.attempts = 0;
        session.found += u32::from(found) + u32::from(theirs);
        session.window = match answers >= window {
            true => (session.window * 2).min(WINDOW_MAX),
            false => (session.window / 2).max(WINDOW_MIN),
        };
        let found = session.found;
        let took = now.duration_since(session.began);
        let long = session.datagrams >= DATAGRAMS_MAX
            || took >= self.config.probe_period.saturating_mul(SESSION_PERIODS_MAX);
        self.reconcile.questions.ask_again();
        let done = long || self.reconcile.questions.is_empty();
        self.stats.comparisons_cut_short += u64::from(long && !self.reconcile.questions.is_empty());
        let full = flags & FULL != 0 || self.members.table.len() >= self.config.members_max;
        if equal {
            self.end_comparison(now, Outcome::Equal);
        } else if flags & BUSY != 0 {
            self.end_comparison(now, Outcome::Busy(found));
        } else if done || full {
            let fruitful = found > 0 && !full;
            let outcome = if fruitful {
                Outcome::Fruitful(found)
            } else {
                Outcome::Fruitless
            };
            self.end_comparison(now, outcome);
        } else {
            self.send_questions(now);
        }
    }

    fn end_comparison(&mut self, now: Instant, outcome: Outcome) {
        if let Some(session) = self.reconcile.session.take() {
            self.news_may_be_known(outcome == Outcome::Equal, session.peer);
        }
        self.reconcile.abandon();
        let (least, usual) = (self.comparison_pause_min(), self.comparison_pause());
        let busy = core::mem::take(&mut self.reconcile.busy);
        let wanted = match outcome {
            Outcome::Equal => {
                self.stats.comparisons_equal += 1;
                usual
            }
            // The more was missing here or there, the more is likely to be missing still.
            Outcome::Fruitful(found) => usual / found.saturating_add(1),
            Outcome::Fruitless => {
                self.stats.comparisons_fruitless += 1;
                usual.saturating_mul(FRUITLESS_PAUSES_MAX)
            }
            Outcome::Unanswered => {
                self.stats.comparisons_unanswered += 1;
                usual
            }
            // Others may have time, and what was missing still is; unless nobody ever has.
            Outcome::Busy(found) if busy < BUSY_MAX => {
                self.stats.comparisons_unanswered += 1;
                self.reconcile.busy = busy + 1;
                self.reconcile.pause.min(usual / found.saturating_add(1))
            }
            Outcome::Busy(_) => {
                self.stats.comparisons_unanswered += 1;
                self.reconcile.busy = busy;
                usual
            }
        };
        // Calm returns step by step: one comparison that finds nothing is not yet the end of a storm.
        let pause = wanted
            .min(self.reconcile.pause.saturating_mul(2))
            .max(least);
        self.reconcile.pause = pause;
        // Between half of it and one and a half, so that members do not move in step.
        let at = self.random.within(now + pause / 2, pause);
        self.schedule.set(Timer::Reconcile, at);
    }
}
