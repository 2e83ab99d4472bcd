//! Whatever arrives, nothing panics, every bound holds, and nobody is used as an amplifier.

use crate::support;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{
    Broadcasts, Codec, Config, Envelope, Header, Identity, Instant, Member, Message, State,
    Verdict, Wire,
};
use proptest::prelude::*;
use support::body::{BUSY, EVERYWHERE, Entry, Span, Told, body_bytes, compare};
use support::wire::{Packet, packet, sealed};
use support::{Id, Node, addr, id, life, member, millis, node_with, on_both_wires, transmits};

/// Passes on whatever it gets, in no order, so that the store is as full as it can be.
struct Everything;

impl<I> Broadcasts<I> for Everything {
    type Key = f32;

    fn receive(&mut self, _: &[u8], _: Option<&I>) -> Verdict<f32> {
        Verdict::Spread(f32::NAN)
    }
}

const MEMBERS_MAX: usize = 30;
const OUTBOX_MAX: usize = 20;
const EVENTS_MAX: usize = 10;

/// Bounds that are easy to reach.
fn configs() -> [Config; 2] {
    let config = Config::local().with(|it| {
        it.members_max = MEMBERS_MAX;
        it.outbox_max = OUTBOX_MAX;
        it.events_max = EVENTS_MAX;
        it.broadcasts_max = 5;
        it.relays_max = 2;
        it.datagram_bytes_max = 700;
    });
    on_both_wires(&config.expect("valid"))
}

fn identity() -> impl Strategy<Value = Id> {
    let lives = prop_oneof![3 => 0..2_u16, 1 => Just(u16::MAX)];
    (prop_oneof![4 => 0..8_u16, 1 => 0..500_u16], lives).prop_map(|(n, lived)| life(n, lived))
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![
        0..3_u32,
        Just(u32::from(u16::MAX)),
        Just(u32::MAX),
        any::<u32>()
    ]
}

fn state() -> impl Strategy<Value = State> {
    prop::sample::select(&[State::Alive, State::Suspect, State::Down, State::Left])
}

fn message() -> impl Strategy<Value = Message<Id>> {
    prop_oneof![
        number().prop_map(|number| Message::Ping { number }),
        number().prop_map(|number| Message::Ack { number }),
        (identity(), number()).prop_map(|(target, number)| Message::PingReq { target, number }),
        (identity(), number())
            .prop_map(|(origin, number)| Message::IndirectPing { origin, number }),
        (identity(), number()).prop_map(|(target, number)| Message::IndirectAck { target, number }),
        (identity(), number())
            .prop_map(|(origin, number)| Message::ForwardedAck { origin, number }),
        (identity(), number()).prop_map(|(origin, number)| Message::Nack { origin, number }),
        (number(), number()).prop_map(|(nonce, proof)| Message::Announce { nonce, proof }),
        number().prop_map(|echo| Message::Feed { echo }),
        Just(Message::Gossip),
        Just(Message::Broadcast),
        number().prop_map(|echo| Message::TurnUndead { echo }),
        (number(), number()).prop_map(|(echo, cookie)| Message::Challenge { echo, cookie }),
        (number(), number()).prop_map(|(echo, nonce)| Message::Compare { echo, nonce }),
        (number(), number()).prop_map(|(echo, nonce)| Message::Differences { echo, nonce }),
    ]
}

