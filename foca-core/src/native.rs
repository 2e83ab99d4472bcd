//! The bytes of `Wire::Native` between the envelope's prefix and suffix, identities excepted.
//!
//! `docs/PROTOCOL.md` has the tables. Everything is canonical: there is one way to write a value,
//! and any other way is not read.

use crate::decay::Accuser;
use crate::{Codec, Header, Identity, Member, Message, State};

/// Writes to the front of a slice and remembers how far it got.
pub(crate) struct Writer<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    pub(crate) const fn new(out: &'a mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Lets `write` fill the front of the rest; `None` leaves the writer unusable.
    pub(crate) fn with(&mut self, write: impl FnOnce(&mut [u8]) -> Option<usize>) -> Option<()> {
        self.len += write(self.out.get_mut(self.len..)?)?;
        (self.len <= self.out.len()).then_some(())
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Option<()> {
        let place = self.out.get_mut(self.len..)?.get_mut(..bytes.len())?;
        place.copy_from_slice(bytes);
        self.len += bytes.len();
        Some(())
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        *self.out.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }

    fn word(&mut self, word: u32) -> Option<()> {
        let place = self.out.get_mut(self.len..)?.first_chunk_mut()?;
        *place = word.to_be_bytes();
        self.len += place.len();
        Some(())
    }

    /// LEB128: seven bits a byte, the lowest first.
    pub(crate) fn varint(&mut self, mut value: u32) -> Option<()> {
        while value >= 0x80 {
            self.byte(value as u8 | 0x80)?;
            value >>= 7;
        }
        self.byte(value as u8)
    }
}

pub(crate) fn take_u8(input: &mut &[u8]) -> Option<u8> {
    let (first, rest) = input.split_first()?;
    *input = rest;
    Some(*first)
}

pub(crate) fn take_u16(input: &mut &[u8]) -> Option<u16> {
    let (bytes, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(u16::from_be_bytes(*bytes))
}

pub(crate) fn take_u32(input: &mut &[u8]) -> Option<u32> {
    let (bytes, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(u32::from_be_bytes(*bytes))
}

pub(crate) fn take_varint(input: &mut &[u8]) -> Option<u32> {
    if let [byte @ 0..0x80, rest @ ..] = *input {
        *input = rest;
        return Some(u32::from(*byte));
    }
    take_long_varint(input)
}

fn take_long_varint(input: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for shift in (0..35).step_by(7) {
        let byte = take_u8(input)?;
        let bits = u32::from(byte & 0x7f);
        // The fifth byte holds four bits; a last byte of zero could have been left out.
        if (shift == 28 && byte > 0x0f) || (shift > 0 && byte == 0) {
            return None;
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// First byte of the payload: what kind of message it is.
mod kind {
    pub(super) const PING: u8 = 0;
    pub(super) const ACK: u8 = 1;
    pub(super) const PING_REQ: u8 = 2;
    pub(super) const INDIRECT_PING: u8 = 3;
    pub(super) const INDIRECT_ACK: u8 = 4;
    pub(super) const FORWARDED_ACK: u8 = 5;
    pub(super) const ANNOUNCE: u8 = 6;
    pub(super) const FEED: u8 = 7;
    pub(super) const GOSSIP: u8 = 8;
    pub(super) const BROADCAST: u8 = 9;
    pub(super) const TURN_UNDEAD: u8 = 10;
    pub(super) const CHALLENGE: u8 = 11;
    pub(super) const COMPARE: u8 = 12;
    pub(super) const DIFFERENCES: u8 = 13;
    pub(super) const NACK: u8 = 14;
}

/// Writes a header. `src` is its sender as bytes, if that is known.
pub(crate) fn encode_header<I: Identity, C: Codec<I>>(
    codec: &C,
    header: &Header<&I>,
    src: Option<&[u8]>,
    out: &mut [u8],
) -> Option<usize> {
    let mut writer = Writer::new(out);
    let (kind, party, words) = parts(&header.message);
    writer.byte(kind)?;
    match src {
        Some(src) if !src.is_empty() => writer.bytes(src)?,
        _ => writer.with(|out| codec.encode_identity(header.src, out))?,
    }
    writer.varint(header.incarnation)?;
    match kind {
        kind::ANNOUNCE => writer.with(|out| codec.encode_addr(header.dst.addr(), out))?,
        _ => writer.with(|out| codec.encode_identity(header.dst, out))?,
    }
    for word in words.into_iter().flatten() {
        writer.word(word)?;
    }
    if let Some(party) = party {
        writer.with(|out| codec.encode_identity(party, out))?;
    }
    Some(writer.len())
}

/// The kind, the third party and the numbers of a message, in the order in which they are written.
const fn parts<'a, I>(message: &Message<&'a I>) -> (u8, Option<&'a I>, [Option<u32>; 2]) {
    match *message {
        Message::Ping { number } => (kind::PING, None, [Some(number), None]),
        Message::Ack { number } => (kind::ACK, None, [Some(number), None]),
        Message::PingReq { target, number } => (kind::PING_REQ, Some(target), [Some(number), None]),
        Message::IndirectPing { origin, number } => {
            (kind::INDIRECT_PING, Some(origin), [Some(number), None])
        }
        Message::IndirectAck { target, number } => {
            (kind::INDIRECT_ACK, Some(target), [Some(number), None])
        }
        Message::ForwardedAck { origin, number } => {
            (kind::FORWARDED_ACK, Some(origin), [Some(number), None])
        }
        Message::Nack { origin, number } => (kind::NACK, Some(origin), [Some(number), None]),
        Message::Announce { nonce, proof } => (kind::ANNOUNCE, None, [Some(nonce), Some(proof)]),
        Message::Feed { echo } => (kind::FEED, None, [Some(echo), None]),
        Message::Gossip => (kind::GOSSIP, None, [None, None]),
        Message::Broadcast => (kind::BROADCAST, None, [None, None]),
        Message::TurnUndead { echo } => (kind::TURN_UNDEAD, None, [Some(echo), None]),
        Message::Challenge { echo, cookie } => (kind::CHALLENGE, None, [Some(echo), Some(cookie)]),
        Message::Compare { echo, nonce } => (kind::COMPARE, None, [Some(echo), Some(nonce)]),
        Message::Differences { echo, nonce } => {
            (kind::DIFFERENCES, None, [Some(echo), Some(nonce)])
        }
    }
}

/// Reads a header. `own` is our identity and its bytes, none if they are not known: that of most
/// receivers.
pub(crate) fn decode_header<I: Identity, C: Codec<I>>(
    codec: &C,
    own: (&I, &[u8]),
    input: &mut &[u8],
) -> Option<Header<I>> {
    let kind = take_u8(input)?;
    let src = codec.decode_identity(input)?;
    let incarnation = take_varint(input)?;
    let dst = decode_receiver(codec, own, kind, input)?;
    let word = take_u32;
    let message = match kind {
        kind::PING => Message::Ping {
            number: word(input)?,
        },
        kind::ACK => Message::Ack {
            number: word(input)?,
        },
        kind::PING_REQ
        | kind::INDIRECT_PING
        | kind::INDIRECT_ACK
        | kind::FORWARDED_ACK
        | kind::NACK => {
            let (number, party) = (word(input)?, codec.decode_identity(input)?);
            with_party(kind, number, party)
        }
        kind::ANNOUNCE => Message::Announce {
            nonce: word(input)?,
            proof: word(input)?,
        },
        kind::FEED => Message::Feed { echo: word(input)? },
        kind::GOSSIP => Message::Gossip,
        kind::BROADCAST => Message::Broadcast,
        kind::TURN_UNDEAD => Message::TurnUndead { echo: word(input)? },
        kind::CHALLENGE | kind::COMPARE | kind::DIFFERENCES => {
            let (echo, nonce) = (word(input)?, word(input)?);
            match kind {
                kind::CHALLENGE => Message::Challenge {
                    echo,
                    cookie: nonce,
                },
                kind::COMPARE => Message::Compare { echo, nonce },
                _ => Message::Differences { echo, nonce },
            }
        }
        _ => return None,
    };
    Some(Header {
        src,
        incarnation,
        dst,
        message,
    })
}

fn with_party<I>(kind: u8, number: u32, party: I) -> Message<I> {
    match kind {
        kind::PING_REQ => Message::PingReq {
            target: party,
            number,
        },
        kind::INDIRECT_PING => Message::IndirectPing {
            origin: party,
            number,
        },
        kind::INDIRECT_ACK => Message::IndirectAck {
            target: party,
            number,
        },
        kind::FORWARDED_ACK => Message::ForwardedAck {
            origin: party,
            number,
        },
        _ => Message::Nack {
            origin: party,
            number,
        },
    }
}

fn decode_receiver<I: Identity, C: Codec<I>>(
    codec: &C,
    (own, own_bytes): (&I, &[u8]),
    kind: u8,
    input: &mut &[u8],
) -> Option<I> {
    if kind == kind::ANNOUNCE {
        return Some(I::placeholder(&codec.decode_addr(input)?));
    }
    // Identities are canonical and self-delimiting: what begins like ours is ours.
    match input.strip_prefix(own_bytes) {
        Some(rest) if !own_bytes.is_empty() => {
            *input = rest;
            Some(own.clone())
        }
        _ => codec.decode_identity(input),
    }
}

/// Bits of the byte that begins a statement: the state, and above it who accuses a suspect.
const STATE_BITS: u32 = 2;

/// State and accuser, incarnation, identity. Only suspects have accusers.
pub(crate) fn encode_member<I: Identity, C: Codec<I>>(
    codec: &C,
    member: Member<&I>,
    accuser: Accuser,
    out: &mut [u8],
) -> Option<usize> {
    let mut writer = Writer::new(out);
    let accuser = match member.state {
        State::Suspect => accuser,
        State::Alive | State::Down | State::Left => Accuser::UNKNOWN,
    };
    writer.byte(member.state as u8 | accuser.bits() << STATE_BITS)?;
    writer.varint(member.incarnation)?;
    writer.with(|out| codec.encode_identity(member.id, out))?;
    Some(writer.len())
}

pub(crate) fn decode_member<I: Identity, C: Codec<I>>(
    codec: &C,
    input: &mut &[u8],
) -> Option<(Member<I>, Accuser)> {
    let first = take_u8(input)?;
    let accuser = Accuser::from_bits(first >> STATE_BITS);
    let state = match first & ((1 << STATE_BITS) - 1) {
        0 => State::Alive,
        1 => State::Suspect,
        2 => State::Down,
        _ => State::Left,
    };
    if state != State::Suspect && accuser != Accuser::UNKNOWN {
        return None;
    }
    let incarnation = take_varint(input)?;
    let member = Member {
        id: codec.decode_identity(input)?,
        incarnation,
        state,
    };
    Some((member, accuser))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varint(value: u32) -> alloc::vec::Vec<u8> {
        let mut out = [0; 5];
        let mut writer = Writer::new(&mut out);
        writer.varint(value).unwrap();
        let len = writer.len();
        out[..len].to_vec()
    }

    #[test]
    fn varints_have_one_spelling() {
        assert_eq!(varint(0), [0]);
        assert_eq!(varint(127), [0x7f]);
        assert_eq!(varint(300), [0xac, 0x02]);
        assert_eq!(varint(u32::MAX), [0xff, 0xff, 0xff, 0xff, 0x0f]);
        for value in [
            0,
            1,
            127,
            128,
            300,
            16_383,
            16_384,
            1 << 21,
            1 << 28,
            u32::MAX,
        ] {
            let bytes = varint(value);
            let mut input = &bytes[..];
            assert_eq!(take_varint(&mut input), Some(value));
            assert!(input.is_empty());
            assert_eq!(take_varint(&mut &bytes[..bytes.len() - 1]), None);
        }
        for junk in [&[0x80, 0][..], &[0xff, 0xff, 0xff, 0xff, 0x1f], &[0x80; 6]] {
            assert_eq!(take_varint(&mut &junk[..]), None, "{junk:?}");
        }
    }

    #[test]
    fn a_writer_never_passes_the_end() {
        let mut out = [0; 7];
        let mut writer = Writer::new(&mut out);
        assert_eq!(writer.word(0x0102_0304), Some(()));
        assert_eq!(writer.word(0), None);
        assert_eq!(writer.varint(0x7FFF), Some(()));
        assert_eq!(writer.byte(0), None);
        assert_eq!(writer.with(|_| Some(7)), None);
        assert_eq!(out, [1, 2, 3, 4, 0xFF, 0xFF, 1]);
    }
}
