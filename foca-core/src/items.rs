//! Custom broadcasts on their way: the bytes, what replaces what, and how often to send.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::backlog::{Backlog, Take, Ticket};
use crate::gossip::LeftOver;
use crate::growth::make_room;

/// Bytes of the length in front of an item in a datagram.
pub(crate) const ITEM_LENGTH_BYTES: usize = 2;

struct Item<K> {
    bytes: Box<[u8]>,
    key: K,
    ticket: Ticket,
}

/// Items waiting to be spread, at most `broadcasts_max`.
pub(crate) struct Items<K> {
    items: Vec<Option<Item<K>>>,
    vacant: Vec<u32>,
    backlog: Backlog,
    /// Items pushed out because `broadcasts_max` was reached.
    pub(crate) dropped: u64,
    /// Times an item did not fit an otherwise empty datagram.
    pub(crate) unfit: u64,
}

impl<K: PartialOrd> Items<K> {
    pub(crate) const fn new() -> Self {
        Self {
            items: Vec::new(),
            vacant: Vec::new(),
            backlog: Backlog::new(),
            dropped: 0,
            unfit: 0,
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.backlog.is_empty()
    }

    /// Queues an item in place of those it replaces; `false` if a queued one outranks it.
    pub(crate) fn push(&mut self, bytes: &[u8], key: K, sends: u8, broadcasts_max: usize) -> bool {
        let outranked = |item: &Item<K>| key < item.key;
        if self.items.iter().flatten().any(outranked) {
            return false;
        }
        for index in 0..self.items.len() {
            if self.items[index]
                .as_ref()
                .is_some_and(|item| item.key <= key)
            {
                self.forget(index as u32);
            }
        }
        while self.backlog.len() >= broadcasts_max
            && let Some(lowest) = self.backlog.lowest()
        {
            self.forget(lowest);
            self.dropped += 1;
        }
        let index = self.vacant.pop().unwrap_or_else(|| {
            make_room(&mut self.items);
            self.items.push(None);
            (self.items.len() - 1) as u32
        });
        self.items[index as usize] = Some(Item {
            bytes: bytes.into(),
            key,
            ticket: self.backlog.push(index, Ticket::NONE, sends),
        });
        true
    }

    /// Appends items that fit to `out`, each behind its length, and returns the bytes used and whether
    /// all of them fit.
    ///
    /// An item that does not fit even though `out` was `empty_handed` spends a send as well, so
    /// that nothing waits for ever for a datagram that is large enough.
    pub(crate) fn write(&mut self, out: &mut [u8], empty_handed: bool) -> (usize, LeftOver) {
        let (mut used, mut left_over) = (0, LeftOver::Nothing);
        let (items, unfit) = (&self.items, &mut self.unfit);
        self.backlog.fill(|index| {
            let Some(item) = &items[index as usize] else {
                return Take::Obsolete;
            };
            let end = used + ITEM_LENGTH_BYTES + item.bytes.len();
            let (Some(room), Ok(len)) = (out.get_mut(used..end), u16::try_from(item.bytes.len()))
            else {
                if used == 0 && empty_handed {
                    *unfit += 1;
                    return Take::Written;
                }
                left_over = LeftOver::More;
                return Take::NoRoom;
            };
            room[..ITEM_LENGTH_BYTES].copy_from_slice(&len.to_be_bytes());
            room[ITEM_LENGTH_BYTES..].copy_from_slice(&item.bytes);
            used = end;
            Take::Written
        });
        self.release_spent();
        (used, left_over)
    }

    fn forget(&mut self, index: u32) {
        if let Some(item) = self.items[index as usize].take() {
            self.backlog.remove(index, item.ticket);
            self.vacant.push(index);
        }
    }

    fn release_spent(&mut self) {
        for index in 0..self.items.len() {
            let spent = |item: &Item<K>| !self.backlog.contains(index as u32, item.ticket);
            if self.items[index].as_ref().is_some_and(spent) {
                self.forget(index as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key per subject, versions ordered within it.
    #[derive(PartialEq)]
    struct Versioned(u8, u8);

    impl PartialOrd for Versioned {
        fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
            (self.0 == other.0).then(|| self.1.cmp(&other.1))
        }
    }

    #[test]
    fn later_versions_replace_earlier_and_other_subjects_coexist() {
        let mut items = Items::new();
        assert!(items.push(b"a1", Versioned(0, 1), 2, 9));
        assert!(items.push(b"b1", Versioned(1, 1), 2, 9));
        assert!(items.push(b"a2", Versioned(0, 2), 2, 9));
        assert!(!items.push(b"a1", Versioned(0, 1), 2, 9));
        let mut out = [0; 32];
        let (used, left_over) = items.write(&mut out, true);
        assert_eq!(left_over, LeftOver::Nothing);
        assert_eq!(out[..used], *b"\0\x02b1\0\x02a2");
        items.write(&mut out, true);
        assert!(items.is_empty());
        assert_eq!(
            items.items.iter().flatten().count(),
            0,
            "spent items free their bytes"
        );
    }

    #[test]
    fn a_full_store_drops_what_was_sent_most() {
        let mut items = Items::new();
        for subject in 0..3 {
            assert!(items.push(&[subject], Versioned(subject, 0), 5, 3));
            if subject == 0 {
                items.write(&mut [0; 3], true);
            }
        }
        assert!(items.push(b"x", Versioned(9, 0), 5, 3));
        assert_eq!(items.dropped, 1);
        let mut out = [0; 32];
        let (used, left_over) = items.write(&mut out, true);
        assert_eq!(left_over, LeftOver::Nothing);
        assert_eq!(out[..used], *b"\0\x01\x01\0\x01\x02\0\x01x");
    }

    #[test]
    fn an_item_too_large_for_any_datagram_does_not_wait_for_ever() {
        let mut items = Items::new();
        assert!(items.push(&[7; 40], Versioned(0, 0), 3, 3));
        assert_eq!(items.write(&mut [0; 10], false), (0, LeftOver::More));
        assert!(!items.is_empty());
        for _ in 0..3 {
            assert_eq!(items.write(&mut [0; 10], true), (0, LeftOver::Nothing));
        }
        assert!(items.is_empty());
        assert_eq!(items.unfit, 3);
    }
}
