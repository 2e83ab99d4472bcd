//! The space between machines: decides what becomes of a datagram, and keeps the books.

use std::collections::BTreeMap;
use std::hash::Hash;

use foca_core::Instant;

use crate::access::Door;
use crate::address::{Addresses, PerSlot, Slot};
use crate::bursts::Ways;
use crate::cut::Cuts;
use crate::link::{Fate, Link};
use crate::random::{Dice, Random};
use crate::schedule::{Datagram, Schedule};
use crate::stats::Stats;
use crate::trace::Trace;

type Blocks<A> = Box<dyn Fn(&A, &A) -> bool>;
type Tap<A> = Box<dyn FnMut(Instant, &A, &A, &[u8])>;

pub(crate) struct Medium<A> {
    pub(crate) addresses: Addresses<A>,
    pub(crate) link: Link,
    pub(crate) links: BTreeMap<(u16, u16), Link>,
    pub(crate) places: PerSlot<u16>,
    pub(crate) doors: PerSlot<Door>,
    pub(crate) cuts: Cuts,
    pub(crate) partition: Option<Blocks<A>>,
    pub(crate) tap: Option<Tap<A>>,
    pub(crate) schedule: Schedule,
    pub(crate) stats: Stats,
    pub(crate) trace: Trace,
    ways: Ways,
    random: Random,
}

/// Why a datagram goes nowhere.
enum Stop {
    Congested,
    Blocked,
    Expired,
    Lost,
}

impl<A: Ord + Clone + Hash> Medium<A> {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            addresses: Addresses::new(),
            link: Link::default(),
            links: BTreeMap::new(),
            places: PerSlot::new(),
            doors: PerSlot::new(),
            cuts: Cuts::new(),
            partition: None,
            tap: None,
            schedule: Schedule::new(),
            stats: Stats::default(),
            trace: Trace::new(),
            ways: Ways::new(seed),
            random: Random::new(seed),
        }
    }

    /// Takes a datagram from a machine and schedules its arrival, if it is going to arrive.
    pub(crate) fn send(&mut self, now: Instant, from: Slot, to: &A, bytes: &[u8]) {
        let to = self.addresses.slot(to);
        self.stats.datagrams_sent += 1;
        self.stats.bytes_sent += bytes.len() as u64;
        self.trace.sent(now, from, to, bytes);
        if let Some(tap) = &mut self.tap {
            tap(
                now,
                self.addresses.addr(from),
                self.addresses.addr(to),
                bytes,
            );
        }
        // Drawn whatever becomes of it: a partition must not change the latency of others.
        let dice = self.random.dice();
        match self.pass(now, from, to, bytes.len(), dice) {
            Ok((leaves, Fate::Once(latency))) => {
                self.travel(leaves + latency, from, to, bytes);
            }
            Ok((leaves, Fate::Twice(first, second))) => {
                self.stats.datagrams_duplicated += 1;
                self.travel(leaves + first, from, to, bytes);
                self.travel(leaves + second, from, to, bytes);
            }
            Ok((_, Fate::Lost)) | Err(Stop::Lost) => self.stats.datagrams_lost += 1,
            Err(Stop::Congested) => self.stats.datagrams_congested += 1,
            Err(Stop::Blocked) => self.stats.datagrams_blocked += 1,
            Err(Stop::Expired) => self.stats.datagrams_expired += 1,
        }
    }

    /// Notes that a machine takes this datagram in.
    pub(crate) fn delivered(&mut self, now: Instant, datagram: &Datagram) {
        self.stats.datagrams_delivered += 1;
        self.trace.delivered(now, datagram);
    }

    /// Changes when a machine wakes; `None` for not by itself.
    pub(crate) fn set_alarm(&mut self, slot: Slot, at: Option<Instant>) {
        self.schedule.set_alarm(&self.addresses, slot, at);
    }

    /// Through every obstacle on the way: when it leaves, and what the link makes of it.
    fn pass(
        &mut self,
        now: Instant,
        from: Slot,
        to: Slot,
        bytes: usize,
        dice: Dice,
    ) -> Result<(Instant, Fate), Stop> {
        // What is blocked further on has passed the queue of its sender all the same.
        let (mut leaves, mut ttl) = (now, TTL);
        let mut at_the_door = dice.aside(DOORS);
        if let Some(door) = self.doors.get_mut(from) {
            leaves = door.leave(now, bytes).ok_or(Stop::Congested)?;
            ttl = door.access.ttl;
            if at_the_door.happens(door.access.loss_out_per_million) {
                return Err(Stop::Lost);
            }
        }
        if self.is_blocked(from, to) {
            return Err(Stop::Blocked);
        }
        let link = self.link_between(from, to);
        if link.hops >= ttl {
            return Err(Stop::Expired);
        }
        let (fate, bursts) = (link.draw(dice), link.bursts);
        if let Some(bursts) = bursts
            && self.ways.is_bad(now, from, to, bursts)
            && dice.aside(BURST).happens(bursts.loss_per_million)
        {
            return Err(Stop::Lost);
        }
        if let Some(door) = self.doors.get(to)
            && at_the_door.happens(door.access.loss_in_per_million)
        {
            return Err(Stop::Lost);
        }
        Ok((leaves, fate))
    }

    fn is_blocked(&self, from: Slot, to: Slot) -> bool {
        let addr = |slot| self.addresses.addr(slot);
        let partition = self.partition.as_ref();
        self.cuts.blocks(from, to) || partition.is_some_and(|blocks| blocks(addr(from), addr(to)))
    }

    fn link_between(&self, from: Slot, to: Slot) -> &Link {
        if self.links.is_empty() {
            return &self.link;
        }
        let place = |slot| self.places.get(slot).copied().unwrap_or_default();
        let between = self.links.get(&(place(from), place(to)));
        between.unwrap_or(&self.link)
    }

    fn travel(&mut self, at: Instant, from: Slot, to: Slot, bytes: &[u8]) {
        let datagram = self.schedule.datagram(Some(from), to, bytes);
        self.schedule.add_arrival(at, datagram);
    }
}

/// How far datagrams get without an access of their own.
const TTL: u8 = 64;
const DOORS: u64 = 3;
const BURST: u64 = 4;
