//! What is not accepted, why, and that nothing changes then.

use crate::support;

use foca_core::{Accept, Broadcasts, Config, Instant, Message, Reject, State, Verdict, Wire};
use support::wire::{Packet, packet, receive, sealed, sent};
use support::{Id, Node, id, knowing, member, node_with, on_both_wires, told};

use State::{Alive, Down, Suspect};

const NOW: Instant = Instant::ZERO;

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

/// Takes every item.
struct Everything;

impl Broadcasts<Id> for Everything {
    type Key = f32;

    fn receive(&mut self, _: &[u8], _: Option<&Id>) -> Verdict<f32> {
        Verdict::Spread(f32::NAN)
    }
}

/// A datagram with this payload on this wire.
fn datagram(wire: Wire, payload: &[u8]) -> Vec<u8> {
    match wire {
        Wire::Native => sealed(payload),
        Wire::Foca2 => payload.to_vec(),
    }
}

/// Hands a payload to a node that knows member 1; asserts that a rejection changes nothing else.
fn judge(config: &Config, payload: &[u8]) -> Result<(), Reject> {
    let mut node = node_with(id(0), config.clone(), Everything, 1);
    node.restore(NOW, [member(1, 0, Alive)]);
    told(&mut node);
    let before = (node.stats(), node.next_timer());
    let result = node.handle_datagram(NOW, &datagram(config.wire, payload));
    if let Err(reject) = result {
        let after = node.stats();
        assert_eq!(after.datagrams_rejected.of(reject), 1);
        assert_eq!(after.datagrams_rejected.total(), 1);
        let mut rest = after;
        rest.datagrams_rejected = before.0.datagrams_rejected;
        assert_eq!((rest, node.next_timer()), before);
        assert_eq!(
            node.all_members().collect::<Vec<_>>(),
            [&member(1, 0, Alive)]
        );
        assert_eq!((told(&mut node), sent(&mut node, NOW)), (vec![], vec![]));
    }
    result
}

#[test]
fn a_datagram_of_the_greatest_length_is_read_and_a_longer_one_is_not() {
    for config in configs() {
        let ping = packet(id(1), id(0), Message::Ping { number: 1 }).items(&[&[7; 200]]);
        let length = ping.bytes(config.wire).len();
        for (datagram_bytes_max, expected) in [(length, Ok(())), (length - 1, Err(Reject::TooLong))]
        {
            let config = config.with(|settings| settings.datagram_bytes_max = datagram_bytes_max);
            let config = config.expect("valid settings");
            assert_eq!(judge(&config, &ping.payload(config.wire)), expected);
        }
    }
}

/// Every way to cut a datagram short: it is read to its last byte or not at all.
#[test]
fn a_truncated_datagram_is_rejected_wherever_it_ends() {
    let (target, origin, number) = (id(77), id(77), 5);
    for config in configs() {
        let wire = config.wire;
        for message in [
            Message::Ping { number },
            Message::PingReq { target, number },
            Message::ForwardedAck { origin, number },
            Message::Feed { echo: 0 },
            Message::Gossip,
            Message::Broadcast,
        ] {
            let header = packet(id(1), id(0), message);
            let mut whole = vec![header.payload(wire).len()];
            let mut full = header;
            if full.header.message != Message::Broadcast {
                full = full.members([member(2, 300, Alive), member(3, 0, Down)]);
                whole.push(full.payload(wire).len());
            }
            for item in [&b"item"[..], b"x"] {
                full = full.items(&[item]);
                whole.push(full.payload(wire).len());
            }
            let payload = full.payload(wire);
            for length in 0..=payload.len() {
                let expected = match whole.contains(&length) {
                    true => Ok(()),
                    false => Err(Reject::Undecodable),
                };
                let result = judge(&config, &payload[..length]);
                assert_eq!(result, expected, "{:?} at {length}", full.header.message);
            }
        }
    }
}

