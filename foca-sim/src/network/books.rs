//! Counters and fingerprints.

use super::Network;
use crate::machine::Machine;
use crate::node::Node;
use crate::stats::{NodeStats, Stats};

impl<M: Machine> Network<M> {
    /// Counters of the whole network.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.medium.stats
    }

    /// Counters of one machine.
    #[must_use]
    pub fn node_stats(&self, addr: &M::Addr) -> Option<NodeStats> {
        self.find(addr).map(|node| node.stats)
    }

    /// Datagrams that are on their way or in the socket buffer of a machine.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        let nodes = self.nodes.iter().flatten();
        self.medium.schedule.arrivals() + nodes.map(Node::buffered).sum::<usize>()
    }

    /// A fingerprint of everything sent and delivered so far: when, from whom, to whom, which bytes.
    ///
    /// Equal seeds, machines and calls give equal hashes, on every platform. Each event adds words
    /// of 64 bits: the time in microseconds; the sender in the upper and the receiver in the lower
    /// half, each as the number in which the network first heard of its address, all ones where
    /// there is no sender; and what happened, three times a number plus 0, 1 or 2: 0 for sent and 2
    /// for injected, with the length of the datagram, followed by its bytes, little-endian and
    /// padded with one to eight zeros; 1 for delivered, with the number of the datagram among all
    /// copies that ever went on their way. Each word is added to the hash, turned left by 23 bits,
    /// by exclusive or; the product with `0x9E3779B97F4A7C15`, 128 bits folded by exclusive or, is
    /// the next hash. The first is 0.
    #[must_use]
    pub const fn trace_hash(&self) -> u64 {
        self.medium.trace.hash()
    }
}