fn span() -> impl Strategy<Value = Span> {
    let prefix = (any::<u32>(), 0..33_u32).prop_map(|(at, bits)| {
        let below = u32::MAX.checked_shr(bits).unwrap_or(0);
        (at & !below, at | below)
    });
    let any_two = (any::<u32>(), any::<u32>()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![Just(EVERYWHERE), prefix, any_two]
}

fn told() -> impl Strategy<Value = Told<Id>> {
    (member_of_any_state(), number()).prop_map(|(mut member, seconds)| {
        if member.state == State::Suspect {
            member.state = State::Alive;
        }
        Told {
            forget_seconds: (member.state != State::Alive).then_some(seconds),
            member,
        }
    })
}

/// What either message may say, and neither ought to say of the other.
fn comparison(asks: bool) -> impl Strategy<Value = Vec<u8>> {
    let members = (span(), prop::collection::vec(told(), 0..12));
    let entry = match asks {
        true => prop_oneof![
            any::<u64>().prop_map(Entry::All),
            span().prop_map(Entry::Split),
            members.prop_map(|(span, told)| Entry::Members(span, told)),
        ]
        .boxed(),
        false => prop_oneof![
            Just(Entry::Equal),
            (span(), prop::collection::vec(any::<u32>(), 1..20)).prop_map(|(span, mut sums)| {
                let positions = u64::from(span.1 - span.0) + 1;
                sums.truncate(usize::try_from(positions).unwrap_or(usize::MAX));
                Entry::Sums(span, sums)
            }),
            members.prop_map(|(span, told)| Entry::Members(span, told)),
        ]
        .boxed(),
    };
    let taken_in = (!asks).then_some(7);
    (0..5_u8, prop::collection::vec(entry, 0..10))
        .prop_map(move |(flags, entries)| body_bytes(flags, taken_in, &entries))
}

fn member_of_any_state() -> impl Strategy<Value = Member<Id>> {
    (identity(), number(), state()).prop_map(|(id, incarnation, state)| Member {
        id,
        incarnation,
        state,
    })
}

/// Sound datagrams that say whatever they like.
fn lies() -> impl Strategy<Value = Packet<Id>> {
    let member = member_of_any_state();
    let items = prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..4);
    let dst = prop_oneof![8 => Just(id(0)), 1 => identity()];
    let header = (identity(), number(), dst, message());
    let bodies = (comparison(true), comparison(false));
    (header, prop::collection::vec(member, 0..12), items, bodies).prop_map(
        |((src, incarnation, dst, message), members, items, bodies)| {
            let comparison = if let Message::Compare { .. } = message {
                bodies.0
            } else if let Message::Differences { .. } = message {
                bodies.1
            } else {
                vec![]
            };
            let bare = matches!(
                message,
                Message::Announce { .. } | Message::Challenge { .. } | Message::Broadcast
            ) || !comparison.is_empty();
            let no_items = matches!(message, Message::TurnUndead { .. });
            Packet {
                accusers: vec![],
                comparison,
                members: if bare { vec![] } else { members },
                items: if bare || no_items { vec![] } else { items },
                header: Header {
                    src,
                    incarnation,
                    dst,
                    message,
                },
            }
        },
    )
}

/// A datagram, how it was damaged, and how long it took to come.
#[derive(Clone, Debug)]
struct Blow {
    packet: Packet<Id>,
    changes: Vec<(prop::sample::Index, u8)>,
    cut: Option<prop::sample::Index>,
    after_ms: u64,
}

fn blow() -> impl Strategy<Value = Blow> {
    let changes = prop_oneof![
        1 => Just(vec![]),
        1 => prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ];
    let cut = prop::option::weighted(0.1, any::<prop::sample::Index>());
    let after_ms = prop_oneof![3 => 0..3_u64, 1 => 0..600_u64];
    (lies(), changes, cut, after_ms).prop_map(|(packet, changes, cut, after_ms)| Blow {
        packet,
        changes,
        cut,
        after_ms,
    })
}

impl Blow {
    /// The datagram with its body damaged and a checksum that is right nevertheless.
    fn datagram(&self, wire: Wire) -> Vec<u8> {
        let native_only = matches!(
            self.packet.header.message,
            Message::Nack { .. }
                | Message::Challenge { .. }
                | Message::Compare { .. }
                | Message::Differences { .. }
        );
        if native_only && wire == Wire::Foca2 {
            return vec![];
        }
        let mut payload = self.packet.payload(wire);
        for (at, byte) in &self.changes {
            let len = payload.len();
            payload[at.index(len)] = *byte;
        }
        if let Some(cut) = self.cut {
            payload.truncate(cut.index(payload.len()));
        }
        match wire {
            Wire::Native => sealed(&payload),
            Wire::Foca2 => payload,
        }
    }
}

