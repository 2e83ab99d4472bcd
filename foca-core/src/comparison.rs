//! The bytes behind the header of `Compare` and `Differences`, as `docs/PROTOCOL.md` has them.

use alloc::vec::Vec;

use crate::decay::Accuser;
use crate::native::{Writer, take_u8, take_u16, take_u32, take_varint};
use crate::ranges::{Range, Sum};
use crate::{Codec, Identity, Member, State};

/// The sender takes in nobody new: that it lacks members is no difference to be closed.
pub(crate) const FULL: u8 = 1;
/// The sender has no time for this now.
pub(crate) const BUSY: u8 = 2;

/// Bytes of the flags and the number of statements taken in, with which `Differences` begins.
pub(crate) const DIFFERENCES_BYTES: usize = 3;
/// Bytes of the flags with which `Compare` begins.
pub(crate) const COMPARE_BYTES: usize = 1;

/// What a remembered death is worth in seconds if it is never forgotten.
pub(crate) const FOR_EVER_SECONDS: u32 = u32::MAX;

/// First byte of an entry.
mod tag {
    pub(super) const ALL: u8 = 0;
    pub(super) const SPLIT: u8 = 1;
    pub(super) const MEMBERS: u8 = 2;
    pub(super) const EQUAL: u8 = 3;
    pub(super) const SUMS: u8 = 4;
}

/// One question or one answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Entry {
    /// `Compare`: the sum of the digests of everything that the sender knows.
    All(u64),
    /// `Compare`: what are the sums of the parts of this range?
    Split(Range),
    /// `Compare`: everything that the sender knows in this range. `Differences`: what the receiver
    /// lacks there. So many statements, in their order.
    Members { range: Range, count: usize },
    /// `Differences`: everything is the same.
    Equal,
    /// `Differences`: the sums of so many equal parts of this range, in their order.
    Sums { range: Range, count: usize },
}

/// Which of the two messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Side {
    Compare,
    Differences,
}

/// What was read of a message, besides the statements about members, which are in the inbox.
#[derive(Default)]
pub(crate) struct Comparison {
    pub(crate) flags: u8,
    /// `Differences`: how many statements of the `Compare` changed something.
    pub(crate) applied: u16,
    pub(crate) entries: Vec<Entry>,
    pub(crate) sums: Vec<u32>,
    /// For each statement in the inbox: in how many seconds it is to be forgotten.
    pub(crate) forget_seconds: Vec<u32>,
    /// Our own sums, for one range at a time; kept for its capacity.
    pub(crate) ours: Vec<Sum>,
    /// Positions and keys of what is being written; kept for its capacity.
    pub(crate) page: Vec<(u32, u32)>,
}

impl Comparison {
    /// Reads all of it. `None` if it is not what a member would have written.
    pub(crate) fn read<I: Identity, C: Codec<I>>(
        &mut self,
        side: Side,
        codec: &C,
        input: &mut &[u8],
        inbox: &mut Vec<(Member<I>, Accuser)>,
    ) -> Option<()> {
        self.entries.clear();
        self.sums.clear();
        self.forget_seconds.clear();
        self.flags = take_u8(input).filter(|flags| *flags <= FULL | BUSY)?;
        self.applied = match side {
            Side::Compare => 0,
            Side::Differences => take_u16(input)?,
        };
        while !input.is_empty() {
            let entry = self.read_entry(side, codec, input, inbox)?;
            self.entries.push(entry);
        }
        Some(())
    }

    fn read_entry<I: Identity, C: Codec<I>>(
        &mut self,
        side: Side,
        codec: &C,
        input: &mut &[u8],
        inbox: &mut Vec<(Member<I>, Accuser)>,
    ) -> Option<Entry> {
        match (take_u8(input)?, side) {
            (tag::ALL, Side::Compare) => {
                let high = u64::from(take_u32(input)?);
                Some(Entry::All(high << 32 | u64::from(take_u32(input)?)))
            }
            (tag::SPLIT, Side::Compare) => Some(Entry::Split(take_range(input)?)),
            (tag::MEMBERS, _) => {
                let range = take_range(input)?;
                let count = take_varint(input)? as usize;
                for _ in 0..count {
                    let (member, forget_seconds) = take_statement(codec, input)?;
                    inbox.push((member, Accuser::UNKNOWN));
                    self.forget_seconds.push(forget_seconds);
                }
                Some(Entry::Members { range, count })
            }
            (tag::EQUAL, Side::Differences) => Some(Entry::Equal),
            (tag::SUMS, Side::Differences) => {
                let range = take_range(input)?;
                let count = usize::from(take_u8(input)?);
                if count == 0 || range.parts_max(count) < count {
                    return None;
                }
                for _ in 0..count {
                    self.sums.push(take_u32(input)?);
                }
                Some(Entry::Sums { range, count })
            }
            _ => None,
        }
    }
}

fn take_range(input: &mut &[u8]) -> Option<Range> {
    let bits = u32::from(take_u8(input)?);
    if bits == ANY_RANGE {
        let range = Range {
            first: take_u32(input)?,
            last: take_u32(input)?,
        };
        let valid = range.first <= range.last && range.prefix_bits().is_none();
        return valid.then_some(range);
    }
    let (prefix, rest) = input.split_at_checked(prefix_bytes(bits))?;
    *input = rest;
    let mut first = [0; 4];
    first.get_mut(..prefix.len())?.copy_from_slice(prefix);
    Range::of_prefix(u32::from_be_bytes(first), bits)
}

/// In place of a number of bits: a range that is no prefix.
const ANY_RANGE: u32 = 0xff;

/// Bytes that hold so many bits.
const fn prefix_bytes(bits: u32) -> usize {
    bits.div_ceil(8) as usize
}

