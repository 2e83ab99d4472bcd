//! What the scenarios ask of a member, whoever made it.

use std::net::SocketAddr;

use foca_core::{Config, Instant, Member};
use foca_sim::Machine;

use super::board::Board;

/// Who made a member.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Make {
    /// `foca-core`.
    Ours,
    /// A published version of `foca`.
    Theirs,
}

impl Make {
    pub const fn other(self) -> Self {
        match self {
            Self::Ours => Self::Theirs,
            Self::Theirs => Self::Ours,
        }
    }
}

/// What a member told its application. What only one make tells is left out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum News<I> {
    Up(I),
    Down(I),
    Renamed {
        from: I,
        to: I,
    },
    /// The member itself returned as this later life after it was declared down.
    Renewed(I),
    /// The member itself was declared down and cannot return.
    Defunct,
}

/// A member of a mixed cluster.
pub trait Peer<I>: Machine<Addr = SocketAddr> {
    fn make(&self) -> Make;
    fn identity(&self) -> I;

    /// Everybody that it lists as active, without itself.
    fn active(&self) -> Vec<I>;
    /// What it knows of an address, whatever the state.
    fn member(&self, addr: SocketAddr) -> Option<Member<I>>;
    /// Its own board.
    fn board(&self) -> &Board;
    /// Everything that it was told since its start.
    fn news(&mut self) -> Vec<News<I>>;
    /// What it found wrong with the datagrams of others and with its own timers.
    fn complaints(&self) -> Vec<String>;

    fn announce(&mut self, now: Instant, to: SocketAddr);
    fn leave(&mut self, now: Instant);
    /// Returns after having left.
    fn rejoin(&mut self, now: Instant, identity: I);
    fn broadcast(&mut self, now: Instant, item: &[u8]);

    /// Goes on with another configuration; members of the published crate cannot migrate.
    fn set_config(&mut self, now: Instant, config: &Config);
}
