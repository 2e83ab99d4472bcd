//! What we know, ourselves included, in the form in which two members compare it.

use alloc::vec::Vec;

use crate::digest::Digester;
use crate::members::{Members, OURSELVES, news_key};
use crate::ranges::{Item, Range, Ranges, Sum};
use crate::table::{Guess, Guesses, Record, Slot};
use crate::{Codec, Identity, Member};

/// Longest address that can be compared and that can prove itself, in encoded bytes.
pub(crate) const ADDR_BYTES_MAX: usize = 512;

/// Addresses up to this are spelled without clearing room for the longest.
const ADDR_BYTES_SHORT: usize = 32;

/// Does something with the bytes of an address; `None` if it is too long.
pub(crate) fn with_spelled<I: Identity, C: Codec<I>, R>(
    codec: &C,
    addr: &I::Addr,
    act: impl FnOnce(Option<&[u8]>) -> R,
) -> R {
    let mut short = [0; ADDR_BYTES_SHORT];
    if let Some(len) = codec.encode_addr(addr, &mut short) {
        return act(short.get(..len));
    }
    let mut long = [0; ADDR_BYTES_MAX];
    let len = codec.encode_addr(addr, &mut long);
    act(len.and_then(|len| long.get(..len)))
}

/// Everything that is to be the same at all members.
pub(crate) struct View {
    ranges: Ranges,
    digester: Digester,
}

impl View {
    /// The hash of an address. Addresses that are too long share one.
    fn address<I: Identity, C: Codec<I>>(&self, codec: &C, addr: &I::Addr) -> u64 {
        with_spelled(codec, addr, |bytes| {
            self.digester.address(bytes.unwrap_or_default())
        })
    }

    fn item<I: Identity, C: Codec<I>>(&self, codec: &C, member: Member<&I>) -> Item {
        let address = self.address(codec, member.id.addr());
        self.digester.item(
            address,
            member.id.generation(),
            member.incarnation,
            !member.state.is_active(),
        )
    }
}

/// A statement of somebody else, without its address.
#[derive(Clone, Copy)]
pub(crate) enum Said {
    /// About somebody who is not in the table.
    OfStranger,
    OfKnown {
        slot: Slot,
        generation: u64,
        incarnation: u32,
        active: bool,
    },
}

/// Whether a record is an opinion to share: a verdict that we do not trust ourselves is none, and
/// neither is what we remember from before a restart of somebody who was gone then.
const fn is_shared<I>(record: &Record<I>) -> bool {
    !record.void && !record.recalled
}

impl<I: Identity> Members<I> {
    /// Begins to keep what is compared, under this key, or ceases to.
    pub(crate) fn keep_view<C: Codec<I>>(&mut self, codec: &C, key: Option<u64>) {
        self.view = key.map(|key| View {
            ranges: Ranges::new(),
            digester: Digester::new(key),
        });
        if self.view.is_none() {
            return;
        }
        let slots = [self.table.active_slots(), self.table.inactive_slots()].concat();
        for slot in slots {
            self.view_changed(codec, slot);
        }
    }

    /// Takes over what became of a record.
    pub(crate) fn view_changed<C: Codec<I>>(&mut self, codec: &C, slot: Slot) {
        let Some(view) = &mut self.view else { return };
        match self.table.get(slot).filter(|record| is_shared(record)) {
            Some(record) => {
                let item = view.item(codec, record.member.as_ref());
                view.ranges.set(news_key(slot), item);
            }
            None => view.ranges.remove(news_key(slot)),
        }
    }

    /// Takes over what we are.
    pub(crate) fn view_ourselves<C: Codec<I>>(&mut self, codec: &C, ourselves: Member<&I>) {
        if let Some(view) = &mut self.view {
            let item = view.item(codec, ourselves);
            view.ranges.set(OURSELVES, item);
        }
    }

    /// The sum of everything.
    pub(crate) fn view_total(&self) -> Sum {
        let view = self.view.as_ref();
        view.map_or_else(Sum::default, |view| view.ranges.total())
    }

    /// Puts the sums of so many equal parts of a range into `out`.
    pub(crate) fn view_sums(&self, range: Range, parts: usize, out: &mut Vec<Sum>) {
        match &self.view {
            Some(view) => view.ranges.sums(range, parts, out),
            None => {
                out.clear();
                out.resize(parts, Sum::default());
            }
        }
    }

    /// Fetches the digests of those that are where they were guessed to be.
    pub(crate) fn touch_view(&self, guesses: &Guesses) {
        if let Some(view) = &self.view {
            view.ranges.touch(guesses.slots().map(news_key));
        }
    }

    /// Appends what is in a range to `out`, at least `wanted` if there are as many: positions and keys
    /// of news. Returns whether that is all.
    pub(crate) fn view_list(&self, range: Range, wanted: usize, out: &mut Vec<(u32, u32)>) -> bool {
        let view = self.view.as_ref();
        view.is_none_or(|view| view.ranges.list(range, wanted, out))
    }

    /// The digest of what we say under a key of news.
    pub(crate) fn viewed(&self, key: u32) -> Option<u64> {
        Some(self.view.as_ref()?.ranges.get(key)?.digest)
    }

    /// What a statement says, to be compared with what becomes of it.
    pub(crate) fn said(&self, guess: Guess, member: &Member<I>) -> Said {
        match self.table.find_guessed(guess, member.id.addr()) {
            None => Said::OfStranger,
            Some(slot) => Said::OfKnown {
                slot,
                generation: member.id.generation(),
                incarnation: member.incarnation,
                active: member.state.is_active(),
            },
        }
    }

    /// The digest of a statement about somebody in the table, if we say the same: then it is at hand, and
    /// if we do not, nobody will ask for it.
    pub(crate) fn digest_if_known(&self, said: Said) -> Option<u64> {
        let Said::OfKnown {
            slot,
            generation,
            incarnation,
            active,
        } = said
        else {
            return None;
        };
        let ours = &self.table.get(slot)?.member;
        let same = ours.id.generation() == generation
            && ours.incarnation == incarnation
            && ours.state.is_active() == active;
        same.then(|| self.viewed(news_key(slot))).flatten()
    }

    /// The digest of a statement of somebody else, as ours would be.
    pub(crate) fn digest_of<C: Codec<I>>(&self, codec: &C, member: Member<&I>) -> u64 {
        let view = self.view.as_ref();
        view.map_or(0, |view| view.item(codec, member).digest)
    }
}
