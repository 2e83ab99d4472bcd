//! Members made of the published `foca` 2.0.0, with the timer queue that it leaves to its user.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;

use foca::{
    AccumulatingRuntime, Codec, Foca, Identity, Member, NoCustomBroadcast, OwnedNotification,
    PostcardCodec, Timer,
};
use foca_core::Instant;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::Machine;

/// A member of the published crate.
///
/// It is driven as the crate's own example drives it: whatever a call leaves behind is taken up at
/// once, timers are served at their time and those of one moment in the crate's own order. What the
/// crate calls an error is nothing to stop for: a datagram to an earlier life is one.
pub struct Published<I: Identity, C = PostcardCodec, R = ChaCha8Rng> {
    foca: Foca<I, C, R, NoCustomBroadcast>,
    runtime: AccumulatingRuntime<I>,
    /// By due time, then in the crate's own order of timers, then first come, first served.
    timers: BTreeMap<(Instant, Timer<I>, u64), ()>,
    timers_scheduled: u64,
}

impl<I: Identity, C: Codec<I, Error: Error>, R: Rng> Published<I, C, R> {
    /// A member that nothing was asked of yet.
    #[must_use]
    pub fn new(foca: Foca<I, C, R, NoCustomBroadcast>) -> Self {
        Self {
            foca,
            runtime: AccumulatingRuntime::new(),
            timers: BTreeMap::new(),
            timers_scheduled: 0,
        }
    }

    /// The member.
    #[must_use]
    pub const fn foca(&self) -> &Foca<I, C, R, NoCustomBroadcast> {
        &self.foca
    }

    /// Asks somebody to be taken in.
    pub fn announce(&mut self, now: Instant, to: I) {
        let _ = self.foca.announce(to, &mut self.runtime);
        self.collect(now);
    }

    /// Takes in these members as if it had known them before; nobody else is told.
    pub fn know(&mut self, now: Instant, members: impl IntoIterator<Item = I>) {
        let members = members.into_iter().map(Member::alive);
        let _ = self.foca.apply_many(members, false, &mut self.runtime);
        self.collect(now);
    }

    /// Says goodbye.
    pub fn leave(&mut self, now: Instant) {
        let _ = self.foca.leave_cluster(&mut self.runtime);
        self.collect(now);
    }

    /// The next thing that it told; these wait without bound until they are asked for.
    pub fn poll_notification(&mut self) -> Option<OwnedNotification<I>> {
        self.runtime.to_notify()
    }

    /// Takes the timers that a call left behind; what it sends and tells stays until polled.
    fn collect(&mut self, now: Instant) {
        while let Some((delay, timer)) = self.runtime.to_schedule() {
            self.timers_scheduled += 1;
            let due = (now + delay, timer, self.timers_scheduled);
            self.timers.insert(due, ());
        }
    }
}

impl<I, C, R> Machine for Published<I, C, R>
where
    I: Identity<Addr: Ord + Hash + Clone + Debug>,
    C: Codec<I, Error: Error>,
    R: Rng,
{
    type Addr = I::Addr;

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

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<(I::Addr, usize)> {
        let (to, datagram) = self.runtime.to_send()?;
        out[..datagram.len()].copy_from_slice(&datagram);
        Some((to.addr(), datagram.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|((at, ..), ())| *at)
    }
}
