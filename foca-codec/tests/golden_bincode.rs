//! `BincodeCodec` on `Wire::Foca2` against written-down bytes and the published `foca` 0.19.

#[path = "support/peers.rs"]
mod peers;
#[path = "support/strategies.rs"]
mod strategies;

use foca_codec::BincodeCodec;
use foca_codec::bincode::config;
use foca_core::{Header, Member, Message, State};
use peers::{
    Ours, addr, header_bytes, headers, hex, member_bytes, members, peer, read_header, read_member,
};
use proptest::prelude::*;
use strategies::borrowed;

peer!(foca_019, foca_019::BincodeCodec(super::config::standard()));

const STANDARD: BincodeCodec = BincodeCodec(config::standard());
const OURS: &Ours = &STANDARD;

/// The vectors of `golden_postcard.rs`. Integers up to 250 are one byte, others `fb` and two bytes,
/// little endian: port 8000 is 1f40, 7946 is 1f0a, 9000 is 2328, incarnation 300 is 012c.
const HEADERS: [&str; 11] = [
    // Ping 7
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 00 07",
    // Ack 7
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 01 07",
    // PingReq, IndirectPing, IndirectAck 7
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 02 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 fb 28 23 07",
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 03 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 fb 28 23 07",
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 04 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 fb 28 23 07",
    // ForwardedAck 200
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 05 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 fb 28 23 c8",
    // Announce, Feed, Gossip, Broadcast, TurnUndead
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 06",
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 07",
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 08",
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 09",
    "00 7f 00 00 01 fb 40 1f fb 2c 01 00 0a 00 00 02 fb 0a 1f 0a",
];

/// 127.0.0.1:8000 Alive 0, 10.0.0.2:7946 Suspect 1, [2001:db8::1]:9000 Down 65535.
const MEMBERS: [&str; 3] = [
    "00 7f 00 00 01 fb 40 1f 00 00",
    "00 0a 00 00 02 fb 0a 1f 01 01",
    "01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 fb 28 23 fb ff ff 02",
];

#[test]
fn headers_are_the_written_down_bytes() {
    for (header, bytes) in headers().iter().zip(HEADERS.map(hex)) {
        let read = Some((header.clone(), bytes.len()));
        assert_eq!(header_bytes(OURS, header), bytes, "{header:?}");
        assert_eq!(theirs::header_bytes(header), bytes, "{header:?}");
        assert_eq!(read_header(OURS, &bytes), read);
        assert_eq!(theirs::read_header(&bytes), read);
    }
}

#[test]
fn members_are_the_written_down_bytes() {
    for (member, bytes) in members().iter().zip(MEMBERS.map(hex)) {
        let read = Some((*member, bytes.len()));
        assert_eq!(member_bytes(OURS, member), bytes, "{member:?}");
        assert_eq!(theirs::member_bytes(member), bytes, "{member:?}");
        assert_eq!(read_member(OURS, &bytes), read);
        assert_eq!(theirs::read_member(&bytes), read);
    }
}

#[test]
fn what_the_wire_cannot_tell_is_written_as_the_nearest() {
    let [a, _, c] = members();
    let left = Member {
        state: State::Left,
        incarnation: 70_000,
        ..c
    };
    assert_eq!(member_bytes(OURS, &left), hex(MEMBERS[2]));

    let mut ping = headers()[0].clone();
    ping.message = Message::Ping {
        number: 0xABCD_EF07,
    };
    assert_eq!(header_bytes(OURS, &ping), hex(HEADERS[0]));

    let message = Message::Challenge { echo: 0, cookie: 0 };
    let challenge = Header {
        src: a.id,
        incarnation: 0,
        dst: c.id,
        message,
    };
    assert_eq!(
        OURS.encode_header(&borrowed(&challenge), &mut [0; 128]),
        None
    );
}

