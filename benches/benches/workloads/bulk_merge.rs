//! A node that knows nobody is told of everybody.

use foca_core::Wire;

use super::Workload;
use super::identity::Id;
use super::peer::{Duty, Peer};

/// Members taken in by all the nodes of one preparation, about.
const MEMBERS_PER_BATCH: usize = 4_000;

/// All members are taken in at once; each is told to the application and queued to be passed on.
pub(crate) struct BulkMerge<P> {
    others: Vec<Id>,
    peers: Vec<P>,
    /// Peers that know everybody already.
    full: usize,
}

impl<P: Peer> Workload for BulkMerge<P> {
    fn new(wire: Wire, members: usize) -> Self {
        let nodes = (MEMBERS_PER_BATCH / members).max(1);
        let node = |_| P::new(wire, members, Duty::Answer);
        Self {
            others: Id::others(members),
            peers: (0..nodes).map(node).collect(),
            full: 0,
        }
    }

    fn elements(members: usize) -> u64 {
        members as u64
    }

    fn runs_max(&self) -> u64 {
        self.peers.len() as u64
    }

    fn run(&mut self) {
        self.peers[self.full].merge(&self.others);
        self.full += 1;
    }

    fn verify(&self) {
        for (index, peer) in self.peers.iter().enumerate() {
            let members = if index < self.full {
                self.others.len()
            } else {
                0
            };
            assert_eq!(peer.members(), members);
            assert!(peer.changes() >= members as u64);
        }
    }
}
