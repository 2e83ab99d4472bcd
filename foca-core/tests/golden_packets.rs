//! Whole datagrams of `Wire::Foca2` as the published `foca` crate 2.0.0 emits and takes them.
//!
//! The bytes were recorded from that crate: a = 127.0.0.1:8000 knows b = 10.0.0.2:7946 alive,
//! c = [2001:db8::1]:9000 suspect at incarnation 1 and d = 10.0.0.4:7946 down, and has the items
//! "hello" and "AB" to spread.

use crate::support;

use std::net::SocketAddr;

use foca_core::{
    Broadcasts, Config, Event, Instant, Member, Message, Periodic, Reject, State, Timer, Verdict,
    Wire,
};
use support::wire::{Packet, next_ping, packet, receive};
use support::{Node, node_with, seconds, told, transmits};

use State::{Alive, Down, Suspect};

const NOW: Instant = Instant::ZERO;

const ANNOUNCE: &str = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 02 8a 3e 06";
const GOSSIP: &str = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 02 8a 3e 08 00 03 \
    01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 01 01 \
    00 0a 00 00 02 8a 3e 00 00 00 0a 00 00 04 8a 3e 00 02 \
    00 05 68 65 6c 6c 6f 00 02 41 42";
const BROADCAST: &str = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 02 8a 3e 09 \
    00 05 68 65 6c 6c 6f 00 02 41 42";
const FEED: &str = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 02 8a 3e 07 00 01 \
    01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 01 01 \
    00 05 68 65 6c 6c 6f 00 02 41 42";
const ACK_9: &str = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 02 8a 3e 01 09 00 03 \
    01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 01 01 \
    00 0a 00 00 02 8a 3e 00 00 00 0a 00 00 04 8a 3e 00 02 \
    00 05 68 65 6c 6c 6f 00 02 41 42";
const LEAVE: &str = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 02 8a 3e 08 00 04 \
    00 7f 00 00 01 c0 3e 00 02 \
    01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 01 01 \
    00 0a 00 00 04 8a 3e 00 02 00 0a 00 00 02 8a 3e 00 00 \
    00 05 68 65 6c 6c 6f 00 02 41 42";
const EMPTY_GOSSIP: &str = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 02 8a 3e 08 00 00";

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |it| u8::from_str_radix(it, 16).expect("two hexadecimal digits");
    hex.split_whitespace().map(byte).collect()
}

fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn a() -> SocketAddr {
    addr("127.0.0.1:8000")
}

fn b() -> SocketAddr {
    addr("10.0.0.2:7946")
}

/// What is said of b, c and d.
fn news() -> [Member<SocketAddr>; 3] {
    let (c, d) = (addr("[2001:db8::1]:9000"), addr("10.0.0.4:7946"));
    [(b(), 0, Alive), (c, 1, Suspect), (d, 0, Down)].map(|(id, incarnation, state)| Member {
        id,
        incarnation,
        state,
    })
}

/// Spreads every item and remembers it.
#[derive(Default)]
struct Letters(Vec<Vec<u8>>);

impl Broadcasts<SocketAddr> for Letters {
    type Key = f32;

    fn receive(&mut self, item: &[u8], _: Option<&SocketAddr>) -> Verdict<f32> {
        self.0.push(item.to_vec());
        Verdict::Spread(f32::NAN)
    }
}

type Talker = Node<SocketAddr, Letters>;

/// Node a, after hearing this in this order.
fn speaker(news: impl IntoIterator<Item = Member<SocketAddr>>) -> Talker {
    let task = Some(Periodic {
        every: seconds(1),
        members: 2,
    });
    let config = Config::simple().foca2().with(|settings| {
        settings.periodic_gossip = task;
        settings.suspicion = seconds(600).into();
    });
    let mut node = node_with(a(), config.expect("valid settings"), Letters::default(), 1);
    node.merge(NOW, news);
    node
}

fn spread_items(node: &mut Talker) {
    for item in [&b"hello"[..], b"AB"] {
        node.broadcast(NOW, item).expect("an item that fits");
    }
}

