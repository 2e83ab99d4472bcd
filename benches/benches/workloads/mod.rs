//! What is measured: the same work for a node of ours and for one of the published crate.
//!
//! Every workload checks when it is made that the work is what its name says, and
//! [`verify`](Workload::verify) checks that all of it was done.

mod bulk_merge;
mod datagram;
mod exchange;
mod gossip;
mod ours;
mod peer;
mod theirs;

pub(crate) use bulk_merge::BulkMerge;
pub(crate) use exchange::{AnnounceToFeed, KnownUpdates, PingToAck};
pub(crate) use gossip::GossipRound;
pub(crate) use ours::Ours;
pub(crate) use theirs::Theirs;

use benches::identity;
use foca_core::Wire;

/// Members that a node knows besides itself.
pub(crate) const SIZES: [usize; 3] = [10, 1_000, 10_000];

/// Members that fit a datagram, whatever the message and the wire. A few bytes are always left: a
/// datagram that is full to the last byte would spare the published crate most of its work.
const MEMBERS_PER_DATAGRAM: usize = 137;

/// Work that is done over and over again.
pub(crate) trait Workload: Sized {
    /// Prepares a node that knows `members` members and speaks `wire`.
    fn new(wire: Wire, members: usize) -> Self;

    /// How many members one run deals with.
    fn elements(members: usize) -> u64;

    /// How often it can be run before another must be prepared.
    fn runs_max(&self) -> u64;

    /// Does the work once.
    fn run(&mut self);

    /// Checks that every run since the start did all of the work.
    fn verify(&self);
}
