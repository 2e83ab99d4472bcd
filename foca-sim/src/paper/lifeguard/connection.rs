//! What agents of memberlist say over connections.

use foca_codec::PostcardCodec;
use foca_core::{Codec as _, Member};

use super::datagram::{put, put_identity};
use crate::paper::cluster::Id;

/// The first byte of everything that is sent: whether it is a datagram or goes over a connection.
pub(super) const DATAGRAM: u8 = 0;
pub(super) const CONNECTION: u8 = 1;

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
