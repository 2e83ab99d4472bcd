//! The space between machines: decides what becomes of a datagram, and keeps the books.

use std::fmt::Debug;

use foca_core::Instant;

use crate::link::{Fate, Link};
use crate::random::Random;
use crate::schedule::{Datagram, Schedule};
use crate::stats::Stats;
use crate::trace::Trace;

type Blocks<A> = Box<dyn Fn(&A, &A) -> bool>;
type Tap<A> = Box<dyn FnMut(Instant, &A, &A, &[u8])>;

pub(crate) struct Medium<A> {
    pub(crate) link: Link,
    pub(crate) partition: Option<Blocks<A>>,
    pub(crate) tap: Option<Tap<A>>,
    pub(crate) schedule: Schedule<A>,
    pub(crate) stats: Stats,
    pub(crate) trace: Trace,
    random: Random,
}

impl<A: Ord + Clone + Debug> Medium<A> {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            link: Link::default(),
            partition: None,
            tap: None,
            schedule: Schedule::new(),
            stats: Stats::default(),
            trace: Trace::new(),
            random: Random::new(seed),
        }
    }

    /// Takes a datagram from a machine and schedules its arrival, if it is going to arrive.
    pub(crate) fn send(&mut self, now: Instant, from: &A, to: A, bytes: &[u8]) {
        self.stats.datagrams_sent += 1;
        self.stats.bytes_sent += bytes.len() as u64;
        self.trace.sent(now, from, &to, bytes);
        if let Some(tap) = &mut self.tap {
            tap(now, from, &to, bytes);
        }
        // Drawn for blocked datagrams too: a partition must not change the latency of others.
        let fate = self.link.draw(&mut self.random);
        if self
            .partition
            .as_ref()
            .is_some_and(|blocks| blocks(from, &to))
        {
            self.stats.datagrams_blocked += 1;
            return;
        }
        let datagram = || Datagram {
            from: Some(from.clone()),
            to: to.clone(),
            bytes: bytes.into(),
        };
        match fate {
            Fate::Lost => self.stats.datagrams_lost += 1,
            Fate::Once(latency) => self.schedule.add_arrival(now + latency, datagram()),
            Fate::Twice(first, second) => {
                self.stats.datagrams_duplicated += 1;
                self.schedule.add_arrival(now + first, datagram());
                self.schedule.add_arrival(now + second, datagram());
            }
        }
    }

    /// Notes that a machine takes this datagram in.
    pub(crate) fn delivered(&mut self, now: Instant, datagram: &Datagram<A>) {
        self.stats.datagrams_delivered += 1;
        self.trace
            .delivered(now, datagram.from.as_ref(), &datagram.to, &datagram.bytes);
    }
}
