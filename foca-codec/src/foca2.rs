//! Headers and members in the shape that the published `foca` crate gives to serde.
//!
//! The order of fields, the order of variants and the integer types are the wire format of
//! `Wire::Foca2`; what each becomes as bytes is up to the format. Identities are borrowed (`T` is a
//! reference) to be written and owned to be read.

use foca_core::{Header, Member, Message, State};
use serde::{Deserialize, Serialize};

/// What every datagram of `Wire::Foca2` begins with.
#[derive(Deserialize, Serialize)]
pub(crate) struct Foca2Header<T> {
    src: T,
    src_incarnation: u16,
    dst: T,
    message: Foca2Message<T>,
}

impl<T: Copy> Foca2Header<T> {
    /// The header in this shape, or `None` if its message does not exist there.
    pub(crate) fn of(header: &Header<T>) -> Option<Self> {
        Some(Self {
            src: header.src,
            src_incarnation: incarnation_saturated(header.incarnation),
            dst: header.dst,
            message: Foca2Message::of(&header.message)?,
        })
    }
}

impl<T> Foca2Header<T> {
    /// The header as the core has it, with zero for every field that does not exist here.
    pub(crate) fn into_core(self) -> Header<T> {
        Header {
            src: self.src,
            incarnation: self.src_incarnation.into(),
            dst: self.dst,
            message: self.message.into_core(),
        }
    }
}

/// The kinds of datagram; the index of a variant is its number on the wire.
#[derive(Deserialize, Serialize)]
enum Foca2Message<T> {
    Ping(u8),
    Ack(u8),
    PingReq { target: T, number: u8 },
    IndirectPing { origin: T, number: u8 },
    IndirectAck { target: T, number: u8 },
    ForwardedAck { origin: T, number: u8 },
    Announce,
    Feed,
    Gossip,
    Broadcast,
    TurnUndead,
}

impl<T: Copy> Foca2Message<T> {
    fn of(message: &Message<T>) -> Option<Self> {
        Some(match *message {
            Message::Ping { number } => Self::Ping(low_byte(number)),
            Message::Ack { number } => Self::Ack(low_byte(number)),
            Message::PingReq { target, number } => Self::PingReq {
                target,
                number: low_byte(number),
            },
            Message::IndirectPing { origin, number } => Self::IndirectPing {
                origin,
                number: low_byte(number),
            },
            Message::IndirectAck { target, number } => Self::IndirectAck {
                target,
                number: low_byte(number),
            },
            Message::ForwardedAck { origin, number } => Self::ForwardedAck {
                origin,
                number: low_byte(number),
            },
            Message::Announce { nonce: _, proof: _ } => Self::Announce,
            Message::Feed { echo: _ } => Self::Feed,
            Message::Gossip => Self::Gossip,
            Message::Broadcast => Self::Broadcast,
            Message::TurnUndead { echo: _ } => Self::TurnUndead,
            Message::Nack { .. }
            | Message::Challenge { .. }
            | Message::Compare { .. }
            | Message::Differences { .. } => return None,
        })
    }
}

impl<T> Foca2Message<T> {
    fn into_core(self) -> Message<T> {
        match self {
            Self::Ping(number) => Message::Ping {
                number: number.into(),
            },
            Self::Ack(number) => Message::Ack {
                number: number.into(),
            },
            Self::PingReq { target, number } => Message::PingReq {
                target,
                number: number.into(),
            },
            Self::IndirectPing { origin, number } => Message::IndirectPing {
                origin,
                number: number.into(),
            },
            Self::IndirectAck { target, number } => Message::IndirectAck {
                target,
                number: number.into(),
            },
            Self::ForwardedAck { origin, number } => Message::ForwardedAck {
                origin,
                number: number.into(),
            },
            Self::Announce => Message::Announce { nonce: 0, proof: 0 },
            Self::Feed => Message::Feed { echo: 0 },
            Self::Gossip => Message::Gossip,
            Self::Broadcast => Message::Broadcast,
            Self::TurnUndead => Message::TurnUndead { echo: 0 },
        }
    }
}

