//! What the golden tests share: the values of the vectors, and the published crates as peers.

use std::net::SocketAddr;

use foca_core::{Codec, Header, Member, Message, State};

use super::strategies::borrowed;

pub(crate) type Ours = dyn Codec<SocketAddr>;

/// Bytes from pairs of hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    digits
        .split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect()
}

pub(crate) fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address and a port")
}

/// The headers of the vectors, in the order of their variants.
pub(crate) fn headers() -> [Header<SocketAddr>; 11] {
    let c = addr("[2001:db8::1]:9000");
    [
        Message::Ping { number: 7 },
        Message::Ack { number: 7 },
        Message::PingReq {
            target: c,
            number: 7,
        },
        Message::IndirectPing {
            origin: c,
            number: 7,
        },
        Message::IndirectAck {
            target: c,
            number: 7,
        },
        Message::ForwardedAck {
            origin: c,
            number: 200,
        },
        Message::Announce { nonce: 0, proof: 0 },
        Message::Feed { echo: 0 },
        Message::Gossip,
        Message::Broadcast,
        Message::TurnUndead { echo: 0 },
    ]
    .map(|message| Header {
        src: addr("127.0.0.1:8000"),
        incarnation: 300,
        dst: addr("10.0.0.2:7946"),
        message,
    })
}

/// The members of the vectors.
pub(crate) fn members() -> [Member<SocketAddr>; 3] {
    [
        Member {
            id: addr("127.0.0.1:8000"),
            incarnation: 0,
            state: State::Alive,
        },
        Member {
            id: addr("10.0.0.2:7946"),
            incarnation: 1,
            state: State::Suspect,
        },
        Member {
            id: addr("[2001:db8::1]:9000"),
            incarnation: 65_535,
            state: State::Down,
        },
    ]
}

/// A header as our codec writes it.
pub(crate) fn header_bytes(codec: &Ours, header: &Header<SocketAddr>) -> Vec<u8> {
    let mut out = [0; 128];
    let length = codec
        .encode_header(&borrowed(header), &mut out)
        .expect("room");
    out[..length].to_vec()
}

/// A member as our codec writes it.
pub(crate) fn member_bytes(codec: &Ours, member: &Member<SocketAddr>) -> Vec<u8> {
    let mut out = [0; 128];
    let length = codec
        .encode_member(member.as_ref(), &mut out)
        .expect("room");
    out[..length].to_vec()
}

/// What our codec makes of these bytes, and how many of them it takes.
pub(crate) fn read_header(codec: &Ours, bytes: &[u8]) -> Option<(Header<SocketAddr>, usize)> {
    let mut rest = bytes;
    let header = codec.decode_header(&mut rest)?;
    Some((header, bytes.len() - rest.len()))
}

/// What our codec makes of these bytes, and how many of them it takes.
pub(crate) fn read_member(codec: &Ours, bytes: &[u8]) -> Option<(Member<SocketAddr>, usize)> {
    let mut rest = bytes;
    let member = codec.decode_member(&mut rest)?;
    Some((member, bytes.len() - rest.len()))
}

