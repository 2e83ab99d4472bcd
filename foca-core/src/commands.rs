//! What the application can tell the machine to do.

use alloc::vec::Vec;

use crate::items::ITEM_LENGTH_BYTES;
use crate::machine::{DRAWS_EXTRA_MAX, Machine};
use crate::members::Source;
use crate::schedule::Timer;
use crate::{
    Accepted, AnnounceError, BroadcastError, Broadcasts, Codec, Config, ConfigError, Event,
    Identity, IdentityError, Instant, Member, Message, State, Status, Verdict,
};

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    pub(crate) fn announce(&mut self, now: Instant, to: &I::Addr) -> Result<(), AnnounceError> {
        if self.has_stopped() {
            return Err(AnnounceError::Stopped);
        }
        if to == self.id.addr() {
            return Err(AnnounceError::Myself);
        }
        match self.announce_to(now, I::placeholder(to), 0) {
            true => Ok(()),
            false => Err(AnnounceError::OutboxFull),
        }
    }

    pub(crate) fn leave(&mut self, now: Instant) {
        if self.has_stopped() {
            return;
        }
        self.stop(Status::Left);
        if self.members.table.active_len() == 0 {
            self.push_event(Event::Left);
            return;
        }
        self.members.tell_of_ourselves();
        self.gossip_now();
        let every = self.members.pace.gossip.unwrap_or(self.config.probe_period);
        self.schedule_gossip(now + every);
    }

    pub(crate) fn set_identity(&mut self, now: Instant, next: I) -> Result<(), IdentityError> {
        let same_address = next.addr() == self.id.addr();
        let later = next.generation() > self.id.generation();
        if !self.fits(&self.config, &next) {
            return Err(IdentityError::DoesNotFit);
        }
        if same_address && !later && !(self.has_stopped() && next == self.id) {
            return Err(IdentityError::NotLater);
        }
        if next == self.id {
            // The same life goes on after its goodbye: what was said of it must be overridden.
            self.incarnation = self.incarnation.saturating_add(1);
            self.resume(now);
            return Ok(());
        }
        if let Some(slot) = self.members.table.find(next.addr()) {
            self.members.forget(&self.codec, slot);
        }
        let was = Member {
            id: core::mem::replace(&mut self.id, next),
            incarnation: core::mem::take(&mut self.incarnation),
            state: State::Left,
        };
        if !same_address {
            self.apply(now, was, Source::Farewell);
        }
        self.resume(now);
        Ok(())
    }

    pub(crate) fn set_config(&mut self, now: Instant, config: Config) -> Result<(), ConfigError> {
        if !self.fits(&config, &self.id) {
            return Err(ConfigError::DatagramTooSmallForIdentity);
        }
        let compared = self.compared_by();
        self.config = config;
        self.members.set_pace(&self.config);
        self.members.suspicions.follow(&self.config);
        self.limit_health();
        let ceiling = self.config.bytes_per_second_max;
        self.allowance.configure(now, ceiling);
        let ceiling = self.config.reconciliation_bytes_per_second;
        self.reconcile.budget.configure(now, Some(ceiling));
        if self.compared_by() != compared {
            self.keep_view();
            self.compare_soon(now);
        }
        self.lonely_pause = self.lonely_pause.min(self.config.lonely_retry_max);
        if self.status == Status::Joined {
            self.schedule_periodic(now);
        }
        let times = self.probe_times(now);
        if let Some(cycle) = &mut self.probe.current {
            cycle.times = times;
        }
        let period = now + self.config.probe_period;
        self.schedule.hasten(Timer::Probe, period);
        let pause = now + self.config.lonely_retry_max;
        self.schedule.hasten(Timer::Lonely, pause);
        Ok(())
    }

    pub(crate) fn broadcast(
        &mut self,
        now: Instant,
        item: &[u8],
    ) -> Result<Accepted, BroadcastError> {
        if self.has_stopped() {
            return Err(BroadcastError::Stopped);
        }
        if item.is_empty() {
            return Err(BroadcastError::Empty);
        }
        let room = self.room(&self.config, &self.id, Message::Broadcast);
        if room.is_none_or(|room| item.len() + ITEM_LENGTH_BYTES > room.len()) {
            return Err(BroadcastError::TooLong);
        }
        let key = match self.policy.receive(item, None) {
            Verdict::Spread(key) => key,
            Verdict::Known => return Ok(Accepted::Known),
            Verdict::Malformed => return Err(BroadcastError::Malformed),
        };
        if !self.spread_item(item, key) {
            return Ok(Accepted::Known);
        }
        self.resume_gossip(now);
        let policy = &self.policy;
        let peers: Vec<I> = self
            .members
            .table
            .draw_active(&mut self.random)
            .take(self.config.indirect_probes + DRAWS_EXTRA_MAX)
            .map(|slot| &self.members.table[slot].member.id)
            .filter(|id| policy.wants(id))
            .take(self.config.indirect_probes)
            .cloned()
            .collect();
        for to in peers {
            self.send_with_news(to, Message::Broadcast);
        }
        Ok(Accepted::Spread)
    }

    pub(crate) fn take_in(
        &mut self,
        now: Instant,
        members: impl IntoIterator<Item = Member<I>>,
        source: Source,
    ) {
        for member in members {
            if member.id.addr() == self.id.addr() {
                self.about_ourselves(now, &member, source);
            } else {
                self.apply(now, member, source);
            }
        }
        self.settle(now);
    }

    /// Takes part under the current identity, after `stop` or after another one.
    fn resume(&mut self, now: Instant) {
        if self.has_stopped() {
            self.status = Status::Alone;
        }
        self.restart_probe(now);
        // Answers are for what we were, and we may be where we asked.
        self.reconcile.abandon();
        self.schedule.stop(Timer::Reconcile);
        self.spread_ourselves(now);
        self.settle(now);
        self.compare_soon(now);
    }
}