fn write_range(writer: &mut Writer<'_>, range: Range) -> Option<()> {
    let Some(bits) = range.prefix_bits() else {
        writer.bytes(&[ANY_RANGE as u8])?;
        writer.bytes(&range.first.to_be_bytes())?;
        return writer.bytes(&range.last.to_be_bytes());
    };
    writer.bytes(&[bits as u8])?;
    writer.bytes(&range.first.to_be_bytes()[..prefix_bytes(bits)])
}

/// A statement and in how many seconds it is to be forgotten, if it is about a death.
fn take_statement<I: Identity, C: Codec<I>>(
    codec: &C,
    input: &mut &[u8],
) -> Option<(Member<I>, u32)> {
    let state = match take_u8(input)? {
        0 => State::Alive,
        2 => State::Down,
        3 => State::Left,
        _ => return None,
    };
    let incarnation = take_varint(input)?;
    let forget_seconds = match state.is_active() {
        true => FOR_EVER_SECONDS,
        false => take_varint(input)?,
    };
    let id = codec.decode_identity(input)?;
    let member = Member {
        id,
        incarnation,
        state,
    };
    Some((member, forget_seconds))
}

/// Writes entries, each whole or not at all.
pub(crate) struct Entries<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> Entries<'a> {
    /// Begins behind the first `len` bytes, which the caller writes.
    pub(crate) fn new(out: &'a mut [u8], len: usize) -> Option<Self> {
        (out.len() >= len).then_some(Self { out, len })
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) const fn rest(&self) -> usize {
        self.out.len() - self.len
    }

    /// Writes an entry, if there is room for all of it.
    fn entry(&mut self, write: impl FnOnce(&mut Writer<'_>) -> Option<()>) -> Option<()> {
        let mut writer = Writer::new(&mut self.out[self.len..]);
        write(&mut writer)?;
        self.len += writer.len();
        Some(())
    }

    pub(crate) fn all(&mut self, digests: u64) -> Option<()> {
        self.entry(|writer| {
            writer.bytes(&[tag::ALL])?;
            writer.bytes(&digests.to_be_bytes())
        })
    }

    pub(crate) fn split(&mut self, range: Range) -> Option<()> {
        self.entry(|writer| {
            writer.bytes(&[tag::SPLIT])?;
            write_range(writer, range)
        })
    }

    pub(crate) fn equal(&mut self) -> Option<()> {
        self.entry(|writer| writer.bytes(&[tag::EQUAL]))
    }

    pub(crate) fn sums(
        &mut self,
        range: Range,
        sums: impl ExactSizeIterator<Item = u32>,
    ) -> Option<()> {
        self.entry(|writer| {
            writer.bytes(&[tag::SUMS])?;
            write_range(writer, range)?;
            writer.bytes(&[u8::try_from(sums.len()).ok()?])?;
            for sum in sums {
                writer.bytes(&sum.to_be_bytes())?;
            }
            Some(())
        })
    }

    /// Writes statements about members, at positions that do not go back, for as long as they fit.
    ///
    /// Returns the part of the range that was dealt with: up to the position before the first
    /// statement without room. `None` if not even the first fits.
    pub(crate) fn members<'b, I: Identity + 'b, C: Codec<I>>(
        &mut self,
        codec: &C,
        range: Range,
        statements: impl Iterator<Item = Statement<'b, I>>,
    ) -> Option<Range> {
        // The statements come first, where they will stand if the head is as long as it can be.
        let body = self.len + HEAD_BYTES_MAX;
        let mut writer = Writer::new(self.out.get_mut(body..)?);
        let mut covered = range;
        // How much there was before the first statement of a position: a range cannot end between two
        // statements of one position.
        let mut border = (range.first, Written::default());
        let mut written = Written::default();
        for statement in statements {
            if statement.position != border.0 {
                border = (statement.position, written);
            }
            if write_statement(&mut writer, codec, &statement).is_none() {
                let (position, before) = border;
                if position > range.first {
                    (covered.last, written) = (position - 1, before);
                } else if written.count == 0 {
                    return None;
                } else {
                    // More at one position than a datagram holds: the rest is left out.
                    covered.last = position;
                }
                break;
            }
            written = Written {
                count: written.count + 1,
                bytes: writer.len(),
            };
        }
        let mut head = Writer::new(&mut self.out[self.len..]);
        head.bytes(&[tag::MEMBERS])?;
        write_range(&mut head, covered)?;
        head.varint(written.count)?;
        let start = self.len + head.len();
        self.out.copy_within(body..body + written.bytes, start);
        self.len = start + written.bytes;
        Some(covered)
    }
}

/// What was written of a list.
#[derive(Clone, Copy, Default)]
struct Written {
    count: u32,
    bytes: usize,
}

/// The most bytes before the statements of a members entry, or the sums of a sums entry.
pub(crate) const HEAD_BYTES_MAX: usize = 15;

/// What is said of a member, and where it is in the order.
pub(crate) struct Statement<'a, I> {
    pub(crate) position: u32,
    pub(crate) member: Member<&'a I>,
    /// Of a death: in how many seconds it is to be forgotten.
    pub(crate) forget_seconds: u32,
}

/// Suspicion is not compared: who is suspected is told as alive.
fn write_statement<I: Identity, C: Codec<I>>(
    writer: &mut Writer<'_>,
    codec: &C,
    statement: &Statement<'_, I>,
) -> Option<()> {
    let Member {
        id,
        incarnation,
        state,
    } = statement.member;
    let alive = state.is_active();
    writer.bytes(&[if alive { State::Alive } else { state } as u8])?;
    writer.varint(incarnation)?;
    if !alive {
        writer.varint(statement.forget_seconds)?;
    }
    writer.with(|out| codec.encode_identity(id, out))
}
