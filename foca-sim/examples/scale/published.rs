//! A member of the published crate, with the timer queue that it leaves to its user.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use foca::{AccumulatingRuntime, Config, Foca, Member, NoCustomBroadcast, PostcardCodec, Timer};
use foca_core::Instant;
use foca_sim::Machine;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::Subject;
use crate::name::{Addr, Name};

pub(crate) struct Published {
    foca: Foca<Name, PostcardCodec, ChaCha8Rng, NoCustomBroadcast>,
    runtime: AccumulatingRuntime<Name>,
    /// By due time, then in the crate's own order of timers, then first come, first served.
    timers: BTreeMap<(Instant, Timer<Name>, u64), ()>,
    timers_scheduled: u64,
}

impl Published {
    /// Takes what a call left behind; what it sends stays until polled.
    fn collect(&mut self, now: Instant) {
        while let Some((delay, timer)) = self.runtime.to_schedule() {
            let key = (now + delay, timer, self.timers_scheduled);
            self.timers.insert(key, ());
            self.timers_scheduled += 1;
        }
        while self.runtime.to_notify().is_some() {}
    }
}

impl Subject for Published {
    fn start(name: Name, nodes: u32, _: Instant) -> Self {
        let nodes = NonZeroU32::new(nodes).expect("a few nodes");
        let seed = match name.addr() {
            Addr::V4(addr) => u64::from(addr.ip().to_bits()),
            Addr::V6(_) => 0,
        };
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self {
            foca: Foca::new(name, Config::new_lan(nodes), random, PostcardCodec),
            runtime: AccumulatingRuntime::new(),
            timers: BTreeMap::new(),
            timers_scheduled: 0,
        }
    }

    fn announce(&mut self, now: Instant, to: Name) {
        let announced = self.foca.announce(to, &mut self.runtime);
        announced.expect("a datagram that fits");
        self.collect(now);
    }

    fn know(&mut self, now: Instant, others: &mut dyn Iterator<Item = Name>) {
        let others = others.map(Member::alive);
        let applied = self.foca.apply_many(others, false, &mut self.runtime);
        applied.expect("members that can be encoded");
        self.collect(now);
    }

    fn members(&self) -> usize {
        self.foca.num_members()
    }
}

/// What the crate calls an error is nothing to stop for: a datagram to an earlier life is one.
impl Machine for Published {
    type Addr = Addr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        let _ = self.foca.handle_data(datagram, &mut self.runtime);
        self.collect(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        while let Some(entry) = self.timers.first_entry().filter(|next| next.key().0 <= now) {
            let ((_, timer, _), ()) = entry.remove_entry();
            let _ = self.foca.handle_timer(timer, &mut self.runtime);
            self.collect(now);
        }
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<(Addr, usize)> {
        let (to, datagram) = self.runtime.to_send()?;
        out[..datagram.len()].copy_from_slice(&datagram);
        Some((to.addr(), datagram.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|((at, ..), ())| *at)
    }
}
