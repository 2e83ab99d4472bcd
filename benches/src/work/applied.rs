//! A `Ping` full of news that is new, answered by an `Ack` full of news.

use super::exchange::senders;
use super::{MEMBERS_LONG, Workload};
use crate::identity::{Id, others};
use crate::node::{Duty, Kind, Make, Peer, Seen, Update, observe};

/// Requests that are written at once.
const REQUESTS: usize = 256;

/// All news takes two bytes to say its incarnation, which is from here to the other.
const INCARNATION_MIN: u16 = 128;
const INCARNATION_MAX: u16 = (1 << 14) - 1;

/// Each request raises the incarnations of members; there is news of every member all the time.
pub(super) struct AppliedUpdates<P> {
    make: Make,
    members: usize,
    peer: P,
    senders: Vec<Id>,
    requests: Vec<Vec<u8>>,
    /// Of the first one of the requests.
    incarnation: u16,
    next: usize,
    runs: u64,
    datagrams: u64,
    bytes: u64,
    /// Length of every answer.
    answer_bytes: u64,
}

impl<P: Peer> AppliedUpdates<P> {
    pub(super) fn new(make: Make, members: usize) -> Self {
        assert!(members >= MEMBERS_LONG, "no member twice in a datagram");
        let mut peer = P::new(make, members, Duty::Tell, MEMBERS_LONG);
        let senders = senders(members);
        peer.restore(&others(members), 0);
        peer.trust(&senders);
        // All of it is news only now, so that none has been spent on proving addresses.
        peer.merge(&others(members), INCARNATION_MIN);
        let mut applied = Self {
            make,
            members,
            peer,
            senders,
            requests: Vec::new(),
            incarnation: INCARNATION_MIN + 1,
            next: 0,
            runs: 0,
            datagrams: 0,
            bytes: 0,
            answer_bytes: 0,
        };
        applied.write_requests();
        applied.check_one();
        applied
    }

    fn check_one(&mut self) {
        let request = &self.requests[0];
        let bytes_before = self.peer.sent().bytes;
        let answers = observe(&mut self.peer, self.make, |peer| peer.receive(request));
        let full = Seen {
            kind: Kind::Ack(7),
            members: MEMBERS_LONG,
        };
        assert_eq!(answers, [full]);
        for update in self.updates(0) {
            let known = self.peer.incarnation(update.id);
            assert_eq!(known, Some(update.incarnation.into()));
        }
        let sent = self.peer.sent();
        (self.datagrams, self.bytes) = (sent.datagrams, sent.bytes);
        self.answer_bytes = sent.bytes - bytes_before;
        self.next = 1;
    }

    fn write_requests(&mut self) {
        self.requests = (0..REQUESTS)
            .map(|n| {
                let from = self.senders[n % self.senders.len()];
                P::write(self.make, from, Kind::Ping(7), &self.updates(n))
            })
            .collect();
        self.next = 0;
    }

    fn updates(&self, request: usize) -> Vec<Update> {
        let incarnation = self.incarnation + request as u16;
        let first = usize::from(incarnation) * MEMBERS_LONG;
        // The multiplier is prime to every number of members.
        (first..first + MEMBERS_LONG)
            .map(|n| Update {
                id: Id::new(1 + n * 7_919 % self.members),
                incarnation,
            })
            .collect()
    }
}

impl<P: Peer> Workload for AppliedUpdates<P> {
    fn runs_left(&self) -> u64 {
        (REQUESTS - self.next) as u64
    }

    fn replenish(&mut self) {
        self.verify();
        self.incarnation += REQUESTS as u16;
        if self.incarnation + REQUESTS as u16 > INCARNATION_MAX {
            *self = Self::new(self.make, self.members);
        } else {
            self.write_requests();
        }
    }

    fn run(&mut self, runs: u64) {
        for _ in 0..runs {
            self.peer.receive(&self.requests[self.next]);
            self.next += 1;
        }
        self.runs += runs;
    }

    fn verify(&self) {
        let sent = self.peer.sent();
        assert_eq!(sent.datagrams, self.datagrams + self.runs);
        assert_eq!(sent.bytes, self.bytes + self.runs * self.answer_bytes);
        let Some(last) = self.next.checked_sub(1) else {
            return;
        };
        let known = |update: &Update| self.peer.incarnation(update.id);
        let is_applied = |update: &Update| known(update) == Some(update.incarnation.into());
        assert!(self.updates(last).iter().all(is_applied));
    }
}