fn victim(config: &Config) -> Node<Id, Everything> {
    let mut node = node_with(id(0), config.clone(), Everything, 3);
    node.restore(Instant::ZERO, (1..4).map(|n| Member::alive(id(n))));
    node
}

/// Asserts all bounds of a node, and empties its queues.
fn assert_bounds<I>(node: &mut Node<I, Everything>, now: Instant, poll: bool)
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
{
    assert!(node.all_members().count() <= MEMBERS_MAX);
    assert!(
        node.all_members()
            .all(|it| it.id.addr() != node.identity().addr())
    );
    assert!(node.poll_timeout().is_none_or(|at| at > now));
    if !poll {
        return;
    }
    let sent = transmits(node, now);
    // The Ping of the probe is sent whatever else waits.
    assert!(sent.len() <= OUTBOX_MAX + 1, "{}", sent.len());
    let bytes_max = node.config().datagram_bytes_max;
    assert!(sent.iter().all(|(_, datagram)| datagram.len() <= bytes_max));
    assert!(std::iter::from_fn(|| node.poll_event()).count() <= EVENTS_MAX + 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_borne(
        datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20),
        dressed in any::<bool>(),
    ) {
        for config in configs() {
            let mut node = victim(&config);
            for bytes in &datagrams {
                let datagram = match dressed && config.wire == Wire::Native {
                    true => sealed(bytes),
                    false => bytes.clone(),
                };
                let _ = node.handle_datagram(Instant::ZERO, &datagram);
                assert_bounds(&mut node, Instant::ZERO, true);
            }
        }
    }

    #[test]
    fn lies_and_damage_under_a_right_checksum_are_borne(
        blows in prop::collection::vec(blow(), 1..60),
        polls in any::<bool>(),
    ) {
        for config in configs() {
            let (mut node, mut now) = (victim(&config), Instant::ZERO);
            for blow in &blows {
                now = now + millis(blow.after_ms);
                let _ = node.handle_datagram(now, &blow.datagram(config.wire));
                node.handle_timeout(now);
                assert_bounds(&mut node, now, polls);
            }
            assert_bounds(&mut node, now, true);
        }
    }

    #[test]
    fn an_address_that_proved_nothing_gets_three_times_its_bytes_at_most(
        blows in prop::collection::vec(blow(), 1..8),
    ) {
        let [native, _] = configs();
        let mut node = node_with(id(0), native.clone(), Everything, 3);
        let mut received: BTreeMap<SocketAddr, usize> = BTreeMap::new();
        for blow in &blows {
            let datagram = blow.datagram(native.wire);
            let _ = node.handle_datagram(Instant::ZERO, &datagram);
            let claimed = claimed_source(&datagram);
            if let Some(claimed) = claimed {
                *received.entry(claimed).or_default() += datagram.len();
            }
            for (to, reply) in transmits(&mut node, Instant::ZERO) {
                let credit = received.entry(to).or_default();
                let allowed = 3 * *credit;
                prop_assert!(reply.len() <= allowed, "{} of {allowed} to {to}", reply.len());
            }
        }
        prop_assert_eq!(node.all_members().count(), 0, "nobody got in");
    }
}

fn claimed_source(datagram: &[u8]) -> Option<SocketAddr> {
    let mut envelope = CheckedEnvelope::default();
    let payload = envelope.open(datagram).ok()?;
    let claimed: Id = PostcardCodec.decode_identity(&mut payload.get(1..)?)?;
    Some(claimed.addr)
}

