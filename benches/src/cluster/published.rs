//! A member of the published crate, with the timer queue that it leaves to its user.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;

use foca::{
    AccumulatingRuntime, Config, Foca, Member, NoCustomBroadcast, OwnedNotification, PostcardCodec,
    Timer,
};
use foca_core::Instant;
use foca_sim::Machine;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use super::Experiment;
use super::subject::Subject;
use crate::identity::Id;

pub(super) struct Published {
    foca: Foca<Id, PostcardCodec, SmallRng, NoCustomBroadcast>,
    runtime: AccumulatingRuntime<Id>,
    /// By due time, then in the crate's own order of timers, then first come, first served.
    timers: BTreeMap<(Instant, Timer<Id>, u64), ()>,
    timers_scheduled: u64,
    downs: u64,
}

impl Published {
    /// Takes the timers and notifications that a call left behind; what it sends stays until polled.
    fn collect(&mut self, now: Instant) {
        while let Some((delay, timer)) = self.runtime.to_schedule() {
            self.timers
                .insert((now + delay, timer, self.timers_scheduled), ());
            self.timers_scheduled += 1;
        }
        while let Some(notification) = self.runtime.to_notify() {
            if matches!(notification, OwnedNotification::MemberDown(_)) {
                self.downs += 1;
            }
        }
    }
}

impl Subject for Published {
    type Name = Id;

    fn start(name: Id, experiment: &Experiment, seed: u64, _: Instant) -> Self {
        let nodes = u32::try_from(experiment.nodes).ok();
        let nodes = nodes.and_then(NonZeroU32::new).expect("a few nodes");
        let random = SmallRng::seed_from_u64(seed);
        Self {
            foca: Foca::new(name, Config::new_lan(nodes), random, PostcardCodec),
            runtime: AccumulatingRuntime::new(),
            timers: BTreeMap::new(),
            timers_scheduled: 0,
            downs: 0,
        }
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        self.foca
            .announce(Id::at(to), &mut self.runtime)
            .expect("a datagram that fits");
        self.collect(now);
    }

    fn know(&mut self, now: Instant, everybody: &[Id]) {
        let myself = *self.foca.identity();
        let others = everybody.iter().filter(|id| **id != myself);
        self.foca
            .apply_many(
                others.map(|id| Member::alive(*id)),
                false,
                &mut self.runtime,
            )
            .expect("members that can be encoded");
        self.collect(now);
    }

    fn name(&self) -> Id {
        *self.foca.identity()
    }

    fn members(&self) -> usize {
        self.foca.num_members()
    }

    fn view(&self) -> impl Iterator<Item = Id> {
        self.foca.iter_members().map(|member| *member.id())
    }

    fn downs(&self) -> u64 {
        self.downs
    }
}

/// What the crate calls an error is nothing to stop for: a datagram to an earlier life is one.
impl Machine for Published {
    type Addr = SocketAddr;

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

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        let (to, datagram) = self.runtime.to_send()?;
        out[..datagram.len()].copy_from_slice(&datagram);
        Some((to.addr, datagram.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|((at, ..), ())| *at)
    }
}
