//! The protocol machine: its parts, the application's commands, and what follows from a change.
//!
//! It sees payloads, not envelopes. The steps live in files of their own: `inbound.rs` judges what
//! arrives, `react.rs` answers it, `defend.rs` deals with what is said about ourselves, `tick.rs`
//! serves the timers, `assemble.rs` turns intents into bytes.

use alloc::vec::Vec;
use core::time::Duration;

use crate::assemble::{COUNT_BYTES, LastSent, encode_header, encode_member};
use crate::config::Wire;
use crate::defend::Defence;
use crate::items::{ITEM_LENGTH_BYTES, Items};
use crate::members::{Applied, Members, Source, Step};
use crate::outbox::{Intent, Outbox, Room};
use crate::probe::Probe;
use crate::random::Random;
use crate::schedule::{Schedule, Timer};
use crate::spelling::Spelling;
use crate::token::Tokens;
use crate::{
    Accepted, AnnounceError, BroadcastError, Broadcasts, Codec, Config, ConfigError, Event, Header,
    Identity, IdentityError, Instant, Member, Message, Rules, State, Stats, Status, Verdict,
};

/// Members looked at beyond those wanted before a random choice with a condition gives up.
const DRAWS_EXTRA_MAX: usize = 64;

/// Longest address that can prove itself, in encoded bytes.
const ADDR_BYTES_MAX: usize = 512;

/// The whole node without its envelope.
pub(crate) struct Machine<I: Identity, C: Codec<I>, B: Broadcasts<I>> {
    pub(crate) id: I,
    pub(crate) spelling: Spelling<I>,
    pub(crate) incarnation: u32,
    pub(crate) status: Status,
    pub(crate) config: Config,
    pub(crate) codec: C,
    pub(crate) policy: B,
    pub(crate) members: Members<I>,
    pub(crate) items: Items<B::Key>,
    pub(crate) outbox: Outbox<I>,
    pub(crate) probe: Probe<I>,
    pub(crate) schedule: Schedule,
    pub(crate) tokens: Tokens,
    pub(crate) random: Random,
    pub(crate) stats: Stats,
    /// Members of the datagram under way; kept for its capacity.
    pub(crate) inbox: Vec<Member<I>>,
    pub(crate) envelope_bytes: EnvelopeBytes,
    pub(crate) last_sent: LastSent<I>,
    pub(crate) defence: Defence,
    /// The next pause between two attempts to find anybody.
    pub(crate) lonely_pause: Duration,
    /// When a datagram was last accepted.
    pub(crate) last_heard: Instant,
    /// Suspicions do not end before this: we were stalled and may have missed refutations.
    pub(crate) grace_until: Instant,
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    pub(crate) fn new(
        parts: Parts<I, C, B>,
        envelope_bytes: EnvelopeBytes,
    ) -> Result<Self, ConfigError> {
        let Parts {
            identity: id,
            config,
            codec,
            policy,
            seed,
        } = parts;
        let mut random = Random::new(seed);
        let machine = Self {
            incarnation: 0,
            spelling: Spelling::new(),
            status: Status::Alone,
            members: Members::new(&mut random),
            tokens: Tokens::new(&mut random),
            items: Items::new(),
            outbox: Outbox::new(),
            probe: Probe::new(),
            schedule: Schedule::default(),
            stats: Stats::default(),
            inbox: Vec::new(),
            last_sent: LastSent::default(),
            defence: Defence::default(),
            lonely_pause: config.lonely_retry_min,
            grace_until: Instant::ZERO,
            last_heard: Instant::ZERO,
            id,
            config,
            codec,
            policy,
            random,
            envelope_bytes,
        };
        if machine.fits(&machine.config, &machine.id) {
            Ok(machine)
        } else {
            Err(ConfigError::DatagramTooSmallForIdentity)
        }
    }

