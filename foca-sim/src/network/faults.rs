//! What befalls the process of a machine.

use std::time::Duration;

use super::Network;
use crate::machine::Machine;
use crate::node::Node;

impl<M: Machine> Network<M> {
    /// Stops the process of a machine: its timers are not served, and datagrams that arrive wait in
    /// a bounded socket buffer. Does nothing if it is paused already.
    ///
    /// # Panics
    ///
    /// If there is no machine at this address.
    pub fn pause(&mut self, addr: &M::Addr) {
        self.expect_node(addr, Node::pause);
    }

    /// Continues a paused machine, as a driver does that wakes late: it is handed everything in its
    /// socket buffer, then its deadline is served if it has passed, then it sends. Does nothing if
    /// it is not paused.
    ///
    /// # Panics
    ///
    /// If there is no machine at this address.
    pub fn resume(&mut self, addr: &M::Addr) {
        self.expect_node(addr, Node::resume);
    }

    /// Blocks the input and output of a machine, as the experiments of the Lifeguard paper
    /// (section V) do: its timers are served on time, but datagrams that arrive wait in the socket
    /// buffer, and what it wants to send is not asked for. Does nothing if it is blocked already.
    ///
    /// # Panics
    ///
    /// If there is no machine at this address.
    pub fn block(&mut self, addr: &M::Addr) {
        self.expect_node(addr, Node::block);
    }

    /// Ends that: the machine is handed everything in its socket buffer, then its deadline is served
    /// if it has passed, then it sends. Does nothing if it is not blocked.
    ///
    /// # Panics
    ///
    /// If there is no machine at this address.
    pub fn unblock(&mut self, addr: &M::Addr) {
        self.expect_node(addr, Node::unblock);
    }

    /// Lets each datagram take so long to be processed from here on; zero ends it.
    ///
    /// The machine sees a datagram when that time is over. Until then others wait in the socket
    /// buffer, and so does a deadline: one thread does everything. Between two datagrams a deadline
    /// that has passed is served, unless the machine [reads on](Machine::reads_on).
    ///
    /// # Panics
    ///
    /// If there is no machine at this address.
    pub fn slow(&mut self, addr: &M::Addr, per_datagram: Duration) {
        self.expect_node(addr, |node, around| node.slow(per_datagram, around));
    }

    /// Puts the clock of a machine ahead by so much, on top of earlier jumps, as after a correction
    /// of the time or the sleep of its host. Deadlines that passed by that are served at once.
    ///
    /// Whatever the machine is told the time by shows its own clock from then on;
    /// [`clock_ahead`](Self::clock_ahead) says how far that is off.
    ///
    /// # Panics
    ///
    /// If there is no machine at this address.
    pub fn jump_clock(&mut self, addr: &M::Addr, by: Duration) {
        self.expect_node(addr, |node, around| node.jump_clock(by, around));
    }

    /// How far the clock of a machine is ahead of the network's; zero if there is none.
    #[must_use]
    pub fn clock_ahead(&self, addr: &M::Addr) -> Duration {
        self.find(addr).map_or(Duration::ZERO, |node| node.ahead)
    }
}
