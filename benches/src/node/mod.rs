//! Single nodes of every make, asked to do the same work.

mod datagram;
mod footprint;
#[cfg(feature = "peers")]
mod kinship;
mod ours;
mod peer;
mod published;

pub(crate) use datagram::{Kind, Seen, Update};
pub(crate) use footprint::{OneByOne, heap_backlog, heap_one_by_one, heap_quiet};
#[cfg(feature = "peers")]
pub(crate) use kinship::Kinship;
pub(crate) use ours::Ours;
pub(crate) use peer::{Duty, Peer, observe};
pub(crate) use published::{GOSSIP_MEMBERS, Published, TRANSMISSIONS_MAX};

/// Whose node it is, and what it speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Make {
    /// Ours, on its own wire.
    Native,
    /// Ours, on the wire and by the rules of the published crate.
    Foca2,
    /// The published crate.
    Published,
    /// `kinship-core`.
    #[cfg(feature = "peers")]
    Kinship,
}

impl Make {
    /// All of them, in the order of the columns of a report.
    pub const ALL: &[Self] = &[
        Self::Native,
        Self::Foca2,
        Self::Published,
        #[cfg(feature = "peers")]
        Self::Kinship,
    ];

    /// Those that every workload suits.
    pub(crate) const FOCA: [Self; 3] = [Self::Native, Self::Foca2, Self::Published];

    /// The head of its column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "ours",
            Self::Foca2 => "ours, foca2 wire",
            Self::Published => "`foca` 2.0.0",
            #[cfg(feature = "peers")]
            Self::Kinship => "`kinship-core` 0.5",
        }
    }

    /// What it is called on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Foca2 => "foca2",
            Self::Published => "published",
            #[cfg(feature = "peers")]
            Self::Kinship => "kinship",
        }
    }
}
