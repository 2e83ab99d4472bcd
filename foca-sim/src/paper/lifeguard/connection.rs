//! What agents of memberlist say over connections, and what of their datagrams it follows from.

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Codec as _, Envelope as _, Member};

use crate::paper::cluster::Id;

/// The first byte of everything that is sent: whether it is a datagram or goes over a connection.
pub(super) const DATAGRAM: u8 = 0;
pub(super) const CONNECTION: u8 = 1;

/// Kinds of message, docs/PROTOCOL.md, section 2.2.
const ACK: u8 = 1;
const PING_REQ: u8 = 2;

/// What is said over a connection.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Call {
    /// Are you there? Asked with the number of a probe.
    Ping(u32),
    /// I am.
    Ack(u32),
    /// This is all I know: what do you?
    Push(Vec<Member<Id>>),
    /// That is all I know.
    Pull(Vec<Member<Id>>),
}

impl Call {
    pub(super) fn encode(&self, from: Id) -> Vec<u8> {
        let kind = match self {
            Self::Ping(_) => 0,
            Self::Ack(_) => 1,
            Self::Push(_) => 2,
            Self::Pull(_) => 3,
        };
        let mut bytes = vec![CONNECTION, kind];
        put_identity(&mut bytes, from);
        match self {
            Self::Ping(number) | Self::Ack(number) => bytes.extend(number.to_be_bytes()),
            Self::Push(state) | Self::Pull(state) => {
                for member in state {
                    put(&mut bytes, |out| {
                        PostcardCodec.encode_member(member.as_ref(), out)
                    });
                }
            }
        }
        bytes
    }

    /// Who says what, from the bytes behind [`CONNECTION`].
    pub(super) fn decode(bytes: &[u8]) -> Option<(Id, Self)> {
        let (kind, mut rest) = bytes.split_first()?;
        let from = PostcardCodec.decode_identity(&mut rest)?;
        let number = || Some(u32::from_be_bytes(rest.try_into().ok()?));
        let state = || {
            let mut rest = rest;
            let mut state = Vec::new();
            while !rest.is_empty() {
                state.push(PostcardCodec.decode_member(&mut rest)?);
            }
            Some(state)
        };
        let call = match kind {
            0 => Self::Ping(number()?),
            1 => Self::Ack(number()?),
            2 => Self::Push(state()?),
            3 => Self::Pull(state()?),
            _ => return None,
        };
        Some((from, call))
    }
}

/// Whom a datagram asks somebody to probe, and the number of that probe; `None` if it asks no such thing.
pub(super) fn help_asked(datagram: &[u8]) -> Option<(Id, u32)> {
    let (prefix, suffix) = envelope_bytes();
    let payload = datagram.get(prefix..datagram.len().checked_sub(suffix)?)?;
    let (&PING_REQ, mut rest) = payload.split_first()? else {
        return None;
    };
    let _source: Id = PostcardCodec.decode_identity(&mut rest)?;
    // Of a varint, here the incarnation, only the last byte is less than 0x80.
    let more = rest.iter().take_while(|byte| **byte >= 0x80).count();
    rest = rest.get(more + 1..)?;
    let _destination: Id = PostcardCodec.decode_identity(&mut rest)?;
    let (number, mut rest) = rest.split_first_chunk()?;
    let target = PostcardCodec.decode_identity(&mut rest)?;
    Some((target, u32::from_be_bytes(*number)))
}

/// The `Ack` that came over a connection: it brings no news, and tells nothing of its sender but that it is
/// there.
pub(super) fn ack(from: Id, to: Id, number: u32) -> Vec<u8> {
    let (prefix, suffix) = envelope_bytes();
    let mut bytes = vec![0; prefix];
    bytes.push(ACK);
    put_identity(&mut bytes, from);
    let incarnation = 0;
    bytes.push(incarnation);
    put_identity(&mut bytes, to);
    bytes.extend(number.to_be_bytes());
    bytes.resize(bytes.len() + suffix, 0);
    CheckedEnvelope::default().seal(&mut bytes);
    bytes
}

fn envelope_bytes() -> (usize, usize) {
    let envelope = CheckedEnvelope::default();
    (envelope.prefix_bytes(), envelope.suffix_bytes())
}

fn put_identity(bytes: &mut Vec<u8>, id: Id) {
    put(bytes, |out| PostcardCodec.encode_identity(&id, out));
}

/// Appends what `encode` writes.
fn put(bytes: &mut Vec<u8>, encode: impl FnOnce(&mut [u8]) -> Option<usize>) {
    let mut room = [0; 64];
    let len = encode(&mut room).unwrap_or_else(|| unreachable!("a socket address is short"));
    bytes.extend(&room[..len]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::cluster::id;
    use foca_core::State;

    #[test]
    fn what_is_said_is_understood_and_what_is_not_is_not() {
        let suspect = Member {
            id: id(3),
            incarnation: 300,
            state: State::Suspect,
        };
        let state = vec![Member::alive(id(2)), suspect];
        for call in [
            Call::Ping(7),
            Call::Ack(u32::MAX),
            Call::Push(state.clone()),
            Call::Pull(state.clone()),
            Call::Pull(vec![]),
        ] {
            let bytes = call.encode(id(1));
            assert_eq!(bytes[0], CONNECTION);
            assert_eq!(Call::decode(&bytes[1..]), Some((id(1), call)));
        }
        let bytes = Call::Push(state).encode(id(1));
        for cut in [1, 2, 9, bytes.len() - 1] {
            assert_eq!(Call::decode(&bytes[1..cut]), None);
        }
        assert_eq!(Call::decode(&[9, 9, 9]), None);
    }
}
