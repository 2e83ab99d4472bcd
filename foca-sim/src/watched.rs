//! Members whose events are written down, with who saw them and when.

use std::cell::RefCell;
use std::rc::Rc;

use foca_core::{Broadcasts, Codec, Event, Foca, Identity, Instant};

use crate::Machine;

/// Something that one member reported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry<I: Identity> {
    /// When, on the clock of the network.
    pub at: Instant,
    /// Who reported it.
    pub observer: I::Addr,
    /// What.
    pub event: Event<I>,
}

/// What the members of one network reported, in the order of time. Clones share it.
#[derive(Debug)]
pub struct Journal<I: Identity>(Rc<RefCell<Vec<Entry<I>>>>);

impl<I: Identity> Journal<I> {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self(Rc::default())
    }

    /// Takes out everything written since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Entry<I>> {
        self.0.take()
    }

    /// A member that writes its events into this journal.
    #[must_use]
    pub fn watch<C: Codec<I>, B: Broadcasts<I>>(&self, foca: Foca<I, C, B>) -> Watched<I, C, B> {
        Watched {
            foca,
            journal: self.clone(),
        }
    }
}

impl<I: Identity> Clone for Journal<I> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<I: Identity> Default for Journal<I> {
    fn default() -> Self {
        Self::new()
    }
}

/// A member whose events go to a [`Journal`] as they happen.
pub struct Watched<I: Identity, C: Codec<I>, B: Broadcasts<I>> {
    foca: Foca<I, C, B>,
    journal: Journal<I>,
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Watched<I, C, B> {
    /// The member.
    #[must_use]
    pub const fn foca(&self) -> &Foca<I, C, B> {
        &self.foca
    }

    /// Does something with the member and writes down what it reports.
    pub fn with<R>(
        &mut self,
        now: Instant,
        command: impl FnOnce(&mut Foca<I, C, B>, Instant) -> R,
    ) -> R {
        let result = command(&mut self.foca, now);
        self.write_down(now);
        result
    }

    fn write_down(&mut self, at: Instant) {
        while let Some(event) = self.foca.poll_event() {
            self.journal.0.borrow_mut().push(Entry {
                at,
                observer: self.foca.identity().addr().clone(),
                event,
            });
        }
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine for Watched<I, C, B> {
    type Addr = I::Addr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        // A reject is counted by the member and no error of the network's.
        let _ = self.foca.handle_datagram(now, datagram);
        self.write_down(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.foca.handle_timeout(now);
        self.write_down(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(I::Addr, usize)> {
        Machine::poll_transmit(&mut self.foca, now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.foca.poll_timeout()
    }
}