/// Datagrams full of accusations, stale or each worse than the one before, are answered by a few
/// rounds of gossip.
#[test]
fn a_hundred_accusations_cause_a_few_datagrams() {
    for config in configs() {
        for step in [0, 1] {
            let (mut node, mut sent) = (victim(&config), 0);
            for turn in 0..20 {
                let accusations =
                    (0..50).map(|n| member(0, step * (turn * 50 + n), State::Suspect));
                let gossip = packet(id(1), id(0), Message::Gossip).members(accusations);
                let datagram = gossip.bytes(config.wire);
                assert_eq!(node.handle_datagram(Instant::ZERO, &datagram), Ok(()));
                sent += transmits(&mut node, Instant::ZERO).len();
            }
            assert!(sent <= 4 * config.indirect_probes, "{sent}");
        }
    }
}

/// Whoever asks too much within one probe period is heard but not answered.
#[test]
fn what_one_peer_can_make_us_say_is_bounded() {
    for config in configs() {
        let config = config.with(|it| it.outbox_max = 4_096).expect("valid");
        let mut node = victim(&config);
        for message in [
            Message::Ping { number: 1 },
            Message::Announce { nonce: 0, proof: 0 },
        ] {
            let question = packet(id(1), id(0), message);
            for _ in 0..1_000 {
                let bytes = question.bytes(config.wire);
                assert_eq!(node.handle_datagram(Instant::ZERO, &bytes), Ok(()));
            }
        }
        let to_peer = transmits(&mut node, Instant::ZERO)
            .iter()
            .filter(|(to, _)| *to == addr(1))
            .count();
        assert!(to_peer <= config.replies_max.into(), "{to_peer}");
        assert!(node.stats().replies_limited >= 1_900);
        let later = Instant::ZERO + config.probe_period;
        let ping = packet(id(1), id(0), Message::Ping { number: 1 });
        assert_eq!(
            node.handle_datagram(later, &ping.bytes(config.wire)),
            Ok(())
        );
        assert_eq!(transmits(&mut node, later).len(), 1, "and forgiven");
    }
}

/// Whoever asks for everything all the time gets what comparing may cost, and is told to wait.
#[test]
fn a_flood_of_questions_is_answered_within_its_bytes() {
    let rate = 20_000;
    let [native, _] = configs();
    let config = native.with(|it| {
        it.reconciliation_bytes_per_second = rate.try_into().expect("not zero");
        it.probe_period = support::seconds(1);
        it.members_max = 1_000;
        it.outbox_max = 1_000;
    });
    let config = config.expect("valid");
    let mut node = victim(&config);
    node.restore(Instant::ZERO, (4..500).map(|n| Member::alive(id(n))));
    let everything = [Entry::Members(EVERYWHERE, vec![])];
    let padded = [&everything[..], &vec![Entry::Split((1, 2)); 40]].concat();
    let (mut bytes, mut busy) = (0, 0);
    for ms in 0..5_000 {
        let now = Instant::ZERO + millis(ms);
        let asker = id(1 + ms as u16 % 3);
        let question = compare(asker, id(0), (0, 1), &padded).bytes(config.wire);
        assert_eq!(node.handle_datagram(now, &question), Ok(()));
        for (_, sent) in transmits(&mut node, now) {
            let packet = Packet::<Id>::read(config.wire, &sent);
            if let Message::Differences { .. } = packet.header.message {
                match packet.body().flags & BUSY {
                    0 => bytes += sent.len(),
                    _ => busy += 1,
                }
            }
        }
        let allowed = rate as usize * (1_000 + ms as usize) / 1_000 + config.datagram_bytes_max;
        assert!(bytes <= allowed, "{bytes} of {allowed} after {ms} ms");
    }
    assert!(bytes >= rate as usize * 4, "{bytes}");
    assert!(
        busy > 0 && busy <= 3 * 6 * usize::from(config.replies_max),
        "{busy}"
    );
}
