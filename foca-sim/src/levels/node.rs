//! The middle level: the protocol with its seeds.

use std::net::SocketAddr;

use foca_core::{Broadcasts, Codec, Instant};
use foca_runtime::{Node, Peer};

use crate::Machine;

/// What a member rejects it counts in its own `stats()`.
impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> Machine for Node<I, C, B> {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        // A reject is no error of the network's.
        let _ = Self::handle_datagram(self, now, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        Self::handle_timeout(self, now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        Self::poll_transmit(self, now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Self::poll_timeout(self)
    }
}
