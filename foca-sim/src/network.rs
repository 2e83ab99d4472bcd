//! The network: machines, a clock, and the loop that moves it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use foca_core::Instant;

use crate::link::Link;
use crate::machine::Machine;
use crate::medium::Medium;
use crate::node::Node;
use crate::schedule::{Datagram, Due};
use crate::stats::{NodeStats, Stats};

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
    nodes: BTreeMap<M::Addr, Node<M>>,
    medium: Medium<M::Addr>,
    socket_buffer_datagrams_max: usize,
    /// Where machines write what they send.
    out: Box<[u8]>,
}

/// Longest datagram that a machine can send, in bytes: what IPv4 leaves for a UDP payload.
pub const DATAGRAM_BYTES_MAX: usize = 65_507;

/// Datagrams that wait for a paused machine, unless
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
            nodes: BTreeMap::new(),
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

    /// The same network with room for so many datagrams in the socket buffer of each paused
    /// machine. More are dropped and counted in [`Stats::datagrams_overflowed`].
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

/// Machines.
impl<M: Machine> Network<M> {
    /// Starts a machine at this address and sends what it has to send.
    ///
    /// # Panics
    ///
    /// If there is a machine at this address already.
    pub fn insert(&mut self, addr: M::Addr, machine: M) {
        assert!(
            !self.nodes.contains_key(&addr),
            "there is a node at {addr:?} already"
        );
        self.nodes.insert(addr.clone(), Node::new(machine));
        self.settle(&addr);
    }

    /// Crashes a machine and returns it as it was; `None` if there is none.
    ///
    /// What was on its way to it, or waited in its socket buffer, is gone. What it sent still
    /// arrives.
    pub fn remove(&mut self, addr: &M::Addr) -> Option<M> {
        let mut node = self.nodes.remove(addr)?;
        node.schedule(addr, None, &mut self.medium);
        let buffered = node.socket_buffer.as_ref().map_or(0, VecDeque::len);
        let gone = buffered + self.medium.schedule.remove_arrivals(addr);
        self.medium.stats.datagrams_unreachable += gone as u64;
        Some(node.machine)
    }

    /// Stops the process of a machine: its timers are not served, and datagrams that arrive wait in
    /// a bounded socket buffer. Does nothing if it is paused already.
    ///
    /// # Panics
    ///
    /// If there is no machine at this address.
    pub fn pause(&mut self, addr: &M::Addr) {
        let node = expect_node(&mut self.nodes, addr);
        node.socket_buffer.get_or_insert_default();
        node.schedule(addr, None, &mut self.medium);
    }

    /// Continues a paused machine, as a driver does that wakes late: it is handed everything in its
    /// socket buffer, then its deadline is served if it has passed, then it sends. Does nothing if
    /// it is not paused.
    ///
    /// # Panics
    ///
    /// If there is no machine at this address.
    pub fn resume(&mut self, addr: &M::Addr) {
        let node = expect_node(&mut self.nodes, addr);
        let Some(socket_buffer) = node.socket_buffer.take() else {
            return;
        };
        for datagram in &socket_buffer {
            node.handle_datagram(self.now, datagram, &mut self.medium);
        }
        node.handle_timeout_if_due(self.now, addr);
        self.settle(addr);
    }

    /// Applies a command to a machine, then sends what it has to send; `None` if there is none.
    ///
    /// A command to a paused machine takes effect, but nothing is sent before it is resumed.
    pub fn with<R>(
        &mut self,
        addr: &M::Addr,
        command: impl FnOnce(&mut M, Instant) -> R,
    ) -> Option<R> {
        let node = self.nodes.get_mut(addr)?;
        let result = command(&mut node.machine, self.now);
        self.settle(addr);
        Some(result)
    }

    /// The machine at this address.
    #[must_use]
    pub fn machine(&self, addr: &M::Addr) -> Option<&M> {
        self.nodes.get(addr).map(|node| &node.machine)
    }

    /// All machines in the order of their addresses, paused ones included.
    pub fn machines(&self) -> impl ExactSizeIterator<Item = (&M::Addr, &M)> {
        self.nodes.iter().map(|(addr, node)| (addr, &node.machine))
    }
}

/// The space between them.
impl<M: Machine> Network<M> {
    /// Changes the link for everything sent from here on.
    ///
    /// # Panics
    ///
    /// If the range of latencies is empty.
    pub fn set_link(&mut self, link: Link) {
        assert!(
            !link.latency.is_empty(),
            "the range of latencies is empty: {:?}",
            link.latency
        );
        self.medium.link = link;
    }

