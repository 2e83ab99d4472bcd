//! A datagram comes in from a member that is known, and perhaps one goes out.

use foca_core::Wire;

use super::datagram::{Kind, Seen, Update, write};
use super::identity::Id;
use super::peer::{Duty, Peer, observe};
use super::{MEMBERS_PER_DATAGRAM, Workload};

/// Members that take turns in sending, evenly spread over all.
const SENDERS_MAX: usize = 256;

/// A `Ping` without news, answered by an `Ack` without news.
pub(crate) struct PingToAck<P>(Exchange<P>);

/// A `Ping` full of news that is known already, answered by an `Ack` without news.
pub(crate) struct KnownUpdates<P>(Exchange<P>);

/// An `Announce` of a member that has proven its address, answered by a full `Feed`.
pub(crate) struct AnnounceToFeed<P>(Exchange<P>);

impl<P: Peer> Workload for PingToAck<P> {
    fn new(wire: Wire, members: usize) -> Self {
        let ask = |id| write(wire, id, Kind::Ping(7), &[]);
        Self(Exchange::new(wire, members, ask, ack(7)))
    }

    fn elements(_members: usize) -> u64 {
        1
    }

    fn runs_max(&self) -> u64 {
        u64::MAX
    }

    fn run(&mut self) {
        self.0.run();
    }

    fn verify(&self) {
        self.0.verify();
    }
}

impl<P: Peer> Workload for KnownUpdates<P> {
    fn new(wire: Wire, members: usize) -> Self {
        let known = known_updates(members);
        let ask = |id| write(wire, id, Kind::Ping(7), &known);
        let exchange = Exchange::new(wire, members, ask, ack(7));

        // The same with something new at the very end does change something: all of it is read.
        let mut news = known.clone();
        news.last_mut().expect("a full packet").incarnation = 1;
        let mut other: P = knowing(wire, members);
        let before = other.changes();
        other.receive(&write(wire, Id::new(1), Kind::Ping(7), &news));
        assert_eq!(other.changes(), before + 1, "the last update is applied");
        Self(exchange)
    }

    fn elements(_members: usize) -> u64 {
        MEMBERS_PER_DATAGRAM as u64
    }

    fn runs_max(&self) -> u64 {
        u64::MAX
    }

    fn run(&mut self) {
        self.0.run();
    }

    fn verify(&self) {
        self.0.verify();
    }
}

impl<P: Peer> Workload for AnnounceToFeed<P> {
    fn new(wire: Wire, members: usize) -> Self {
        let ask = |id| write(wire, id, Kind::Announce, &[]);
        let feed = Seen {
            kind: Kind::Feed,
            members: fed(members),
        };
        Self(Exchange::new(wire, members, ask, feed))
    }

    fn elements(members: usize) -> u64 {
        fed(members) as u64
    }

    fn runs_max(&self) -> u64 {
        u64::MAX
    }

    fn run(&mut self) {
        self.0.run();
    }

    fn verify(&self) {
        self.0.verify();
    }
}

/// A node, and what is sent to it in turn.
struct Exchange<P> {
    peer: P,
    requests: Vec<Vec<u8>>,
    next: usize,
    runs: u64,
    /// Of the node, before the first run.
    changes: u64,
    datagrams: u64,
    bytes: u64,
    /// Length of every answer.
    answer_bytes: u64,
}

impl<P: Peer> Exchange<P> {
    /// Checks that everybody who asks is answered by `answer`, and by nothing else.
    fn new(wire: Wire, members: usize, ask: impl Fn(Id) -> Vec<u8>, answer: Seen) -> Self {
        let mut peer: P = knowing(wire, members);
        let senders = senders(members);
        peer.trust(&senders);
        let requests: Vec<Vec<u8>> = senders.into_iter().map(ask).collect();
        let bytes_before = peer.sent().bytes;
        for request in &requests {
            let answers = observe(&mut peer, wire, |peer| peer.receive(request));
            assert_eq!(answers, [answer]);
        }
        let bytes = peer.sent().bytes;
        Self {
            next: 0,
            runs: 0,
            changes: peer.changes(),
            datagrams: peer.sent().datagrams,
            bytes,
            answer_bytes: (bytes - bytes_before) / requests.len() as u64,
            requests,
            peer,
        }
    }

    fn run(&mut self) {
        self.peer.receive(&self.requests[self.next]);
        self.next += 1;
        if self.next == self.requests.len() {
            self.next = 0;
        }
        self.runs += 1;
    }

    fn verify(&self) {
        let sent = self.peer.sent();
        assert_eq!(sent.datagrams, self.datagrams + self.runs);
        assert_eq!(sent.bytes, self.bytes + self.runs * self.answer_bytes);
        assert_eq!(self.peer.changes(), self.changes, "nothing was new");
    }
}

fn knowing<P: Peer>(wire: Wire, members: usize) -> P {
    let mut peer = P::new(wire, members, Duty::Answer);
    peer.restore(&Id::others(members));
    assert_eq!(peer.members(), members);
    peer
}

fn senders(members: usize) -> Vec<Id> {
    let step = members.div_ceil(SENDERS_MAX);
    Id::others(members).into_iter().step_by(step).collect()
}

/// As many as fit, spread over all members; where there are fewer, they are repeated.
fn known_updates(members: usize) -> Vec<Update> {
    // The multiplier is prime to every number of members.
    (0..MEMBERS_PER_DATAGRAM)
        .map(|n| Update {
            id: Id::new(1 + n * 7_919 % members),
            incarnation: 0,
        })
        .collect()
}

const fn ack(number: u32) -> Seen {
    Seen {
        kind: Kind::Ack(number),
        members: 0,
    }
}

/// Members in a `Feed`: all but its receiver, as far as they fit.
fn fed(members: usize) -> usize {
    (members - 1).min(MEMBERS_PER_DATAGRAM + 1)
}
