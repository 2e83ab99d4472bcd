//! Until when a helper passes on the answer to a probe that it made for another.
//!
//! A helper of memberlist pings the target under a number of its own and forgets that number after
//! `ProbeTimeout`: an answer that comes later goes no further. Agents that are let go answer hundreds of such
//! pings at once; if these answers were passed on, each with news, all would hear within milliseconds what takes
//! several rounds of gossip.

use std::collections::VecDeque;
use std::time::Duration;

use foca_core::Instant;

use super::datagram::{INDIRECT_ACK, INDIRECT_PING, OfOthers};
use crate::paper::cluster::Id;

/// How long an answer is waited for: `ProbeTimeout`, which memberlist scales by nothing here.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);

/// The probes that an agent made for others lately, the oldest first.
#[derive(Default)]
pub(super) struct Relays(VecDeque<Relay>);

struct Relay {
    since: Instant,
    target: Id,
    asker: Id,
    number: u32,
}

impl Relays {
    /// Notes what is sent to `to` now.
    pub(super) fn sent(&mut self, now: Instant, to: Id, sent: &OfOthers<'_>) {
        if sent.kind == INDIRECT_PING {
            self.forget(now);
            self.0.push_back(Relay {
                since: now,
                target: to,
                asker: sent.other,
                number: sent.number,
            });
        }
    }

    /// Whether this is an answer that nobody waits for.
    pub(super) fn is_late(&mut self, now: Instant, received: &OfOthers<'_>) -> bool {
        if received.kind != INDIRECT_ACK {
            return false;
        }
        self.forget(now);
        let place = self.0.iter().position(|relay| {
            relay.number == received.number
                && relay.target == received.source
                && relay.asker == received.other
        });
        // Each is answered once.
        place.and_then(|place| self.0.remove(place)).is_none()
    }

    fn forget(&mut self, now: Instant) {
        let is_over = |relay: &Relay| now.duration_since(relay.since) > PROBE_TIMEOUT;
        let over = self.0.iter().take_while(|relay| is_over(relay)).count();
        self.0.drain(..over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::cluster::id;
    use crate::paper::lifeguard::datagram::PING_REQ;

    fn at(millis: u64) -> Instant {
        Instant::ZERO + Duration::from_millis(millis)
    }

    /// What `source` says of probe 7, naming `other`.
    fn said(kind: u8, source: usize, other: usize) -> OfOthers<'static> {
        OfOthers::named(kind, id(source), 7, id(other))
    }

    #[test]
    fn an_answer_is_passed_on_once_and_only_within_the_time_out() {
        for (millis, late) in [(0, false), (500, false), (501, true)] {
            let mut relays = Relays::default();
            relays.sent(at(0), id(2), &said(INDIRECT_PING, 1, 3));
            let answer = said(INDIRECT_ACK, 2, 3);
            assert_eq!(relays.is_late(at(millis), &answer), late, "{millis} ms");
            assert!(relays.is_late(at(millis), &answer), "it was answered");
        }
    }

    #[test]
    fn an_answer_of_another_or_for_another_is_none() {
        let mut relays = Relays::default();
        relays.sent(at(0), id(2), &said(INDIRECT_PING, 1, 3));
        assert!(relays.is_late(at(1), &said(INDIRECT_ACK, 4, 3)));
        assert!(relays.is_late(at(1), &said(INDIRECT_ACK, 2, 4)));
        assert!(!relays.is_late(at(1), &said(INDIRECT_ACK, 2, 3)));
    }

    #[test]
    fn requests_are_neither_noted_nor_late() {
        let mut relays = Relays::default();
        relays.sent(at(0), id(2), &said(PING_REQ, 1, 3));
        assert!(relays.is_late(at(1), &said(INDIRECT_ACK, 2, 3)));
        assert!(!relays.is_late(at(1), &said(PING_REQ, 2, 3)));
    }
}
