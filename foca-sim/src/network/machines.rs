//! Machines come, go, and are spoken to.

use foca_core::Instant;

use super::Network;
use crate::machine::Machine;
use crate::node::Node;

impl<M: Machine> Network<M> {
    /// Starts a machine at this address and sends what it has to send.
    ///
    /// # Panics
    ///
    /// If there is a machine at this address already.
    pub fn insert(&mut self, addr: M::Addr, machine: M) {
        let slot = self.medium.addresses.slot(&addr);
        if self.nodes.len() <= slot.index() {
            self.nodes.resize_with(slot.index() + 1, || None);
        }
        let place = &mut self.nodes[slot.index()];
        assert!(place.is_none(), "there is a node at {addr:?} already");
        *place = Some(Node::new(machine, slot));
        self.present.insert(addr, slot);
        self.try_slot(slot, Node::settle);
    }

    /// Crashes a machine and returns it as it was; `None` if there is none.
    ///
    /// What was on its way to it, or waited in its socket buffer, is gone. What it sent still
    /// arrives. Faults of its process end with it, those of the network around it do not.
    pub fn remove(&mut self, addr: &M::Addr) -> Option<M> {
        let slot = self.present.remove(addr)?;
        let node = self.nodes[slot.index()].take()?;
        self.medium.set_alarm(slot, None);
        let gone = node.buffered() + self.medium.schedule.remove_arrivals(slot);
        self.medium.stats.datagrams_unreachable += gone as u64;
        Some(node.machine)
    }

    /// Applies a command to a machine, then sends what it has to send; `None` if there is none.
    ///
    /// The command is told the time by the clock of the machine. To a paused or blocked one it
    /// takes effect, but nothing is sent before that ends.
    pub fn with<R>(
        &mut self,
        addr: &M::Addr,
        command: impl FnOnce(&mut M, Instant) -> R,
    ) -> Option<R> {
        self.try_node(addr, |node, around| {
            let clock = node.clock(around.now);
            let result = command(&mut node.machine, clock);
            node.settle(around);
            result
        })
    }

    /// The machine at this address.
    #[must_use]
    pub fn machine(&self, addr: &M::Addr) -> Option<&M> {
        self.find(addr).map(|node| &node.machine)
    }

    /// All machines in the order of their addresses, paused ones included.
    pub fn machines(&self) -> impl ExactSizeIterator<Item = (&M::Addr, &M)> {
        self.present.iter().map(|(addr, slot)| {
            let node = self.nodes[slot.index()].as_ref();
            (addr, &node.expect("a machine is present").machine)
        })
    }
}
