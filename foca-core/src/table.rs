//! Everybody we know of: found by address, drawn at random, probed in turn, each in constant time.

use alloc::vec::Vec;
use core::cell::Cell;
use core::hash::BuildHasher as _;
use core::hint::black_box;
use core::ops::Index;

use crate::backlog::Ticket;
use crate::chunks::Chunks;
use crate::growth::{give_back, make_room};
use crate::hash::Keyed;
use crate::random::Random;
use crate::{Identity, Member, State};
use hashbrown::HashTable;

/// Where a record is; stays the same until the record is removed.
pub(crate) type Slot = u32;

/// What is known of one address.
pub(crate) struct Record<I> {
    pub(crate) member: Member<I>,
    /// Position in the partition that its state puts it in.
    place: u32,
    /// Of the news about it.
    pub(crate) ticket: Ticket,
    /// Replies counted in `replies_epoch`.
    pub(crate) replies: u16,
    pub(crate) replies_epoch: u16,
    /// Whether it proved to us that it receives at its address.
    pub(crate) proven: bool,
    /// Whether it is suspected or down because we concluded so, rather than because we were told.
    pub(crate) own_verdict: bool,
    /// Whether it is down because of a verdict of ours that we no longer trust.
    pub(crate) void: bool,
    /// Whether it was gone before we restarted, and nobody has told so since.
    pub(crate) recalled: bool,
}

impl<I> Record<I> {
    /// Fetches the line of the cache behind that of the address, in which most records end.
    fn touch(&self) {
        black_box(self.member.incarnation);
        black_box(self.void);
    }
}

/// What a slot holds.
enum Place<I> {
    Taken(Record<I>),
    /// The next vacant slot, or `NONE`.
    Vacant(Slot),
}

const NONE: Slot = Slot::MAX;

/// Where the members of a datagram are, as far as it is known: guesses that are checked before use.
///
/// A large table is in no cache, so that each look-up waits for memory a few times, each wait for what
/// the one before it found. Looking up all members of a datagram step by step lets these waits overlap.
#[derive(Default)]
pub(crate) struct Guesses {
    /// First their hashes, then their slots.
    words: Vec<u64>,
}

impl Guesses {
    /// What is guessed of the member with this number in the datagram.
    pub(crate) fn of(&self, number: usize) -> Guess {
        let word = self.words.get(number);
        Guess(word.map_or(NONE, |slot| *slot as Slot))
    }

    /// Where those are of whom anything is guessed.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        let slots = self.words.iter().map(|slot| *slot as Slot);
        slots.filter(|slot| *slot != NONE)
    }
}

/// Where a member may be.
#[derive(Clone, Copy)]
pub(crate) struct Guess(Slot);

impl Guess {
    /// No idea.
    pub(crate) const NONE: Self = Self(NONE);
}

/// Records by address, partitioned into active and inactive.
///
/// The active partition is also the probing order: those before `probed` are not chosen again in this
/// round, the next is drawn from the rest, so that every round is a fresh permutation and no
/// member waits longer than two rounds.
///
/// In this order: what every input looks at comes first.
#[repr(C)]
pub(crate) struct Table<I: Identity> {
    active: Vec<Slot>,
    inactive: Vec<Slot>,
    probed: u32,
    /// How many were chosen in this round, whether they are still there or not.
    turns: u32,
    /// What was found last: a packet asks for its sender again and again.
    found: Cell<Slot>,
    records: Chunks<Place<I>>,
    index: HashTable<Slot>,
    /// Keyed, so that nobody outside can choose addresses that collide.
    hasher: Keyed,
    /// How many are `Alive`.
    alive: usize,
    /// The first vacant slot, or `NONE`.
    vacant: Slot,
}

