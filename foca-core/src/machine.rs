//! The protocol machine: its parts, what the steps share, and what follows from a change.
//!
//! It sees payloads, not envelopes. The steps live in files of their own: `commands.rs` does what
//! the application wants, `inbound.rs` judges what arrives, `react.rs` answers it, `defend.rs` deals
//! with what is said about ourselves, `tick.rs` serves the timers, `assemble.rs` turns intents into
//! bytes.

use alloc::vec::Vec;
use core::time::Duration;

use crate::allowance::Allowance;
use crate::assemble::{COUNT_BYTES, LastSent, encode_header, encode_member};
use crate::check::Doubts;
use crate::comparison::Comparison;
use crate::config::Wire;
use crate::decay::Accuser;
use crate::defend::Defence;
use crate::gossip::Gossip;
use crate::health::Health;
use crate::items::Items;
use crate::members::{Applied, Members, Source, Step};
use crate::outbox::{Intent, Load, Outbox, Room};
use crate::probe::Probe;
use crate::random::Random;
use crate::reconcile::Reconcile;
use crate::relay::Relays;
use crate::rtt::RoundTrips;
use crate::schedule::{Schedule, Timer};
use crate::search::Search;
use crate::spelling::Spelling;
use crate::table::{Guess, Guesses};
use crate::token::Tokens;
use crate::view::with_spelled;
use crate::{
    Broadcasts, Codec, Config, ConfigError, Event, Header, Identity, Instant, Member, Message,
    Rules, State, Stats, Status,
};

/// Members looked at beyond those wanted before a random choice with a condition gives up.
pub(crate) const DRAWS_EXTRA_MAX: usize = 64;

