//! A node that knows nobody is told of everybody.

use super::{MEMBERS_SHORT, Workload};
use crate::identity::{Id, others};
use crate::node::{Duty, Make, Peer};

/// Members taken in by all the nodes of one preparation, about.
const MEMBERS_PER_BATCH: usize = 4_000;

/// All members are taken in at once; each is told to the application.
pub(super) struct Bulk<P> {
    make: Make,
    take_in: fn(&mut P, &[Id], u16),
    others: Vec<Id>,
    peers: Vec<P>,
    /// Peers that know everybody already.
    full: usize,
}

impl<P: Peer> Bulk<P> {
    /// Nothing is passed on.
    pub(super) fn restore(make: Make, members: usize) -> Self {
        Self::new(make, members, P::restore)
    }

    /// All of it is queued to be passed on.
    pub(super) fn merge(make: Make, members: usize) -> Self {
        Self::new(make, members, P::merge)
    }

    fn new(make: Make, members: usize, take_in: fn(&mut P, &[Id], u16)) -> Self {
        let nodes = (MEMBERS_PER_BATCH / members).max(1);
        let node = |_| P::new(make, members, Duty::Answer, MEMBERS_SHORT);
        Self {
            make,
            take_in,
            others: others(members),
            peers: (0..nodes).map(node).collect(),
            full: 0,
        }
    }
}

impl<P: Peer> Workload for Bulk<P> {
    fn runs_left(&self) -> u64 {
        (self.peers.len() - self.full) as u64
    }

    fn replenish(&mut self) {
        self.verify();
        *self = Self::new(self.make, self.others.len(), self.take_in);
    }

    fn run(&mut self, runs: u64) {
        for _ in 0..runs {
            (self.take_in)(&mut self.peers[self.full], &self.others, 0);
            self.full += 1;
        }
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
