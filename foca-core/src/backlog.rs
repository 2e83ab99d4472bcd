//! News waiting to be told: ordered by how often it may still be sent.
//!
//! One doubly linked list per remaining budget, linked by key, so that queueing, replacing and
//! removing are O(1) and filling a datagram touches only what it takes.

use alloc::vec::Vec;

/// Entries that do not fit are passed over at most this often per datagram before giving up.
const MISFITS_MAX: u32 = 8;
const NONE: u32 = u32::MAX;

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
struct Link {
    previous: u32,
    next: u32,
    /// Sends left; 0 means not queued.
    budget: u8,
}

#[derive(Clone, Copy)]
struct List {
    head: u32,
    tail: u32,
}

/// Keys with a remaining number of sends, served highest budget first, oldest first within it.
pub(crate) struct Backlog {
    links: Vec<Link>,
    /// Indexed by budget; grows to the highest budget seen.
    lists: Vec<List>,
    len: usize,
    /// Entries written into the current datagram, until their lower budget takes effect.
    written: Vec<u32>,
}

impl Backlog {
    pub(crate) const fn new() -> Self {
        Self {
            links: Vec::new(),
            lists: Vec::new(),
            len: 0,
            written: Vec::new(),
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn contains(&self, key: u32) -> bool {
        self.links
            .get(key as usize)
            .is_some_and(|link| link.budget > 0)
    }

    /// Queues `key` behind its equals, in place of its earlier entry.
    pub(crate) fn push(&mut self, key: u32, budget: u8) {
        self.remove(key);
        if budget > 0 {
            self.append(key, budget);
        }
    }

    pub(crate) fn remove(&mut self, key: u32) {
        let Some(&Link {
            previous,
            next,
            budget,
        }) = self.links.get(key as usize)
        else {
            return;
        };
        if budget == 0 {
            return;
        }
        let list = &mut self.lists[budget as usize];
        match previous {
            NONE => list.head = next,
            previous => self.links[previous as usize].next = next,
        }
        match next {
            NONE => list.tail = previous,
            next => self.links[next as usize].previous = previous,
        }
        self.links[key as usize].budget = 0;
        self.len -= 1;
    }

    /// The entry closest to being dropped anyway, the oldest of those.
    pub(crate) fn lowest(&self) -> Option<u32> {
        self.lists
            .iter()
            .map(|list| list.head)
            .find(|head| *head != NONE)
    }

    /// Offers entries to `take`, each at most once, until nothing more fits.
    pub(crate) fn fill(&mut self, mut take: impl FnMut(u32) -> Take) {
        let mut misfits = 0;
        'datagram: for budget in (1..self.lists.len()).rev() {
            let mut key = self.lists[budget].head;
            while key != NONE {
                let next = self.links[key as usize].next;
                match take(key) {
                    Take::Written => self.written.push(key),
                    Take::NoRoom => misfits += 1,
                    Take::Obsolete => self.remove(key),
                }
                if misfits > MISFITS_MAX {
                    break 'datagram;
                }
                key = next;
            }
        }
        for index in 0..self.written.len() {
            let key = self.written[index];
            let budget = self.links[key as usize].budget;
            self.push(key, budget - 1);
        }
        self.written.clear();
    }

    fn append(&mut self, key: u32, budget: u8) {
        let (index, list_index) = (key as usize, budget as usize);
        if self.links.len() <= index {
            self.links.resize(
                index + 1,
                Link {
                    previous: NONE,
                    next: NONE,
                    budget: 0,
                },
            );
        }
        if self.lists.len() <= list_index {
            self.lists.resize(
                list_index + 1,
                List {
                    head: NONE,
                    tail: NONE,
                },
            );
        }
        let list = &mut self.lists[list_index];
        let previous = core::mem::replace(&mut list.tail, key);
        match previous {
            NONE => list.head = key,
            previous => self.links[previous as usize].next = key,
        }
        self.links[index] = Link {
            previous,
            next: NONE,
            budget,
        };
        self.len += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn drain(backlog: &mut Backlog, mut room: usize) -> Vec<u32> {
        let mut taken = vec![];
        backlog.fill(|key| {
            if room == 0 {
                return Take::NoRoom;
            }
            room -= 1;
            taken.push(key);
            Take::Written
        });
        taken
    }

    #[test]
    fn freshest_first_and_each_once_per_datagram() {
        let mut backlog = Backlog::new();
        backlog.push(1, 2);
        backlog.push(2, 3);
        backlog.push(3, 3);
        assert_eq!(drain(&mut backlog, 9), [2, 3, 1]);
        assert_eq!(drain(&mut backlog, 9), [2, 3, 1]);
        assert_eq!(drain(&mut backlog, 9), [2, 3]);
        assert!(backlog.is_empty());
    }

    #[test]
    fn what_was_sent_steps_behind_what_was_not() {
        let mut backlog = Backlog::new();
        for key in 0..4 {
            backlog.push(key, 2);
        }
        assert_eq!(drain(&mut backlog, 3), [0, 1, 2]);
        assert_eq!(drain(&mut backlog, 3), [3, 0, 1]);
        assert_eq!(drain(&mut backlog, 3), [2, 3]);
        assert_eq!(backlog.len(), 0);
    }

    #[test]
    fn pushing_again_replaces_and_removing_forgets() {
        let mut backlog = Backlog::new();
        backlog.push(5, 1);
        backlog.push(6, 1);
        backlog.push(7, 1);
        backlog.push(5, 4);
        backlog.remove(6);
        backlog.remove(6);
        assert_eq!(backlog.len(), 2);
        assert!(backlog.contains(5) && !backlog.contains(6));
        assert_eq!(backlog.lowest(), Some(7));
        assert_eq!(drain(&mut backlog, 9), [5, 7]);
        assert_eq!(backlog.len(), 1);
    }

    #[test]
    fn obsolete_entries_vanish_and_misfits_are_bounded() {
        let mut backlog = Backlog::new();
        for key in 0..100 {
            backlog.push(key, 1);
        }
        let mut offered = 0;
        backlog.fill(|key| {
            offered += 1;
            if key == 0 {
                Take::Obsolete
            } else {
                Take::NoRoom
            }
        });
        assert_eq!(offered, MISFITS_MAX + 2);
        assert_eq!(backlog.len(), 99);
    }
}
