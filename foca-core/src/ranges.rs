//! Members in the order of a hash of their address, with the sum of their digests over any range.
//!
//! A binary tree over prefixes of the hash, kept in an array like a heap: node `i` has the children
//! `2i` and `2i + 1`. It grows and shrinks by one leaf at a time, so that no change costs more than
//! its depth and one leaf, however many members there are.

use alloc::vec::Vec;
use core::hint::black_box;

use crate::chunks::Chunks;
use crate::growth::make_room_for;

/// What stands for one member: where it is in the order, and what is said of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Item {
    pub(crate) position: u32,
    pub(crate) digest: u64,
}

/// Positions from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Range {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

impl Range {
    pub(crate) const ALL: Self = Self {
        first: 0,
        last: u32::MAX,
    };

    pub(crate) const fn contains(self, position: u32) -> bool {
        self.first <= position && position <= self.last
    }

    /// The range of all positions that begin with the first so many bits of `first`. `None` if there are
    /// more bits than a position has, or if others are set.
    pub(crate) fn of_prefix(first: u32, bits: u32) -> Option<Self> {
        let below = u32::MAX.checked_shr(bits).unwrap_or(0);
        let valid = bits <= u32::BITS && first & below == 0;
        valid.then_some(Self {
            first,
            last: first | below,
        })
    }

    /// How many bits all positions in it share, if it holds all that share them.
    pub(crate) fn prefix_bits(self) -> Option<u32> {
        let bits = (self.first ^ self.last).leading_zeros();
        (Self::of_prefix(self.first, bits) == Some(self)).then_some(bits)
    }

    /// Into how many equal parts it can be divided, at most `wanted`.
    pub(crate) fn parts_max(self, wanted: usize) -> usize {
        usize::try_from(self.last - self.first)
            .map_or(wanted, |rest| rest.saturating_add(1).min(wanted))
    }

    /// Part number `index` of `parts` equal ones.
    pub(crate) fn part(self, index: usize, parts: usize) -> Self {
        let width = (self.last - self.first) as u64 + 1;
        let start = |index: usize| self.first as u64 + width * index as u64 / parts as u64;
        Self {
            first: start(index) as u32,
            last: (start(index + 1) - 1) as u32,
        }
    }

    /// In which of `parts` equal ones a position of the range is.
    const fn part_of(self, position: u32, parts: usize) -> usize {
        let width = (self.last - self.first) as u64 + 1;
        let end = (position - self.first) as u64 + 1;
        ((end * parts as u64 - 1) / width) as usize
    }
}

/// How many items there are and the sum of their digests, modulo 2^64.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sum {
    pub(crate) count: u32,
    pub(crate) digests: u64,
}

impl Sum {
    const fn add(&mut self, count: u32, digests: u64) {
        self.count += count;
        self.digests = self.digests.wrapping_add(digests);
    }
}

const NONE: u32 = u32::MAX;
const UNLINKED: u32 = u32::MAX - 1;

/// Items per leaf, on average, beyond which another leaf is added.
const LEAF_ITEMS: usize = 16;

#[derive(Clone, Copy)]
struct Node {
    digests: u64,
    count: u32,
    /// Of a leaf: the first key in it.
    first: u32,
}

const EMPTY: Node = Node {
    digests: 0,
    count: 0,
    first: NONE,
};

impl Node {
    const fn add(&mut self, item: Item) {
        self.count += 1;
        self.digests = self.digests.wrapping_add(item.digest);
    }

    const fn subtract(&mut self, item: Item) {
        self.count -= 1;
        self.digests = self.digests.wrapping_sub(item.digest);
    }
}

/// A key in its leaf.
#[derive(Clone, Copy)]
struct Entry {
    digest: u64,
    position: u32,
    /// The key behind it.
    next: u32,
}

const ABSENT: Entry = Entry {
    digest: 0,
    position: 0,
    next: UNLINKED,
};

impl Entry {
    const fn item(self) -> Item {
        Item {
            position: self.position,
            digest: self.digest,
        }
    }
}

/// Items of keys, in the order of their positions.
pub(crate) struct Ranges {
    /// Node 0 is not used; the second half are the leaves.
    nodes: Vec<Node>,
    /// Indexed by key.
    entries: Chunks<Entry>,
}

impl Ranges {
    pub(crate) fn new() -> Self {
        Self {
            nodes: alloc::vec![EMPTY; 2],
            entries: Chunks::new(),
        }
    }

