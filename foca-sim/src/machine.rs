//! What can live in the network: anything with the poll-style verbs.

use std::fmt::Debug;
use std::hash::Hash;

use foca_core::{Broadcasts, Codec, Foca, Identity, Instant, Transmit};

/// A state machine that takes datagrams and timeouts in and is polled for datagrams and a deadline.
///
/// It reads no clock and no entropy of its own, or runs cannot be repeated. It is object-safe and
/// implemented for boxes, so a network may hold `Box<dyn Machine<Addr = A>>` or an enum where its
/// members are of several kinds.
pub trait Machine {
    /// Names a machine in the network.
    type Addr: Ord + Hash + Clone + Debug;

    /// Takes in a datagram that arrived.
    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]);

    /// Does what is due at `now`; called when the clock reached [`poll_timeout`](Self::poll_timeout).
    fn handle_timeout(&mut self, now: Instant);

    /// Writes the next datagram to the front of `out` and returns its destination and its length
    /// in bytes; `None` when nothing is left to send.
    ///
    /// Polled until `None` after every other call that changes the machine.
    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(Self::Addr, usize)>;

    /// When to call [`handle_timeout`](Self::handle_timeout) next; `None` for not at all.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Whether it reads the next datagram that waits before it looks at its deadline or sends.
    ///
    /// Asked of machines that take time for each datagram ([`Network::slow`](crate::Network::slow)). By
    /// default it is not so: one datagram, then the deadline if it has passed, then what there is to
    /// send.
    fn reads_on(&self) -> bool {
        false
    }

    /// Whether this comes over a connection of its own rather than to the socket of the datagrams.
    ///
    /// It then waits behind no datagram and takes no time ([`Network::slow`](crate::Network::slow)): so where
    /// every connection is served by a task of its own. A process that is paused or blocked does not
    /// serve it before that ends; until then it counts in the bound of the socket buffer. By default
    /// everything comes to one socket.
    fn has_own_connection(&self, datagram: &[u8]) -> bool {
        let _ = datagram;
        false
    }
}

/// What a member rejects it counts in its own `stats()`.
impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine for Foca<I, C, B> {
    type Addr = I::Addr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        // A reject is no error of the network's.
        let _ = Self::handle_datagram(self, now, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        Self::handle_timeout(self, now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(I::Addr, usize)> {
        let Transmit { to, len } = Self::poll_transmit(self, now, out)?;
        Some((to.clone(), len))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Self::poll_timeout(self)
    }
}

impl<M: Machine + ?Sized> Machine for Box<M> {
    type Addr = M::Addr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        (**self).handle_datagram(now, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        (**self).handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(M::Addr, usize)> {
        (**self).poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (**self).poll_timeout()
    }

    fn reads_on(&self) -> bool {
        (**self).reads_on()
    }

    fn has_own_connection(&self, datagram: &[u8]) -> bool {
        (**self).has_own_connection(datagram)
    }
}
