//! What lies behind the header of `Compare` and `Differences`, spelt out after `docs/PROTOCOL.md`.

// Whatever else comes fails the test.
#![allow(clippy::wildcard_enum_match_arm)]

use foca_codec::PostcardCodec;
use foca_core::{Codec, Identity, Member, Message, State};

use super::wire::{Packet, identity_bytes, packet, read_identity, read_varint, take, varint};

/// Positions from the first to the last, both included.
pub type Span = (u32, u32);

pub const EVERYWHERE: Span = (0, u32::MAX);

pub const FULL: u8 = 1;
pub const BUSY: u8 = 2;

/// In place of seconds: never.
pub const NEVER: u32 = u32::MAX;

/// A statement about a member, and in how many seconds it is forgotten if that is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told<I> {
    pub member: Member<I>,
    pub forget_seconds: Option<u32>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Entry<I> {
    All(u64),
    Split(Span),
    Members(Span, Vec<Told<I>>),
    Equal,
    Sums(Span, Vec<u32>),
}

/// What `Differences` says; in `Compare` nothing is taken in yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body<I> {
    pub flags: u8,
    pub taken_in: Option<u16>,
    pub entries: Vec<Entry<I>>,
}

pub fn alive<I>(id: I, incarnation: u32) -> Told<I> {
    let state = State::Alive;
    Told {
        member: Member {
            id,
            incarnation,
            state,
        },
        forget_seconds: None,
    }
}

pub fn gone<I>(id: I, incarnation: u32, state: State, forget_seconds: u32) -> Told<I> {
    Told {
        member: Member {
            id,
            incarnation,
            state,
        },
        forget_seconds: Some(forget_seconds),
    }
}

/// Part number `index` of `parts` equal ones.
pub fn part(span: Span, index: usize, parts: usize) -> Span {
    let width = u64::from(span.1) - u64::from(span.0) + 1;
    let begin = |index: usize| u64::from(span.0) + index as u64 * width / parts as u64;
    (begin(index) as u32, (begin(index + 1) - 1) as u32)
}

pub fn parts(span: Span, parts: usize) -> Vec<Span> {
    (0..parts).map(|index| part(span, index, parts)).collect()
}

/// A question of `src`.
pub fn compare<I>(src: I, dst: I, words: (u32, u32), entries: &[Entry<I>]) -> Packet<I>
where
    I: Identity,
    PostcardCodec: Codec<I>,
{
    let (echo, nonce) = words;
    let mut packet = packet(src, dst, Message::Compare { echo, nonce });
    packet.comparison = body_bytes(0, None, entries);
    packet
}

/// An answer of `src`.
pub fn differences<I>(src: I, dst: I, words: (u32, u32), entries: &[Entry<I>]) -> Packet<I>
where
    I: Identity,
    PostcardCodec: Codec<I>,
{
    flagged_differences(src, dst, words, 0, entries)
}

pub fn flagged_differences<I>(
    src: I,
    dst: I,
    words: (u32, u32),
    flags: u8,
    entries: &[Entry<I>],
) -> Packet<I>
where
    I: Identity,
    PostcardCodec: Codec<I>,
{
    let (echo, nonce) = words;
    let mut packet = packet(src, dst, Message::Differences { echo, nonce });
    packet.comparison = body_bytes(flags, Some(0), entries);
    packet
}

pub fn body_bytes<I: Identity>(flags: u8, taken_in: Option<u16>, entries: &[Entry<I>]) -> Vec<u8>
where
    PostcardCodec: Codec<I>,
{
    let mut bytes = vec![flags];
    bytes.extend(taken_in.iter().flat_map(|it| it.to_be_bytes()));
    for entry in entries {
        match entry {
            Entry::All(sum) => {
                bytes.push(0);
                bytes.extend(sum.to_be_bytes());
            }
            Entry::Split(span) => {
                bytes.push(1);
                bytes.extend(span_bytes(*span));
            }
            Entry::Members(span, told) => {
                bytes.push(2);
                bytes.extend(span_bytes(*span));
                bytes.extend(varint(told.len() as u32));
                bytes.extend(told.iter().flat_map(told_bytes));
            }
            Entry::Equal => bytes.push(3),
            Entry::Sums(span, sums) => {
                bytes.push(4);
                bytes.extend(span_bytes(*span));
                bytes.push(sums.len() as u8);
                bytes.extend(sums.iter().flat_map(|sum| sum.to_be_bytes()));
            }
        }
    }
    bytes
}