/// A module `theirs` that does the same with the codec `$codec` of the published crate `$peer`.
macro_rules! peer {
    ($peer:ident, $codec:expr) => {
        mod theirs {
            use std::net::SocketAddr;

            use foca_core::{Header, Member, Message, State};
            use $peer::Codec as _;

            /// A header as they have it.
            fn header(header: &Header<SocketAddr>) -> $peer::Header<SocketAddr> {
                let byte = |number: u32| u8::try_from(number).expect("a byte");
                $peer::Header {
                    src: header.src,
                    src_incarnation: u16::try_from(header.incarnation).expect("16 bits"),
                    dst: header.dst,
                    message: match header.message {
                        Message::Ping { number } => $peer::Message::Ping(byte(number)),
                        Message::Ack { number } => $peer::Message::Ack(byte(number)),
                        Message::PingReq { target, number } => $peer::Message::PingReq {
                            target,
                            probe_number: byte(number),
                        },
                        Message::IndirectPing { origin, number } => $peer::Message::IndirectPing {
                            origin,
                            probe_number: byte(number),
                        },
                        Message::IndirectAck { target, number } => $peer::Message::IndirectAck {
                            target,
                            probe_number: byte(number),
                        },
                        Message::ForwardedAck { origin, number } => $peer::Message::ForwardedAck {
                            origin,
                            probe_number: byte(number),
                        },
                        Message::Announce { .. } => $peer::Message::Announce,
                        Message::Feed { .. } => $peer::Message::Feed,
                        Message::Gossip => $peer::Message::Gossip,
                        Message::Broadcast => $peer::Message::Broadcast,
                        Message::TurnUndead { .. } => $peer::Message::TurnUndead,
                        Message::Nack { .. }
                        | Message::Challenge { .. }
                        | Message::Compare { .. }
                        | Message::Differences { .. } => unreachable!("not on this wire"),
                    },
                }
            }

            /// A header of theirs as we have it.
            fn header_back(header: $peer::Header<SocketAddr>) -> Header<SocketAddr> {
                Header {
                    src: header.src,
                    incarnation: header.src_incarnation.into(),
                    dst: header.dst,
                    message: match header.message {
                        $peer::Message::Ping(number) => Message::Ping {
                            number: number.into(),
                        },
                        $peer::Message::Ack(number) => Message::Ack {
                            number: number.into(),
                        },
                        $peer::Message::PingReq {
                            target,
                            probe_number,
                        } => Message::PingReq {
                            target,
                            number: probe_number.into(),
                        },
                        $peer::Message::IndirectPing {
                            origin,
                            probe_number,
                        } => Message::IndirectPing {
                            origin,
                            number: probe_number.into(),
                        },
                        $peer::Message::IndirectAck {
                            target,
                            probe_number,
                        } => Message::IndirectAck {
                            target,
                            number: probe_number.into(),
                        },
                        $peer::Message::ForwardedAck {
                            origin,
                            probe_number,
                        } => Message::ForwardedAck {
                            origin,
                            number: probe_number.into(),
                        },
                        $peer::Message::Announce => Message::Announce { nonce: 0, proof: 0 },
                        $peer::Message::Feed => Message::Feed { echo: 0 },
                        $peer::Message::Gossip => Message::Gossip,
                        $peer::Message::Broadcast => Message::Broadcast,
                        $peer::Message::TurnUndead => Message::TurnUndead { echo: 0 },
                    },
                }
            }

            pub(crate) fn header_bytes(ours: &Header<SocketAddr>) -> Vec<u8> {
                let mut out = Vec::new();
                $codec
                    .encode_header(&header(ours), &mut out)
                    .expect("encodes");
                out
            }

            pub(crate) fn member_bytes(member: &Member<SocketAddr>) -> Vec<u8> {
                let incarnation = u16::try_from(member.incarnation).expect("16 bits");
                let state = match member.state {
                    State::Alive => $peer::State::Alive,
                    State::Suspect => $peer::State::Suspect,
                    State::Down => $peer::State::Down,
                    State::Left => unreachable!("not on this wire"),
                };
                let mut out = Vec::new();
                let theirs = $peer::Member::new(member.id, incarnation, state);
                $codec.encode_member(&theirs, &mut out).expect("encodes");
                out
            }

            pub(crate) fn read_header(bytes: &[u8]) -> Option<(Header<SocketAddr>, usize)> {
                let mut rest = bytes;
                let header = $codec.decode_header(&mut rest).ok()?;
                Some((header_back(header), bytes.len() - rest.len()))
            }

            pub(crate) fn read_member(bytes: &[u8]) -> Option<(Member<SocketAddr>, usize)> {
                let mut rest = bytes;
                let member: $peer::Member<SocketAddr> = $codec.decode_member(&mut rest).ok()?;
                let state = match member.state() {
                    $peer::State::Alive => State::Alive,
                    $peer::State::Suspect => State::Suspect,
                    $peer::State::Down => State::Down,
                };
                let incarnation = member.incarnation().into();
                let member = Member {
                    id: *member.id(),
                    incarnation,
                    state,
                };
                Some((member, bytes.len() - rest.len()))
            }
        }
    };
}

pub(crate) use peer;
