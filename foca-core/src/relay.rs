//! Probes made on behalf of others: whom to tell what came of it, answer or not.
//!
//! Whoever asks for help cannot tell a helper that is cut off, or is never reached, from a target that is
//! silent. So a helper says that it got no answer, in time for the asker to know before its probe ends:
//! Lifeguard, section IV-A.

use alloc::collections::VecDeque;
use core::time::Duration;

use crate::config::Wire;
use crate::machine::Machine;
use crate::outbox::Room;
use crate::react::COST_LOW;
use crate::scaled::duration;
use crate::table::Slot;
use crate::{Broadcasts, Codec, Identity, Instant, Message};

/// Places that are kept while no probe is relayed.
const PLACES_SPARE_MAX: usize = 64;

/// A probe that a member asked us to make, and has not heard of since.
#[derive(Debug)]
struct Relay<I> {
    asker: I,
    target: I,
    number: u32,
    /// When the asker hears that there was no answer.
    due: Instant,
    /// Length of the request: what its claimed sender may be answered with.
    request_bytes: usize,
}

impl<I: PartialEq> Relay<I> {
    fn is(&self, asker: &I, target: &I, number: u32) -> bool {
        self.number == number && self.asker == *asker && self.target == *target
    }
}

/// What we were asked to probe and got no answer from yet, the soonest due first.
#[derive(Debug)]
pub(crate) struct Relays<I>(VecDeque<Relay<I>>);

