//! When each machine wakes by itself: a wheel of short spans of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;

use foca_core::Instant;

use crate::address::{Addresses, Slot};

/// At most one alarm for each slot; the next one is the earliest, of equal ones that of the lowest
/// address.
///
/// Alarms are sorted when their span comes, a few at a time, so that setting one costs the same however
/// many there are. One that is moved or removed leaves an entry behind, which is skipped when its time
/// comes: most are not moved before.
pub(crate) struct Alarms {
    /// When each slot wakes.
    set: Vec<Option<Instant>>,
    /// The number of the span that `now` is of.
    span: u64,
    /// Entries of this span and of earlier ones, the last one first.
    now: Vec<(Instant, Slot)>,
    /// The first entry of each of the spans that follow, by the remainder of their numbers.
    soon: Vec<u32>,
    /// Entries of those spans, each with the next of its span, in no order, and places left by others.
    waiting: Vec<(Instant, Slot, u32)>,
    /// The first of the places left, each with the next.
    vacant: u32,
    /// Which of those spans hold anything: a bit for each.
    occupied: [u64; SPANS / 64],
    /// Entries of all spans behind them.
    later: BinaryHeap<Reverse<(Instant, Slot)>>,
}

impl Alarms {
    pub(crate) const fn new() -> Self {
        Self {
            set: Vec::new(),
            span: 0,
            now: Vec::new(),
            soon: Vec::new(),
            waiting: Vec::new(),
            vacant: NONE,
            occupied: [0; SPANS / 64],
            later: BinaryHeap::new(),
        }
    }

    /// The next alarm, which stays.
    pub(crate) fn next<A: Ord + Clone + Hash>(
        &mut self,
        addresses: &Addresses<A>,
    ) -> Option<(Instant, Slot)> {
        loop {
            while let Some((at, slot)) = self.now.last().copied() {
                if self.set[slot.index()] == Some(at) {
                    return Some((at, slot));
                }
                self.now.pop();
            }
            self.advance(addresses)?;
        }
    }

    /// Takes out the alarm that [`next`](Self::next) told.
    pub(crate) fn take_next(&mut self) {
        if let Some((_, slot)) = self.now.pop() {
            self.set[slot.index()] = None;
        }
    }

    /// Sets, moves or removes the alarm of a slot.
    pub(crate) fn set<A: Ord + Clone + Hash>(
        &mut self,
        addresses: &Addresses<A>,
        slot: Slot,
        at: Option<Instant>,
    ) {
        if self.set.len() <= slot.index() {
            self.set.resize(slot.index() + 1, None);
        }
        let before = std::mem::replace(&mut self.set[slot.index()], at);
        let Some(at) = at.filter(|_| before != at) else {
            return;
        };
        let span = span_of(at);
        if span <= self.span {
            let behind = |other: &(Instant, Slot)| is_before(addresses, (at, slot), *other);
            let place = self.now.partition_point(behind);
            self.now.insert(place, (at, slot));
        } else if span - self.span < SPANS as u64 {
            self.wait(span, at, slot);
        } else {
            self.later.push(Reverse((at, slot)));
            self.forget_moved();
        }
    }

    /// Adds an entry to one of the spans that follow.
    fn wait(&mut self, span: u64, at: Instant, slot: Slot) {
        let place = span as usize % SPANS;
        if self.soon.is_empty() {
            self.soon.resize(SPANS, NONE);
        }
        let entry = (at, slot, self.soon[place]);
        self.soon[place] = match self.waiting.get_mut(self.vacant as usize) {
            Some(vacant) => {
                let (.., next) = std::mem::replace(vacant, entry);
                std::mem::replace(&mut self.vacant, next)
            }
            None => {
                self.waiting.push(entry);
                (self.waiting.len() - 1) as u32
            }
        };
        self.occupied[place / 64] |= 1 << (place % 64);
    }

    /// Moves the entries of a span to those of the present one.
    fn arrive(&mut self, place: usize) {
        self.occupied[place / 64] &= !(1 << (place % 64));
        let mut entry = std::mem::replace(&mut self.soon[place], NONE);
        while let Some((at, slot, next)) = self.waiting.get_mut(entry as usize) {
            self.now.push((*at, *slot));
            let following = std::mem::replace(next, self.vacant);
            self.vacant = std::mem::replace(&mut entry, following);
        }
    }

    /// Keeps what is left behind by alarms that are moved from afar to afar within their number.
    fn forget_moved(&mut self) {
        if self.later.len() > 2 * self.set.len() + LATER_SPARE {
            let mut entries = std::mem::take(&mut self.later).into_vec();
            entries.retain(|Reverse((at, slot))| self.set[slot.index()] == Some(*at));
            entries.sort_unstable();
            entries.dedup();
            self.later = entries.into();
        }
    }

