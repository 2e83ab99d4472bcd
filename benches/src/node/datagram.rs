//! Datagrams as other members write them, and a look into those that come back.
//!
//! Those of `Wire::Foca2` are made by the published crate, so that both sides are given the same
//! bytes. Those of `Wire::Native` are put together here from the tables of the protocol.

use foca::Codec as _;
use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Codec as _, Envelope as _, Wire};

use crate::identity::{Id, myself};

/// The kinds of datagram that take part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Ping(u32),
    Ack(u32),
    Announce,
    Feed,
    Gossip,
    /// Of views: not part of any work here.
    Comparison,
}

/// A statement that `id` is alive at an incarnation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Update {
    pub(crate) id: Id,
    pub(crate) incarnation: u16,
}

/// What came back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    /// Members that it tells of.
    pub(crate) members: usize,
}

/// A datagram from `from` to the node that is measured.
pub(crate) fn write(wire: Wire, from: Id, kind: Kind, updates: &[Update]) -> Vec<u8> {
    match wire {
        Wire::Foca2 => write_foca2(from, kind, updates),
        Wire::Native => write_native(from, kind, updates),
    }
}

/// Reads a datagram of the node that is measured.
pub(crate) fn read(wire: Wire, datagram: &[u8]) -> Seen {
    match wire {
        Wire::Foca2 => read_foca2(datagram),
        Wire::Native => read_native(datagram),
    }
}

/// The incarnation that a sender shows: whoever shows less than is known of it is told so.
fn shown(updates: &[Update]) -> u16 {
    updates.first().map_or(0, |it| it.incarnation)
}

fn write_foca2(from: Id, kind: Kind, updates: &[Update]) -> Vec<u8> {
    let byte = |number| u8::try_from(number).expect("numbers have eight bits on this wire");
    let message = match kind {
        Kind::Ping(number) => foca::Message::Ping(byte(number)),
        Kind::Ack(number) => foca::Message::Ack(byte(number)),
        Kind::Announce => foca::Message::Announce,
        Kind::Feed => foca::Message::Feed,
        Kind::Gossip => foca::Message::Gossip,
        Kind::Comparison => unreachable!("never said to them"),
    };
    let header = foca::Header {
        src: from,
        src_incarnation: shown(updates),
        dst: myself(),
        message,
    };
    let mut bytes = Vec::new();
    foca::PostcardCodec
        .encode_header(&header, &mut bytes)
        .expect("room");
    if kind != Kind::Announce {
        bytes.extend(count(updates));
    }
    for update in updates {
        let member = foca::Member::new(update.id, update.incarnation, foca::State::Alive);
        foca::PostcardCodec
            .encode_member(&member, &mut bytes)
            .expect("room");
    }
    bytes
}

fn read_foca2(mut datagram: &[u8]) -> Seen {
    let header: foca::Header<Id> = foca::PostcardCodec
        .decode_header(&mut datagram)
        .expect("a header");
    let kind = match header.message {
        foca::Message::Ping(number) => Kind::Ping(number.into()),
        foca::Message::Ack(number) => Kind::Ack(number.into()),
        foca::Message::Feed => Kind::Feed,
        foca::Message::Gossip => Kind::Gossip,
        other @ (foca::Message::PingReq { .. }
        | foca::Message::IndirectPing { .. }
        | foca::Message::IndirectAck { .. }
        | foca::Message::ForwardedAck { .. }
        | foca::Message::Announce
        | foca::Message::Broadcast
        | foca::Message::TurnUndead) => panic!("unexpected {other:?}"),
    };
    let [high, low, ..] = *datagram else {
        panic!("no number of members behind {kind:?}");
    };
    let members = u16::from_be_bytes([high, low]).into();
    Seen { kind, members }
}

fn write_native(from: Id, kind: Kind, updates: &[Update]) -> Vec<u8> {
    let mut envelope = CheckedEnvelope::default();
    let mut bytes = vec![0; envelope.prefix_bytes()];
    bytes.push(match kind {
        Kind::Ping(_) => 0,
        Kind::Ack(_) => 1,
        Kind::Announce => 6,
        Kind::Feed => 7,
        Kind::Gossip => 8,
        Kind::Comparison => unreachable!("never said to them"),
    });
    bytes.extend(identity(from));
    bytes.extend(varint(shown(updates)));
    bytes.extend(if kind == Kind::Announce {
        address(myself())
    } else {
        identity(myself())
    });
    match kind {
        Kind::Ping(number) | Kind::Ack(number) => bytes.extend(number.to_be_bytes()),
        // Nonce and proof.
        Kind::Announce => bytes.extend([0, 0, 0, 1, 0, 0, 0, 0]),
        Kind::Feed => bytes.extend([0, 0, 0, 1]),
        Kind::Gossip | Kind::Comparison => {}
    }
    if !updates.is_empty() {
        bytes.extend(count(updates));
    }
    for update in updates {
        bytes.push(0);
        bytes.extend(varint(update.incarnation));
        bytes.extend(identity(update.id));
    }
    bytes.resize(bytes.len() + envelope.suffix_bytes(), 0);
    envelope.seal(&mut bytes);
    bytes
}

fn read_native(datagram: &[u8]) -> Seen {
    let mut envelope = CheckedEnvelope::default();
    let mut payload = envelope.open(datagram).expect("a sealed datagram");
    let [code] = take(&mut payload);
    let _: Id = PostcardCodec.decode_identity(&mut payload).expect("src");
    let [incarnation] = take(&mut payload);
    assert!(incarnation < 0x80, "an incarnation of one byte");
    let _: Id = PostcardCodec.decode_identity(&mut payload).expect("dst");
    let kind = match code {
        0 => Kind::Ping(u32::from_be_bytes(take(&mut payload))),
        1 => Kind::Ack(u32::from_be_bytes(take(&mut payload))),
        7 => {
            let _echo: [u8; 4] = take(&mut payload);
            Kind::Feed
        }
        8 => Kind::Gossip,
        12 | 13 => {
            return Seen {
                kind: Kind::Comparison,
                members: 0,
            };
        }
        other => panic!("unexpected kind {other}"),
    };
    let members = match payload.is_empty() {
        true => 0,
        false => u16::from_be_bytes(take(&mut payload)).into(),
    };
    Seen { kind, members }
}

fn take<const N: usize>(payload: &mut &[u8]) -> [u8; N] {
    let (bytes, rest) = payload.split_first_chunk().expect("more bytes");
    *payload = rest;
    *bytes
}

fn count(updates: &[Update]) -> [u8; 2] {
    u16::try_from(updates.len())
        .expect("fewer than 2^16")
        .to_be_bytes()
}

/// Seven bits a byte, the lowest first, the highest bit set on all but the last.
fn varint(mut number: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn identity(id: Id) -> Vec<u8> {
    let mut out = [0; 32];
    let len = PostcardCodec.encode_identity(&id, &mut out).expect("room");
    out[..len].to_vec()
}

fn address(id: Id) -> Vec<u8> {
    let mut out = [0; 32];
    let codec: &dyn foca_core::Codec<Id> = &PostcardCodec;
    let len = codec.encode_addr(&id.addr, &mut out).expect("room");
    out[..len].to_vec()
}