    // Commands.

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
        self.members.tell_of_ourselves(&self.config);
        self.gossip_now();
        let every = self
            .config
            .periodic_gossip
            .map_or(self.config.probe_period, |task| task.every);
        self.schedule.set(Timer::Gossip, now + every);
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
            self.members.forget(slot);
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
        self.config = config;
        self.lonely_pause = self.lonely_pause.min(self.config.lonely_retry_max);
        if self.status == Status::Joined {
            self.schedule_periodic(now);
        }
        let period = now + self.config.probe_period;
        self.schedule.hasten(Timer::Probe, period);
        let pause = now + self.config.lonely_retry_max;
        self.schedule.hasten(Timer::Lonely, pause);
        Ok(())
    }

    pub(crate) fn broadcast(&mut self, item: &[u8]) -> Result<Accepted, BroadcastError> {
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

    // What the steps share.

    pub(crate) const fn has_stopped(&self) -> bool {
        matches!(self.status, Status::Left | Status::Defunct)
    }

    pub(crate) fn apply(&mut self, now: Instant, update: Member<I>, source: Source) -> Applied {
        let step = Step {
            now,
            config: &self.config,
        };
        self.members.apply(step, update, source)
    }

    pub(crate) fn push_event(&mut self, event: Event<I>) {
        self.members.events.push(event, self.config.events_max);
    }

    pub(crate) fn spread_item(&mut self, item: &[u8], key: B::Key) -> bool {
        let (sends, max) = (self.config.transmissions_max, self.config.broadcasts_max);
        self.items.push(item, key, sends, max)
    }

    /// What we say of ourselves.
    pub(crate) fn own_state(&self) -> State {
        match (self.status, self.config.rules) {
            (Status::Left, Rules::Native) => State::Left,
            (Status::Left, Rules::Foca2) => State::Down,
            (Status::Alone | Status::Joined | Status::Defunct, _) => State::Alive,
        }
    }

    pub(crate) fn send(&mut self, to: I, message: Message<I>, room: Room) -> bool {
        let intent = Intent {
            to,
            message,
            room,
            only_with_news: false,
        };
        self.outbox.push(intent, self.config.outbox_max)
    }

    pub(crate) fn send_with_news(&mut self, to: I, message: Message<I>) {
        let intent = Intent {
            to,
            message,
            room: Room::Full,
            only_with_news: true,
        };
        self.outbox.push(intent, self.config.outbox_max);
    }

    /// The token of an address: whoever says it back has received it there.
    pub(crate) fn token(&self, now: Instant, addr: &I::Addr) -> u32 {
        let mut bytes = [0; ADDR_BYTES_MAX];
        let len = self.codec.encode_addr(addr, &mut bytes);
        len.map_or(0, |len| self.tokens.issue(now, &bytes[..len]))
    }

    /// Whether `token` proves that its sender receives at this address.
    pub(crate) fn token_proves(&self, now: Instant, addr: &I::Addr, token: u32) -> bool {
        let mut bytes = [0; ADDR_BYTES_MAX];
        token != 0
            && self
                .codec
                .encode_addr(addr, &mut bytes)
                .is_some_and(|len| self.tokens.proves(now, &bytes[..len], token))
    }

    /// Whether `number` weakly proves that its sender receives at this address.
    pub(crate) fn byte_proves(&self, now: Instant, addr: &I::Addr, number: u32) -> bool {
        let mut bytes = [0; ADDR_BYTES_MAX];
        self.codec
            .encode_addr(addr, &mut bytes)
            .is_some_and(|len| self.tokens.byte_proves(now, &bytes[..len], number))
    }

    /// Asks `to` to take us in. `proof` is the cookie of its challenge, or 0.
    pub(crate) fn announce_to(&mut self, now: Instant, to: I, proof: u32) -> bool {
        let nonce = self.token(now, to.addr());
        self.send(to, Message::Announce { nonce, proof }, Room::Full)
    }

    /// Identities of up to `wanted` random active members.
    pub(crate) fn draw_active(&mut self, wanted: usize) -> Vec<I> {
        let table = &self.members.table;
        let drawn = table.draw_active(&mut self.random).take(wanted);
        drawn.map(|slot| table[slot].member.id.clone()).collect()
    }

    /// Identities of up to `wanted` random members that are down, not those that left.
    pub(crate) fn draw_down(&mut self, wanted: usize) -> Vec<I> {
        let table = &self.members.table;
        table
            .draw_inactive(&mut self.random)
            .take(wanted.saturating_add(DRAWS_EXTRA_MAX))
            .map(|slot| &table[slot].member)
            .filter(|member| member.state == State::Down)
            .take(wanted)
            .map(|member| member.id.clone())
            .collect()
    }

    /// Sends news to a few random members at once.
    pub(crate) fn gossip_now(&mut self) {
        for to in self.draw_active(self.config.indirect_probes) {
            self.send_with_news(to, Message::Gossip);
        }
    }

    /// Draws the consequences of whatever changed: called at the end of every input and command.
    pub(crate) fn settle(&mut self, now: Instant) {
        let active = self.members.table.active_len();
        match self.status {
            Status::Alone if active > 0 => {
                self.status = Status::Joined;
                self.push_event(Event::Joined);
                self.schedule.stop(Timer::Lonely);
                self.schedule_periodic(now);
                let begin = self.random.within(now, self.config.probe_period);
                self.schedule.set(Timer::Probe, begin);
            }
            Status::Joined if active == 0 => {
                self.status = Status::Alone;
                self.push_event(Event::Alone);
                self.schedule.stop_all();
                self.probe.abandon();
                self.members.withdraw_own_verdicts(&self.config);
                self.lonely_pause = self.config.lonely_retry_min;
            }
            Status::Alone | Status::Joined | Status::Left | Status::Defunct => {}
        }
        let idle = self.probe.current.is_none() && !self.schedule.is_set(Timer::Probe);
        if self.status == Status::Joined && idle {
            self.schedule
                .set(Timer::Probe, now + self.config.probe_period);
        }
        if self.status == Status::Alone
            && self.members.table.inactive_len() > 0
            && !self.schedule.is_set(Timer::Lonely)
        {
            self.schedule_lonely(now);
        }
    }

    pub(crate) fn schedule_lonely(&mut self, now: Instant) {
        // Somewhere in the second half of the pause, so that lonely nodes do not move in step.
        let half = self.lonely_pause / 2;
        // Half of the shortest pause rounds to nothing.
        let at = self.random.within(now + half, half);
        let at = at.max(now + Duration::from_micros(1));
        self.schedule.set(Timer::Lonely, at);
        self.lonely_pause = (self.lonely_pause.saturating_mul(2)).min(self.config.lonely_retry_max);
    }

    fn schedule_periodic(&mut self, now: Instant) {
        let tasks = [
            (Timer::Gossip, self.config.periodic_gossip),
            (Timer::Announce, self.config.periodic_announce),
            (Timer::AnnounceToDown, self.config.periodic_announce_to_down),
        ];
        for (timer, task) in tasks {
            match task {
                Some(task) => {
                    let first = self.random.within(now, task.every);
                    self.schedule.set(timer, first);
                }
                None => self.schedule.stop(timer),
            }
        }
    }

    /// Stops taking part.
    pub(crate) fn stop(&mut self, status: Status) {
        self.status = status;
        self.schedule.stop_all();
        self.probe.abandon();
        self.outbox.clear();
    }

    /// Takes part under the current identity, after `stop` or after another one.
    fn resume(&mut self, now: Instant) {
        if self.has_stopped() {
            self.status = Status::Alone;
        }
        self.restart_probe(now);
        self.spread_ourselves(now);
        self.settle(now);
    }

    /// Forgets the probe under way: answers to what we were will not reach us.
    pub(crate) fn restart_probe(&mut self, now: Instant) {
        self.probe.abandon();
        // An earlier deadline stays: nobody must be able to put off the next probe again and again.
        let next = now + self.config.probe_period;
        if self.schedule.is_set(Timer::Probe) {
            self.schedule.hasten(Timer::Probe, next);
        } else if self.status == Status::Joined {
            self.schedule.set(Timer::Probe, next);
        }
    }

    /// Whether the longest header between identities like `id`, and one piece of news about such an
    /// identity, fit a datagram.
    fn fits(&self, config: &Config, id: &I) -> bool {
        let help = Message::PingReq {
            target: id,
            number: u32::MAX,
        };
        let Some(mut room) = self.room(config, id, help) else {
            return false;
        };
        let (incarnation, state) = (u32::MAX, State::Alive);
        let news = Member {
            id,
            incarnation,
            state,
        };
        room.get_mut(COUNT_BYTES..)
            .is_some_and(|room| encode_member(config.wire, &self.codec, news, room).is_some())
    }

    /// What a datagram with this message, from and to somebody with an identity like `id`, has left
    /// for cargo.
    fn room(&self, config: &Config, id: &I, message: Message<&I>) -> Option<Vec<u8>> {
        let header = Header {
            src: id,
            incarnation: u32::MAX,
            dst: id,
            message,
        };
        let (prefix, suffix) = match config.wire {
            Wire::Native => self.envelope_bytes,
            Wire::Foca2 => (0, 0),
        };
        let body = config.datagram_bytes_max.checked_sub(prefix + suffix)?;
        let mut room = alloc::vec![0; body];
        let used = encode_header(config.wire, &self.codec, &header, None, &mut room)?;
        room.truncate(body.checked_sub(used)?);
        Some(room)
    }
}

/// What a machine is made of.
pub(crate) struct Parts<I, C, B> {
    pub(crate) identity: I,
    pub(crate) config: Config,
    pub(crate) codec: C,
    pub(crate) policy: B,
    pub(crate) seed: u64,
}

/// Bytes that the envelope adds to a `Wire::Native` datagram: in front and behind.
pub(crate) type EnvelopeBytes = (usize, usize);
