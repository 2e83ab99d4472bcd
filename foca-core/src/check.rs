//! Doubts: a member that did not answer a probe is asked again, and asked after, before anybody hears
//! that it is suspected.
//!
//! One lost probe says little: the network may have lost it, the member may be slow, and so may we.
//! Several others that cannot reach it either say much, and an answer to anybody ends the matter. So a
//! crash is known in seconds at any cluster size, and whoever is slow finds nobody to agree with it.

use alloc::vec::Vec;
use core::time::Duration;

use crate::config::Wire;
use crate::log::debug;
use crate::machine::{DRAWS_EXTRA_MAX, Machine};
use crate::members::Source;
use crate::outbox::{Intent, Room};
use crate::schedule::Timer;
use crate::table::Slot;
use crate::{Broadcasts, Codec, Identity, Instant, Member, Message, State};

/// How a member that did not answer a probe is checked. `Wire::Native` only: on the wire of the
/// published crate nobody can say that it got no answer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
#[non_exhaustive]
pub struct Check {
    /// Rounds in one probe period: in each the member is asked again, and `observers` others are asked
    /// to ask it. 1 to 20.
    pub rounds_per_period: u8,
    /// Rounds from the failed probe to the verdict, if `quorum` others agree. The suspicion becomes
    /// public two rounds before. Twice as many, and it becomes public without them, for as long as a
    /// suspicion lasts. 3 to 100.
    pub rounds: u8,
    /// Others asked in one round, different ones as far as there are. 1 to 16.
    pub observers: u8,
    /// Others that got no answer either, for a verdict; all where there are fewer. 1 to 16.
    pub quorum: u8,
}

impl Default for Check {
    fn default() -> Self {
        Self {
            rounds_per_period: 3,
            rounds: 5,
            observers: 3,
            quorum: 2,
        }
    }
}

impl Check {
    pub(crate) fn is_valid(&self) -> bool {
        (1..=20).contains(&self.rounds_per_period)
            && (3..=100).contains(&self.rounds)
            && (1..=16).contains(&self.observers)
            && (1..=16).contains(&self.quorum)
    }
}

/// Rounds between telling a suspicion and the verdict: the suspect hears of it and can be heard.
const ROUNDS_TO_REFUTE: u8 = 2;

/// A member under check.
#[derive(Debug)]
pub(crate) struct Doubt<I> {
    target: I,
    /// What was known of it when the probe began.
    incarnation: u32,
    /// Of all questions of the check.
    number: u32,
    /// Of the probe that failed, whose answer may still be on its way.
    probe_number: u32,
    /// Rounds begun.
    rounds: u8,
    next: Instant,
    /// Those to whom a request has left.
    asked: Vec<I>,
    /// Those of them that got no answer.
    unanswered: Vec<I>,
    /// What the failed probes made us doubt ourselves, as far as we still do.
    counted: u8,
    /// Whether its `Ping` waits to leave.
    ping_waits: bool,
    /// Whether the suspicion is public.
    is_told: bool,
}

impl<I> Doubt<I> {
    /// What was asked says nothing.
    fn begin_anew(&mut self) {
        self.rounds = 0;
        self.unanswered.clear();
        if self.asked.len() >= DRAWS_EXTRA_MAX {
            self.asked.clear();
        }
    }
}

/// All members under check.
pub(crate) struct Doubts<I> {
    list: Vec<Doubt<I>>,
    /// While we hear nobody: not before this is anything asked.
    quiet_until: Instant,
    /// Failed probes that were not checked because `checks_max` members were under check.
    pub(crate) refused: u64,
}

