//! Comparing views, the side that is asked: it remembers nothing of whom it answers.

use alloc::vec::Vec;
use core::time::Duration;

use crate::comparison::{
    BUSY, DIFFERENCES_BYTES, Entries, Entry, FOR_EVER_SECONDS, FULL, HEAD_BYTES_MAX, Statement,
};
use crate::config::Wire;
use crate::decay::Accuser;
use crate::machine::Machine;
use crate::members::{Applied, Source, slot_of};
use crate::outbox::{Intent, Load, Room};
use crate::ranges::Range;
use crate::react::{COST_HIGH, COST_LOW};
use crate::reconcile::WINDOW_MAX;
use crate::table::{Guess, Slot};
use crate::view::Said;
use crate::{Broadcasts, Codec, Identity, Instant, Member, Message, State};

/// Parts into which a range is divided to find where two views differ.
const PARTS: usize = 16;

/// Questions of one datagram that are answered: as many as we would ask. Whoever asks more asks again.
const QUESTIONS_ANSWERED_MAX: usize = WINDOW_MAX;

/// The fewest bytes that a statement about a member takes: to judge how many to look at.
const STATEMENT_BYTES_MIN: usize = 6;

/// This part of `outbox_max` may wait before questions are dropped rather than answered.
const ANSWERS_SHARE: usize = 16;

/// What is to be answered, when the answer leaves.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// The sum of everything, if ours is another.
    All(u64),
    /// The sums of the parts of a range.
    Split(Range),
    /// What we know in a range that is not among these digests, which are sorted.
    Members { range: Range, known: Vec<u64> },
}

