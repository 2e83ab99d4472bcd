//! Datagrams as the machine around a member sees them, docs/PROTOCOL.md, section 2.2.

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Codec as _, Envelope as _};

use crate::paper::cluster::Id;

/// Kinds of message.
const ACK: u8 = 1;
pub(super) const PING_REQ: u8 = 2;
pub(super) const INDIRECT_PING: u8 = 3;
pub(super) const INDIRECT_ACK: u8 = 4;

/// A datagram that speaks of a probe between two others.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct OfOthers<'a> {
    /// [`PING_REQ`], [`INDIRECT_PING`] or [`INDIRECT_ACK`].
    pub(super) kind: u8,
    pub(super) source: Id,
    /// Of the probe.
    pub(super) number: u32,
    /// Whom the message names: the target in a `PingReq`, else whoever asked for help.
    pub(super) other: Id,
    /// From the source to the number, as an `Ack` has it too.
    head: &'a [u8],
    /// What is told beside.
    news: &'a [u8],
}

impl<'a> OfOthers<'a> {
    /// `None` if it speaks of no such thing.
    pub(super) fn read(datagram: &'a [u8]) -> Option<Self> {
        let (prefix, suffix) = envelope_bytes();
        let payload = datagram.get(prefix..datagram.len().checked_sub(suffix)?)?;
        let (&kind, body) = payload.split_first()?;
        if !matches!(kind, PING_REQ | INDIRECT_PING | INDIRECT_ACK) {
            return None;
        }
        let mut rest = body;
        let source = PostcardCodec.decode_identity(&mut rest)?;
        // Of a varint, here the incarnation, only the last byte is less than 0x80.
        let more = rest.iter().take_while(|byte| **byte >= 0x80).count();
        rest = rest.get(more + 1..)?;
        let _destination: Id = PostcardCodec.decode_identity(&mut rest)?;
        let (number, mut rest) = rest.split_first_chunk()?;
        let head = &body[..body.len() - rest.len()];
        let other = PostcardCodec.decode_identity(&mut rest)?;
        Some(Self {
            kind,
            source,
            number: u32::from_be_bytes(*number),
            other,
            head,
            news: rest,
        })
    }

    /// One without news, of which nothing else is known.
    #[cfg(test)]
    pub(super) const fn named(kind: u8, source: Id, number: u32, other: Id) -> OfOthers<'static> {
        OfOthers {
            kind,
            source,
            number,
            other,
            head: &[],
            news: &[],
        }
    }

    /// The same news from the same member, in an answer to nothing that is asked.
    pub(super) fn news_alone(&self) -> Vec<u8> {
        sealed(|bytes| {
            bytes.push(ACK);
            bytes.extend(self.head);
            bytes.extend(self.news);
        })
    }
}

/// The `Ack` that came over a connection: it brings no news, and tells nothing of its sender but that it is
/// there.
pub(super) fn ack(from: Id, to: Id, number: u32) -> Vec<u8> {
    sealed(|bytes| {
        bytes.push(ACK);
        put_identity(bytes, from);
        let incarnation = 0;
        bytes.push(incarnation);
        put_identity(bytes, to);
        bytes.extend(number.to_be_bytes());
    })
}

/// A datagram with this payload.
fn sealed(payload: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (prefix, suffix) = envelope_bytes();
    let mut bytes = vec![0; prefix];
    payload(&mut bytes);
    bytes.resize(bytes.len() + suffix, 0);
    CheckedEnvelope::default().seal(&mut bytes);
    bytes
}

/// A datagram about probe 7.
#[cfg(test)]
pub(super) fn written(
    kind: u8,
    (source, incarnation): (Id, &[u8]),
    destination: Id,
    other: Id,
    news: &[u8],
) -> Vec<u8> {
    sealed(|bytes| {
        bytes.push(kind);
        put_identity(bytes, source);
        bytes.extend(incarnation);
        put_identity(bytes, destination);
        bytes.extend(7_u32.to_be_bytes());
        put_identity(bytes, other);
        bytes.extend(news);
    })
}

fn envelope_bytes() -> (usize, usize) {
    let envelope = CheckedEnvelope::default();
    (envelope.prefix_bytes(), envelope.suffix_bytes())
}

pub(super) fn put_identity(bytes: &mut Vec<u8>, id: Id) {
    put(bytes, |out| PostcardCodec.encode_identity(&id, out));
}

/// Appends what `encode` writes.
pub(super) fn put(bytes: &mut Vec<u8>, encode: impl FnOnce(&mut [u8]) -> Option<usize>) {
    let mut room = [0; 64];
    let len = encode(&mut room).unwrap_or_else(|| unreachable!("a socket address is short"));
    bytes.extend(&room[..len]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::cluster::id;

    /// A datagram of this kind: from 1 to 2 with number 7, about 3, with two bytes of news.
    fn of_others(kind: u8, incarnation: &[u8]) -> Vec<u8> {
        written(kind, (id(1), incarnation), id(2), id(3), &[0, 0])
    }

    #[test]
    fn who_speaks_of_which_probe_of_whom_is_read_whatever_the_incarnation() {
        for kind in [PING_REQ, INDIRECT_PING, INDIRECT_ACK] {
            for incarnation in [&[0][..], &[0x80, 1], &[0xff, 0xff, 0x7f]] {
                let bytes = of_others(kind, incarnation);
                let read = OfOthers::read(&bytes).expect("it can be read");
                assert_eq!(read.kind, kind);
                assert_eq!((read.source, read.number, read.other), (id(1), 7, id(3)));
            }
        }
    }

    #[test]
    fn other_messages_and_cut_ones_are_none_of_these() {
        for kind in [0, ACK, 5, 8, 14] {
            assert_eq!(OfOthers::read(&of_others(kind, &[0])), None);
        }
        let bytes = of_others(PING_REQ, &[0]);
        let news = 2;
        for len in 0..bytes.len() - news {
            assert_eq!(OfOthers::read(&bytes[..len]), None, "{len} bytes");
        }
    }

    #[test]
    fn news_alone_come_in_an_answer_of_the_same_member() {
        let bytes = of_others(INDIRECT_ACK, &[0x80, 1]);
        let read = OfOthers::read(&bytes).expect("it can be read");
        let expected = sealed(|bytes| {
            bytes.push(ACK);
            put_identity(bytes, id(1));
            bytes.extend([0x80, 1]);
            put_identity(bytes, id(2));
            bytes.extend(7_u32.to_be_bytes());
            bytes.extend([0, 0]);
        });
        assert_eq!(read.news_alone(), expected);
    }
}
