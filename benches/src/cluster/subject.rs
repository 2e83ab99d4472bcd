//! What an experiment needs of a member, whoever made it.

use std::fmt::Debug;
use std::net::SocketAddr;

use foca_core::Instant;
use foca_runtime::NodeId;
use foca_sim::Machine;

use super::Experiment;
use crate::identity::{self, Id};

/// What members are named by.
pub(super) trait Name: Copy + Debug + PartialEq {
    /// The first life of the `n`-th address.
    fn numbered(n: usize) -> Self;

    fn addr(&self) -> SocketAddr;
}

impl Name for Id {
    fn numbered(n: usize) -> Self {
        Self::new(n)
    }

    fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Name for NodeId {
    fn numbered(n: usize) -> Self {
        Self::new(identity::address(n), GENERATION)
    }

    fn addr(&self) -> SocketAddr {
        self.socket_addr()
    }
}

/// Milliseconds since the Unix epoch at some moment in 2026: six bytes as postcard, until 2109.
const GENERATION: u64 = 1_790_000_000_000;

/// A member in an experiment.
pub(super) trait Subject: Machine<Addr = SocketAddr> {
    type Name: Name;

    /// A member that knows nobody.
    fn start(name: Self::Name, experiment: &Experiment, seed: u64, now: Instant) -> Self;

    /// Asks to be taken in.
    fn announce(&mut self, now: Instant, to: SocketAddr);

    /// Takes in everybody, itself excepted, as if it had known them before.
    fn know(&mut self, now: Instant, everybody: &[Self::Name]);

    /// Who it is.
    fn name(&self) -> Self::Name;

    /// Active members besides itself.
    fn members(&self) -> usize;

    /// Their names.
    fn view(&self) -> impl Iterator<Item = Self::Name>;

    /// Verdicts of `Down` that it took note of. Nobody ever fails in an experiment.
    fn downs(&self) -> u64;
}
