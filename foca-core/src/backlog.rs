//! News waiting to be told: ordered by how often it may still be sent.
//!
//! One doubly linked list per remaining budget, through entries that exist only for what is queued.
//! Queueing, replacing and removing are O(1), filling a datagram touches only what it takes and a few
//! that do not fit, and a backlog that is empty holds next to no memory, however many it had.

use alloc::vec::Vec;

use crate::chunks::Chunks;
use crate::growth::make_room;

/// Entries that do not fit are passed over at most this often per datagram.
const MISFITS_MAX: u32 = 8;
/// So many of them in the order of the budgets; after that it goes on where the last datagram ended.
const MISFITS_IN_ORDER_MAX: u32 = MISFITS_MAX / 2;
const NONE: u32 = u32::MAX;

/// Where a key was queued last. It says nothing about whether the key still is: the entry there may
/// be gone, or be another's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Ticket(u32);

impl Ticket {
    /// The ticket of what was never queued.
    pub(crate) const NONE: Self = Self(NONE);
}

/// What became of an entry that was offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Take {
    /// It was written: one unit of its budget is spent.
    Written,
    /// It does not fit here; it stays.
    NoRoom,
    /// It is of no use any more.
    Obsolete,
}

#[derive(Clone, Copy)]
struct Entry {
    key: u32,
    previous: u32,
    /// The next in its list, or the next vacant entry.
    next: u32,
    /// Sends left; 0 means vacant.
    budget: u8,
}

#[derive(Clone, Copy)]
struct List {
    head: u32,
    tail: u32,
}

impl List {
    const EMPTY: Self = Self {
        head: NONE,
        tail: NONE,
    };
}

/// Keys with a remaining number of sends, served highest budget first, oldest first within it.
///
/// Who queues a key keeps its ticket and shows it again; a key has one entry at most.
#[repr(C)]
pub(crate) struct Backlog {
    /// At the front: every round of gossip asks whether there is anything.
    len: usize,
    entries: Chunks<Entry>,
    /// First of the vacant entries.
    vacant: u32,
    /// Indexed by budget; grows to the highest budget seen.
    lists: Vec<List>,
    /// Which lists hold anything: a bit for each budget.
    occupied: [u64; 4],
    /// Where the next datagram goes on when those at the front do not fit: without it, a few long
    /// entries at the front would keep all others waiting.
    resume: u32,
    /// Entries written into the current datagram, until their lower budget takes effect.
    written: Vec<u32>,
}

