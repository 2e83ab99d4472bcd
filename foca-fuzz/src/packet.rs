//! Datagrams that get past the first checks: a sound header for the receiver, and anything behind it.

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Codec, Envelope as _};
use foca_sim::check::Id;

use crate::input::Input;

/// Kinds of `Wire::Native`, and one that does not exist.
const KINDS: u8 = 15;

/// Puts a checked envelope around a payload.
pub(crate) fn sealed(payload: &[u8]) -> Vec<u8> {
    let mut envelope = CheckedEnvelope::default();
    let mut datagram = vec![0; envelope.prefix_bytes()];
    datagram.extend(payload);
    datagram.resize(datagram.len() + envelope.suffix_bytes(), 0);
    envelope.seal(&mut datagram);
    datagram
}

/// A datagram of `Wire::Native` for `to`, whose kind, sender and numbers are chosen by the input, which also is
/// all that follows them.
pub(crate) fn native(
    input: &mut Input<'_>,
    to: Id,
    body: fn(&mut Input<'_>) -> Vec<u8>,
) -> Vec<u8> {
    let kind = input.byte() % KINDS;
    let mut payload = vec![kind];
    put(&mut payload, identity(input));
    put_varint(&mut payload, incarnation(input));
    if kind == 6 {
        put_varint(&mut payload, to.addr.into());
    } else {
        put(&mut payload, to);
    }
    let words = match kind {
        8 | 9 => 0,
        6 | 11..=13 => 2,
        _ => 1,
    };
    for _ in 0..words {
        payload.extend(input.word().to_be_bytes());
    }
    if (2..6).contains(&kind) {
        put(&mut payload, identity(input));
    }
    payload.extend(body(input));
    sealed(&payload)
}

/// One of a few addresses and lives, so that statements meet.
pub(crate) fn identity(input: &mut Input<'_>) -> Id {
    let choice = input.byte();
    Id {
        addr: (choice % 6).into(),
        life: match choice / 6 {
            life @ 0..4 => life.into(),
            40.. => u32::MAX,
            life => u32::from(life) << 16,
        },
    }
}

/// Small ones, and those at the ends.
pub(crate) fn incarnation(input: &mut Input<'_>) -> u32 {
    match input.byte() {
        small @ 0..200 => (small % 5).into(),
        200..220 => u16::MAX.into(),
        220..240 => u32::MAX,
        _ => input.word(),
    }
}

fn put(bytes: &mut Vec<u8>, id: Id) {
    let mut out = [0; 16];
    let len = PostcardCodec.encode_identity(&id, &mut out);
    bytes.extend(&out[..len.expect("an identity has at most eight bytes")]);
}

fn put_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