/// Lets b answer a probe, or it would get three times the bytes it sends at most.
fn hear(node: &mut Talker) -> Instant {
    loop {
        let (now, target, number) = next_ping(node);
        if target == b() {
            let ack = packet(b(), a(), Message::Ack { number });
            assert_eq!(receive(node, now, &ack), Ok(()));
            return now;
        }
    }
}

/// The first datagram to b of this kind, while time passes.
fn first(node: &mut Talker, message: &Message<SocketAddr>) -> Vec<u8> {
    let mut now = NOW;
    loop {
        for (to, bytes) in transmits(node, now) {
            let packet: Packet<SocketAddr> = Packet::read(Wire::Foca2, &bytes);
            if to == b() && packet.header.message == *message {
                return bytes;
            }
        }
        now = node.poll_timeout().expect("a joined node has deadlines");
        node.handle_timeout(now);
    }
}

#[test]
fn announce_is_what_the_published_crate_sends() {
    let mut node = speaker([]);
    assert_eq!(node.announce(NOW, &b()), Ok(()));
    let message = Message::Announce { nonce: 0, proof: 0 };
    assert_eq!(first(&mut node, &message), bytes(ANNOUNCE));
}

/// News of equal budget goes out oldest first here and largest first there.
#[test]
fn gossip_is_what_the_published_crate_sends() {
    let [b, c, d] = news();
    let mut node = speaker([c, b, d]);
    spread_items(&mut node);
    assert_eq!(first(&mut node, &Message::Gossip), bytes(GOSSIP));
}

#[test]
fn broadcast_is_what_the_published_crate_sends() {
    let mut node = speaker(news());
    spread_items(&mut node);
    assert_eq!(first(&mut node, &Message::Broadcast), bytes(BROADCAST));
}

#[test]
fn feed_is_what_the_published_crate_sends() {
    let [told_of_b, told_of_c, told_of_d] = news();
    let mut node = speaker([told_of_b]);
    let now = hear(&mut node);
    node.restore(now, [told_of_c, told_of_d]);
    spread_items(&mut node);
    let announce = packet(b(), a(), Message::Announce { nonce: 0, proof: 0 });
    assert_eq!(receive(&mut node, now, &announce), Ok(()));
    let feed = first(&mut node, &Message::Feed { echo: 0 });
    assert_eq!(feed, bytes(FEED));
}

#[test]
fn an_answer_to_a_ping_is_what_the_published_crate_sends() {
    let [told_of_b, c, d] = news();
    let mut node = speaker([c, told_of_b, d]);
    spread_items(&mut node);
    let now = hear(&mut node);
    let ping = packet(b(), a(), Message::Ping { number: 9 });
    assert_eq!(receive(&mut node, now, &ping), Ok(()));
    let ack = first(&mut node, &Message::Ack { number: 9 });
    assert_eq!(ack, bytes(ACK_9));
}

/// The goodbye comes first: it was sent least.
#[test]
fn a_goodbye_is_what_the_published_crate_sends() {
    let [told_of_b, c, d] = news();
    let mut node = speaker([c, d, told_of_b]);
    spread_items(&mut node);
    let now = hear(&mut node);
    node.leave(now);
    assert_eq!(first(&mut node, &Message::Gossip), bytes(LEAVE));
}

/// There, gossip without news is sent; here it is not. The empty list is on the wire all the same.
#[test]
fn without_news_an_answer_has_an_empty_list_and_gossip_is_not_sent() {
    let mut node = speaker([]);
    node.restore(NOW, [news()[0]]);
    let ping = packet(b(), a(), Message::Ping { number: 9 });
    assert_eq!(receive(&mut node, NOW, &ping), Ok(()));
    let expected = EMPTY_GOSSIP.replace("08 00 00", "01 09 00 00");
    let ack = transmits(&mut node, NOW);
    assert_eq!(ack, [(b(), bytes(&expected))]);
    // An unanswered probe would be news.
    let until = NOW + node.config().probe_period;
    let mut timers = vec![];
    while let Some((now, timer)) = node.next_timer().filter(|(at, _)| *at < until) {
        timers.push(timer);
        node.handle_timeout(now);
        for (_, bytes) in transmits(&mut node, now) {
            let packet: Packet<SocketAddr> = Packet::read(Wire::Foca2, &bytes);
            assert_ne!(packet.header.message, Message::Gossip);
        }
    }
    assert!(timers.contains(&Timer::Gossip));
}

