//! The network: machines, a clock, and the loop that moves it.

mod books;
mod faults;
mod machines;
mod space;
mod time;

use std::collections::BTreeMap;

use foca_core::Instant;

use crate::address::Slot;
use crate::link::Link;
use crate::machine::Machine;
use crate::medium::Medium;
use crate::node::{Node, Surroundings};

/// Machines that talk to each other in virtual time.
///
/// The clock starts at [`Instant::ZERO`] and moves only inside the `run_` functions, from event to
/// event. A run is a function of the seed, of the machines and of the calls made: it reads no clock,
/// no entropy, and iterates over nothing whose order is not defined.
///
/// The contract with a machine:
///
/// 1. After each call that may change it, its `poll_transmit` is called until `None`, then its
///    `poll_timeout`.
/// 2. A deadline is served exactly at its time, or at once if it is in the past already.
/// 3. Datagrams that arrive at the instant of a deadline are delivered before it is served.
/// 4. Datagrams that arrive at one instant are delivered in the order in which they were sent,
///    deadlines of one instant are served in the order of addresses.
pub struct Network<M: Machine> {
    now: Instant,
    /// Where the machines are, in the order of their addresses.
    present: BTreeMap<M::Addr, Slot>,
    nodes: Vec<Option<Node<M>>>,
    medium: Medium<M::Addr>,
    socket_buffer_datagrams_max: usize,
    /// Where machines write what they send.
    out: Box<[u8]>,
}

/// Longest datagram that a machine can send, in bytes: what IPv4 leaves for a UDP payload.
pub const DATAGRAM_BYTES_MAX: usize = 65_507;

/// Datagrams that wait for a machine that is paused, blocked or slow, unless
/// [`with_socket_buffer`](Network::with_socket_buffer) says otherwise: about what the default
/// receive buffer of Linux holds of small ones.
pub const SOCKET_BUFFER_DATAGRAMS_MAX: usize = 256;

/// Setting up.
impl<M: Machine> Network<M> {
    /// An empty network with the default [`Link`]; equal seeds give equal runs.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            now: Instant::ZERO,
            present: BTreeMap::new(),
            nodes: Vec::new(),
            medium: Medium::new(seed),
            socket_buffer_datagrams_max: SOCKET_BUFFER_DATAGRAMS_MAX,
            out: vec![0; DATAGRAM_BYTES_MAX].into(),
        }
    }

    /// The same network over this link.
    #[must_use]
    pub fn with_link(mut self, link: Link) -> Self {
        self.set_link(link);
        self
    }

    /// The same network with room for so many datagrams in the socket buffer of each machine that
    /// is paused, blocked or slow. More are dropped and counted in
    /// [`Stats::datagrams_overflowed`](crate::Stats::datagrams_overflowed).
    #[must_use]
    pub const fn with_socket_buffer(mut self, datagrams_max: usize) -> Self {
        self.socket_buffer_datagrams_max = datagrams_max;
        self
    }

    /// Calls `tap` for each datagram that a machine sends, with the time, the sender, the receiver
    /// and the bytes, whatever becomes of it afterwards. Replaces an earlier tap.
    pub fn tap(&mut self, tap: impl FnMut(Instant, &M::Addr, &M::Addr, &[u8]) + 'static) {
        self.medium.tap = Some(Box::new(tap));
    }
}

/// Ways to a node.
impl<M: Machine> Network<M> {
    fn find(&self, addr: &M::Addr) -> Option<&Node<M>> {
        let slot = self.medium.addresses.find(addr)?;
        self.nodes.get(slot.index())?.as_ref()
    }

    /// Does something with the node at this address and with what surrounds it.
    fn try_node<R>(
        &mut self,
        addr: &M::Addr,
        act: impl FnOnce(&mut Node<M>, &mut Surroundings<'_, M::Addr>) -> R,
    ) -> Option<R> {
        let slot = self.medium.addresses.find(addr)?;
        self.try_slot(slot, act)
    }

    fn try_slot<R>(
        &mut self,
        slot: Slot,
        act: impl FnOnce(&mut Node<M>, &mut Surroundings<'_, M::Addr>) -> R,
    ) -> Option<R> {
        let node = self.nodes.get_mut(slot.index())?.as_mut()?;
        let mut around = Surroundings {
            now: self.now,
            medium: &mut self.medium,
            out: &mut self.out,
            socket_buffer_datagrams_max: self.socket_buffer_datagrams_max,
        };
        Some(act(node, &mut around))
    }

    /// The same where the caller promised that there is one.
    fn expect_node<R>(
        &mut self,
        addr: &M::Addr,
        act: impl FnOnce(&mut Node<M>, &mut Surroundings<'_, M::Addr>) -> R,
    ) -> R {
        self.try_node(addr, act)
            .unwrap_or_else(|| panic!("there is no node at {addr:?}"))
    }
}
