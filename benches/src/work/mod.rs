//! What is measured: the same work for a node of each make.
//!
//! Every workload checks when it is made that the work is what its name says, and
//! [`verify`](Workload::verify) checks that all of it was done.

mod applied;
mod bulk;
mod exchange;
mod gossip;
mod named;

pub(crate) use named::{NAMED_IDS, named_ping_allocations};

#[cfg(feature = "peers")]
use crate::node::Kinship;
use crate::node::{Make, Ours, Peer, Published};

/// Members in a datagram that is full, at incarnations below 128: ten bytes each. A few bytes are
/// left, as mostly; one that is full to the last byte would spare the published crate a lot.
const MEMBERS_SHORT: usize = 137;

/// The same at incarnations from 128 on: eleven bytes each.
const MEMBERS_LONG: usize = 125;

/// An incarnation that takes two bytes.
const INCARNATION_LONG: u16 = 200;

/// Kinds of work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Work {
    /// A `Ping` without news comes in, an `Ack` without news goes out.
    Ping,
    /// The same with 137 updates in the `Ping`, all of them known.
    KnownUpdates,
    /// The same with 125 updates, all of them new, while there is news of every member.
    AppliedUpdates,
    /// Three random members are sent what fits, while there is news of every member.
    GossipRound,
    /// An `Announce` comes in, a `Feed` goes out.
    Announce,
    /// A node that knows nobody takes in everybody, and keeps it to itself.
    Restore,
    /// A node that knows nobody takes in everybody, and has it all to tell.
    Merge,
}

impl Work {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ping,
        Self::KnownUpdates,
        Self::AppliedUpdates,
        Self::GossipRound,
        Self::Announce,
        Self::Restore,
        Self::Merge,
    ];

    /// What it is, for the first column of a table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "`Ping` to `Ack`",
            Self::KnownUpdates => "`Ping` with 137 known updates to `Ack`",
            Self::AppliedUpdates => "`Ping` with 125 new updates to full `Ack`, backlog N",
            Self::GossipRound => "round of gossip, 3 datagrams, backlog N",
            Self::Announce => "`Announce` to `Feed`",
            Self::Restore => "restore N members",
            Self::Merge => "merge N members",
        }
    }

    /// Prepares a node of this make that knows so many members, at least two.
    #[must_use]
    pub fn prepare(self, make: Make, members: usize) -> Box<dyn Workload> {
        match make {
            Make::Native | Make::Foca2 => self.prepare_node::<Ours>(make, members),
            Make::Published => self.prepare_node::<Published>(make, members),
            #[cfg(feature = "peers")]
            Make::Kinship => self.prepare_node::<Kinship>(make, members),
        }
    }

    /// Whether a node of this make can be asked for this work.
    #[must_use]
    pub const fn suits(self, make: Make) -> bool {
        match make {
            Make::Native | Make::Foca2 | Make::Published => true,
            // No datagram of its asks for members, and lists that it takes in it does not tell.
            #[cfg(feature = "peers")]
            Make::Kinship => !matches!(self, Self::Announce | Self::Merge),
        }
    }

    fn prepare_node<P: Peer + 'static>(self, make: Make, members: usize) -> Box<dyn Workload> {
        match self {
            Self::Ping => Box::new(exchange::ping::<P>(make, members)),
            Self::KnownUpdates => Box::new(exchange::known_updates::<P>(make, members)),
            Self::AppliedUpdates => Box::new(applied::AppliedUpdates::<P>::new(make, members)),
            Self::GossipRound => Box::new(gossip::GossipRound::<P>::new(make, members)),
            Self::Announce => Box::new(exchange::announce::<P>(make, members)),
            Self::Restore => Box::new(bulk::Bulk::<P>::restore(make, members)),
            Self::Merge => Box::new(bulk::Bulk::<P>::merge(make, members)),
        }
    }
}

/// Work that is done over and over again.
pub trait Workload {
    /// How often it can be done before something must be prepared again.
    fn runs_left(&self) -> u64;

    /// Prepares more of it, and verifies what was done.
    fn replenish(&mut self);

    /// Does it so often, at most [`runs_left`](Self::runs_left).
    fn run(&mut self, runs: u64);

    /// Checks that every run since the last preparation did all of the work.
    ///
    /// # Panics
    ///
    /// If one did not.
    fn verify(&self);
}