    /// Blocks what is sent from here on wherever `blocks(from, to)` holds, which need not be
    /// symmetric. What is on its way still arrives. Replaces an earlier partition.
    pub fn partition(&mut self, blocks: impl Fn(&M::Addr, &M::Addr) -> bool + 'static) {
        self.medium.partition = Some(Box::new(blocks));
    }

    /// Ends the partition.
    pub fn heal(&mut self) {
        self.medium.partition = None;
    }

    /// Hands a datagram from outside to a machine at once, past link and partition.
    ///
    /// It waits in the socket buffer of a paused machine, and is counted as unreachable where there
    /// is none.
    pub fn inject(&mut self, to: &M::Addr, datagram: &[u8]) {
        self.medium.stats.datagrams_injected += 1;
        self.arrive(Datagram {
            from: None,
            to: to.clone(),
            bytes: datagram.into(),
        });
    }
}

/// Time.
impl<M: Machine> Network<M> {
    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Lets so much time pass.
    pub fn run_for(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }

    /// Lets time pass until `deadline`, everything that happens at that instant included. Does
    /// nothing if it is in the past.
    pub fn run_until(&mut self, deadline: Instant) {
        let _never = self.run_until_condition(deadline, |_| false);
    }

    /// Lets time pass until `condition` holds, at most until `deadline`, and tells whether it came
    /// to hold.
    ///
    /// It is asked once before anything happens and then after each event; the clock stays where it
    /// came true.
    #[must_use]
    pub fn run_until_condition(
        &mut self,
        deadline: Instant,
        mut condition: impl FnMut(&Self) -> bool,
    ) -> bool {
        loop {
            if condition(self) {
                return true;
            }
            if !self.step(deadline) {
                self.now = self.now.max(deadline);
                return false;
            }
        }
    }

    /// Lets the next event happen, unless it is later than `until`.
    fn step(&mut self, until: Instant) -> bool {
        let Some((at, due)) = self.medium.schedule.pop(until) else {
            return false;
        };
        debug_assert!(at >= self.now, "the clock would run backwards");
        self.now = at;
        match due {
            Due::Arrival(datagram) => self.arrive(datagram),
            Due::Deadline(addr) => {
                let node = expect_node(&mut self.nodes, &addr);
                node.deadline_popped();
                node.handle_timeout_if_due(self.now, &addr);
                self.settle(&addr);
            }
        }
        true
    }

    fn arrive(&mut self, datagram: Datagram<M::Addr>) {
        let Some(node) = self.nodes.get_mut(&datagram.to) else {
            self.medium.stats.datagrams_unreachable += 1;
            return;
        };
        if let Some(socket_buffer) = &mut node.socket_buffer {
            if socket_buffer.len() < self.socket_buffer_datagrams_max {
                socket_buffer.push_back(datagram);
            } else {
                node.stats.datagrams_overflowed += 1;
                self.medium.stats.datagrams_overflowed += 1;
            }
            return;
        }
        node.handle_datagram(self.now, &datagram, &mut self.medium);
        self.settle(&datagram.to);
    }

    fn settle(&mut self, addr: &M::Addr) {
        let node = expect_node(&mut self.nodes, addr);
        if node.socket_buffer.is_none() {
            node.settle(self.now, addr, &mut self.out, &mut self.medium);
        }
    }
}

/// Books.
impl<M: Machine> Network<M> {
    /// Counters of the whole network.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.medium.stats
    }

    /// Counters of one machine.
    #[must_use]
    pub fn node_stats(&self, addr: &M::Addr) -> Option<NodeStats> {
        self.nodes.get(addr).map(|node| node.stats)
    }

    /// Datagrams that are on their way or in the socket buffer of a paused machine.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        let socket_buffers = self
            .nodes
            .values()
            .filter_map(|node| node.socket_buffer.as_ref());
        self.medium.schedule.arrivals() + socket_buffers.map(VecDeque::len).sum::<usize>()
    }

    /// A fingerprint of everything sent and delivered so far: when, from whom, to whom, which bytes.
    ///
    /// Equal seeds, machines and calls give equal hashes, on every platform. Each event adds a byte
    /// for its kind (0 sent, 1 delivered), the time in microseconds (eight bytes, little-endian),
    /// the sender and the receiver as `{:?}` prints them, each followed by a zero byte (an injected
    /// datagram has an empty sender), the length of the datagram (eight bytes, little-endian) and
    /// the datagram. The hash is the 64-bit FNV-1a.
    #[must_use]
    pub const fn trace_hash(&self) -> u64 {
        self.medium.trace.hash()
    }
}

fn expect_node<'a, M: Machine>(
    nodes: &'a mut BTreeMap<M::Addr, Node<M>>,
    addr: &M::Addr,
) -> &'a mut Node<M> {
    nodes
        .get_mut(addr)
        .unwrap_or_else(|| panic!("there is no node at {addr:?}"))
}
