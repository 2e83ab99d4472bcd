//! Whole clusters in virtual time: what joining costs, and what being there costs.

mod bootstrap;
mod joiner;
mod ours;
mod published;
mod quiet;
mod subject;

pub use bootstrap::{Bootstrap, bootstrap};
pub use quiet::{Quiet, quiet};

use std::time::Duration;

use foca_sim::Link;

/// Whose members the cluster is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum System {
    /// Ours, with the preset for one data centre.
    Ours,
    /// Ours, with the same preset on the wire and by the rules of the published crate.
    #[value(name = "foca2-wire")]
    Foca2Wire,
    /// The published crate, with its preset for one data centre.
    Published,
}

/// What members are named by.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Naming {
    /// A socket address and 16 bits: 8 bytes.
    Rival,
    /// `foca_runtime::NodeId` with a generation that is a time in milliseconds: 13 bytes.
    Shipped,
}

/// A cluster to be looked at. One way takes 0.5 to 2 ms, evenly spread.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// Members, the seed included.
    pub nodes: usize,
    /// Of a hundred datagrams, how many are lost.
    pub loss_percent: f64,
    /// What members are named by.
    pub naming: Naming,
    /// Whose they are.
    pub system: System,
    /// Decides the moments of starting, latencies, losses and everything drawn by members.
    pub seed: u64,
    /// Longest time that a cluster is given to become complete, in virtual time.
    pub limit: Duration,
}

impl Experiment {
    fn link(&self) -> Link {
        Link {
            // A share of a million, checked to be one where it comes in.
            loss_per_million: (self.loss_percent * 10_000.0) as u32,
            ..Link::default()
        }
    }

    /// Numbers that differ between experiments and between what they are used for.
    const fn seed_of(&self, n: u64) -> u64 {
        // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
        let mut mixed = self
            .seed
            .wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// A moment of an experiment under way.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Virtual time.
    pub at: Duration,
    /// Pairs of members of which the first does not list the second yet.
    pub pairs_missing: u64,
    /// Bytes sent by all.
    pub bytes_sent: u64,
}

/// Whether this kind of member can have names of this kind: the published crate decides for itself
/// what an identity must be able to do, and `foca_runtime::NodeId` does not know of it.
#[must_use]
pub fn is_possible(system: System, naming: Naming) -> bool {
    system != System::Published || naming == Naming::Rival
}
