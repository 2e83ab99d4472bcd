//! A round of gossip while there is news of every member.

use foca_core::Wire;

use super::datagram::{Kind, Seen};
use super::identity::Id;
use super::peer::{Duty, Peer, observe};
use super::{MEMBERS_PER_DATAGRAM, Workload, theirs};

/// A few members are chosen at random and sent as much news as fits; none is used up.
pub(crate) struct GossipRound<P> {
    peer: P,
    runs: u64,
    runs_max: u64,
    datagrams: u64,
    bytes: u64,
    datagram_bytes: u64,
}

impl<P: Peer> Workload for GossipRound<P> {
    fn new(wire: Wire, members: usize) -> Self {
        let mut peer = P::new(wire, members, Duty::Gossip);
        peer.merge(&Id::others(members));
        let round = [Seen {
            kind: Kind::Gossip,
            members: told(members),
        }; theirs::GOSSIP_MEMBERS];
        assert_eq!(observe(&mut peer, wire, P::gossip), round);
        let (datagrams, bytes) = (peer.sent().datagrams, peer.sent().bytes);
        // The first round is over, and the last one has to find all of the news still there.
        let sends = members * usize::from(theirs::TRANSMISSIONS_MAX - 1);
        let rounds = sends / (told(members) * theirs::GOSSIP_MEMBERS);
        Self {
            peer,
            runs: 0,
            runs_max: rounds as u64 - 1,
            datagrams,
            bytes,
            datagram_bytes: bytes / datagrams,
        }
    }

    fn elements(members: usize) -> u64 {
        (told(members) * theirs::GOSSIP_MEMBERS) as u64
    }

    fn runs_max(&self) -> u64 {
        self.runs_max
    }

    fn run(&mut self) {
        self.peer.gossip();
        self.runs += 1;
    }

    fn verify(&self) {
        let sent = self.peer.sent();
        let more = self.runs * theirs::GOSSIP_MEMBERS as u64;
        assert_eq!(sent.datagrams, self.datagrams + more);
        assert_eq!(sent.bytes, self.bytes + more * self.datagram_bytes);
    }
}

/// Members in a datagram: all, as far as they fit.
fn told(members: usize) -> usize {
    members.min(MEMBERS_PER_DATAGRAM + 1)
}