/// Whether this is answered whatever was sent of late.
const fn is_quick(asks: &[Ask]) -> bool {
    matches!(asks, [Ask::All(_)])
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Whether views are compared at all.
    pub(crate) fn compares(&self) -> bool {
        self.compared_by().is_some()
    }

    /// Answers a member that compares its view with ours.
    pub(crate) fn answer_comparison(
        &mut self,
        now: Instant,
        slot: Slot,
        src: I,
        nonce: u32,
        (proof, datagram_bytes): (bool, usize),
    ) {
        let asked = self.comparison.entries.len();
        let mut asks = Vec::with_capacity(asked.min(QUESTIONS_ANSWERED_MAX));
        let applied = self.take_in_comparison(now, slot, Some(&mut asks));
        // What was said may have made us stop, and only this wire has words for an answer.
        if self.has_stopped() || self.config.wire != Wire::Native {
            return;
        }
        if self.outbox.len() >= self.config.outbox_max.div_ceil(ANSWERS_SHARE) {
            self.stats.comparisons_limited += 1;
            return;
        }
        let quick = is_quick(&asks);
        let able = self.compares() && (quick || self.reconcile.budget.available(now) > 0);
        // What is quick is bounded per member, the rest by the bytes it takes.
        if (quick || !able) && !self.may_reply(now, slot, COST_LOW) {
            return;
        }
        let mut flags = 0;
        if self.members.table.len() >= self.config.members_max {
            flags |= FULL;
        }
        if !able {
            flags |= BUSY;
            self.stats.comparisons_limited += 1;
        }
        let message = Message::Differences {
            echo: nonce,
            nonce: self.token(now, src.addr()),
        };
        let intent = Intent {
            // Large answers go to whoever has proven itself in this very datagram.
            room: match proof {
                true => Room::Full,
                false => Room::Limited(datagram_bytes * 3),
            },
            to: src,
            message,
            only_with_news: false,
            load: Load::Answer {
                flags,
                applied,
                asks: if able { asks } else { Vec::new() },
            },
        };
        self.outbox.push(intent, self.config.outbox_max);
    }

    /// Takes in the statements of a comparison and notes what was asked; returns how many changed
    /// anything.
    pub(crate) fn take_in_comparison(
        &mut self,
        now: Instant,
        from: Slot,
        mut asks: Option<&mut Vec<Ask>>,
    ) -> u16 {
        let mut applied = 0_u16;
        let told = self.inbox.iter().map(|(member, _)| member.id.addr());
        self.members.table.guess(told, &mut self.guesses);
        if asks.is_some() {
            self.members.touch_view(&self.guesses);
        }
        let told = self.inbox.len();
        self.inbox.reverse();
        self.comparison.forget_seconds.reverse();
        for index in 0..self.comparison.entries.len() {
            let ask = match self.comparison.entries[index] {
                Entry::All(digests) => Ask::All(digests),
                Entry::Split(range) => Ask::Split(range),
                Entry::Members { range, count } => {
                    let wanted = if asks.is_some() { count } else { 0 };
                    let mut known = Vec::with_capacity(wanted.min(self.inbox.len()));
                    for _ in 0..count {
                        let Some((member, _)) = self.inbox.pop() else {
                            break;
                        };
                        let guess = self.guesses.of(told - self.inbox.len() - 1);
                        let forget_seconds = self.comparison.forget_seconds.pop().unwrap_or(0);
                        let said = asks.is_some().then(|| self.members.said(guess, &member));
                        if let Some(Said::OfStranger) = said {
                            known.push(self.members.digest_of(&self.codec, member.as_ref()));
                        }
                        let changed = self.found(now, (from, guess), member, forget_seconds);
                        applied = applied.saturating_add(u16::from(changed));
                        known.extend(said.and_then(|said| self.members.digest_if_known(said)));
                    }
                    known.sort_unstable();
                    Ask::Members { range, known }
                }
                Entry::Equal | Entry::Sums { .. } => continue,
            };
            match &mut asks {
                Some(asks) if asks.len() < QUESTIONS_ANSWERED_MAX => asks.push(ask),
                Some(_) => self.stats.questions_ignored += 1,
                None => {}
            }
        }
        applied
    }

    /// Takes in a statement that a comparison brought up. Returns whether it changed anything.
    fn found(
        &mut self,
        now: Instant,
        (from, guess): (Slot, Guess),
        mut member: Member<I>,
        forget_seconds: u32,
    ) -> bool {
        if member.id.addr() == self.id.addr() {
            return self.about_ourselves(now, &member, Source::Rumour(Accuser::UNKNOWN));
        }
        let for_ever = forget_seconds == FOR_EVER_SECONDS;
        let forget_after = Duration::from_secs(forget_seconds.into());
        if !member.state.is_active() && !for_ever && forget_after.is_zero() {
            return false;
        }
        // Two halves of a cluster that was cut hold each other down. Whoever is alive must hear of it
        // before it counts here, and has as long as any other suspect to say so.
        let doubted = member.state == State::Down && self.is_active(&member.id);
        if doubted && self.is_out_elsewhere(now, &member.id) {
            return false;
        }
        if doubted {
            member.state = State::Suspect;
        }
        let id = doubted.then(|| member.id.clone());
        let forget_after = (!for_ever).then_some(forget_after);
        let applied = self.apply_at(now, guess, member, Source::Compared { forget_after });
        let changed = applied == Applied::Changed;
        self.stats.members_compared += u64::from(changed);
        // Nobody makes us write to many: the others hear of it when they are told anything at all.
        if let Some(id) = id.filter(|_| changed)
            && self.may_reply(now, from, COST_HIGH)
        {
            self.send_with_news(id, Message::Gossip);
        }
        changed
    }

    /// Whether this life of an address takes part, as far as we know.
    pub(crate) fn is_active(&self, id: &I) -> bool {
        let known = self.members.table.find(id.addr());
        known.is_some_and(|slot| {
            let member = &self.members.table[slot].member;
            member.state.is_active() && member.id.generation() == id.generation()
        })
    }

    /// Whether the answers before this one, which waited with it, have left nothing for it.
    pub(crate) fn is_spent(&self, now: Instant, asks: &[Ask]) -> bool {
        !asks.is_empty() && !is_quick(asks) && self.reconcile.budget.available(now) == 0
    }

    /// Writes what follows the header of a `Differences` that says that we are busy after all, if this
    /// member may still be told so.
    pub(crate) fn write_busy(&mut self, now: Instant, to: &I, out: &mut [u8]) -> Option<usize> {
        self.stats.comparisons_limited += 1;
        let slot = self.members.table.find(to.addr())?;
        if !self.may_reply(now, slot, COST_LOW) {
            return None;
        }
        self.write_answer(now, (BUSY, 0, &[]), out)
    }

    /// Writes what follows the header of a `Differences`.
    pub(crate) fn write_answer(
        &mut self,
        now: Instant,
        (flags, applied, asks): (u8, u16, &[Ask]),
        out: &mut [u8],
    ) -> Option<usize> {
        // Settings may have changed since it was asked.
        let (flags, asks) = match self.compares() {
            true => (flags, asks),
            false => (flags | BUSY, &[][..]),
        };
        let mut entries = Entries::new(out, DIFFERENCES_BYTES)?;
        let mut page = core::mem::take(&mut self.comparison.page);
        for ask in asks {
            let written = match ask {
                Ask::All(digests) if *digests == self.members.view_total().digests => {
                    entries.equal()
                }
                Ask::All(_) => self.write_sums(&mut entries, Range::ALL),
                Ask::Split(range) => self.write_sums(&mut entries, *range),
                Ask::Members { range, known } => self
                    .write_view(now, &mut entries, (*range, known), &mut page)
                    .map(|_| ()),
            };
            if written.is_none() {
                break;
            }
        }
        self.comparison.page = page;
        let len = entries.len();
        out[0] = flags;
        out[1..DIFFERENCES_BYTES].copy_from_slice(&applied.to_be_bytes());
        Some(len)
    }

    fn write_sums(&mut self, entries: &mut Entries<'_>, range: Range) -> Option<()> {
        let fitting = entries.rest().checked_sub(HEAD_BYTES_MAX)? / size_of::<u32>();
        // A power of two: parts of a prefix are prefixes then, which are short to write.
        let parts = 1 << range.parts_max(PARTS.min(fitting)).checked_ilog2()?;
        let sums = &mut self.comparison.ours;
        self.members.view_sums(range, parts, sums);
        entries.sums(range, sums.iter().map(|sum| sum.digests as u32))
    }

    /// Writes what we know in a range, except for what is known already, as much as fits. Returns the
    /// part of the range that was dealt with.
    pub(crate) fn write_view(
        &self,
        now: Instant,
        entries: &mut Entries<'_>,
        (range, known): (Range, &[u64]),
        page: &mut Vec<(u32, u32)>,
    ) -> Option<Range> {
        let fitting = entries.rest().checked_sub(HEAD_BYTES_MAX)? / STATEMENT_BYTES_MIN;
        if fitting == 0 {
            return None;
        }
        page.clear();
        let whole = self.members.view_list(range, fitting + known.len(), page);
        let mut range = range;
        if let (false, Some((position, _))) = (whole, page.last()) {
            range.last = *position;
        }
        page.retain(|(_, key)| {
            let digest = self.members.viewed(*key);
            digest.is_none_or(|digest| known.binary_search(&digest).is_err())
        });
        let told = page.iter().filter_map(|(_, key)| slot_of(*key));
        self.members.table.touch(told);
        let statements = page
            .iter()
            .filter_map(|(position, key)| self.statement(now, *position, *key));
        entries.members(&self.codec, range, statements)
    }

    /// What we say of the member with this key. `None` if it is about to be forgotten.
    fn statement(&self, now: Instant, position: u32, key: u32) -> Option<Statement<'_, I>> {
        let Some(slot) = slot_of(key) else {
            let member = self.ourselves();
            let forget_seconds = FOR_EVER_SECONDS;
            return Some(Statement {
                position,
                member,
                forget_seconds,
            });
        };
        let member = self.members.table[slot].member.as_ref();
        let end = match member.state.is_active() {
            true => None,
            false => self.members.deadlines.at(slot),
        };
        let forget_seconds = match end {
            Some(end) => u32::try_from(end.duration_since(now).as_secs()).unwrap_or(u32::MAX - 1),
            None => FOR_EVER_SECONDS,
        };
        (forget_seconds > 0).then_some(Statement {
            position,
            member,
            forget_seconds,
        })
    }
}