impl<I: Identity> Table<I> {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            records: Chunks::new(),
            vacant: NONE,
            index: HashTable::new(),
            hasher: Keyed::new(random),
            found: Cell::new(NONE),
            active: Vec::new(),
            inactive: Vec::new(),
            probed: 0,
            turns: 0,
            alive: 0,
        }
    }

    /// The slot of an address that a packet asks for again and again, such as its sender's.
    pub(crate) fn find(&self, addr: &I::Addr) -> Option<Slot> {
        let found = self.found.get();
        if self.holds(found, addr) {
            return Some(found);
        }
        let slot = self.find_once(addr)?;
        self.found.set(slot);
        Some(slot)
    }

    /// The slot of an address that is asked for only once.
    pub(crate) fn find_once(&self, addr: &I::Addr) -> Option<Slot> {
        let holds = |slot: &Slot| self.holds(*slot, addr);
        self.index.find(self.hasher.hash_one(addr), holds).copied()
    }

    /// The slot of an address that may be where it was guessed to be.
    pub(crate) fn find_guessed(&self, guess: Guess, addr: &I::Addr) -> Option<Slot> {
        match self.holds(guess.0, addr) {
            true => Some(guess.0),
            false => self.find_once(addr),
        }
    }

    /// Guesses where these members are.
    ///
    /// Each step is a short loop whose rounds need nothing of each other: first what is computed, then
    /// the index, then the records.
    pub(crate) fn guess<'a>(
        &self,
        addrs: impl Iterator<Item = &'a I::Addr> + Clone,
        guesses: &mut Guesses,
    ) where
        I::Addr: 'a,
    {
        let words = &mut guesses.words;
        words.clear();
        words.extend(addrs.clone().map(|addr| self.hash(addr)));
        for word in &mut *words {
            // Tags of seven bits: the first slot that has the right one is the right one most of the time.
            let first = self.index.find(*word, |_| true);
            *word = first.copied().unwrap_or(NONE).into();
        }
        for (word, addr) in words.iter_mut().zip(addrs) {
            let found = self.get(*word as Slot);
            match found.filter(|record| record.member.id.addr() == addr) {
                Some(record) => record.touch(),
                None => *word = NONE.into(),
            }
        }
    }

    /// Fetches these records side by side, for use one after the other.
    pub(crate) fn touch(&self, slots: impl Iterator<Item = Slot>) {
        for record in slots.filter_map(|slot| self.get(slot)) {
            record.touch();
        }
    }

    fn holds(&self, slot: Slot, addr: &I::Addr) -> bool {
        self.get(slot)
            .is_some_and(|record| record.member.id.addr() == addr)
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Record<I>> {
        match self.records.get(slot as usize)? {
            Place::Taken(record) => Some(record),
            Place::Vacant(_) => None,
        }
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Record<I>> {
        match self.records.get_mut(slot as usize)? {
            Place::Taken(record) => Some(record),
            Place::Vacant(_) => None,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.active.len() + self.inactive.len()
    }

    pub(crate) const fn active_len(&self) -> usize {
        self.active.len()
    }

    /// How many are active and not suspected.
    pub(crate) const fn alive_len(&self) -> usize {
        self.alive
    }

    pub(crate) const fn inactive_len(&self) -> usize {
        self.inactive.len()
    }

    pub(crate) fn active(&self) -> impl ExactSizeIterator<Item = &Member<I>> {
        self.active.iter().map(|slot| &self[*slot].member)
    }

    pub(crate) fn inactive(&self) -> impl ExactSizeIterator<Item = &Member<I>> {
        self.inactive.iter().map(|slot| &self[*slot].member)
    }

    /// The slots of those that are active, in no particular order.
    pub(crate) fn active_slots(&self) -> &[Slot] {
        &self.active
    }

    /// The slots of those that are not active, in no particular order.
    pub(crate) fn inactive_slots(&self) -> &[Slot] {
        &self.inactive
    }

    /// Adds a member whose address is not in the table.
    pub(crate) fn insert(&mut self, member: Member<I>) -> Slot {
        debug_assert!(
            self.find(member.id.addr()).is_none(),
            "one record per address"
        );
        let hash = self.hash(member.id.addr());
        let active = member.state.is_active();
        self.alive += usize::from(member.state == State::Alive);
        let record = Record {
            member,
            place: 0,
            ticket: Ticket::NONE,
            replies: 0,
            replies_epoch: 0,
            proven: false,
            own_verdict: false,
            void: false,
            recalled: false,
        };
        let slot = self.settle(record);
        if self.index.len() == self.index.capacity() {
            // It grows, for which all addresses are hashed again, in the order of the index.
            self.touch(0..self.records.len() as Slot);
        }
        let (records, hasher) = (&self.records, &self.hasher);
        self.index
            .insert_unique(hash, slot, |slot| match &records[*slot as usize] {
                Place::Taken(record) => hasher.hash_one(record.member.id.addr()),
                Place::Vacant(_) => 0,
            });
        self.enter(slot, active);
        slot
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> Option<Member<I>> {
        let state = self.get(slot)?.member.state;
        self.alive -= usize::from(state == State::Alive);
        self.exit(slot, state.is_active());
        let hash = self.hash(self[slot].member.id.addr());
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        let vacant = Place::Vacant(core::mem::replace(&mut self.vacant, slot));
        match core::mem::replace(&mut self.records[slot as usize], vacant) {
            Place::Taken(record) => Some(record.member),
            Place::Vacant(_) => None,
        }
    }

    /// Replaces what is said of a member, and returns what was. The address must be the same.
    pub(crate) fn replace(&mut self, slot: Slot, member: Member<I>) -> Option<Member<I>> {
        let record = self.get_mut(slot)?;
        debug_assert!(
            record.member.id.addr() == member.id.addr(),
            "an address keeps its slot"
        );
        let was = core::mem::replace(&mut record.member, member);
        let now = record.member.state;
        self.alive += usize::from(now == State::Alive);
        self.alive -= usize::from(was.state == State::Alive);
        let (before, after) = (was.state.is_active(), now.is_active());
        if before != after {
            self.exit(slot, before);
            self.enter(slot, after);
        }
        Some(was)
    }

    /// The next member to probe: all active ones once per round, in an order drawn anew.
    pub(crate) fn next_to_probe(&mut self, random: &mut Random) -> Option<Slot> {
        let len = self.active.len() as u32;
        if len == 0 {
            return None;
        }
        if self.probed >= len {
            (self.probed, self.turns) = (0, 0);
        }
        self.turns += 1;
        let chosen = self.probed + random.below(len - self.probed);
        self.swap_active(self.probed, chosen);
        self.probed += 1;
        let slot = self.active[self.probed as usize - 1];
        // It is asked for by address when the probe leaves and when it is answered.
        self.found.set(slot);
        Some(slot)
    }

    /// Visits all active members once, from a random one on, with a random stride.
    pub(crate) fn draw_active(
        &self,
        random: &mut Random,
    ) -> impl Iterator<Item = Slot> + use<'_, I> {
        Draw::new(self.active.len(), random).map(|place| self.active[place])
    }

    /// Visits all members that are not active once, from a random one on, with a random stride.
    pub(crate) fn draw_inactive(
        &self,
        random: &mut Random,
    ) -> impl Iterator<Item = Slot> + use<'_, I> {
        Draw::new(self.inactive.len(), random).map(|place| self.inactive[place])
    }

    /// Puts a record into a vacant slot, or into a new one.
    fn settle(&mut self, record: Record<I>) -> Slot {
        let Some(place) = self.records.get_mut(self.vacant as usize) else {
            self.records.push(Place::Taken(record));
            return (self.records.len() - 1) as Slot;
        };
        let slot = self.vacant;
        if let Place::Vacant(next) = core::mem::replace(place, Place::Taken(record)) {
            self.vacant = next;
        }
        slot
    }

    fn enter(&mut self, slot: Slot, active: bool) {
        if !active {
            self.set_place(slot, self.inactive.len() as u32);
            make_room(&mut self.inactive);
            self.inactive.push(slot);
            return;
        }
        let last = self.active.len() as u32;
        self.set_place(slot, last);
        make_room(&mut self.active);
        self.active.push(slot);
        // Waiting for the next round could leave a newcomer unobserved by everybody: where members began together
        // their rounds end together. But a round has no more turns than there are members: otherwise a
        // stream of members that have their turn and go would starve those who still wait.
        if self.turns > self.probed {
            self.swap_active(self.probed, last);
            self.probed += 1;
        }
    }

    fn exit(&mut self, slot: Slot, active: bool) {
        let mut place = self[slot].place;
        if !active {
            self.inactive.swap_remove(place as usize);
            give_back(&mut self.inactive);
            if let Some(&moved) = self.inactive.get(place as usize) {
                self.set_place(moved, place);
            }
            return;
        }
        // The gap moves to the border of the probed part, then to the end: nobody changes parts.
        if place < self.probed {
            self.probed -= 1;
            self.swap_active(place, self.probed);
            place = self.probed;
        }
        self.active.swap_remove(place as usize);
        give_back(&mut self.active);
        if let Some(&moved) = self.active.get(place as usize) {
            self.set_place(moved, place);
        }
    }

    fn swap_active(&mut self, a: u32, b: u32) {
        self.active.swap(a as usize, b as usize);
        self.set_place(self.active[a as usize], a);
        self.set_place(self.active[b as usize], b);
    }

    fn set_place(&mut self, slot: Slot, place: u32) {
        if let Some(record) = self.get_mut(slot) {
            record.place = place;
        }
    }

    fn hash(&self, addr: &I::Addr) -> u64 {
        self.hasher.hash_one(addr)
    }
}

impl<I: Identity> Index<Slot> for Table<I> {
    type Output = Record<I>;

    fn index(&self, slot: Slot) -> &Record<I> {
        self.get(slot)
            .expect("slots in the index and the partitions hold records")
    }
}

/// Each place below `len` once: a random start and a random stride without a common divisor.
struct Draw {
    place: usize,
    stride: usize,
    len: usize,
    left: usize,
}

impl Draw {
    fn new(len: usize, random: &mut Random) -> Self {
        if len == 0 {
            return Self {
                place: 0,
                stride: 0,
                len,
                left: 0,
            };
        }
        let place = random.below(len as u32) as usize;
        let mut stride = 1 + random.below(len.saturating_sub(1).max(1) as u32) as usize;
        while greatest_common_divisor(stride, len) != 1 {
            stride = stride % len + 1;
        }
        Self {
            place,
            stride,
            len,
            left: len,
        }
    }
}

impl Iterator for Draw {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let place = self.place;
        self.place = (place + self.stride) % self.len;
        Some(place)
    }
}

const fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::SocketAddrV4;
    use std::collections::{BTreeMap, BTreeSet};

    fn id(n: u32) -> SocketAddrV4 {
        SocketAddrV4::new(n.into(), 1)
    }

    fn member(n: u32, state: State) -> Member<SocketAddrV4> {
        Member {
            id: id(n),
            incarnation: 0,
            state,
        }
    }

    fn filled(members: u32, random: &mut Random) -> Table<SocketAddrV4> {
        let mut table = Table::new(random);
        for n in 0..members {
            table.insert(member(n, State::Alive));
        }
        table
    }

    /// What the table must be, whatever was done to it.
    fn check(table: &Table<SocketAddrV4>, expected: &BTreeMap<u32, State>) {
        assert_eq!(table.len(), expected.len());
        let alive = expected.values().filter(|state| **state == State::Alive);
        assert_eq!(table.alive_len(), alive.count());
        assert!(table.probed as usize <= table.active.len());
        for (n, state) in expected {
            let slot = table.find(&id(*n)).unwrap();
            let record = &table[slot];
            assert_eq!(record.member, member(*n, *state));
            let partition = if state.is_active() {
                &table.active
            } else {
                &table.inactive
            };
            assert_eq!(partition[record.place as usize], slot);
        }
    }

    #[test]
    fn agrees_with_a_map_under_random_operations() {
        let mut random = Random::new(3);
        let mut table = Table::new(&mut random);
        let mut expected = BTreeMap::new();
        for _ in 0..20_000 {
            let n = random.below(60);
            let state = [State::Alive, State::Suspect, State::Down][random.below(3) as usize];
            match (table.find(&id(n)), random.below(4)) {
                (None, _) => {
                    table.insert(member(n, state));
                    expected.insert(n, state);
                }
                (Some(slot), 0) => {
                    assert_eq!(table.remove(slot), Some(member(n, expected[&n])));
                    expected.remove(&n);
                }
                (Some(slot), _) => {
                    table.replace(slot, member(n, state));
                    expected.insert(n, state);
                }
            }
            table.next_to_probe(&mut random);
            check(&table, &expected);
        }
    }

    #[test]
    fn every_round_probes_everybody_once() {
        let mut random = Random::new(4);
        let mut table = filled(37, &mut random);
        while table.probed != 37 {
            table.next_to_probe(&mut random);
        }
        let mut orders = BTreeSet::new();
        for _ in 0..5 {
            let round: Vec<_> = (0..37)
                .filter_map(|_| table.next_to_probe(&mut random))
                .collect();
            assert_eq!(round.iter().collect::<BTreeSet<_>>().len(), 37);
            orders.insert(round);
        }
        assert_eq!(orders.len(), 5, "each round has an order of its own");
    }

    #[test]
    fn who_comes_during_a_round_has_a_turn_in_it() {
        let mut random = Random::new(7);
        let mut table = filled(100, &mut random);
        while table.probed != 100 {
            table.next_to_probe(&mut random);
        }
        let mut waiting: BTreeSet<u32> = (0..100).collect();
        let mut turns = |table: &mut Table<SocketAddrV4>, count, waiting: &mut BTreeSet<u32>| {
            for _ in 0..count {
                let slot = table.next_to_probe(&mut random).unwrap();
                waiting.remove(&u32::from(*table[slot].member.id.ip()));
            }
        };
        turns(&mut table, 50, &mut waiting);
        let away: Vec<u32> = waiting.iter().copied().step_by(5).collect();
        assert_eq!(away.len(), 10);
        for state in [State::Down, State::Alive] {
            for n in &away {
                let slot = table.find(&id(*n)).unwrap();
                table.replace(slot, member(*n, state));
            }
        }
        table.insert(member(1_000, State::Alive));
        waiting.insert(1_000);
        turns(&mut table, 51, &mut waiting);
        assert_eq!(waiting, BTreeSet::new());
    }

    #[test]
    fn nobody_waits_longer_than_two_rounds_under_churn() {
        let mut random = Random::new(5);
        let mut table = filled(50, &mut random);
        let mut last = BTreeMap::new();
        let mut next_name = 1_000;
        for turn in 0..50_000_u32 {
            let slot = table.next_to_probe(&mut random).unwrap();
            let name = *table[slot].member.id.ip();
            if let Some(before) = last.insert(name, turn) {
                assert!(
                    turn - before < 2 * 50,
                    "{name} waited {} turns",
                    turn - before
                );
            }
            // One leaves, one joins: the number of members stays within 49 and 50.
            if turn % 3 == 0 {
                let victim = table.draw_active(&mut random).next().unwrap();
                let gone = table.remove(victim).unwrap();
                last.remove(gone.id.ip());
            } else if table.active_len() < 50 {
                next_name += 1;
                table.insert(member(next_name, State::Alive));
            }
        }
    }

    /// Whatever the size of the table: setting up the draw and each step of it cost the same.
    #[test]
    fn a_few_are_drawn_without_looking_at_the_rest() {
        let mut random = Random::new(8);
        for len in [1_000, 100_000, 4_000_000_000] {
            for _ in 0..200 {
                let mut draw = Draw::new(len, &mut random);
                let few: BTreeSet<_> = draw.by_ref().take(10).collect();
                assert_eq!((few.len(), draw.left), (10, len - 10));
                assert!(few.iter().all(|place| *place < len));
            }
        }
    }

    /// Members join, leave, fall down and come back, several at each turn.
    #[test]
    fn nobody_is_skipped_or_repeated_however_many_join_and_leave() {
        let mut random = Random::new(9);
        let mut table = filled(20, &mut random);
        // Of those that are active: the most that ever were while they waited, and since when.
        let mut waiting: BTreeMap<u32, (usize, u32)> = (0..20).map(|n| (n, (20, 0))).collect();
        for turn in 1..30_000_u32 {
            let slot = table.next_to_probe(&mut random).unwrap();
            let name = u32::from(*table[slot].member.id.ip());
            waiting.insert(name, (table.active_len(), turn));
            for _ in 0..random.below(4) {
                let n = random.below(60);
                let found = table.find(&id(n));
                let active = |slot: Slot| table[slot].member.state.is_active();
                match (found.map(|slot| (slot, active(slot))), random.below(3)) {
                    (None, _) => {
                        table.insert(member(n, State::Alive));
                        waiting.insert(n, (table.active_len(), turn));
                    }
                    (Some((slot, true)), choice) if table.active_len() > 10 => {
                        match choice {
                            0 => drop(table.remove(slot)),
                            _ => drop(table.replace(slot, member(n, State::Down))),
                        }
                        waiting.remove(&n);
                    }
                    (Some((slot, false)), _) => {
                        table.replace(slot, member(n, State::Alive));
                        waiting.insert(n, (table.active_len(), turn));
                    }
                    (Some((_, true)), _) => {}
                }
            }
            for (name, (most, since)) in &mut waiting {
                *most = (*most).max(table.active_len());
                let waited = turn - *since;
                assert!(waited < 2 * *most as u32, "{name} waited {waited} turns");
            }
        }
    }

    #[test]
    fn drawing_visits_everybody_once_and_starts_anywhere() {
        let mut random = Random::new(6);
        for members in [1, 2, 3, 10, 60] {
            let table = filled(members, &mut random);
            let mut firsts = BTreeMap::new();
            for _ in 0..members * 200 {
                let drawn: Vec<_> = table.draw_active(&mut random).collect();
                assert_eq!(
                    drawn.iter().collect::<BTreeSet<_>>().len(),
                    members as usize
                );
                *firsts.entry(drawn[0]).or_insert(0_u32) += 1;
            }
            assert_eq!(firsts.len(), members as usize);
            assert!(firsts.values().all(|count| (100..300).contains(count)));
        }
        assert_eq!(filled(0, &mut random).draw_active(&mut random).count(), 0);
    }
}