impl Backlog {
    pub(crate) const fn new() -> Self {
        Self {
            entries: Chunks::new(),
            vacant: NONE,
            lists: Vec::new(),
            occupied: [0; 4],
            len: 0,
            resume: NONE,
            written: Vec::new(),
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn contains(&self, key: u32, ticket: Ticket) -> bool {
        self.entries
            .get(ticket.0 as usize)
            .is_some_and(|entry| entry.key == key && entry.budget > 0)
    }

    /// Queues `key` behind its equals, in place of its earlier entry.
    pub(crate) fn push(&mut self, key: u32, ticket: Ticket, budget: u8) -> Ticket {
        self.remove(key, ticket);
        if budget == 0 {
            return Ticket::NONE;
        }
        let at = self.add(key, budget);
        self.append(at, at, budget);
        Ticket(at)
    }

    pub(crate) fn remove(&mut self, key: u32, ticket: Ticket) {
        if self.contains(key, ticket) {
            self.discard(ticket.0);
        }
    }

    /// Forgets everything but `key`, which keeps its budget. Takes the same time however many there are.
    pub(crate) fn keep_only(&mut self, key: u32, ticket: Ticket) -> Ticket {
        let budget = match self.contains(key, ticket) {
            true => self.entries[ticket.0 as usize].budget,
            false => 0,
        };
        self.entries.clear();
        self.lists.fill(List::EMPTY);
        (self.len, self.vacant, self.resume) = (0, NONE, NONE);
        self.occupied = [0; 4];
        self.push(key, Ticket::NONE, budget)
    }

    /// The entry closest to being dropped anyway, the oldest of those.
    pub(crate) fn lowest(&self) -> Option<u32> {
        let list = self.lists.iter().find(|list| list.head != NONE)?;
        Some(self.entries[list.head as usize].key)
    }

    /// Offers entries to `take`, each at most once, until nothing more fits.
    pub(crate) fn fill(&mut self, mut take: impl FnMut(u32) -> Take) {
        let (mut at, mut misfits) = (self.highest_below(usize::MAX), 0);
        while at != NONE {
            if at == self.resume {
                self.resume = NONE;
            }
            let (key, mut next) = (self.entries[at as usize].key, self.after(at));
            match take(key) {
                Take::Written => {
                    make_room(&mut self.written);
                    self.written.push(at);
                }
                Take::Obsolete => self.discard(at),
                Take::NoRoom => {
                    misfits += 1;
                    if misfits == MISFITS_IN_ORDER_MAX && self.resume != NONE {
                        next = self.resume;
                    }
                    if misfits == MISFITS_MAX {
                        self.resume = next;
                        break;
                    }
                }
            }
            at = next;
        }
        self.spend();
    }

    /// Lets the lower budget of what was written take effect.
    fn spend(&mut self) {
        let mut index = 0;
        while let Some(&first) = self.written.get(index) {
            let budget = self.entries[first as usize].budget;
            // Neighbours move together: a datagram takes most of what it takes from one list.
            let mut last = first;
            loop {
                let entry = &mut self.entries[last as usize];
                entry.budget = budget - 1;
                index += 1;
                match self.written.get(index) {
                    Some(&next) if next == entry.next => last = next,
                    _ => break,
                }
            }
            self.cut(first, last, budget);
            if budget > 1 {
                self.append(first, last, budget - 1);
            } else {
                self.vacate(first, last);
            }
        }
        self.written.clear();
    }

    /// What is served after this entry.
    fn after(&self, at: u32) -> u32 {
        match self.entries[at as usize] {
            Entry {
                next: NONE, budget, ..
            } => self.highest_below(budget.into()),
            Entry { next, .. } => next,
        }
    }

    /// The first entry of the highest list below this budget.
    fn highest_below(&self, budget: usize) -> u32 {
        for (word, bits) in self.occupied.iter().enumerate().rev() {
            let below = match budget.saturating_sub(word * 64) {
                bit @ 0..64 => bits & ((1 << bit) - 1),
                _ => *bits,
            };
            if let Some(bit) = below.checked_ilog2() {
                return self.lists[word * 64 + bit as usize].head;
            }
        }
        NONE
    }

    /// Makes an entry that is in no list yet.
    fn add(&mut self, key: u32, budget: u8) -> u32 {
        let entry = Entry {
            key,
            previous: NONE,
            next: NONE,
            budget,
        };
        self.len += 1;
        match self.entries.get_mut(self.vacant as usize) {
            Some(vacant) => {
                let next = core::mem::replace(vacant, entry).next;
                core::mem::replace(&mut self.vacant, next)
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as u32
            }
        }
    }

    /// Takes an entry out of its list and leaves its place to others.
    fn discard(&mut self, at: u32) {
        let budget = core::mem::take(&mut self.entries[at as usize].budget);
        if at == self.resume {
            self.resume = match self.entries[at as usize].next {
                NONE => self.highest_below(budget.into()),
                next => next,
            };
        }
        self.cut(at, at, budget);
        self.vacate(at, at);
    }

    /// Leaves the places of a chain that is in no list to others.
    fn vacate(&mut self, first: u32, last: u32) {
        let mut at = first;
        while at != last {
            self.len -= 1;
            at = self.entries[at as usize].next;
        }
        self.len -= 1;
        self.entries[last as usize].next = core::mem::replace(&mut self.vacant, first);
        if self.len == 0 {
            self.entries.clear();
            self.vacant = NONE;
        }
    }

    /// Puts a chain at the end of the list of this budget.
    fn append(&mut self, first: u32, last: u32, budget: u8) {
        let list_index = budget as usize;
        if let Some(more) = (list_index + 1).checked_sub(self.lists.len()) {
            self.lists.reserve_exact(more);
            self.lists.resize(list_index + 1, List::EMPTY);
        }
        let list = &mut self.lists[list_index];
        let previous = core::mem::replace(&mut list.tail, last);
        match previous {
            NONE => {
                list.head = first;
                self.occupied[list_index / 64] |= 1 << (list_index % 64);
            }
            previous => self.entries[previous as usize].next = first,
        }
        self.entries[first as usize].previous = previous;
        self.entries[last as usize].next = NONE;
    }

    /// Takes a chain out of the list of this budget.
    fn cut(&mut self, first: u32, last: u32, budget: u8) {
        let (previous, next) = (
            self.entries[first as usize].previous,
            self.entries[last as usize].next,
        );
        let list_index = budget as usize;
        let list = &mut self.lists[list_index];
        match next {
            NONE => list.tail = previous,
            next => self.entries[next as usize].previous = previous,
        }
        match previous {
            NONE => list.head = next,
            previous => self.entries[previous as usize].next = next,
        }
        if list.head == NONE {
            self.occupied[list_index / 64] &= !(1 << (list_index % 64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use alloc::vec;
    use std::collections::BTreeSet;

    /// A backlog with the tickets of its keys.
    struct Queue {
        backlog: Backlog,
        tickets: Vec<Ticket>,
    }

    impl Queue {
        fn new(keys: u32, budget: u8) -> Self {
            let mut queue = Self {
                backlog: Backlog::new(),
                tickets: vec![Ticket::NONE; 1_000.max(keys as usize)],
            };
            (0..keys).for_each(|key| queue.push(key, budget));
            queue
        }

        fn push(&mut self, key: u32, budget: u8) {
            let ticket = &mut self.tickets[key as usize];
            *ticket = self.backlog.push(key, *ticket, budget);
        }

        fn remove(&mut self, key: u32) {
            self.backlog.remove(key, self.tickets[key as usize]);
        }

        fn contains(&self, key: u32) -> bool {
            self.backlog.contains(key, self.tickets[key as usize])
        }

        /// Sends a datagram with room for so many entries, each as long as `length` says.
        fn send(&mut self, mut room: usize, length: impl Fn(u32) -> usize) -> Sent {
            let mut sent = Sent::default();
            self.backlog.fill(|key| {
                sent.offered += 1;
                match room.checked_sub(length(key)) {
                    Some(rest) => {
                        room = rest;
                        sent.keys.push(key);
                        Take::Written
                    }
                    None => Take::NoRoom,
                }
            });
            sent
        }

        fn drain(&mut self, room: usize) -> Vec<u32> {
            self.send(room, |_| 1).keys
        }
    }

    #[derive(Default)]
    struct Sent {
        keys: Vec<u32>,
        offered: usize,
    }

    #[test]
    fn freshest_first_and_each_once_per_datagram() {
        let mut queue = Queue::new(0, 0);
        queue.push(1, 2);
        queue.push(2, 255);
        queue.push(3, 255);
        assert_eq!(queue.drain(9), [2, 3, 1]);
        assert_eq!(queue.drain(9), [2, 3, 1]);
        assert_eq!(queue.drain(9), [2, 3]);
        for _ in 3..255 {
            assert_eq!(queue.drain(9), [2, 3]);
        }
        assert!(queue.backlog.is_empty());
    }

    #[test]
    fn what_was_sent_steps_behind_what_was_not() {
        let mut queue = Queue::new(4, 2);
        assert_eq!(queue.drain(3), [0, 1, 2]);
        assert_eq!(queue.drain(3), [3, 0, 1]);
        assert_eq!(queue.drain(3), [2, 3]);
        assert_eq!(queue.backlog.len(), 0);
    }

    #[test]
    fn pushing_again_replaces_and_removing_forgets() {
        let mut queue = Queue::new(0, 0);
        queue.push(5, 1);
        queue.push(6, 1);
        queue.push(7, 1);
        queue.push(5, 4);
        queue.remove(6);
        queue.remove(6);
        assert_eq!(queue.backlog.len(), 2);
        assert!(queue.contains(5) && !queue.contains(6));
        assert_eq!(queue.backlog.lowest(), Some(7));
        assert_eq!(queue.drain(9), [5, 7]);
        assert_eq!(queue.backlog.len(), 1);
        queue.push(5, 0);
        assert!(queue.backlog.is_empty());
    }

    #[test]
    fn all_but_one_can_be_forgotten_at_once() {
        for kept in [0, 3, 7] {
            let mut queue = Queue::new(8, 3);
            assert_eq!(queue.drain(5).len(), 5);
            let ticket = queue.tickets[kept as usize];
            queue.tickets[kept as usize] = queue.backlog.keep_only(kept, ticket);
            assert_eq!(queue.backlog.len(), 1);
            assert!((0..8).all(|key| queue.contains(key) == (key == kept)));
            queue.push(5, 1);
            let left = if kept < 5 { 2 } else { 3 };
            assert_eq!(queue.drain(9), [kept, 5]);
            (1..left).for_each(|_| assert_eq!(queue.drain(9), [kept]));
            assert!(queue.backlog.is_empty());
        }
        let mut queue = Queue::new(8, 3);
        queue.remove(4);
        queue.backlog.keep_only(4, queue.tickets[4]);
        assert!(queue.backlog.is_empty());
    }

    #[test]
    fn an_old_ticket_does_not_touch_the_entry_of_another() {
        let mut queue = Queue::new(1, 1);
        assert_eq!(queue.drain(9), [0]);
        queue.push(1, 3);
        assert_eq!(
            queue.tickets[0], queue.tickets[1],
            "the place is used again"
        );
        assert!(!queue.contains(0));
        queue.remove(0);
        queue.push(0, 2);
        assert_eq!(queue.drain(9), [1, 0]);
    }

    #[test]
    fn obsolete_entries_vanish_and_misfits_are_bounded() {
        let mut queue = Queue::new(100, 1);
        let mut offered = 0;
        queue.backlog.fill(|key| {
            offered += 1;
            if key == 0 {
                Take::Obsolete
            } else {
                Take::NoRoom
            }
        });
        assert_eq!(offered, MISFITS_MAX + 1);
        assert_eq!(queue.backlog.len(), 99);
    }

    /// The work for a datagram depends on what fits into it, not on what waits.
    #[test]
    fn a_datagram_is_filled_in_time_proportional_to_it() {
        let mut queue = Queue::new(100_000, 3);
        for datagram in 0..100 {
            queue.push(50_000 + datagram, 3);
            // Entries of up to three units: the last ones tried do not fit.
            let sent = queue.send(100, |key| 1 + key as usize % 3);
            assert!(sent.keys.len() >= 33);
            assert!(sent.offered <= sent.keys.len() + MISFITS_MAX as usize);
        }
    }

    #[test]
    fn entries_that_never_fit_keep_nobody_waiting() {
        let mut queue = Queue::new(0, 0);
        let long = |key: u32| key < 500;
        for key in 0..600 {
            // The long ones are at the front of every list.
            queue.push(key, 2 + (key % 3) as u8);
        }
        let (mut told, mut datagrams) = (BTreeSet::new(), 0);
        while told.len() < 100 {
            let sent = queue.send(10, |key| if long(key) { 11 } else { 1 });
            told.extend(sent.keys);
            datagrams += 1;
            assert!(datagrams <= 500, "{} were told", told.len());
            // A trickle of fresh news, long and short, does not put them off.
            queue.push(601 + datagrams, 9);
            queue.push(datagrams % 500, 9);
            told.retain(|key| *key < 600);
        }
    }

    #[test]
    fn agrees_with_a_list_under_random_operations() {
        let mut random = Random::new(7);
        let mut queue = Queue::new(0, 0);
        // Keys with their budgets, in the order in which they were queued.
        let mut expected: Vec<(u32, u8)> = vec![];
        for _ in 0..5_000 {
            let (key, budget) = (random.below(40), random.below(5) as u8);
            match random.below(3) {
                0 => {
                    queue.remove(key);
                    expected.retain(|entry| entry.0 != key);
                }
                1 => {
                    queue.push(key, budget);
                    expected.retain(|entry| entry.0 != key);
                    expected.extend((budget > 0).then_some((key, budget)));
                }
                _ => {
                    let room = random.below(6) as usize;
                    expected.sort_by_key(|entry| core::cmp::Reverse(entry.1));
                    let taken: Vec<_> = expected.drain(..room.min(expected.len())).collect();
                    let keys: Vec<_> = taken.iter().map(|entry| entry.0).collect();
                    assert_eq!(queue.drain(room), keys);
                    let left = taken.iter().map(|(key, budget)| (*key, budget - 1));
                    expected.extend(left.filter(|entry| entry.1 > 0));
                }
            }
            assert_eq!(queue.backlog.len(), expected.len());
            for key in 0..40 {
                let queued = expected.iter().any(|entry| entry.0 == key);
                assert_eq!(queue.contains(key), queued);
            }
        }
    }

    #[test]
    fn an_empty_backlog_gives_its_memory_back() {
        let mut queue = Queue::new(10_000, 1);
        while !queue.backlog.is_empty() {
            queue.drain(100);
        }
        assert!(queue.backlog.entries.capacity() < 1_000);
        queue.push(3, 1);
        assert_eq!(queue.drain(9), [3]);
    }
}