/// One statement about one member.
#[derive(Deserialize, Serialize)]
pub(crate) struct Foca2Member<T> {
    id: T,
    incarnation: u16,
    state: Foca2State,
}

impl<T> Foca2Member<T> {
    /// The member in this shape, where a member that left is down.
    pub(crate) fn of(member: Member<T>) -> Self {
        Self {
            id: member.id,
            incarnation: incarnation_saturated(member.incarnation),
            state: match member.state {
                State::Alive => Foca2State::Alive,
                State::Suspect => Foca2State::Suspect,
                State::Down | State::Left => Foca2State::Down,
            },
        }
    }

    /// The member as the core has it.
    pub(crate) fn into_core(self) -> Member<T> {
        Member {
            id: self.id,
            incarnation: self.incarnation.into(),
            state: match self.state {
                Foca2State::Alive => State::Alive,
                Foca2State::Suspect => State::Suspect,
                Foca2State::Down => State::Down,
            },
        }
    }
}

/// What is said of a member; the index of a variant is its number on the wire.
#[derive(Deserialize, Serialize)]
enum Foca2State {
    Alive,
    Suspect,
    Down,
}

/// The wire has 16 bits. The greatest value stands for everything above it, so that a peer never
/// takes later news for earlier.
fn incarnation_saturated(incarnation: u32) -> u16 {
    u16::try_from(incarnation).unwrap_or(u16::MAX)
}

/// The wire has eight bits, and peers wrap around at 255.
const fn low_byte(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(incarnation: u32, message: Message<&str>) -> Header<&str> {
        Header {
            src: "a",
            incarnation,
            dst: "b",
            message,
        }
    }

    #[test]
    fn incarnations_saturate() {
        for (core, wire) in [(0, 0), (65_534, 65_534), (65_535, 65_535), (65_536, 65_535)] {
            let shaped = Foca2Header::of(&header(core, Message::Gossip)).unwrap();
            assert_eq!(shaped.into_core().incarnation, wire);
            let member = Member {
                id: "a",
                incarnation: core,
                state: State::Alive,
            };
            assert_eq!(Foca2Member::of(member).into_core().incarnation, wire);
        }
    }

    #[test]
    fn leaving_looks_like_down_and_the_rest_like_itself() {
        for (core, wire) in [
            (State::Alive, State::Alive),
            (State::Suspect, State::Suspect),
            (State::Down, State::Down),
            (State::Left, State::Down),
        ] {
            let member = Member {
                id: "a",
                incarnation: 1,
                state: core,
            };
            assert_eq!(Foca2Member::of(member).into_core().state, wire);
        }
    }

    #[test]
    fn numbers_keep_their_low_byte() {
        for (message, wire) in [
            (
                Message::Ping {
                    number: 0x0102_03FF,
                },
                Message::Ping { number: 0xFF },
            ),
            (Message::Ack { number: 256 }, Message::Ack { number: 0 }),
            (
                Message::PingReq {
                    target: "c",
                    number: 0x1_07,
                },
                Message::PingReq {
                    target: "c",
                    number: 7,
                },
            ),
            (
                Message::ForwardedAck {
                    origin: "c",
                    number: u32::MAX,
                },
                Message::ForwardedAck {
                    origin: "c",
                    number: 255,
                },
            ),
        ] {
            let shaped = Foca2Header::of(&header(0, message)).unwrap();
            assert_eq!(shaped.into_core().message, wire);
        }
    }

    #[test]
    fn fields_of_the_other_wire_come_back_as_zero() {
        for (message, wire) in [
            (
                Message::Announce { nonce: 1, proof: 2 },
                Message::<&str>::Announce { nonce: 0, proof: 0 },
            ),
            (Message::Feed { echo: 3 }, Message::Feed { echo: 0 }),
            (
                Message::TurnUndead { echo: 4 },
                Message::TurnUndead { echo: 0 },
            ),
        ] {
            let shaped = Foca2Header::of(&header(0, message)).unwrap();
            assert_eq!(shaped.into_core().message, wire);
        }
    }

    #[test]
    fn a_challenge_does_not_exist() {
        let challenge = header(0, Message::Challenge { echo: 0, cookie: 0 });
        assert!(Foca2Header::of(&challenge).is_none());
    }
}
