//! Identities that a UDP socket can send to.

use std::net::SocketAddr;

use foca_core::Identity;

/// An identity whose address is a socket address. Implemented for every [`Identity`] whose `Addr`
/// converts into [`SocketAddr`]; there is nothing to implement.
pub trait Peer: Identity<Addr: Into<SocketAddr>> {
    /// Where datagrams to this member go.
    fn peer_addr(&self) -> SocketAddr {
        self.addr().clone().into()
    }
}

impl<I: Identity<Addr: Into<SocketAddr>>> Peer for I {}