#[test]
fn unusual_members_fare_as_at_the_peer() {
    let suspect = |incarnation| {
        Some(Member {
            id: addr("10.0.0.2:7946"),
            incarnation,
            state: State::Suspect,
        })
    };
    for (what, bytes, member) in [
        (
            "overlong incarnation",
            "00 0a 00 00 02 fb 0a 1f fb 01 00 01",
            suspect(1),
        ),
        (
            "overlong state",
            "00 0a 00 00 02 fb 0a 1f 01 fc 01 00 00 00",
            suspect(1),
        ),
        (
            "incarnation of 32 bits",
            "00 0a 00 00 02 fb 0a 1f fc 01 00 00 00 01",
            None,
        ),
        ("reserved marker", "00 0a 00 00 02 fb 0a 1f ff 01", None),
        ("state 3", "00 0a 00 00 02 fb 0a 1f 01 03", None),
        ("family 2", "02 0a 00 00 02 fb 0a 1f 01 01", None),
        ("nothing", "", None),
    ] {
        let bytes = hex(bytes);
        let read = member.map(|member| (member, bytes.len()));
        assert_eq!(read_member(OURS, &bytes), read, "{what}");
        assert_eq!(theirs::read_member(&bytes), read, "{what}");
    }
}

#[test]
fn truncation_is_refused_and_a_tail_is_left_alone() {
    for bytes in HEADERS.map(hex) {
        for length in 0..bytes.len() {
            assert_eq!(read_header(OURS, &bytes[..length]), None);
            assert_eq!(theirs::read_header(&bytes[..length]), None);
        }
        let longer = [&bytes[..], &[0, 3]].concat();
        assert_eq!(read_header(OURS, &longer), read_header(OURS, &bytes));
        assert_eq!(theirs::read_header(&longer), theirs::read_header(&bytes));
    }
}

/// The configuration of bincode 1: integers and variants in their full width.
mod fixed_width {
    use foca_codec::bincode::config;

    use super::*;

    peer!(
        foca_019,
        foca_019::BincodeCodec(super::config::legacy().with_big_endian())
    );

    const OURS: &Ours = &BincodeCodec(config::legacy().with_big_endian());

    #[test]
    fn bytes_follow_the_configuration() {
        let member = &members()[1];
        let bytes = hex("00 00 00 00 0a 00 00 02 1f 0a 00 01 00 00 00 01");
        assert_eq!(member_bytes(OURS, member), bytes);
        assert_eq!(theirs::member_bytes(member), bytes);
        assert_eq!(read_member(OURS, &bytes), Some((*member, bytes.len())));
        assert_eq!(theirs::read_member(&bytes), Some((*member, bytes.len())));
        for header in headers() {
            let bytes = header_bytes(OURS, &header);
            assert_eq!(bytes, theirs::header_bytes(&header));
            assert_eq!(read_header(OURS, &bytes), theirs::read_header(&bytes));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn headers_are_the_same_in_both_directions(
        header in strategies::header(strategies::socket_addr()),
    ) {
        let bytes = header_bytes(OURS, &header);
        prop_assert_eq!(&bytes, &theirs::header_bytes(&header));
        let read = Some((header, bytes.len()));
        prop_assert_eq!(&read_header(OURS, &bytes), &read);
        prop_assert_eq!(&theirs::read_header(&bytes), &read);
    }

    #[test]
    fn members_are_the_same_in_both_directions(
        member in strategies::member(strategies::socket_addr()),
    ) {
        let bytes = member_bytes(OURS, &member);
        prop_assert_eq!(&bytes, &theirs::member_bytes(&member));
        let read = Some((member, bytes.len()));
        prop_assert_eq!(&read_member(OURS, &bytes), &read);
        prop_assert_eq!(&theirs::read_member(&bytes), &read);
    }

    #[test]
    fn damaged_bytes_are_read_alike(
        header in strategies::header(strategies::socket_addr()),
        member in strategies::member(strategies::socket_addr()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = header_bytes(OURS, &header);
        damage.iter().for_each(|(at, byte)| *at.get_mut(&mut bytes) = *byte);
        prop_assert_eq!(read_header(OURS, &bytes), theirs::read_header(&bytes));
        let mut bytes = member_bytes(OURS, &member);
        damage.iter().for_each(|(at, byte)| *at.get_mut(&mut bytes) = *byte);
        prop_assert_eq!(read_member(OURS, &bytes), theirs::read_member(&bytes));
    }
}