impl<I: Identity> Doubts<I> {
    pub(crate) const fn new() -> Self {
        Self {
            list: Vec::new(),
            quiet_until: Instant::ZERO,
            refused: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.list = Vec::new();
    }

    fn is_about(&self, target: &I) -> bool {
        self.list.iter().any(|doubt| doubt.target == *target)
    }

    fn about(&mut self, target: &I) -> Option<&mut Doubt<I>> {
        self.list.iter_mut().find(|doubt| doubt.target == *target)
    }

    /// No more can be taken back than is left of what was counted: what answers took away was, once nothing else
    /// is left, what failed probes had counted.
    pub(crate) fn refund_at_most(&mut self, left: u8) {
        let counted = self
            .list
            .iter()
            .map(|doubt| u32::from(doubt.counted))
            .sum::<u32>();
        let mut excess = counted.saturating_sub(left.into());
        for doubt in &mut self.list {
            let less = excess.min(doubt.counted.into()) as u8;
            doubt.counted -= less;
            excess -= u32::from(less);
        }
    }

    fn earliest(&self) -> Option<Instant> {
        self.list.iter().map(|doubt| doubt.next).min()
    }

    /// Ends the check of `from` if this answers one of its questions.
    fn answered(&mut self, from: &I, number: u32) -> bool {
        self.end(|doubt| {
            doubt.target == *from && (doubt.number == number || doubt.probe_number == number)
        })
    }

    /// Ends the check of `origin` if `relay` was asked about it.
    fn forwarded(&mut self, relay: &I, origin: &I, number: u32) -> bool {
        self.end(|doubt| {
            doubt.number == number && doubt.target == *origin && doubt.asked.contains(relay)
        })
    }

    fn end(&mut self, is_it: impl Fn(&Doubt<I>) -> bool) -> bool {
        let place = self.list.iter().position(is_it);
        if let Some(place) = place {
            self.list.swap_remove(place);
        }
        place.is_some()
    }

    /// Counts that `relay` got no answer from `origin`. Whether that was asked and is new.
    fn unanswered(&mut self, relay: &I, origin: &I, number: u32) -> bool {
        let doubt = self.list.iter_mut().find(|doubt| {
            doubt.number == number
                && doubt.target == *origin
                && doubt.asked.contains(relay)
                && !doubt.unanswered.contains(relay)
        });
        if let Some(doubt) = doubt {
            doubt.unanswered.push(relay.clone());
            return true;
        }
        false
    }

    /// The `Ping` with this number waits no longer.
    pub(crate) fn ping_left(&mut self, number: u32) {
        let doubt = self.list.iter_mut().find(|doubt| doubt.number == number);
        if let Some(doubt) = doubt {
            doubt.ping_waits = false;
        }
    }

    /// A request with this number left for `relay`.
    pub(crate) fn asked(&mut self, relay: &I, number: u32) {
        let doubt = self.list.iter_mut().find(|doubt| doubt.number == number);
        if let Some(doubt) = doubt.filter(|doubt| !doubt.asked.contains(relay)) {
            doubt.asked.push(relay.clone());
        }
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// How members are checked, if they are.
    fn check(&self) -> Option<Check> {
        self.config
            .detector
            .check
            .filter(|_| self.config.wire == Wire::Native)
    }

    /// Time between two rounds.
    fn check_every(&mut self, now: Instant, check: Check, slot: Slot) -> Duration {
        // The probe that failed made us doubt ourselves by one, which is no reason to be slow about it.
        let doubts = u32::from(self.local_health()).max(1);
        let every =
            self.config.probe_period.saturating_mul(doubts) / check.rounds_per_period.into();
        let period = self.config.probe_period;
        let patience = self.members.patience.factor_at(now, slot, period);
        every.saturating_mul(patience).max(Duration::from_micros(1))
    }

    /// Begins to check a member whose probe failed. Whether there is nothing else to do about it.
    pub(crate) fn doubt(
        &mut self,
        now: Instant,
        target: &I,
        (incarnation, probe_number): (u32, u32),
        counted: u8,
    ) -> bool {
        if self.check().is_none() {
            return false;
        }
        if let Some(doubt) = self.doubts.about(target) {
            doubt.counted = doubt.counted.saturating_add(counted);
            return true;
        }
        if self.doubts.list.len() >= self.config.checks_max {
            self.doubts.refused += 1;
            // It is probed again in the next round, when we hear somebody perhaps.
            return self.hears_nobody(now, self.config.probe_period);
        }
        self.stats.checks_started += 1;
        self.doubts.list.push(Doubt {
            target: target.clone(),
            incarnation,
            number: self.random.word(),
            probe_number,
            rounds: 0,
            next: now,
            asked: Vec::new(),
            unanswered: Vec::new(),
            counted,
            ping_waits: false,
            is_told: false,
        });
        self.schedule.set(Timer::Check, now);
        true
    }

    /// The next round of some check is due.
    pub(crate) fn check_due(&mut self, now: Instant) {
        self.schedule.stop(Timer::Check);
        let Some(check) = self.check() else {
            return self.doubts.clear();
        };
        let due = |doubt: &Doubt<I>| doubt.next <= now;
        // Each once: at the end of time the next round is due at once.
        for _ in 0..self.doubts.list.len() {
            let Some(place) = self.doubts.list.iter().position(due) else {
                break;
            };
            let mut doubt = self.doubts.list.swap_remove(place);
            if self.check_goes_on(now, check, &mut doubt) {
                self.doubts.list.push(doubt);
            }
        }
        if let Some(next) = self.doubts.earliest() {
            self.schedule.set(Timer::Check, next);
        }
    }

    /// Does the next round, unless the matter is settled.
    fn check_goes_on(&mut self, now: Instant, check: Check, doubt: &mut Doubt<I>) -> bool {
        let Some(slot) = self.still_doubtful(doubt) else {
            self.others_were_faster(doubt);
            return false;
        };
        let every = self.check_every(now, check, slot);
        let others = self.others_to_ask(doubt);
        let agreed = others > 0 && doubt.unanswered.len() >= others.min(check.quorum.into());
        let told_from = check.rounds - ROUNDS_TO_REFUTE;
        if doubt.rounds >= told_from && agreed && !doubt.is_told {
            doubt.is_told = true;
            self.stats.checks_agreed += 1;
            self.probe_failed_for_others(core::mem::take(&mut doubt.counted));
            let verdict = now + every.saturating_mul(ROUNDS_TO_REFUTE.into());
            self.tell_doubt(now, doubt);
            self.members.suspicion_is_agreed(slot, verdict);
        }
        doubt.next = now + every;
        let silence = every.saturating_mul(check.rounds.into());
        if !doubt.is_told && others > 0 && self.hears_nobody(now, silence) {
            // Whoever hears nobody has no opinion about anybody: what was asked says nothing. To find out whether
            // that has changed, one member is asked about at a time.
            doubt.begin_anew();
            if now < self.doubts.quiet_until {
                return true;
            }
            self.doubts.quiet_until = now + every;
        }
        let rounds_max = match others {
            0 => told_from,
            _ => check.rounds.saturating_mul(2),
        };
        if doubt.rounds >= rounds_max {
            if !doubt.is_told {
                // Nobody who could be asked says anything: what is left is time.
                self.tell_doubt(now, doubt);
            }
            return false;
        }
        doubt.rounds += 1;
        self.ask_again(check, doubt);
        true
    }

    /// A check ended because something newer is known of its member.
    fn others_were_faster(&mut self, doubt: &Doubt<I>) {
        let slot = self.members.table.find(doubt.target.addr());
        let is_down = slot.is_some_and(|slot| {
            let member = &self.members.table[slot].member;
            member.id == doubt.target && member.state == State::Down
        });
        if is_down && !doubt.is_told {
            self.probe_failed_for_others(doubt.counted);
        }
    }

    /// Whether no datagram was accepted for so long, and that is noticed.
    pub(crate) fn hears_nobody(&self, now: Instant, long: Duration) -> bool {
        self.config.detector.deafness && now.duration_since(self.last_heard) >= long
    }

    /// Where the member is, if nothing newer than the failed probe is known of it.
    fn still_doubtful(&self, doubt: &Doubt<I>) -> Option<Slot> {
        let slot = self.members.table.find(doubt.target.addr())?;
        let member = &self.members.table[slot].member;
        let is_same = member.id == doubt.target && member.incarnation <= doubt.incarnation;
        (is_same && member.state.is_active()).then_some(slot)
    }

    /// How many members there are that could agree: those that are neither suspected nor in doubt.
    fn others_to_ask(&self, doubt: &Doubt<I>) -> usize {
        let table = &self.members.table;
        let is_alive = |doubt: &&Doubt<I>| {
            let slot = table.find(doubt.target.addr());
            slot.is_some_and(|slot| table[slot].member.state == State::Alive)
        };
        let doubted = self.doubts.list.iter().chain([doubt]).filter(is_alive);
        table.alive_len().saturating_sub(doubted.count())
    }

    fn tell_doubt(&mut self, now: Instant, doubt: &Doubt<I>) {
        debug!(target = ?doubt.target, agree = doubt.unanswered.len(), "suspected");
        let suspicion = Member {
            id: doubt.target.clone(),
            incarnation: doubt.incarnation,
            state: State::Suspect,
        };
        self.apply(now, suspicion, Source::Verdict);
    }

    /// Asks the member itself, and others after it.
    fn ask_again(&mut self, check: Check, doubt: &mut Doubt<I>) {
        let (to, number) = (doubt.target.clone(), doubt.number);
        // Never two of them: a socket that takes nothing must not be able to pile them up.
        if !doubt.ping_waits {
            let ping = Intent::usual(to, Message::Ping { number });
            doubt.ping_waits = self.outbox.push_soon(ping, self.config.outbox_max);
        }
        for to in self.observers_for(check.observers.into(), doubt) {
            let target = doubt.target.clone();
            self.send(to, Message::PingReq { target, number }, Room::Full);
        }
    }

    /// Members that are not doubted themselves; those not asked yet before the others.
    fn observers_for(&mut self, wanted: usize, doubt: &Doubt<I>) -> Vec<I> {
        let (mut fresh, mut asked) = (Vec::new(), Vec::new());
        let drawn = wanted.saturating_mul(2) + doubt.asked.len().min(DRAWS_EXTRA_MAX);
        for id in self.draw_active(drawn) {
            if id == doubt.target || self.doubts.is_about(&id) {
                continue;
            }
            match doubt.asked.contains(&id) {
                true => asked.push(id),
                false => fresh.push(id),
            }
        }
        fresh.extend(asked);
        fresh.truncate(wanted);
        fresh
    }

    /// A member answered a question of its check.
    pub(crate) fn doubt_answered(&mut self, from: &I, number: u32) -> bool {
        self.doubts.answered(from, number)
    }

    /// Another member reached the one that we doubt.
    pub(crate) fn doubt_forwarded(&mut self, now: Instant, relay: &I, origin: &I, number: u32) {
        if self.doubts.forwarded(relay, origin, number)
            && let Some(slot) = self.members.table.find(origin.addr())
            && self.members.table[slot].member.state == State::Suspect
        {
            self.members.suspicion_begins_anew(now, &self.config, slot);
        }
    }

    /// Another member did not reach the one that we doubt.
    pub(crate) fn doubt_unanswered(&mut self, relay: &I, origin: &I, number: u32) -> bool {
        self.doubts.unanswered(relay, origin, number)
    }

    /// What was asked before we were stalled says nothing.
    pub(crate) fn restart_checks(&mut self, now: Instant) {
        for doubt in self.doubts.list.iter_mut().filter(|doubt| !doubt.is_told) {
            doubt.begin_anew();
            doubt.next = now;
        }
        if let Some(next) = self.doubts.earliest() {
            self.schedule.set(Timer::Check, next);
        }
    }
}
