//! What is said about ourselves: refute it, outlive it, or accept it.

use core::cmp::Ordering;

use crate::config::Wire;
use crate::log::debug;
use crate::machine::Machine;
use crate::members::Source;
use crate::precedence::Order;
use crate::react::COST_HIGH;
use crate::{Broadcasts, Codec, Event, Identity, Instant, Member, Rules, State, Status};

/// Rounds of gossip about ourselves per probe period; beyond that the periodic gossip must do.
const DEFENCES_MAX: u8 = 4;

/// What we did lately to defend ourselves, so that nobody can make us do it all the time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Defence {
    epoch: u16,
    rounds: u8,
    /// When an accusation without an incarnation was last believed.
    blind_refutation: Option<Instant>,
    /// When we last withdrew our own verdicts.
    withdrawal: Option<Instant>,
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Deals with a statement about our own address. Returns whether we are not what we were.
    pub(crate) fn about_ourselves(
        &mut self,
        now: Instant,
        update: &Member<I>,
        source: Source,
    ) -> bool {
        if self.has_stopped() {
            return false;
        }
        match update.id.generation().cmp(&self.id.generation()) {
            Ordering::Less => false,
            Ordering::Greater => self.outrank(now, &update.id),
            // What we believed before a restart is not an accusation.
            Ordering::Equal if source == Source::Restored => false,
            Ordering::Equal => match update.state {
                State::Alive => self.catch_up(now, update.incarnation),
                State::Suspect => self.refute(now, update.incarnation),
                State::Down | State::Left => self.return_from_down(now, update.incarnation),
            },
        }
    }

    /// A peer says that we are down. Looks for what is held against us among what it told.
    pub(crate) fn told_down(&mut self, now: Instant, wire: Wire, from: I) {
        let (mut accused, mut changed) = (false, false);
        while let Some((update, accuser)) = self.inbox.pop() {
            if update.id.addr() == self.id.addr() {
                accused = true;
                changed |= self.about_ourselves(now, &update, Source::Rumour(accuser));
            }
        }
        if !accused && wire == Wire::Foca2 {
            changed = self.told_down_blindly(now);
        }
        if changed
            && !self.has_stopped()
            && let Some(slot) = self.members.table.find(from.addr())
            && self.may_reply(now, slot, COST_HIGH)
        {
            // It sees what we have become, and feeds us if it takes us back.
            self.announce_to(now, from, 0);
        }
    }

    /// Told to be down by a peer that does not say at which incarnation.
    fn told_down_blindly(&mut self, now: Instant) -> bool {
        if Order::of(&self.config, &self.id) == Order::Greater {
            // Peers of the published crate repeat this for as long as they remember us, whatever
            // our incarnation: believing them each time would use up the incarnations.
            let last = self.defence.blind_refutation;
            if last.is_some_and(|at| now.duration_since(at) < self.members.pace.suspicion) {
                return false;
            }
            self.defence.blind_refutation = Some(now);
        }
        self.return_from_down(now, self.incarnation)
    }

    /// Overrides a verdict: as the same identity if a higher incarnation does, otherwise renewed.
    fn return_from_down(&mut self, now: Instant, accused: u32) -> bool {
        let returned = match Order::of(&self.config, &self.id) {
            Order::Greater => self.refute(now, accused),
            Order::DownIsFinal => self.renew(now),
        };
        if returned && self.may_withdraw(now) {
            self.members
                .withdraw_own_verdicts(&self.config, &self.codec);
        }
        returned
    }

    /// Once per probe period: it looks at every member.
    fn may_withdraw(&mut self, now: Instant) -> bool {
        let last = self.defence.withdrawal;
        let due = last.is_none_or(|at| now.duration_since(at) >= self.config.probe_period);
        if due {
            self.defence.withdrawal = Some(now);
        }
        due
    }

    /// Tells the cluster what we are, at once if that was not done too often already.
    pub(crate) fn spread_ourselves(&mut self, now: Instant) {
        self.show_ourselves();
        self.members.tell_of_ourselves();
        let epoch = self.epoch(now);
        if self.defence.epoch != epoch {
            self.defence = Defence {
                epoch,
                rounds: 0,
                ..self.defence
            };
        }
        if self.config.detector.refutes_at_once && self.defence.rounds < DEFENCES_MAX {
            self.defence.rounds += 1;
            self.gossip_now();
        } else {
            self.stats.defences_postponed += 1;
        }
    }

    /// The number of the probe period that `now` is in, modulo 2^16.
    pub(crate) fn epoch(&self, now: Instant) -> u16 {
        // Whatever the length of the period, the division is one of 64 bits: this is asked per reply.
        let period = self
            .config
            .probe_period
            .as_micros()
            .clamp(1, u64::MAX.into()) as u64;
        (now.as_micros() / period) as u16
    }

    /// Overrides an accusation by a higher incarnation.
    fn refute(&mut self, now: Instant, accused: u32) -> bool {
        if accused < self.incarnation {
            return false;
        }
        if accused >= self.incarnation_max() {
            return self.renew(now);
        }
        self.incarnation = accused + 1;
        self.stats.refutations += 1;
        self.was_accused();
        debug!(incarnation = self.incarnation, "refuting");
        self.spread_ourselves(now);
        true
    }

    /// Goes on from where an earlier process of the same identity was seen: below that nothing we say counts.
    ///
    /// One more, so that what is still said of that process is not about us. Praise is no accusation: at the last
    /// incarnation there is nothing to override, and it never costs a life.
    fn catch_up(&mut self, now: Instant, shown: u32) -> bool {
        let next = shown.saturating_add(1).min(self.incarnation_max());
        if shown <= self.incarnation || next == self.incarnation {
            return false;
        }
        self.incarnation = next;
        self.stats.incarnations_resumed += 1;
        debug!(incarnation = self.incarnation, "catching up");
        self.spread_ourselves(now);
        true
    }

    /// The last incarnation there is.
    fn incarnation_max(&self) -> u32 {
        match self.config.rules {
            Rules::Foca2 => u32::from(u16::MAX),
            Rules::Native => u32::MAX,
        }
    }

    /// Returns as the next life of our address, or gives up.
    fn renew(&mut self, now: Instant) -> bool {
        let next = self.id.renew();
        match next.filter(|next| {
            next.generation() > self.id.generation() && next.addr() == self.id.addr()
        }) {
            Some(next) => self.become_next(now, next),
            None => self.give_up(),
        }
        true
    }

    /// Somebody has seen a later life of our address: become a later one still, or give up.
    fn outrank(&mut self, now: Instant, theirs: &I) -> bool {
        let next = self.id.outrank(theirs.generation());
        match next
            .filter(|next| next.generation() > theirs.generation() && next.addr() == self.id.addr())
        {
            Some(next) => self.become_next(now, next),
            None => {
                self.push_event(Event::Conflict(theirs.clone()));
                self.give_up();
            }
        }
        true
    }

    fn become_next(&mut self, now: Instant, next: I) {
        debug!(identity = ?next, "renewed");
        self.id = next;
        self.incarnation = 0;
        self.restart_probe(now);
        self.push_event(Event::Renewed(self.id.clone()));
        self.spread_ourselves(now);
    }

    fn give_up(&mut self) {
        self.stop(Status::Defunct);
        self.push_event(Event::Defunct);
    }
}
