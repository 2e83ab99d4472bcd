//! Datagrams that nobody sent: damaged ones, old ones, and those of strangers.

use foca_codec::CheckedEnvelope;
use foca_core::{Envelope as _, Wire};

use super::identity::Id;
use super::ledger::Ledger;
use super::wire::ENVELOPE_BYTES;
use crate::random::Dice;

/// How many strangers there are. None of them receives anything.
pub(crate) const STRANGERS: u16 = 20;

/// The address of the first stranger.
pub(crate) const STRANGER_FIRST: u16 = 60_000;

/// A datagram that no receiver can believe.
pub(crate) fn garbage(dice: &mut Dice, wire: Wire, ledger: &Ledger) -> Vec<u8> {
    let captured = ledger.captured(dice.below(u64::MAX));
    let kind = dice.below(4);
    match (wire, captured) {
        // The other wire has no checksum: damage there can be as sound as what it was.
        (Wire::Native, Some((_, bytes))) if kind > 0 => damaged(dice, kind, &bytes),
        _ => {
            let len = dice.below(1_500) as usize;
            let mut bytes: Vec<_> = (0..len).map(|_| dice.below(256) as u8).collect();
            if wire == Wire::Foca2 {
                // An integer that is too long, so that it cannot be a datagram by chance.
                let longest = bytes.len().min(5);
                bytes[..longest].fill(0xff);
            }
            bytes
        }
    }
}

fn damaged(dice: &mut Dice, kind: u64, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let len = bytes.len() as u64;
    match kind {
        // The checksum finds up to three bits.
        1 => {
            let bit = dice.below(len * 8);
            bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
        }
        2 => bytes.truncate(dice.below(len) as usize),
        _ => bytes.extend([0; 3]),
    }
    bytes
}

/// What a stranger sends to `to`.
pub(crate) fn from_stranger(dice: &mut Dice, wire: Wire, to: Id) -> Vec<u8> {
    let from = Id::first(STRANGER_FIRST + dice.below(u64::from(STRANGERS)) as u16);
    let kind = dice.below(3);
    match wire {
        Wire::Foca2 => foca2_from(from, to, kind),
        Wire::Native => native_from(dice, from, to, kind),
    }
}

fn foca2_from(from: Id, to: Id, kind: u64) -> Vec<u8> {
    let mut bytes = vec![];
    put_identity(&mut bytes, from);
    put_varint(&mut bytes, 0);
    put_identity(&mut bytes, to);
    // Ping with a number, Announce, Gossip.
    match kind {
        0 => bytes.extend([0, 7]),
        1 => bytes.push(6),
        _ => bytes.push(8),
    }
    bytes
}

fn native_from(dice: &mut Dice, from: Id, to: Id, kind: u64) -> Vec<u8> {
    let mut bytes = vec![0; ENVELOPE_BYTES.0];
    // Ping, Announce, Compare.
    bytes.push([0, 6, 12][kind as usize]);
    put_identity(&mut bytes, from);
    put_varint(&mut bytes, 0);
    match kind {
        1 => put_varint(&mut bytes, to.addr.into()),
        _ => put_identity(&mut bytes, to),
    }
    let mut words = [0, 1].map(|_| dice.below(u64::MAX).to_be_bytes());
    match kind {
        0 => bytes.extend(&words[0][..4]),
        1 => bytes.extend(words.iter().flat_map(|word| &word[..4])),
        _ => {
            // No echo, a nonce, no flags, and the question for all.
            words[0][..4].fill(0);
            bytes.extend(words[0]);
            bytes.extend([0, 0]);
            bytes.extend(words[1]);
        }
    }
    bytes.extend([0; ENVELOPE_BYTES.1]);
    CheckedEnvelope::default().seal(&mut bytes);
    bytes
}

pub(crate) fn put_identity(bytes: &mut Vec<u8>, id: Id) {
    put_varint(bytes, id.addr.into());
    put_varint(bytes, id.life);
}

pub(crate) fn put_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