/// What follows the header of each message, and nothing may follow that.
#[test]
fn bytes_that_belong_to_nothing_are_rejected() {
    let refused = Err(Reject::Undecodable);
    for config in configs() {
        let wire = config.wire;
        let payload = |message, tail: &[u8]| {
            let mut payload = packet(id(1), id(0), message).payload(wire);
            payload.extend(tail);
            payload
        };
        let count_and_items: [(&[u8], _); 11] = [
            (b"", Ok(())),
            (b"\0\0", Ok(())),
            (b"\0\0\0\x01x", Ok(())),
            (b"\0\0\0\x05hello\0\x02AB", Ok(())),
            (b"\0", refused),
            (b"\0\x01", refused),
            (b"\0\0\0", refused),
            (b"\0\0\0\0", refused),
            (b"\0\0\0\x02x", refused),
            (b"\0\0\0\x01x\0", refused),
            (b"\0\0\0\x01x\0\0", refused),
        ];
        for (tail, expected) in count_and_items {
            for message in [Message::Gossip, Message::Ack { number: 1 }] {
                assert_eq!(
                    judge(&config, &payload(message, tail)),
                    expected,
                    "{tail:?}"
                );
            }
        }
        let items_alone: [(&[u8], _); 6] = [
            (b"", Ok(())),
            (b"\0\x01x", Ok(())),
            (b"\0\0", refused),
            (b"\0\0\0\x01x", refused),
            (b"\0\x02x", refused),
            (b"\0\x01x\0", refused),
        ];
        for (tail, expected) in items_alone {
            let result = judge(&config, &payload(Message::Broadcast, tail));
            assert_eq!(result, expected, "{tail:?}");
        }
        for tail in [&b"\0"[..], b"\0\0", b"\0\0\0\x01x"] {
            let announce = Message::Announce { nonce: 0, proof: 0 };
            assert_eq!(judge(&config, &payload(announce, tail)), refused);
        }
        let turn_undead = Message::TurnUndead { echo: 0 };
        assert_eq!(
            judge(&config, &payload(turn_undead.clone(), b"\0\0")),
            Ok(())
        );
        assert_eq!(
            judge(&config, &payload(turn_undead, b"\0\0\0\x01x")),
            refused
        );
    }
}

#[test]
fn native_values_have_one_spelling_and_no_reserved_bits() {
    let config = Config::simple();
    let good = packet(id(1), id(0), Message::Gossip)
        .incarnation(5)
        .members([member(2, 1, Alive)])
        .payload(Wire::Native);
    assert_eq!(judge(&config, &good), Ok(()));
    // One byte of variant, four of address, two of port, one of life.
    let identity_bytes = 8;
    let incarnation_at = 1 + identity_bytes;
    let state_at = incarnation_at + 1 + identity_bytes + 2;
    let replaced = |at: usize, by: &[u8]| {
        let mut bytes = good[..at].to_vec();
        bytes.extend(by);
        bytes.extend(&good[at + 1..]);
        judge(&config, &bytes)
    };
    assert_eq!(replaced(incarnation_at, &[6]), Ok(()));
    assert_eq!(replaced(state_at, &[3]), Ok(()));
    let refused = Err(Reject::Undecodable);
    for kind in 15..=255 {
        assert_eq!(replaced(0, &[kind]), refused);
    }
    for state in 4..=255 {
        // Only a suspect has an accuser.
        let suspect = state & 3 == Suspect as u8;
        let expected = if suspect { Ok(()) } else { refused };
        assert_eq!(replaced(state_at, &[state]), expected, "{state}");
    }
    for overlong in [&[0x85, 0][..], &[0x85, 0x80, 0]] {
        assert_eq!(replaced(incarnation_at, overlong), refused);
    }
    let largest = [0xff, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(replaced(incarnation_at, &largest), Ok(()));
    let too_large = [0xff, 0xff, 0xff, 0xff, 0x1f];
    assert_eq!(replaced(incarnation_at, &too_large), refused);
}

/// The first thing found wrong, in the documented order, is the reason.
#[test]
fn checks_come_in_the_documented_order() {
    for config in configs() {
        let wire = config.wire;
        let about = |src, dst, third| {
            let message = Message::PingReq {
                target: third,
                number: 1,
            };
            let mut payload = packet(src, dst, message).payload(wire);
            payload.push(0xff);
            payload
        };
        let result = judge(&config, &about(id(0), id(9), id(0)));
        assert_eq!(result, Err(Reject::FromMyself));
        let result = judge(&config, &about(id(1), id(9), id(0)));
        assert_eq!(result, Err(Reject::NotForMe));
        let result = judge(&config, &about(id(1), id(0), id(0)));
        assert_eq!(result, Err(Reject::NamesMyself));
        let result = judge(&config, &about(id(1), id(0), id(9)));
        assert_eq!(result, Err(Reject::Undecodable));
    }
}

/// All messages with a third party, and any life of our address.
#[test]
fn a_third_party_at_our_own_address_is_rejected() {
    for config in configs() {
        for third in [id(0), support::life(0, 4)] {
            let (target, origin, number) = (third, third, 1);
            for message in [
                Message::PingReq { target, number },
                Message::IndirectPing { origin, number },
                Message::IndirectAck { target, number },
                Message::ForwardedAck { origin, number },
                Message::Nack { origin, number },
            ] {
                if config.wire == Wire::Foca2 && matches!(message, Message::Nack { .. }) {
                    continue;
                }
                let payload = packet(id(9), id(0), message).payload(config.wire);
                assert_eq!(judge(&config, &payload), Err(Reject::NamesMyself));
            }
        }
    }
}

#[test]
fn the_envelope_is_judged_before_anything_is_decoded() {
    let mut node = knowing(Config::simple(), [member(1, 0, Alive)]);
    let good = packet(id(1), id(0), Message::Ping { number: 1 }).bytes(Wire::Native);
    let mut judge = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        node.handle_datagram(NOW, &bytes)
    };
    assert_eq!(judge(&|_| {}), Ok(()));
    assert_eq!(judge(&|it| it.truncate(0)), Err(Reject::TooShort));
    assert_eq!(judge(&|it| it.truncate(1)), Err(Reject::TooShort));
    assert_eq!(judge(&|it| it.truncate(10)), Err(Reject::TooShort));
    assert_eq!(judge(&|it| it[0] ^= 1), Err(Reject::WrongWire));
    assert_eq!(judge(&|it| it[1] ^= 1), Err(Reject::WrongWire));
    assert_eq!(judge(&|it| it[2] ^= 1), Err(Reject::UnknownVersion));
    for at in 3..7 {
        assert_eq!(judge(&|it| it[at] ^= 1), Err(Reject::ForeignCluster));
    }
    for at in 7..good.len() {
        assert_eq!(judge(&|it| it[at] ^= 1), Err(Reject::BadChecksum));
    }
    let all = judge(&|it| it.iter_mut().skip(2).for_each(|byte| *byte ^= 1));
    assert_eq!(all, Err(Reject::UnknownVersion), "the first wrong thing");
}