/// Node b, which knows nobody.
fn listener() -> Talker {
    node_with(b(), Config::simple().foca2(), Letters::default(), 1)
}

#[test]
fn what_the_published_crate_sends_is_understood() {
    let [_, c, d] = news();
    let sender = Member::alive(a());
    let items = [&b"hello"[..], b"AB"];
    for (datagram, members, items) in [
        (ANNOUNCE, &[sender][..], &[][..]),
        (GOSSIP, &[sender, c, d], &items),
        (BROADCAST, &[sender], &items),
        (FEED, &[sender, c], &items),
        (ACK_9, &[sender, c, d], &items),
        (EMPTY_GOSSIP, &[sender], &[]),
    ] {
        let mut node = listener();
        assert_eq!(node.handle_datagram(NOW, &bytes(datagram)), Ok(()));
        let mut known: Vec<_> = node.all_members().copied().collect();
        known.sort_by_key(|member| members.iter().position(|it| it == member));
        assert_eq!(known, members);
        assert_eq!(node.broadcasts().0, items);
    }
    let mut node = listener();
    assert_eq!(node.handle_datagram(NOW, &bytes(LEAVE)), Ok(()));
    assert_eq!(node.member(&a()).map(|it| it.state), Some(Down));
    assert_eq!(node.all_members().count(), 3);
    let told = told(&mut node);
    assert!(told.contains(&Event::MemberDown(a())));
}

/// What becomes of unusual bytes. Where the published crate has already taken in the sender when
/// it finds a fault, nothing changes here.
#[test]
fn unusual_datagrams_fare_as_documented() {
    const HEADER: &str = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 02 8a 3e";
    let refused = Err(Reject::Undecodable);
    for (what, tail, expected) in [
        ("header without a count", "08", Ok(())),
        ("count of zero", "08 00 00", Ok(())),
        (
            "turn undead with a member",
            "0a 00 01 00 0a 00 00 04 8a 3e 00 02",
            Ok(()),
        ),
        ("message of kind 11", "0b", refused),
        ("cut off in the message", "00", refused),
        ("one byte too many", "08 00", refused),
        ("announce with two bytes more", "06 00 00", refused),
        ("count of one without a member", "08 00 01", refused),
        ("state 3", "08 00 01 00 0a 00 00 04 8a 3e 00 03", refused),
        (
            "address of kind 2",
            "08 00 01 02 0a 00 00 04 8a 3e 00 00",
            refused,
        ),
        (
            "incarnation beyond 16 bits",
            "08 00 01 00 0a 00 00 04 8a 3e ff ff 04 00",
            refused,
        ),
        ("item of no bytes", "09 00 00 00", refused),
        (
            "item of no bytes behind another",
            "09 00 01 41 00 00",
            refused,
        ),
    ] {
        let mut node = listener();
        let datagram = bytes(&format!("{HEADER} {tail}"));
        assert_eq!(node.handle_datagram(NOW, &datagram), expected, "{what}");
        let known = usize::from(expected.is_ok());
        assert_eq!(node.all_members().count(), known, "{what}");
        assert!(node.broadcasts().0.is_empty(), "{what}");
    }
    let overlong = "00 7f 00 00 01 c0 be 00 80 00 00 0a 00 00 02 8a 3e 08 00 00";
    assert_eq!(listener().handle_datagram(NOW, &bytes(overlong)), Ok(()));
    let elsewhere = "00 7f 00 00 01 c0 3e 00 00 0a 00 00 03 8a 3e 08 ff ff ff";
    let result = listener().handle_datagram(NOW, &bytes(elsewhere));
    assert_eq!(result, Err(Reject::NotForMe));
    assert_eq!(listener().handle_datagram(NOW, &[]), refused);
}