    /// Goes on to the next span that holds anything; `None` if there is none.
    fn advance<A: Ord + Clone + Hash>(&mut self, addresses: &Addresses<A>) -> Option<()> {
        let later = self.later.peek().map(|Reverse((at, _))| span_of(*at));
        let span = self.next_occupied().into_iter().chain(later).min()?;
        self.span = span;
        let place = span as usize % SPANS;
        if self.occupied[place / 64] & 1 << (place % 64) != 0 {
            self.arrive(place);
        }
        while let Some(Reverse((at, slot))) = self.later.peek().copied()
            && span_of(at) == span
        {
            self.later.pop();
            self.now.push((at, slot));
        }
        let set = &self.set;
        self.now.retain(|(at, slot)| set[slot.index()] == Some(*at));
        self.now.sort_unstable_by(|(at, slot), (other_at, other)| {
            let by_time = other_at.cmp(at);
            by_time.then_with(|| addresses.addr(*other).cmp(addresses.addr(*slot)))
        });
        Some(())
    }

    /// The number of the next span in `soon` that holds anything.
    fn next_occupied(&self) -> Option<u64> {
        let first = (self.span + 1) as usize % SPANS;
        // The word of the first place is looked at twice: at first without what lies before it.
        (0..=SPANS / 64).find_map(|step| {
            let word = (first / 64 + step) % (SPANS / 64);
            let skipped = if step == 0 { first % 64 } else { 0 };
            let bits = self.occupied[word] >> skipped << skipped;
            let place = word * 64 + bits.checked_ilog2().map(|_| bits.trailing_zeros())? as usize;
            let distance = (place + SPANS - first) % SPANS;
            Some(self.span + 1 + distance as u64)
        })
    }
}

/// A span is so many microseconds long, as a power of two: in a cluster of a thousand members a few of
/// them wake in it.
const SPAN_MICROS_LOG2: u32 = 10;
/// Spans that are told apart ahead of time, about a second: machines wake more often than that.
const SPANS: usize = 1_024;

/// Of the places of entries: none.
const NONE: u32 = u32::MAX;

/// Entries of later spans, beyond two for each slot, at which those that were left behind are dropped.
const LATER_SPARE: usize = 64;

const fn span_of(at: Instant) -> u64 {
    at.as_micros() >> SPAN_MICROS_LOG2
}

fn is_before<A: Ord + Clone + Hash>(
    addresses: &Addresses<A>,
    (at, slot): (Instant, Slot),
    (other_at, other): (Instant, Slot),
) -> bool {
    at < other_at || at == other_at && addresses.addr(slot) < addresses.addr(other)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::random::Dice;

    /// Sets, moves, removes and takes alarms up to `ahead_micros` away, beside a sorted list.
    fn compare_with_a_list(seed: u64, ahead_micros: u64) {
        let mut addresses = Addresses::new();
        let mut dice = Dice::new(seed);
        let slots: Vec<Slot> = (0..50_u64)
            .map(|n| addresses.slot(&(n * 37 % 50)))
            .collect();
        let mut alarms = Alarms::new();
        let mut oracle: BTreeMap<u64, Instant> = BTreeMap::new();
        let mut now = Instant::ZERO;
        for _ in 0..20_000 {
            let slot = slots[dice.below(50) as usize];
            let ahead = Duration::from_micros(dice.below(ahead_micros));
            let at = (!dice.happens(200_000)).then(|| now + ahead);
            alarms.set(&addresses, slot, at);
            match at {
                Some(at) => oracle.insert(*addresses.addr(slot), at),
                None => oracle.remove(addresses.addr(slot)),
            };
            let expected = oracle.iter().map(|(addr, at)| (*at, *addr)).min();
            let next = alarms.next(&addresses);
            let next = next.map(|(at, slot)| (at, *addresses.addr(slot)));
            assert_eq!(next, expected);
            if let Some((at, addr)) = next.filter(|_| dice.happens(500_000)) {
                alarms.take_next();
                oracle.remove(&addr);
                now = at;
            }
        }
    }

    #[test]
    fn it_is_a_sorted_list_whatever_is_moved() {
        compare_with_a_list(3, 40);
    }

    #[test]
    fn it_is_a_sorted_list_over_spans_and_beyond_those_told_apart() {
        for (seed, ahead_micros) in [(4, 5_000), (5, 900_000), (6, 1_100_000), (7, 100_000_000)] {
            compare_with_a_list(seed, ahead_micros);
        }
    }

    #[test]
    fn alarms_that_are_moved_from_afar_to_afar_leave_little_behind() {
        let mut addresses = Addresses::new();
        let slot = addresses.slot(&1);
        let mut alarms = Alarms::new();
        for n in 0..10_000 {
            let at = Instant::from_micros((1 << 40) + n % 2);
            alarms.set(&addresses, slot, Some(at));
            assert!(alarms.later.len() <= 2 + LATER_SPARE, "{n}");
        }
        let last = Instant::from_micros((1 << 40) + 1);
        assert_eq!(alarms.next(&addresses), Some((last, slot)));
    }

    #[test]
    fn what_is_set_after_a_look_ahead_comes_first() {
        let mut addresses = Addresses::new();
        let [one, two] = [1, 2].map(|addr| addresses.slot(&addr));
        let mut alarms = Alarms::new();
        let (soon, late) = (Instant::from_micros(7), Instant::from_micros(1 << 40));
        alarms.set(&addresses, one, Some(late));
        assert_eq!(alarms.next(&addresses), Some((late, one)));
        alarms.set(&addresses, two, Some(soon));
        assert_eq!(alarms.next(&addresses), Some((soon, two)));
        alarms.take_next();
        assert_eq!(alarms.next(&addresses), Some((late, one)));
    }
}