/// The magic decides the wire, and what is judged as one wire is never tried as the other.
#[test]
fn the_magic_decides_which_wire_a_datagram_is_of() {
    let native = packet(id(1), id(0), Message::Ping { number: 1 });
    let accepting = |wire, accept| {
        let config = match wire {
            Wire::Native => Config::simple(),
            Wire::Foca2 => Config::simple().foca2(),
        };
        let config = config.with(|settings| settings.accept = accept);
        let mut node: Node = knowing(config.expect("valid settings"), [member(1, 0, Alive)]);
        [Wire::Native, Wire::Foca2].map(|it| {
            let result = node.handle_datagram(NOW, &native.bytes(it));
            let answers = sent(&mut node, NOW);
            assert_eq!(answers.len(), usize::from(result.is_ok()));
            result
        })
    };
    let wrong = Err(Reject::WrongWire);
    for (wire, accept, expected) in [
        (Wire::Native, Accept::Own, [Ok(()), wrong]),
        (Wire::Native, Accept::Both, [Ok(()), Ok(())]),
        (Wire::Foca2, Accept::Own, [wrong, Ok(())]),
        (Wire::Foca2, Accept::Both, [Ok(()), Ok(())]),
    ] {
        assert_eq!(accepting(wire, accept), expected, "{wire:?} {accept:?}");
    }
    let config = Config::simple().with(|settings| settings.accept = Accept::Both);
    let mut node = knowing(config.expect("valid settings"), [member(1, 0, Alive)]);
    let mut foreign = native.bytes(Wire::Native);
    foreign[6] = 1;
    let result = node.handle_datagram(NOW, &foreign);
    assert_eq!(result, Err(Reject::ForeignCluster), "not tried as Foca2");
}

/// Whoever answers speaks its own wire, whatever it was asked in.
#[test]
fn answers_are_in_the_wire_that_the_node_speaks() {
    for config in configs() {
        let config = config.with(|settings| settings.accept = Accept::Both);
        let mut node: Node = knowing(config.expect("valid settings"), [member(1, 0, Alive)]);
        for asked_in in [Wire::Native, Wire::Foca2] {
            let ping: Packet<Id> = packet(id(1), id(0), Message::Ping { number: 5 });
            assert_eq!(node.handle_datagram(NOW, &ping.bytes(asked_in)), Ok(()));
            let answers = sent(&mut node, NOW);
            assert_eq!(answers[0].1.header.message, Message::Ack { number: 5 });
        }
        let gossip = packet(id(1), id(0), Message::Gossip);
        assert_eq!(receive(&mut node, NOW, &gossip), Ok(()));
    }
}