impl<I: PartialEq> Relays<I> {
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.0.front().map(|relay| relay.due)
    }

    /// Remembers a probe, unless it is remembered already; `false` if `max` are.
    fn begin(&mut self, relay: Relay<I>, max: usize) -> bool {
        if self
            .0
            .iter()
            .any(|it| it.is(&relay.asker, &relay.target, relay.number))
        {
            return true;
        }
        if self.0.len() >= max {
            return false;
        }
        // They nearly always come in the order in which they are due.
        let later = self.0.iter().rev().take_while(|it| it.due > relay.due);
        let place = self.0.len() - later.count();
        self.0.insert(place, relay);
        true
    }

    /// Forgets the probe of `target` that answered.
    fn end(&mut self, asker: &I, target: &I, number: u32) {
        let place = self.0.iter().position(|it| it.is(asker, target, number));
        if let Some(place) = place {
            self.0.remove(place);
            self.give_back();
        }
    }

    /// Takes out the next one that is due.
    fn pop_due(&mut self, now: Instant) -> Option<Relay<I>> {
        let is_due = self.due().is_some_and(|due| due <= now);
        let relay = if is_due { self.0.pop_front() } else { None };
        self.give_back();
        relay
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    fn give_back(&mut self) {
        if self.0.is_empty() && self.0.capacity() > PLACES_SPARE_MAX {
            self.clear();
        }
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Probes `target` for the member in `slot`, which asked with so many bytes.
    pub(crate) fn help(
        &mut self,
        now: Instant,
        slot: Slot,
        (asker, target, number): (I, I, u32),
        request_bytes: usize,
    ) {
        let room = self.room_for(slot, request_bytes);
        let message = Message::IndirectPing {
            origin: asker.clone(),
            number,
        };
        let sent = self.third_party(&target).is_some()
            && self.reply(now, slot, target.clone(), message, room);
        if let Some(wait) = self.nack_wait(now).filter(|_| sent) {
            let relay = Relay {
                asker,
                target,
                number,
                due: now + wait,
                request_bytes,
            };
            if !self.relays.begin(relay, self.config.relays_max) {
                self.stats.relays_forgotten += 1;
            }
        }
    }

    /// `target`, in `slot`, answered a probe that we made for `asker`.
    pub(crate) fn helped(
        &mut self,
        now: Instant,
        slot: Slot,
        (asker, target, number): (I, I, u32),
        room: Room,
    ) {
        self.relays.end(&asker, &target, number);
        if let Some(asker) = self.third_party(&asker) {
            let message = Message::ForwardedAck {
                origin: target,
                number,
            };
            self.reply(now, slot, asker, message, room);
        }
    }

    /// Tells one asker that its target said nothing.
    pub(crate) fn relay_due(&mut self, now: Instant) {
        let Some(relay) = self.relays.pop_due(now) else {
            return;
        };
        let table = &self.members.table;
        let Some(slot) = table.find(relay.asker.addr()) else {
            return;
        };
        let asker = &table[slot].member;
        let still_there = asker.state.is_active() && asker.id == relay.asker;
        if still_there && self.config.wire == Wire::Native && self.may_reply(now, slot, COST_LOW) {
            let message = Message::Nack {
                origin: relay.target,
                number: relay.number,
            };
            let room = self.room_for(slot, relay.request_bytes);
            self.stats.nacks_sent += 1;
            self.send(relay.asker, message, room);
        }
    }

    /// A helper says that the target of our probe, or of a check, did not answer it.
    pub(crate) fn nacked(&mut self, relay: &I, origin: &I, number: u32) {
        let asked = self.probe.nacked(relay, origin, number)
            || self.doubt_unanswered(relay, origin, number);
        if asked {
            self.stats.nacks_accepted += 1;
        }
    }

    /// Whether we say that we got no answer, and expect others to.
    pub(crate) fn nacks(&self) -> bool {
        self.config.detector.nack_percent.is_some() && self.config.wire == Wire::Native
    }

    /// How long we wait for an answer before we say that there was none.
    fn nack_wait(&self, now: Instant) -> Option<Duration> {
        let percent = self.config.detector.nack_percent.filter(|_| self.nacks())?;
        Some(share(self.probe_times(now).rtt, percent))
    }
}

/// So many per cent of a duration.
fn share(whole: Duration, percent: u8) -> Duration {
    duration(whole.as_nanos() * u128::from(percent) / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn relay(asker: u32, due: u64) -> Relay<u32> {
        Relay {
            asker,
            target: 9,
            number: 7,
            due: Instant::from_micros(due),
            request_bytes: 0,
        }
    }

    #[test]
    fn the_soonest_due_comes_first_and_nothing_before_its_time() {
        let mut relays = Relays::new();
        for (asker, due) in [(1, 5), (2, 3), (3, 5), (4, 1)] {
            assert!(relays.begin(relay(asker, due), 10));
        }
        assert!(relays.pop_due(Instant::ZERO).is_none());
        let end = Instant::from_micros(4);
        let mut order: Vec<_> = core::iter::from_fn(|| relays.pop_due(end))
            .map(|it| it.asker)
            .collect();
        assert_eq!(order, [4, 2]);
        order.extend(core::iter::from_fn(|| relays.pop_due(Instant::MAX)).map(|it| it.asker));
        assert_eq!(order, [4, 2, 1, 3], "first come, first served");
    }

    #[test]
    fn one_probe_is_remembered_once_and_no_more_than_the_bound() {
        let mut relays = Relays::new();
        assert!(relays.begin(relay(1, 5), 2));
        assert!(relays.begin(relay(1, 6), 2));
        assert!(relays.begin(relay(2, 6), 2));
        assert!(!relays.begin(relay(3, 6), 2));
        relays.end(&1, &9, 8);
        relays.end(&1, &8, 7);
        assert_eq!(relays.due(), Some(Instant::from_micros(5)));
        relays.end(&1, &9, 7);
        assert_eq!(relays.due(), Some(Instant::from_micros(6)));
        assert!(relays.begin(relay(3, 7), 2));
    }

    #[test]
    fn room_that_was_needed_once_is_given_back() {
        let mut relays = Relays::new();
        (0..1_000).for_each(|n| assert!(relays.begin(relay(n, 5), 1_000)));
        while relays.pop_due(Instant::MAX).is_some() {}
        assert!(relays.0.capacity() <= PLACES_SPARE_MAX);
    }

    #[test]
    fn shares_neither_overflow_nor_exceed_the_whole() {
        assert_eq!(
            share(Duration::from_millis(500), 80),
            Duration::from_millis(400)
        );
        assert_eq!(
            share(Duration::from_micros(1), 100),
            Duration::from_micros(1)
        );
        assert_eq!(share(Duration::MAX, 100), Duration::MAX);
    }
}