/// A range that holds all positions with the same first bits is told by these bits.
fn span_bytes((first, last): Span) -> Vec<u8> {
    let width = u64::from(last) - u64::from(first) + 1;
    if width.is_power_of_two() && u64::from(first) % width == 0 {
        let bits = 32 - width.ilog2();
        let bytes = bits.div_ceil(8) as usize;
        return [&[bits as u8], &first.to_be_bytes()[..bytes]].concat();
    }
    [&[255], &first.to_be_bytes()[..], &last.to_be_bytes()].concat()
}

pub fn told_bytes<I: Identity>(told: &Told<I>) -> Vec<u8>
where
    PostcardCodec: Codec<I>,
{
    let state = match told.member.state {
        State::Alive => 0,
        State::Suspect => 1,
        State::Down => 2,
        State::Left => 3,
    };
    let mut bytes = vec![state];
    bytes.extend(varint(told.member.incarnation));
    bytes.extend(told.forget_seconds.map(varint).unwrap_or_default());
    bytes.extend(identity_bytes(&told.member.id));
    bytes
}

impl<I: Identity> Packet<I>
where
    PostcardCodec: Codec<I>,
{
    /// # Panics
    ///
    /// If it is no comparison, or not spelt as the document has it.
    pub fn body(&self) -> Body<I> {
        let mut input = &self.comparison[..];
        let [flags] = take(&mut input);
        let asks = matches!(self.header.message, Message::Compare { .. });
        let answers = matches!(self.header.message, Message::Differences { .. });
        assert!(
            asks || answers,
            "{:?} is no comparison",
            self.header.message
        );
        let taken_in = answers.then(|| u16::from_be_bytes(take(&mut input)));
        let mut entries = vec![];
        while !input.is_empty() {
            entries.push(read_entry(&mut input));
        }
        let respelt = body_bytes(flags, taken_in, &entries);
        assert_eq!(respelt, self.comparison, "one spelling: {entries:?}");
        Body {
            flags,
            taken_in,
            entries,
        }
    }
}

fn read_entry<I: Identity>(input: &mut &[u8]) -> Entry<I>
where
    PostcardCodec: Codec<I>,
{
    match take(input) {
        [0] => Entry::All(u64::from_be_bytes(take(input))),
        [1] => Entry::Split(read_span(input)),
        [2] => {
            let span = read_span(input);
            let count = read_varint(input);
            let told = (0..count).map(|_| read_told(input)).collect();
            Entry::Members(span, told)
        }
        [3] => Entry::Equal,
        [4] => {
            let span = read_span(input);
            let [count] = take(input);
            let sums = (0..count).map(|_| u32::from_be_bytes(take(input)));
            Entry::Sums(span, sums.collect())
        }
        [other] => panic!("no entry {other}"),
    }
}

fn read_span(input: &mut &[u8]) -> Span {
    let [bits] = take(input);
    if bits == 255 {
        return (
            u32::from_be_bytes(take(input)),
            u32::from_be_bytes(take(input)),
        );
    }
    let mut first = [0; 4];
    for byte in &mut first[..usize::from(bits).div_ceil(8)] {
        [*byte] = take(input);
    }
    let first = u32::from_be_bytes(first);
    (
        first,
        first | u32::MAX.checked_shr(bits.into()).unwrap_or(0),
    )
}

fn read_told<I: Identity>(input: &mut &[u8]) -> Told<I>
where
    PostcardCodec: Codec<I>,
{
    let state = match take(input) {
        [0] => State::Alive,
        [2] => State::Down,
        [3] => State::Left,
        [other] => panic!("no state {other} of a statement"),
    };
    let incarnation = read_varint(input);
    let forget_seconds = (state != State::Alive).then(|| read_varint(input));
    Told {
        member: Member {
            id: read_identity(input),
            incarnation,
            state,
        },
        forget_seconds,
    }
}