    /// Everything that is in it.
    pub(crate) fn total(&self) -> Sum {
        let Node { count, digests, .. } = self.nodes[1];
        Sum { count, digests }
    }

    /// What is kept of a key.
    pub(crate) fn get(&self, key: u32) -> Option<Item> {
        let entry = self.entries.get(key as usize)?;
        (entry.next != UNLINKED).then_some(entry.item())
    }

    /// Keeps `item` of a key, in place of what was.
    pub(crate) fn set(&mut self, key: u32, item: Item) {
        if let Some(was) = self.get(key) {
            if was.position == item.position {
                self.entries[key as usize].digest = item.digest;
                self.update(item.position, |node| {
                    node.subtract(was);
                    node.add(item);
                });
                return;
            }
            self.remove(key);
        }
        let index = key as usize;
        self.entries.fill_to(index + 1, &ABSENT);
        let entry = &mut self.entries[index];
        (entry.digest, entry.position) = (item.digest, item.position);
        let leaf = self.update(item.position, |node| node.add(item));
        self.link(leaf, key);
        if self.total().count as usize > LEAF_ITEMS * self.leaves() {
            self.split();
        }
    }

    pub(crate) fn remove(&mut self, key: u32) {
        let Some(item) = self.get(key) else { return };
        let leaf = self.update(item.position, |node| node.subtract(item));
        self.unlink(leaf, key);
        // Half as full as when it grew, so that coming and going at the border costs nothing.
        if self.leaves() > 1 && self.total().count as usize * 2 < LEAF_ITEMS * (self.leaves() - 1) {
            self.merge();
        }
    }

    /// Puts the sums over so many equal parts of a range into `out`.
    pub(crate) fn sums(&self, range: Range, parts: usize, out: &mut Vec<Sum>) {
        out.clear();
        out.resize(parts, Sum::default());
        let part = |position| range.part_of(position, parts);
        let within_one = |span: Range| {
            range.contains(span.first)
                && range.contains(span.last)
                && part(span.first) == part(span.last)
        };
        let (node, span) = self.around(range);
        self.walk(node, span, range, &within_one, &mut |node, span| {
            if within_one(span) {
                let Node { count, digests, .. } = self.nodes[node];
                out[part(span.first)].add(count, digests);
                return true;
            }
            let items = self.leaf(node).map(|key| self.entries[key as usize].item());
            for item in items.filter(|item| range.contains(item.position)) {
                out[part(item.position)].add(1, item.digest);
            }
            true
        });
    }

    /// Fetches what is kept of these keys, for use one after the other.
    pub(crate) fn touch(&self, keys: impl Iterator<Item = u32>) {
        for entry in keys.filter_map(|key| self.entries.get(key as usize)) {
            black_box(entry.digest);
        }
    }

    /// Appends what is in a range to `out`, in the order of positions, until at least `wanted` are
    /// found: positions and keys. Returns whether that is all.
    pub(crate) fn list(&self, range: Range, wanted: usize, out: &mut Vec<(u32, u32)>) -> bool {
        let wanted = out.len().saturating_add(wanted);
        let (node, span) = self.around(range);
        self.walk(node, span, range, &|_| false, &mut |leaf, _| {
            if out.len() >= wanted {
                return false;
            }
            let start = out.len();
            let keys = self
                .leaf(leaf)
                .map(|key| (self.entries[key as usize].position, key));
            out.extend(keys.filter(|(position, _)| range.contains(*position)));
            out[start..].sort_unstable();
            true
        })
    }

    const fn leaves(&self) -> usize {
        self.nodes.len() / 2
    }

    /// Changes all nodes that a position belongs to, and returns its leaf.
    fn update(&mut self, position: u32, change: impl Fn(&mut Node)) -> usize {
        let (mut node, mut rest) = (1, position);
        loop {
            change(&mut self.nodes[node]);
            if node >= self.leaves() {
                return node;
            }
            node = 2 * node + (rest >> 31) as usize;
            rest <<= 1;
        }
    }

