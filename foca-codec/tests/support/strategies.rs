//! Random identities, members and headers.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use foca_core::{Header, Member, Message, State};
use proptest::prelude::*;

/// Addresses of both families, without scope and flow, which no codec carries.
pub(crate) fn socket_addr() -> impl Strategy<Value = SocketAddr> + Clone {
    prop_oneof![
        (any::<u32>(), any::<u16>()).prop_map(|(ip, port)| SocketAddrV4::new(
            Ipv4Addr::from_bits(ip),
            port
        )
        .into()),
        (any::<u128>(), any::<u16>()).prop_map(|(ip, port)| SocketAddrV6::new(
            Ipv6Addr::from_bits(ip),
            port,
            0,
            0
        )
        .into()),
    ]
}

/// Members that `Wire::Foca2` can tell.
pub(crate) fn member<I: Clone + std::fmt::Debug>(
    id: impl Strategy<Value = I>,
) -> impl Strategy<Value = Member<I>> {
    let state = prop::sample::select(vec![State::Alive, State::Suspect, State::Down]);
    (id, any::<u16>(), state).prop_map(|(id, incarnation, state)| Member {
        id,
        incarnation: incarnation.into(),
        state,
    })
}

/// Headers that `Wire::Foca2` can tell.
pub(crate) fn header<I: Clone + std::fmt::Debug>(
    id: impl Strategy<Value = I> + Clone,
) -> impl Strategy<Value = Header<I>> {
    let message = (0..11_u8, id.clone(), any::<u8>())
        .prop_map(|(variant, third_party, number)| message(variant, third_party, number));
    (id.clone(), any::<u16>(), id, message).prop_map(|(src, incarnation, dst, message)| Header {
        src,
        incarnation: incarnation.into(),
        dst,
        message,
    })
}

/// The message with this number on `Wire::Foca2`.
fn message<I>(variant: u8, third_party: I, number: u8) -> Message<I> {
    let number = number.into();
    match variant {
        0 => Message::Ping { number },
        1 => Message::Ack { number },
        2 => Message::PingReq {
            target: third_party,
            number,
        },
        3 => Message::IndirectPing {
            origin: third_party,
            number,
        },
        4 => Message::IndirectAck {
            target: third_party,
            number,
        },
        5 => Message::ForwardedAck {
            origin: third_party,
            number,
        },
        6 => Message::Announce { nonce: 0, proof: 0 },
        7 => Message::Feed { echo: 0 },
        8 => Message::Gossip,
        9 => Message::Broadcast,
        10 => Message::TurnUndead { echo: 0 },
        _ => unreachable!("there are eleven messages"),
    }
}

/// The same header with borrowed identities, as encoders want it.
pub(crate) fn borrowed<I>(header: &Header<I>) -> Header<&I> {
    let message = match &header.message {
        Message::Ping { number } => Message::Ping { number: *number },
        Message::Ack { number } => Message::Ack { number: *number },
        Message::PingReq { target, number } => Message::PingReq {
            target,
            number: *number,
        },
        Message::IndirectPing { origin, number } => Message::IndirectPing {
            origin,
            number: *number,
        },
        Message::IndirectAck { target, number } => Message::IndirectAck {
            target,
            number: *number,
        },
        Message::ForwardedAck { origin, number } => Message::ForwardedAck {
            origin,
            number: *number,
        },
        Message::Nack { origin, number } => Message::Nack {
            origin,
            number: *number,
        },
        Message::Announce { nonce, proof } => Message::Announce {
            nonce: *nonce,
            proof: *proof,
        },
        Message::Feed { echo } => Message::Feed { echo: *echo },
        Message::Gossip => Message::Gossip,
        Message::Broadcast => Message::Broadcast,
        Message::TurnUndead { echo } => Message::TurnUndead { echo: *echo },
        Message::Compare { echo, nonce } => Message::Compare {
            echo: *echo,
            nonce: *nonce,
        },
        Message::Differences { echo, nonce } => Message::Differences {
            echo: *echo,
            nonce: *nonce,
        },
        Message::Challenge { echo, cookie } => Message::Challenge {
            echo: *echo,
            cookie: *cookie,
        },
    };
    Header {
        src: &header.src,
        incarnation: header.incarnation,
        dst: &header.dst,
        message,
    }
}
