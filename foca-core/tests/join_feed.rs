//! What a newcomer is told.

use crate::support;

use std::collections::BTreeSet;

use foca_codec::PostcardCodec;
use foca_core::{Accept, Codec, Config, Identity, Instant, Member, Message, State, Wire};
use serde::{Deserialize, Serialize};
use support::wire::{Packet, exchange, next_ping, packet, receive, sent};
use support::{Node, Wide, addr, id, member, node, on_both_wires};

use State::{Alive, Down, Left, Suspect};

/// A node that has seen `peer` answer, so that it knows who receives at that address.
fn having_heard<I: Identity>(we: I, peer: &I, config: &Config) -> (Node<I>, Instant)
where
    PostcardCodec: Codec<I>,
{
    let mut node = node(we.clone(), config.clone(), 1);
    node.restore(Instant::ZERO, [Member::alive(peer.clone())]);
    let (now, target, number) = next_ping(&mut node);
    assert_eq!(target, *peer);
    let ack = packet(target, we, Message::Ack { number });
    assert_eq!(receive(&mut node, now, &ack), Ok(()));
    (node, now)
}

/// The `Feed` that `peer` gets when it announces itself, once per probe period.
fn feed<I: Identity>(node: &mut Node<I>, now: Instant, peer: &I) -> Packet<I>
where
    PostcardCodec: Codec<I>,
{
    let nonce = if node.config().wire == Wire::Native {
        7
    } else {
        0
    };
    let announce = Message::Announce { nonce, proof: 0 };
    let announce = packet(peer.clone(), node.identity().clone(), announce);
    let mut answers = exchange(node, now, &announce);
    assert_eq!(answers.len(), 1);
    let (to, feed) = answers.remove(0);
    assert_eq!(to, *peer.addr());
    assert_eq!(feed.header.message, Message::Feed { echo: nonce });
    feed
}

#[test]
fn a_feed_lists_the_active_members_without_its_receiver() {
    for config in on_both_wires(&Config::simple()) {
        let (mut node, now) = having_heard(id(0), &id(9), &config);
        let active = [member(1, 0, Alive), member(2, 3, Suspect)];
        let inactive = [member(3, 0, Down), member(4, 0, Left)];
        node.merge(now, active.into_iter().chain(inactive));
        let mut listed = feed(&mut node, now, &id(9)).members;
        listed.sort_by_key(|member| member.id);
        assert_eq!(listed, active);
    }
}

#[test]
fn a_feed_spends_no_news_and_depends_on_none() {
    for config in on_both_wires(&Config::simple()) {
        let (mut node, mut now) = having_heard(id(0), &id(9), &config);
        node.restore(now, [member(1, 0, Alive)]);
        for _ in 0..20 {
            now = now + node.config().probe_period;
            assert_eq!(feed(&mut node, now, &id(9)).members, [member(1, 0, Alive)]);
        }
    }
}

#[test]
fn feeds_of_a_large_cluster_are_random_samples() {
    for config in on_both_wires(&Config::simple()) {
        let config = config.with(|settings| settings.datagram_bytes_max = 300);
        let config = config.expect("valid settings");
        let (mut node, mut now) = having_heard(id(0), &id(999), &config);
        node.restore(now, (1..=200).map(|n| member(n, 0, Alive)));
        let mut samples = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for _ in 0..100 {
            now = now + config.probe_period;
            let sample: BTreeSet<_> = feed(&mut node, now, &id(999))
                .members
                .iter()
                .map(|member| member.id)
                .collect();
            assert!((15..30).contains(&sample.len()), "{}", sample.len());
            seen.extend(sample.iter().copied());
            samples.insert(sample);
        }
        assert!(samples.len() > 95, "{} distinct samples", samples.len());
        assert!(seen.len() > 195, "{} members of 200 were told", seen.len());
    }
}

/// One byte of address, nothing else.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Tiny(u8);

impl Identity for Tiny {
    type Addr = u8;

    fn addr(&self) -> &u8 {
        &self.0
    }

    fn generation(&self) -> u64 {
        0
    }

    fn placeholder(addr: &u8) -> Self {
        Self(*addr)
    }
}

#[test]
fn a_feed_tells_of_everybody_who_fits() {
    for config in on_both_wires(&Config::simple()) {
        let (mut node, now) = having_heard(Tiny(0), &Tiny(255), &config);
        node.restore(now, (1..=254).map(|n| Member::alive(Tiny(n))));
        assert_eq!(feed(&mut node, now, &Tiny(255)).members.len(), 254);
    }
}

