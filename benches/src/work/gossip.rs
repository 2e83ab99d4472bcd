//! A round of gossip while there is news of every member.

use super::{INCARNATION_LONG, MEMBERS_LONG, Workload};
use crate::identity::others;
use crate::node::{Duty, GOSSIP_MEMBERS, Kind, Make, Peer, Seen, TRANSMISSIONS_MAX, observe};

/// A few members are chosen at random and sent as much news as fits; none is used up.
pub(super) struct GossipRound<P> {
    make: Make,
    members: usize,
    peer: P,
    runs: u64,
    runs_max: u64,
    datagrams: u64,
    bytes: u64,
    datagram_bytes: u64,
}

impl<P: Peer> GossipRound<P> {
    pub(super) fn new(make: Make, members: usize) -> Self {
        let mut peer = P::new(make, members, Duty::Gossip, MEMBERS_LONG);
        peer.merge(&others(members), INCARNATION_LONG);
        let told = members.min(MEMBERS_LONG);
        let round = observe(&mut peer, make, P::gossip);
        assert_eq!(round.len(), GOSSIP_MEMBERS);
        assert!(
            round.iter().all(|seen| is_full(make, *seen, told)),
            "{round:?}"
        );
        let (datagrams, bytes) = (peer.sent().datagrams, peer.sent().bytes);
        // The first round is over, and the last one has to find all of the news still there.
        let sends = members * usize::from(TRANSMISSIONS_MAX - 1);
        let rounds = sends / (told * GOSSIP_MEMBERS);
        Self {
            make,
            members,
            peer,
            runs: 0,
            runs_max: rounds as u64 - 1,
            datagrams,
            bytes,
            datagram_bytes: bytes / datagrams,
        }
    }
}

fn is_full(make: Make, seen: Seen, told: usize) -> bool {
    let expected = match make {
        Make::Native | Make::Foca2 | Make::Published => told..=told,
        // It tells of itself as well.
        #[cfg(feature = "peers")]
        Make::Kinship => told..=told + 1,
    };
    seen.kind == Kind::Gossip && expected.contains(&seen.members)
}

impl<P: Peer> Workload for GossipRound<P> {
    fn runs_left(&self) -> u64 {
        self.runs_max - self.runs
    }

    fn replenish(&mut self) {
        self.verify();
        *self = Self::new(self.make, self.members);
    }

    fn run(&mut self, runs: u64) {
        for _ in 0..runs {
            self.peer.gossip();
        }
        self.runs += runs;
    }

    fn verify(&self) {
        let sent = self.peer.sent();
        let more = self.runs * GOSSIP_MEMBERS as u64;
        assert_eq!(sent.datagrams, self.datagrams + more);
        assert_eq!(sent.bytes, self.bytes + more * self.datagram_bytes);
    }
}
