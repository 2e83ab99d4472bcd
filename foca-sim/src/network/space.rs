//! The space between machines: links, places, cuts.

use super::Network;
use crate::access::{Access, Door};
use crate::link::Link;
use crate::machine::Machine;

impl<M: Machine> Network<M> {
    /// Changes the link for everything sent from here on, where no other is set for a pair of
    /// places.
    ///
    /// # Panics
    ///
    /// If the range of latencies is empty.
    pub fn set_link(&mut self, link: Link) {
        link.expect_valid();
        self.medium.link = link;
    }

    /// Changes the link for everything sent from here on from machines in one place to those in
    /// another, or the same. The way back is another pair.
    ///
    /// # Panics
    ///
    /// If the range of latencies is empty.
    pub fn set_link_between(&mut self, from: u16, to: u16, link: Link) {
        link.expect_valid();
        self.medium.links.insert((from, to), link);
    }

    /// Says in which place an address is, such as a data centre; at first all are in place 0.
    /// There need not be a machine, and it stays there when one goes.
    pub fn set_place(&mut self, addr: &M::Addr, place: u16) {
        let slot = self.medium.addresses.slot(addr);
        self.medium.places.set(slot, place);
    }

    /// Changes how an address is connected. There need not be a machine, and it holds for the next
    /// one too. What waits in its queue leaves as it would have.
    pub fn set_access(&mut self, addr: &M::Addr, access: Access) {
        let slot = self.medium.addresses.slot(addr);
        let doors = &mut self.medium.doors;
        match doors.get_mut(slot) {
            Some(door) => door.set(access),
            None => doors.set(slot, Door::new(access)),
        }
    }

    /// Blocks what is sent from here on wherever `blocks(from, to)` holds, which need not be
    /// symmetric. What is on its way still arrives. Replaces an earlier partition.
    pub fn partition(&mut self, blocks: impl Fn(&M::Addr, &M::Addr) -> bool + 'static) {
        self.medium.partition = Some(Box::new(blocks));
    }

    /// Blocks what is sent from here on from any of the first addresses to any of the second; the
    /// other direction is another cut. What is on its way still arrives. Adds to earlier cuts and
    /// to the partition.
    pub fn cut(&mut self, from: &[M::Addr], to: &[M::Addr]) {
        let addresses = &mut self.medium.addresses;
        let [from, to] = [from, to]
            .map(|side| -> Vec<_> { side.iter().map(|addr| addresses.slot(addr)).collect() });
        self.medium.cuts.add(from, to);
    }

    /// Ends the partition and all cuts.
    pub fn heal(&mut self) {
        self.medium.partition = None;
        self.medium.cuts.heal();
    }

    /// Hands a datagram from outside to a machine at once, past everything in between.
    ///
    /// It waits in the socket buffer of a machine that is paused, blocked or slow, and is counted as
    /// unreachable where there is none.
    pub fn inject(&mut self, to: &M::Addr, datagram: &[u8]) {
        let slot = self.medium.addresses.slot(to);
        self.medium.stats.datagrams_injected += 1;
        self.medium.trace.injected(self.now, slot, datagram);
        let datagram = self.medium.schedule.datagram(None, slot, datagram);
        self.arrive(datagram);
    }
}
