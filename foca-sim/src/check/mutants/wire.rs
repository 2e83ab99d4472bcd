//! Datagrams of `Wire::Native` taken apart and put together again.

use foca_codec::CheckedEnvelope;
use foca_core::{Envelope as _, MAGIC};

use crate::check::hostile::{put_identity, put_varint};
use crate::check::identity::Id;
use crate::check::wire::{ENVELOPE_BYTES, take_identity, take_varint};

pub(super) const ACK: u8 = 1;
pub(super) const PING_REQ: u8 = 2;
pub(super) const ANNOUNCE: u8 = 6;
pub(super) const FEED: u8 = 7;
pub(super) const TURN_UNDEAD: u8 = 10;
pub(super) const COMPARE: u8 = 12;
pub(super) const DIFFERENCES: u8 = 13;

pub(super) const SUSPECT: u8 = 1;
pub(super) const DOWN: u8 = 2;
pub(super) const LEFT: u8 = 3;

/// A datagram in parts.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) kind: u8,
    pub(super) source: Id,
    pub(super) incarnation: u32,
    /// Who is spoken of, where that is neither of the two.
    pub(super) third: Option<Id>,
    /// From the destination up to the members.
    middle: Vec<u8>,
    /// State, incarnation, identity.
    pub(super) members: Vec<(u8, u32, Id)>,
    /// Behind the members.
    pub(super) rest: Vec<u8>,
}

impl Packet {
    /// `None` for what is no datagram of this wire.
    pub(super) fn parse(datagram: &[u8]) -> Option<Self> {
        let end = datagram.len().checked_sub(ENVELOPE_BYTES.1)?;
        let mut input = datagram.get(ENVELOPE_BYTES.0..end)?;
        if !datagram.starts_with(&MAGIC) {
            return None;
        }
        let (&kind, rest) = input.split_first()?;
        input = rest;
        let source = take_identity(&mut input)?;
        let incarnation = take_varint(&mut input)?;
        let behind = input;
        match kind {
            ANNOUNCE => {
                take_varint(&mut input)?;
            }
            _ => {
                take_identity(&mut input)?;
            }
        }
        let words = match kind {
            8 | 9 => 0,
            ANNOUNCE | 11..=13 => 2,
            _ => 1,
        };
        input = input.get(4 * words..)?;
        let third = match kind {
            PING_REQ..6 => Some(take_identity(&mut input)?),
            _ => None,
        };
        let middle = behind[..behind.len() - input.len()].to_vec();
        let mut members = vec![];
        if matches!(kind, 0..=5 | 7 | 8 | TURN_UNDEAD) && !input.is_empty() {
            let (count, rest) = input.split_first_chunk()?;
            input = rest;
            for _ in 0..u16::from_be_bytes(*count) {
                let (state, rest) = input.split_first()?;
                input = rest;
                // Whoever says it may stand in the high bits.
                let incarnation = take_varint(&mut input)?;
                members.push((*state, incarnation, take_identity(&mut input)?));
            }
        }
        let rest = input.to_vec();
        Some(Self {
            kind,
            source,
            incarnation,
            third,
            middle,
            members,
            rest,
        })
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; ENVELOPE_BYTES.0];
        bytes.push(self.kind);
        put_identity(&mut bytes, self.source);
        put_varint(&mut bytes, self.incarnation);
        bytes.extend(&self.middle);
        if !self.members.is_empty() || (!self.rest.is_empty() && self.kind < 9) {
            bytes.extend((self.members.len() as u16).to_be_bytes());
        }
        for (state, incarnation, id) in &self.members {
            bytes.push(*state);
            put_varint(&mut bytes, *incarnation);
            put_identity(&mut bytes, *id);
        }
        bytes.extend(&self.rest);
        bytes.extend([0; ENVELOPE_BYTES.1]);
        CheckedEnvelope::default().seal(&mut bytes);
        bytes
    }
}

/// What a datagram becomes when it is taken apart, changed and put together; what is of the other wire stays
/// as it is.
pub(super) fn changed(datagram: &[u8], change: impl FnOnce(&mut Packet)) -> Vec<u8> {
    match Packet::parse(datagram) {
        None => datagram.to_vec(),
        Some(mut packet) => {
            change(&mut packet);
            packet.bytes()
        }
    }
}