/// The whole node without its envelope.
///
/// What every input looks at lies together, in this order: a process with many nodes finds each in no
/// cache, and then it is lines of memory that take time.
#[repr(C)]
pub(crate) struct Machine<I: Identity, C: Codec<I>, B: Broadcasts<I>> {
    pub(crate) status: Status,
    pub(crate) incarnation: u32,
    pub(crate) schedule: Schedule,
    pub(crate) outbox: Outbox<I>,
    pub(crate) relays: Relays<I>,
    pub(crate) gossip: Gossip,
    pub(crate) members: Members<I>,
    pub(crate) items: Items<B::Key>,
    pub(crate) probe: Probe<I>,
    pub(crate) id: I,
    pub(crate) config: Config,
    pub(crate) spelling: Spelling<I>,
    /// Suspicions do not end before this: we were stalled and may have missed refutations.
    pub(crate) grace_until: Instant,
    /// When a datagram was last accepted.
    pub(crate) last_heard: Instant,
    pub(crate) allowance: Allowance,
    pub(crate) last_sent: LastSent<I>,
    pub(crate) envelope_bytes: EnvelopeBytes,
    pub(crate) health: Health,
    pub(crate) round_trips: RoundTrips,
    pub(crate) doubts: Doubts<I>,
    pub(crate) tokens: Tokens,
    pub(crate) random: Random,
    pub(crate) codec: C,
    pub(crate) policy: B,
    /// Members of the datagram under way; kept for its capacity.
    pub(crate) inbox: Vec<(Member<I>, Accuser)>,
    /// Where they are; kept for its capacity.
    pub(crate) guesses: Guesses,
    /// What else a comparison under way brought; kept for its capacity.
    pub(crate) comparison: Comparison,
    pub(crate) reconcile: Reconcile<I>,
    pub(crate) search: Search,
    pub(crate) defence: Defence,
    /// The next pause between two attempts to find anybody.
    pub(crate) lonely_pause: Duration,
    pub(crate) stats: Stats,
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
        let mut machine = Self {
            incarnation: 0,
            spelling: Spelling::new(),
            status: Status::Alone,
            members: Members::new(&config, &mut random),
            tokens: Tokens::new(&mut random),
            items: Items::new(),
            outbox: Outbox::new(),
            probe: Probe::new(),
            relays: Relays::new(),
            health: Health::default(),
            round_trips: RoundTrips::default(),
            doubts: Doubts::new(),
            schedule: Schedule::default(),
            gossip: Gossip::default(),
            allowance: Allowance::new(config.bytes_per_second_max),
            stats: Stats::default(),
            inbox: Vec::new(),
            guesses: Guesses::default(),
            comparison: Comparison::default(),
            reconcile: Reconcile::new(config.reconciliation_bytes_per_second),
            search: Search::new(),
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
            machine.keep_view();
            Ok(machine)
        } else {
            Err(ConfigError::DatagramTooSmallForIdentity)
        }
    }

    pub(crate) const fn has_stopped(&self) -> bool {
        matches!(self.status, Status::Left | Status::Defunct)
    }

    pub(crate) fn apply(&mut self, now: Instant, update: Member<I>, source: Source) -> Applied {
        self.apply_at(now, Guess::NONE, update, source)
    }

    /// The same for a member that may be where it was guessed to be.
    pub(crate) fn apply_at(
        &mut self,
        now: Instant,
        guess: Guess,
        update: Member<I>,
        source: Source,
    ) -> Applied {
        let step = Step {
            now,
            config: &self.config,
            codec: &self.codec,
            guess,
        };
        self.members.apply(step, update, source)
    }

    pub(crate) fn push_event(&mut self, event: Event<I>) {
        self.members.events.push(event, self.config.events_max);
    }

    pub(crate) fn spread_item(&mut self, item: &[u8], key: B::Key) -> bool {
        let (sends, max) = (self.members.pace.transmissions, self.config.broadcasts_max);
        self.items.push(item, key, sends, max)
    }

    /// What we say of ourselves.
    pub(crate) fn ourselves(&self) -> Member<&I> {
        Member {
            id: &self.id,
            incarnation: self.incarnation,
            state: self.own_state(),
        }
    }

    /// Begins or ceases to keep what is compared with others, as the settings say.
    pub(crate) fn keep_view(&mut self) {
        self.reconcile.abandon();
        self.schedule.stop(Timer::Reconcile);
        self.members.keep_view(&self.codec, self.compared_by());
        self.show_ourselves();
    }

    /// The key that views are compared by, if they are.
    pub(crate) fn compared_by(&self) -> Option<u64> {
        let compares = self.config.wire == Wire::Native && self.config.reconciliation.is_some();
        compares.then_some(self.config.reconciliation_key)
    }

    /// Takes over what we are into what is compared.
    pub(crate) fn show_ourselves(&mut self) {
        let ourselves = Member {
            id: &self.id,
            incarnation: self.incarnation,
            state: State::Alive,
        };
        self.members.view_ourselves(&self.codec, ourselves);
        self.members.suspicions.own = with_spelled(&self.codec, self.id.addr(), |addr| {
            addr.map_or(Accuser::UNKNOWN, Accuser::at)
        });
    }

    /// Whether we take part, in the words of the rules in force.
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
            load: Load::Usual,
        };
        self.outbox.push(intent, self.config.outbox_max)
    }

    pub(crate) fn send_with_news(&mut self, to: I, message: Message<I>) {
        self.outbox
            .push(Intent::with_news(to, message), self.config.outbox_max);
    }

    /// The token of an address: whoever says it back has received it there.
    pub(crate) fn token(&self, now: Instant, addr: &I::Addr) -> u32 {
        with_spelled(&self.codec, addr, |addr| {
            addr.map_or(0, |addr| self.tokens.issue(now, addr))
        })
    }

    /// Whether `token` proves that its sender receives at this address.
    pub(crate) fn token_proves(&self, now: Instant, addr: &I::Addr, token: u32) -> bool {
        let proves = |addr: &[u8]| self.tokens.proves(now, addr, token);
        token != 0 && with_spelled(&self.codec, addr, |addr| addr.is_some_and(proves))
    }

    /// Whether `number` weakly proves that its sender receives at this address.
    pub(crate) fn byte_proves(&self, now: Instant, addr: &I::Addr, number: u32) -> bool {
        let proves = |addr: &[u8]| self.tokens.byte_proves(now, addr, number);
        with_spelled(&self.codec, addr, |addr| addr.is_some_and(proves))
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

    /// Identities of up to `wanted` random members that are down, not those that left or are kept out.
    pub(crate) fn draw_down(&mut self, wanted: usize) -> Vec<I> {
        let (table, damping) = (&self.members.table, &self.members.damping);
        table
            .draw_inactive(&mut self.random)
            .take(wanted.saturating_add(DRAWS_EXTRA_MAX))
            .filter(|slot| !damping.is_out(*slot))
            .map(|slot| &table[slot].member)
            .filter(|member| member.state == State::Down)
            .take(wanted)
            .map(|member| member.id.clone())
            .collect()
    }

    /// Draws the consequences of whatever changed: called at the end of every input and command.
    pub(crate) fn settle(&mut self, now: Instant) {
        self.members.follow(&self.config);
        let table = &self.members.table;
        debug_assert!(
            self.members.suspicions.len() <= table.active_len() - table.alive_len(),
            "accusers of members that are no suspects"
        );
        debug_assert!(
            self.members.inquiries.len() <= table.active_len() - table.alive_len(),
            "questions to members that are no suspects"
        );
        self.resume_gossip(now);
        self.gossip_if_urgent(now);
        let active = self.members.table.active_len();
        match self.status {
            Status::Alone if active > 0 => {
                self.status = Status::Joined;
                self.push_event(Event::Joined);
                self.schedule.stop(Timer::Lonely);
                self.schedule_periodic(now);
                let begin = self.random.within(now, self.config.probe_period);
                self.schedule.set(Timer::Probe, begin);
                self.compare_soon(now);
            }
            Status::Joined if active == 0 => {
                self.status = Status::Alone;
                self.push_event(Event::Alone);
                self.schedule.stop_all();
                self.probe.abandon();
                self.doubts.clear();
                self.reconcile.abandon();
                self.reconcile.fed_by = None;
                self.search.is_fresh = true;
                self.members
                    .withdraw_own_verdicts(&self.config, &self.codec);
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

    pub(crate) fn schedule_periodic(&mut self, now: Instant) {
        match self.members.pace.gossip {
            Some(every) => {
                let first = self.random.within(now, every);
                self.schedule_gossip(first);
            }
            None => self.schedule.stop(Timer::Gossip),
        }
        let tasks = [
            (Timer::Announce, self.announce_task()),
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
        self.relays.clear();
        self.doubts.clear();
        self.reconcile.abandon();
        self.outbox.clear();
    }

    /// Forgets the probe under way: answers to what we were will not reach us.
    pub(crate) fn restart_probe(&mut self, now: Instant) {
        self.probe.abandon();
        self.doubts.clear();
        self.members.inquiries.ask_in_another_name();
        self.schedule.stop(Timer::Check);
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
    pub(crate) fn fits(&self, config: &Config, id: &I) -> bool {
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
        room.get_mut(COUNT_BYTES..).is_some_and(|room| {
            encode_member(config.wire, &self.codec, (news, Accuser::UNKNOWN), room).is_some()
        })
    }

    /// What a datagram with this message, from and to somebody with an identity like `id`, has left
    /// for cargo.
    pub(crate) fn room(&self, config: &Config, id: &I, message: Message<&I>) -> Option<Vec<u8>> {
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