/// Whatever the room, a `Feed` ends with a whole member, as reading it to its end shows.
#[test]
fn a_member_that_does_not_fit_leaves_nothing_behind() {
    let wide = |n: u16, life| Wide {
        addr: addr(n),
        life,
        name: "x".repeat(usize::from(n) * 7 % 50),
    };
    for config in on_both_wires(&Config::simple()) {
        for datagram_bytes_max in 90..190 {
            let config = config.with(|settings| settings.datagram_bytes_max = datagram_bytes_max);
            let config = config.expect("valid settings");
            let (mut node, now) = having_heard(wide(0, 0), &wide(50, 0), &config);
            node.restore(now, (1..40).map(|n| Member::alive(wide(n, 0))));
            let feed = feed(&mut node, now, &wide(50, 0));
            assert!(feed.bytes(config.wire).len() <= datagram_bytes_max);
            for member in feed.members {
                assert_eq!(node.member(member.id.addr()), Some(&member));
            }
        }
    }
}

/// On this wire little proves an address, so what can be aimed at one is kept small.
#[test]
fn on_foca2_an_unheard_newcomer_is_sent_at_most_three_times_its_bytes() {
    let config = Config::simple().foca2();
    for incarnation in [0, 60_000] {
        let mut node = node(id(0), config.clone(), 1);
        node.restore(Instant::ZERO, (1..=200).map(|n| member(n, 0, Alive)));
        node.merge(Instant::ZERO, [member(0, incarnation, Suspect)]);
        sent(&mut node, Instant::ZERO);
        for n in [7, 999] {
            let announce = packet(id(n), id(0), Message::Announce { nonce: 0, proof: 0 });
            let spent = announce.bytes(Wire::Foca2).len();
            let answers = exchange(&mut node, Instant::ZERO, &announce);
            assert!(matches!(answers[0].1.header.message, Message::Feed { .. }));
            let heard: usize = answers
                .iter()
                .map(|(_, it)| it.bytes(Wire::Foca2).len())
                .sum();
            assert!(heard <= 3 * spent, "{heard} bytes for {spent}");
        }
    }
}

/// The number of the `Ping` that goes with the short `Feed` is all that can be said back.
#[test]
fn on_foca2_a_newcomer_that_answers_is_fed_in_full() {
    let now = Instant::ZERO;
    for (wrong, fed) in [(0, true), (1, false), (0x55, false)] {
        let mut node = node(id(0), Config::simple().foca2(), 1);
        node.restore(now, (1..=20).map(|n| member(n, 0, Alive)));
        let announce = packet(id(99), id(0), Message::Announce { nonce: 0, proof: 0 });
        let answers = exchange(&mut node, now, &announce);
        let Message::Ping { number } = answers[1].1.header.message else {
            panic!("{answers:?}");
        };
        assert!(answers[0].1.members.len() < 20);
        let number = number ^ wrong;
        let ack = packet(id(99), id(0), Message::Ack { number });
        let answers = exchange(&mut node, now, &ack);
        let feeds = answers.iter().map(|(_, it)| it.members.len());
        let expected: &[usize] = if fed { &[20] } else { &[] };
        assert_eq!(feeds.collect::<Vec<_>>(), expected);
        let again = exchange(&mut node, now, &ack);
        assert_eq!(again, [], "once");
    }
}

/// While migrating: an announce on the wire that proves nothing is answered with the question first.
#[test]
fn a_native_member_asked_on_foca2_feeds_whoever_answers_its_ping() {
    let now = Instant::ZERO;
    let config = Config::simple().with(|settings| settings.accept = Accept::Both);
    let mut node = node(id(0), config.expect("valid settings"), 1);
    node.restore(now, (1..=20).map(|n| member(n, 0, Alive)));
    let announce = packet(id(99), id(0), Message::Announce { nonce: 0, proof: 0 });
    let announce = announce.bytes(Wire::Foca2);
    assert_eq!(node.handle_datagram(now, &announce), Ok(()));
    let answers = sent(&mut node, now);
    let [(to, ping)] = &answers[..] else {
        panic!("{answers:?}");
    };
    let Message::Ping { number } = ping.header.message else {
        panic!("{ping:?}");
    };
    assert_eq!((to, ping.members.len()), (&addr(99), 0));
    assert!(ping.bytes(Wire::Native).len() <= 3 * announce.len());
    let ack = packet(id(99), id(0), Message::Ack { number });
    assert_eq!(node.handle_datagram(now, &ack.bytes(Wire::Foca2)), Ok(()));
    let feed = &sent(&mut node, now)[0].1;
    assert_eq!(feed.header.message, Message::Feed { echo: 0 });
    assert_eq!(feed.members.len(), 20);
}
