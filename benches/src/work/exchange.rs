//! A datagram comes in from a member that is known, and one goes out; nothing changes.

use super::{INCARNATION_LONG, MEMBERS_LONG, MEMBERS_SHORT, Workload};
use crate::identity::{Id, others};
use crate::node::{Duty, Kind, Make, Peer, Seen, Update, observe};

/// Members that take turns in sending, evenly spread over all.
const SENDERS_MAX: usize = 256;

/// Looking for a single change in a node takes the published crate too long beyond this.
const CHECKED_MEMBERS_MAX: usize = 1_000;

/// A `Ping` without news, answered by an `Ack` without news.
pub(super) fn ping<P: Peer>(make: Make, members: usize) -> Exchange<P> {
    let ask = |id| P::write(make, id, Kind::Ping(7), &[]);
    Exchange::new(make, members, (0, MEMBERS_SHORT), ask, is_ack)
}

/// A `Ping` full of news that is known already, answered by an `Ack` without news.
pub(super) fn known_updates<P: Peer>(make: Make, members: usize) -> Exchange<P> {
    let known = every_so_often(members);
    let ask = |id| P::write(make, id, Kind::Ping(7), &known);
    if members <= CHECKED_MEMBERS_MAX {
        // The same with something new at the very end does change something: all of it is read.
        let mut news = known.clone();
        news.last_mut().expect("a full packet").incarnation = 1;
        let mut other: P = knowing(make, members, 0, MEMBERS_SHORT);
        let before = other.changes();
        other.receive(&P::write(make, Id::new(1), Kind::Ping(7), &news));
        assert_eq!(other.changes(), before + 1, "the last update is applied");
    }
    Exchange::new(make, members, (0, MEMBERS_SHORT), ask, is_ack)
}

/// An `Announce` of a member that has proven its address, answered by a `Feed`: a full one on the
/// wire of the published crate, one of the sender's choice on our own.
pub(super) fn announce<P: Peer>(make: Make, members: usize) -> Exchange<P> {
    let ask = |id| P::write(make, id, Kind::Announce, &[]);
    let full = (members - 1).min(MEMBERS_LONG);
    let is_feed = move |seen: Seen| {
        let fed = match make == Make::Native {
            true => (1..=full).contains(&seen.members),
            false => seen.members == full,
        };
        fed && seen.kind == Kind::Feed
    };
    Exchange::new(
        make,
        members,
        (INCARNATION_LONG, MEMBERS_LONG),
        ask,
        is_feed,
    )
}

/// Members that take turns in sending.
pub(super) fn senders(members: usize) -> Vec<Id> {
    let step = members.div_ceil(SENDERS_MAX);
    others(members).into_iter().step_by(step).collect()
}

/// A node, and what is sent to it in turn.
pub(super) struct Exchange<P> {
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
    /// Checks that everybody who asks is answered as expected, and by nothing else.
    fn new(
        make: Make,
        members: usize,
        (incarnation, room): (u16, usize),
        ask: impl Fn(Id) -> Vec<u8>,
        is_answer: impl Fn(Seen) -> bool,
    ) -> Self {
        let mut peer: P = knowing(make, members, incarnation, room);
        let senders = senders(members);
        peer.trust(&senders);
        let requests: Vec<Vec<u8>> = senders.into_iter().map(ask).collect();
        let bytes_before = peer.sent().bytes;
        for request in &requests {
            let answers = observe(&mut peer, make, |peer| peer.receive(request));
            assert!(answers.len() == 1 && is_answer(answers[0]), "{answers:?}");
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
}

impl<P: Peer> Workload for Exchange<P> {
    fn runs_left(&self) -> u64 {
        u64::MAX
    }

    fn replenish(&mut self) {}

    fn run(&mut self, runs: u64) {
        for _ in 0..runs {
            self.peer.receive(&self.requests[self.next]);
            self.next += 1;
            if self.next == self.requests.len() {
                self.next = 0;
            }
        }
        self.runs += runs;
    }

    fn verify(&self) {
        let sent = self.peer.sent();
        assert_eq!(sent.datagrams, self.datagrams + self.runs);
        assert_eq!(sent.bytes, self.bytes + self.runs * self.answer_bytes);
        assert_eq!(self.peer.changes(), self.changes, "nothing was new");
    }
}

fn knowing<P: Peer>(make: Make, members: usize, incarnation: u16, room: usize) -> P {
    let mut peer = P::new(make, members, Duty::Answer, room);
    peer.restore(&others(members), incarnation);
    assert_eq!(peer.members(), members);
    peer
}

/// As many as fit, spread over all members; where there are fewer, they are repeated.
fn every_so_often(members: usize) -> Vec<Update> {
    // The multiplier is prime to every number of members.
    (0..MEMBERS_SHORT)
        .map(|n| Update {
            id: Id::new(1 + n * 7_919 % members),
            incarnation: 0,
        })
        .collect()
}

fn is_ack(seen: Seen) -> bool {
    seen.kind == Kind::Ack(7) && seen.members == 0
}
