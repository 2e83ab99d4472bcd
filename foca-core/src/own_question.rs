//! One question before a verdict: whoever learnt of a suspicion from others asks the suspect itself before it
//! declares it down.
//!
//! A suspicion travels as news and a refutation does, too, but not together: who hears the one just before a
//! cut ends, and not the other, would let its time run out and declare somebody down whom it could reach. One
//! `Ping` tells, and carries the suspicion to whoever can refute it.

use alloc::collections::BTreeMap;

use crate::log::debug;
use crate::machine::Machine;
use crate::outbox::Intent;
use crate::table::Slot;
use crate::{Broadcasts, Codec, Identity, Instant, Message};

/// How far asking one suspect has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// No `Ping` has left for it since we learnt of the suspicion.
    Unasked,
    /// One left for another reason: its answer may be on its way.
    Asked,
    /// The verdict waits for a question of ours, which has not left.
    Queued,
    /// The verdict waits for the answer to it.
    Awaited,
    /// Its time was started anew since; there is no second question.
    Answered,
}

/// What is known of one suspect from asking it.
#[derive(Clone, Copy, Debug)]
struct Inquiry {
    stage: Stage,
    /// Of the `Ping` that the verdict waits for.
    number: u32,
    /// No verdict before this while asked, queued or awaited.
    until: Instant,
    /// From the first question on: no later than this does a verdict wait for a question that does not
    /// leave, however often another is tried, nor for whoever makes us ask in another name.
    latest: Instant,
}

impl Inquiry {
    const NEW: Self = Self {
        stage: Stage::Unasked,
        number: 0,
        until: Instant::ZERO,
        latest: Instant::MAX,
    };

    /// Whether nothing but our question is waited for.
    fn holds_verdict(&self) -> bool {
        matches!(self.stage, Stage::Queued | Stage::Awaited)
    }
}

/// What to do about a suspicion whose time is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    Conclude,
    Wait(Instant),
    Ask,
}

/// All suspects that others accused, and those on whom a verdict was put off because we heard nobody: at most
/// one entry per suspect.
#[derive(Debug, Default)]
pub(crate) struct Inquiries(BTreeMap<Slot, Inquiry>);

impl Inquiries {
    /// The member in `slot` is to be asked before it is declared down; what was asked before says nothing.
    pub(crate) fn begin(&mut self, slot: Slot) {
        self.0.insert(slot, Inquiry::NEW);
    }

    pub(crate) fn end(&mut self, slot: Slot) {
        if !self.0.is_empty() {
            self.0.remove(&slot);
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// We were away: no answer to what was asked before will reach us, nor was there time for one.
    pub(crate) fn begin_anew(&mut self) {
        self.0.values_mut().for_each(|it| *it = Inquiry::NEW);
    }

    /// No answer to what was asked in an earlier name will reach us.
    pub(crate) fn ask_in_another_name(&mut self) {
        for inquiry in self.0.values_mut() {
            let latest = inquiry.latest;
            *inquiry = Inquiry {
                latest,
                ..Inquiry::NEW
            };
        }
    }

    /// The time of the suspect was started anew.
    pub(crate) fn time_begins_anew(&mut self, slot: Slot) {
        if let Some(inquiry) = self.0.get_mut(&slot)
            && inquiry.holds_verdict()
        {
            inquiry.stage = Stage::Answered;
        }
    }

    fn next(&self, now: Instant, slot: Slot) -> Next {
        let Some(inquiry) = self.0.get(&slot) else {
            return Next::Conclude;
        };
        match inquiry.stage {
            Stage::Unasked if now < inquiry.latest => Next::Ask,
            Stage::Unasked | Stage::Answered => Next::Conclude,
            Stage::Asked | Stage::Queued | Stage::Awaited => match now < inquiry.until {
                true => Next::Wait(inquiry.until),
                false => Next::Conclude,
            },
        }
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// The time of a suspicion is over. Whether the verdict waits for the suspect's answer to a question of ours.
    pub(crate) fn ask_before_verdict(&mut self, now: Instant, slot: Slot) -> bool {
        if !self.config.detector.own_question {
            return false;
        }
        let until = match self.members.inquiries.next(now, slot) {
            Next::Conclude => return false,
            Next::Wait(until) => until,
            Next::Ask => self.ask_suspect(now, slot),
        };
        self.members.deadlines.set(slot, until);
        true
    }

    /// Queues the question. Returns until when the verdict waits should it never leave.
    fn ask_suspect(&mut self, now: Instant, slot: Slot) -> Instant {
        let to = self.members.table[slot].member.id.clone();
        debug!(suspect = ?to, "asking before a verdict");
        let number = self.question_number();
        self.stats.suspects_asked += 1;
        self.outbox.push_soon(
            Intent::usual(to, Message::Ping { number }),
            self.config.outbox_max,
        );
        let until = self.without_question(now);
        let inquiry = self.members.inquiries.0.entry(slot).or_insert(Inquiry::NEW);
        inquiry.latest = inquiry.latest.min(until);
        inquiry.until = inquiry.latest;
        inquiry.stage = Stage::Queued;
        inquiry.number = number;
        inquiry.until
    }

    /// Until when to leave a verdict to others, whose questions leave, where ours does not.
    fn without_question(&self, now: Instant) -> Instant {
        now + self.members.pace.suspicion
    }

    /// A `Ping` leaves for this member now. Whether a verdict waited for that.
    pub(crate) fn suspect_pinged(&mut self, now: Instant, to: &I) -> bool {
        let times = match self.members.inquiries.0.is_empty() {
            true => return false,
            false => self.probe_times(now),
        };
        self.inquiry_of(to, |inquiry| {
            inquiry.stage = match inquiry.stage {
                Stage::Unasked => Stage::Asked,
                Stage::Queued => Stage::Awaited,
                Stage::Asked | Stage::Awaited | Stage::Answered => return false,
            };
            inquiry.until = now + times.alone;
            true
        })
    }

    /// That `Ping` has not left after all.
    pub(crate) fn suspect_not_pinged(&mut self, now: Instant, to: &I) {
        let until = self.without_question(now);
        self.inquiry_of(to, |inquiry| {
            inquiry.stage = match inquiry.stage {
                Stage::Asked => Stage::Unasked,
                Stage::Awaited => Stage::Queued,
                Stage::Unasked | Stage::Queued | Stage::Answered => return false,
            };
            inquiry.until = until.min(inquiry.latest);
            true
        });
    }

    /// Changes what is known from asking, and with it until when a verdict waits. Whether that changed.
    fn inquiry_of(&mut self, of: &I, change: impl FnOnce(&mut Inquiry) -> bool) -> bool {
        let members = &mut self.members;
        let slot = members.table.find(of.addr());
        let slot = slot.filter(|slot| members.table[*slot].member.id == *of);
        let inquiry = slot.and_then(|slot| Some((slot, members.inquiries.0.get_mut(&slot)?)));
        let Some((slot, inquiry)) = inquiry else {
            return false;
        };
        let has_changed = change(inquiry);
        if has_changed && inquiry.holds_verdict() {
            members.deadlines.set(slot, inquiry.until);
        }
        has_changed
    }

    /// Whether an `Ack` with this number answers the question that a verdict waits for; it does so once.
    pub(crate) fn suspect_answered(&mut self, slot: Slot, number: u32) -> bool {
        let inquiry = self.members.inquiries.0.get_mut(&slot);
        let waiting = |it: &&mut Inquiry| it.stage == Stage::Awaited && it.number == number;
        let answered = inquiry.filter(waiting);
        answered.map(|it| it.stage = Stage::Answered).is_some()
    }
}
