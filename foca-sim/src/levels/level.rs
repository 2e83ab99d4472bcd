//! One of the three, for networks in which they meet.

use std::net::SocketAddr;

use foca_core::{
    AnnounceError, Broadcasts, Codec, Event, Foca, Instant, Member, NoBroadcasts, Status,
};
use foca_runtime::{Node, Peer};

use super::DriverMachine;
use crate::Machine;

/// A member on one of the three levels, with the questions and commands that all of them have.
pub enum Level<I: Peer, C: Codec<I>, B: Broadcasts<I> = NoBroadcasts> {
    /// The protocol alone.
    Foca(Foca<I, C, B>),
    /// The protocol and its seeds.
    Node(Node<I, C, B>),
    /// The loop of production over it.
    Driver(DriverMachine<I, C, B>),
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> Level<I, C, B> {
    /// Announces this member to an address, once.
    ///
    /// # Errors
    ///
    /// If there is no point in it.
    pub fn join(&mut self, now: Instant, addr: &I::Addr) -> Result<(), AnnounceError> {
        match self {
            Self::Foca(foca) => foca.announce(now, addr),
            Self::Node(node) => node.join(now, addr),
            Self::Driver(driver) => driver.command(now, |handle| handle.join(addr.clone())),
        }
    }

    /// Starts to say goodbye; `Event::Left` tells when it has been said.
    pub fn leave(&mut self, now: Instant) {
        match self {
            Self::Foca(foca) => foca.leave(now),
            Self::Node(node) => node.leave(now),
            Self::Driver(driver) => driver.command(now, |handle| handle.leave()),
        }
    }

    /// The next thing that happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event<I>> {
        match self {
            Self::Foca(foca) => foca.poll_event(),
            Self::Node(node) => node.poll_event(),
            Self::Driver(driver) => driver.handle().try_event(),
        }
    }

    /// Who this member is.
    #[must_use]
    pub fn identity(&self) -> I {
        match self {
            Self::Foca(foca) => foca.identity().clone(),
            Self::Node(node) => node.identity().clone(),
            Self::Driver(driver) => driver.handle().identity(),
        }
    }

    /// What this member is to the cluster.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Foca(foca) => foca.status(),
            Self::Node(node) => node.status(),
            Self::Driver(driver) => driver.handle().status(),
        }
    }

    /// Active members, without this one, in no particular order.
    #[must_use]
    pub fn members(&self) -> Vec<Member<I>> {
        match self {
            Self::Foca(foca) => foca.members().cloned().collect(),
            Self::Node(node) => node.members().cloned().collect(),
            Self::Driver(driver) => driver.handle().members(),
        }
    }

    /// Number of active members, without this one.
    #[must_use]
    pub fn members_count(&self) -> usize {
        match self {
            Self::Foca(foca) => foca.members().len(),
            Self::Node(node) => node.members().len(),
            Self::Driver(driver) => driver.handle().members_count(),
        }
    }
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> Machine for Level<I, C, B> {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        match self {
            Self::Foca(foca) => Machine::handle_datagram(foca, now, datagram),
            Self::Node(node) => Machine::handle_datagram(node, now, datagram),
            Self::Driver(driver) => driver.handle_datagram(now, datagram),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Foca(foca) => foca.handle_timeout(now),
            Self::Node(node) => node.handle_timeout(now),
            Self::Driver(driver) => driver.handle_timeout(now),
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        match self {
            Self::Foca(foca) => {
                let (to, len) = Machine::poll_transmit(foca, now, out)?;
                Some((to.into(), len))
            }
            Self::Node(node) => node.poll_transmit(now, out),
            Self::Driver(driver) => driver.poll_transmit(now, out),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Foca(foca) => foca.poll_timeout(),
            Self::Node(node) => node.poll_timeout(),
            Self::Driver(driver) => driver.poll_timeout(),
        }
    }

    fn reads_on(&self) -> bool {
        match self {
            Self::Foca(foca) => foca.reads_on(),
            Self::Node(node) => node.reads_on(),
            Self::Driver(driver) => driver.reads_on(),
        }
    }
}