    fn leaf(&self, leaf: usize) -> impl Iterator<Item = u32> + '_ {
        let known = |key: u32| (key != NONE).then_some(key);
        core::iter::successors(known(self.nodes[leaf].first), move |key| {
            known(self.entries[*key as usize].next)
        })
    }

    fn link(&mut self, leaf: usize, key: u32) {
        self.entries[key as usize].next = core::mem::replace(&mut self.nodes[leaf].first, key);
    }

    fn unlink(&mut self, leaf: usize, key: u32) {
        let after = core::mem::replace(&mut self.entries[key as usize].next, UNLINKED);
        if self.nodes[leaf].first == key {
            self.nodes[leaf].first = after;
            return;
        }
        let before = self
            .leaf(leaf)
            .find(|before| self.entries[*before as usize].next == key);
        if let Some(before) = before {
            self.entries[before as usize].next = after;
        }
    }

    /// Gives the first leaf two children.
    fn split(&mut self) {
        let leaf = self.leaves();
        let shift = 31 - leaf.ilog2();
        make_room_for(&mut self.nodes, 2);
        self.nodes.extend([EMPTY; 2]);
        let mut key = core::mem::replace(&mut self.nodes[leaf].first, NONE);
        while key != NONE {
            let entry = self.entries[key as usize];
            let child = 2 * leaf + ((entry.position >> shift) & 1) as usize;
            self.nodes[child].add(entry.item());
            self.link(child, key);
            key = entry.next;
        }
    }

    /// Makes the parent of the last two leaves a leaf.
    fn merge(&mut self) {
        let parent = self.leaves() - 1;
        for child in [2 * parent, 2 * parent + 1] {
            let mut key = self.nodes[child].first;
            while key != NONE {
                let next = self.entries[key as usize].next;
                self.link(parent, key);
                key = next;
            }
        }
        self.nodes.truncate(2 * parent);
    }

    /// The lowest node that everything in a range belongs to, and the range of that node.
    fn around(&self, range: Range) -> (usize, Range) {
        let shared = (range.first ^ range.last).leading_zeros();
        let bits = shared.min(self.nodes.len().ilog2());
        let node = |bits: u32| {
            let prefix = u64::from(range.first) >> (u32::BITS - bits);
            1 << bits | prefix as usize
        };
        // The last row of nodes may be begun only.
        let bits = if node(bits) < self.nodes.len() {
            bits
        } else {
            bits - 1
        };
        let below = u32::MAX.checked_shr(bits).unwrap_or(0);
        let span = Range {
            first: range.first & !below,
            last: range.first | below,
        };
        (node(bits), span)
    }

    /// Visits the nodes that overlap `range` from the first to the last, as high up as `enough`
    /// says, otherwise leaves, until `visit` says to stop. Returns whether it never did.
    fn walk(
        &self,
        node: usize,
        span: Range,
        range: Range,
        enough: &impl Fn(Range) -> bool,
        visit: &mut impl FnMut(usize, Range) -> bool,
    ) -> bool {
        if span.last < range.first || range.last < span.first {
            return true;
        }
        if enough(span) || node >= self.leaves() {
            return visit(node, span);
        }
        let middle = span.first + (span.last - span.first) / 2;
        let (low, high) = (
            Range {
                last: middle,
                ..span
            },
            Range {
                first: middle + 1,
                ..span
            },
        );
        self.walk(2 * node, low, range, enough, visit)
            && self.walk(2 * node + 1, high, range, enough, visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::collections::BTreeMap;
    use std::vec;

    struct Pair {
        ranges: Ranges,
        model: BTreeMap<u32, Item>,
    }

    impl Pair {
        fn set(&mut self, key: u32, item: Option<Item>) {
            match item {
                Some(item) => {
                    self.ranges.set(key, item);
                    self.model.insert(key, item);
                }
                None => {
                    self.ranges.remove(key);
                    self.model.remove(&key);
                }
            }
            assert_eq!(self.ranges.get(key), item);
        }

        fn sum(&self, range: Range) -> Sum {
            let mut sum = Sum::default();
            for item in self.model.values() {
                if range.contains(item.position) {
                    sum.add(1, item.digest);
                }
            }
            sum
        }

        fn check(&self, range: Range, parts: usize) {
            let parts = range.parts_max(parts);
            let expected: Vec<_> = (0..parts)
                .map(|index| self.sum(range.part(index, parts)))
                .collect();
            let mut sums = vec![];
            self.ranges.sums(range, parts, &mut sums);
            assert_eq!(sums, expected);
            let within = self.model.iter();
            let mut listed: Vec<_> = within
                .filter(|(_, item)| range.contains(item.position))
                .map(|(key, item)| (item.position, *key))
                .collect();
            listed.sort_unstable();
            let mut found = vec![];
            assert!(self.ranges.list(range, usize::MAX, &mut found));
            assert_eq!(found, listed);
        }
    }

    fn random_range(random: &mut Random) -> Range {
        let (a, b) = (random.word(), random.word());
        Range {
            first: a.min(b),
            last: a.max(b),
        }
    }

    /// A range around somebody, down to that position alone.
    fn random_prefix(random: &mut Random, model: &BTreeMap<u32, Item>) -> Range {
        let bits = random.below(33);
        let near = model.values().nth(random.below(600) as usize);
        let near = near.map_or_else(|| random.word(), |item| item.position);
        let first = near & !u32::MAX.checked_shr(bits).unwrap_or(0);
        Range::of_prefix(first, bits).expect("a prefix")
    }

    #[test]
    fn sums_and_lists_agree_with_a_scan_while_it_grows_and_shrinks() {
        for seed in 0..10 {
            let mut random = Random::new(seed);
            let (ranges, model) = (Ranges::new(), BTreeMap::new());
            let mut pair = Pair { ranges, model };
            // Positions that share their first bits, so that leaves differ in size.
            let mask = if seed % 2 == 0 { u32::MAX } else { 0x0fff_00ff };
            for step in 0..3_000 {
                let key = random.below(600);
                let growing = step < 1_500;
                let position = pair.model.get(&key).map(|item| item.position);
                let moves = random.below(4) == 0;
                let item = Item {
                    position: position
                        .filter(|_| !moves)
                        .unwrap_or_else(|| random.word() & mask),
                    digest: random.long(),
                };
                let remove = random.below(10) < if growing { 2 } else { 8 };
                pair.set(key, (!remove).then_some(item));
                if step % 50 == 0 {
                    pair.check(Range::ALL, 1);
                    for parts in [1, 2, 3, 7, 16, 255] {
                        pair.check(random_prefix(&mut random, &pair.model), parts);
                        pair.check(random_range(&mut random), parts);
                    }
                }
            }
            let keys: Vec<_> = pair.model.keys().copied().collect();
            for key in keys {
                pair.set(key, None);
            }
            pair.check(Range::ALL, 16);
            assert_eq!(pair.ranges.leaves(), 1, "it shrinks");
        }
    }

    #[test]
    fn a_page_ends_soon_after_what_was_wanted() {
        let mut random = Random::new(7);
        let items: Vec<_> = (0..10_000)
            .map(|_| Item {
                position: random.word(),
                digest: random.long(),
            })
            .collect();
        let mut ranges = Ranges::new();
        for (key, item) in items.iter().enumerate() {
            ranges.set(key as u32, *item);
        }
        let mut page = vec![];
        assert!(!ranges.list(Range::ALL, 100, &mut page));
        assert!((100..200).contains(&page.len()), "{}", page.len());
        assert!(page.is_sorted());
    }

    #[test]
    fn a_prefix_is_told_from_other_ranges() {
        assert_eq!(Range::ALL.prefix_bits(), Some(0));
        let one = Range { first: 7, last: 7 };
        assert_eq!(one.prefix_bits(), Some(32));
        let half = Range::ALL.part(1, 2);
        assert_eq!(half.prefix_bits(), Some(1));
        assert_eq!(Range::of_prefix(1 << 31, 1), Some(half));
        assert_eq!(Range::of_prefix(1 << 30, 1), None);
        assert_eq!(Range::of_prefix(0, 33), None);
        for (first, last) in [(0, 2), (1, 2), (4, 8), (1, u32::MAX), (0, u32::MAX - 1)] {
            assert_eq!(Range { first, last }.prefix_bits(), None);
        }
    }

    #[test]
    fn parts_cover_a_range_without_gaps() {
        for range in [
            Range::ALL,
            Range { first: 5, last: 5 },
            Range {
                first: 10,
                last: 32,
            },
        ] {
            let parts = range.parts_max(16);
            let mut expected = u64::from(range.first);
            for index in 0..parts {
                let part = range.part(index, parts);
                assert_eq!(u64::from(part.first), expected);
                assert!(part.first <= part.last);
                assert_eq!(range.part_of(part.first, parts), index);
                assert_eq!(range.part_of(part.last, parts), index);
                expected = u64::from(part.last) + 1;
            }
            assert_eq!(expected, u64::from(range.last) + 1);
        }
    }
}
